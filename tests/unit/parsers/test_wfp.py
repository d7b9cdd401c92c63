from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.measures import firewall
from analyzer.measures.evidence import Scene
from analyzer.model import Person
from analyzer.parsers import wfp
from analyzer.tables import Evidence
from tests.unit.parsers.artifacts import Said, artifact
from tests.unit.parsers.artifacts import said as listen

OUTLOOK = "\\device\\harddiskvolume3\\program files\\microsoft office\\root\\office16\\OUTLOOK.EXE"
SID = "S-1-5-21-1-2-3-1001"


def event(program: str = OUTLOOK, form: str = "data", kind: str = "CLASSIFY_DROP", **changes: str) -> str:
    fields = {"at": "2026-03-02T08:02:03.070Z", "port": "993", "way": "OUT", "loopback": "false", "filter": "68893"}
    told = fields | changes
    named = {
        "data": f"<data>{(program + chr(0)).encode('utf-16-le').hex()}</data>",
        "dotted": f"<asString>{''.join(f'{letter}.' for letter in program)}..</asString>",
        "plain": f"<asString>{program}</asString>",
    }[form]
    return f"""<item><header><timeStamp>{told["at"]}</timeStamp><remoteAddrV4>142.250.74.108</remoteAddrV4>
    <remotePort>{told["port"]}</remotePort><appId>{named}</appId><userId>{SID}</userId></header>
    <type>FWPM_NET_EVENT_TYPE_{kind}</type><classifyDrop><filterId>{told["filter"]}</filterId>
    <msFwpDirection>MS_FWP_DIRECTION_{told["way"]}</msFwpDirection><isLoopback>{told["loopback"]}</isLoopback>
    </classifyDrop><internalFields><terminatingFiltersInfo><item><filterId>1</filterId><subLayer>SUB_PERMIT</subLayer>
    <actionType>FWP_ACTION_PERMIT</actionType></item><item><filterId>68893</filterId><subLayer>SUB_WSH</subLayer>
    <actionType>FWP_ACTION_BLOCK</actionType></item></terminatingFiltersInfo></internalFields></item>"""


def events(*bodies: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><netEvents numItems="{len(bodies)}">{"".join(bodies)}</netEvents>'


def read(text: str, encoding: str = "utf-8") -> Said:
    return listen(wfp.read, artifact(text.encode(encoding), "live/wfp_netevents.xml", "wfp_netevents", user=None))


def told(said: Said) -> dict[str, str | None]:
    return {row["name"].removeprefix("wfp_drops."): row["value"] for row in said.table("facts")}


@pytest.mark.parametrize("form", ["data", "dotted", "plain"])
def test_a_drop_of_outlook_is_told_with_its_filter(form: str) -> None:
    said = read(events(event(form=form)))
    assert told(said) == {
        "program": "OUTLOOK.EXE",
        "remote_address": "142.250.74.108",
        "remote_port": "993",
        "direction": "MS_FWP_DIRECTION_OUT",
        "loopback": "false",
        "filter_id": "68893",
        "sublayer": "SUB_WSH",
    }
    row = said.table("facts")[0]
    assert (row["place"], row["user"], row["subject"]) == ("event 1", SID, "OUTLOOK.EXE")
    assert row["at"] == datetime(2026, 3, 2, 8, 2, 3, 70_000, UTC)
    assert [damage.reason for damage in said.damages] == []
    assert said.covered[0].since == row["at"]


def test_the_filters_of_the_same_file_give_it_a_name_wherever_they_stand() -> None:
    named = "<item><displayData><name>NetGuard block</name></displayData><filterId>68893</filterId></item>"
    for parts in ((named, event()), (event(), named)):
        filters, drops = (parts[0], parts[1]) if parts[0] == named else (parts[1], parts[0])
        sections = [f"<filters>{filters}</filters>", f"<netEvents>{drops}</netEvents>"]
        ordered = sections if parts[0] == named else sections[::-1]
        assert told(read(f"<wfpdiag>{''.join(ordered)}</wfpdiag>"))["filter_name"] == "NetGuard block"


def test_other_programs_and_permitted_packets_are_not_kept_but_tell_the_time() -> None:
    svchost = "\\device\\harddiskvolume3\\windows\\system32\\svchost.exe"
    said = read(events(event(svchost, at="2026-03-02T07:00:00Z"), event(kind="CLASSIFY_ALLOW")))
    assert told(said) == {}
    assert said.covered[0].since == datetime(2026, 3, 2, 7, tzinfo=UTC)


def test_the_form_of_a_capture_is_known() -> None:
    capture = event().replace("<item><header>", "<netEvent><header>").removesuffix("</item>") + "</netEvent>"
    assert told(read(f"<events>{capture}</events>"))["program"] == "OUTLOOK.EXE"


def test_without_an_event_nothing_is_known_of_the_time() -> None:
    said = read(events())
    assert said.covered == []
    assert "not known" in said.damages[0].reason


def test_what_comes_before_a_cut_is_read_and_the_cut_is_damage() -> None:
    text = events(event(), event())
    said = read(text[: text.rindex("<filterId>")])
    assert {row["place"] for row in said.table("facts")} == {"event 1"}
    assert [damage.place for damage in said.damages] == ["after event 1"]
    assert said.covered == []


@pytest.mark.parametrize(
    "text",
    ["", "no xml", '<!DOCTYPE a [<!ENTITY b "c">]><netEvents>&b;</netEvents>', "<netEvents>" * 3000],
    ids=["empty", "text", "entity", "deep"],
)
def test_what_is_no_list_of_events_is_damage(text: str) -> None:
    said = read(text)
    assert told(said) == {}
    assert said.damages
    assert said.covered == []


def test_the_number_of_events_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wfp, "MOST_EVENTS", 2)
    said = read(events(*[event()] * 4))
    assert {row["place"] for row in said.table("facts")} == {"event 1", "event 2"}
    assert said.damages


def test_what_is_neither_event_nor_filter_is_held_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wfp, "MOST_ELEMENTS", 50)
    assert read(events(*[event()] * 10)).damages == []
    said = read(f"<netEvents>{event()}<other>{'<a/>' * 60}</other></netEvents>")
    assert "neither events nor filters" in said.damages[0].reason
    assert told(said)["program"] == "OUTLOOK.EXE"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_list_changed_or_cut_anywhere_is_read_without_an_error(data: st.DataObject) -> None:
    text = bytearray(events(event(), event()).encode())
    for _ in range(data.draw(st.integers(0, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(text[: data.draw(st.integers(0, len(text)))])
    said = listen(wfp.read, artifact(cut, "live/wfp_netevents.xml"))
    assert bool(said.damages) or bool(said.covered)


@pytest.mark.parametrize(
    ("changes", "dropped"),
    [
        ({}, True),
        ({"port": "443"}, True),
        ({"port": "5353"}, False),
        ({"way": "IN"}, False),
        ({"loopback": "true"}, False),
    ],
)
def test_a_drop_counts_on_the_way_out_to_the_ports_of_mail_and_the_web(
    changes: dict[str, str], *, dropped: bool
) -> None:
    said = read(events(event(**changes)))
    found = firewall.measure(Evidence.of(facts=said.rows["facts"][0]), Scene(Person(None, None)))
    facts = [fact for fact in found if fact.name == "packets_dropped"]
    assert bool(facts) is dropped
    if dropped:
        assert (facts[0].subject, facts[0].value, facts[0].number) == (
            "OUTLOOK.EXE",
            "SUB_WSH",
            float(changes.get("port", "993")),
        )
