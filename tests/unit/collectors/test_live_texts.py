from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from collectors import catalog
from collectors.live import Options, text, wire
from collectors.live.drops import of_mail_programs
from collectors.windows import NotTaken, Outcome, Output, Proxy
from tests.unit.collectors.pretence import Pretence, file
from tests.unit.collectors.roadside import Detour, Roadside, standing

OFF = Options(network=False)
SCRIPT = "function FindProxyForURL(url, host) { return 'DIRECT'; }"
REPORT = '<?xml version="1.0" encoding="utf-16"?><Rsop xmlns="x">é</Rsop>'.encode("utf-16")


def event(path: str) -> str:
    """An event as Windows prints it: the second byte of each character of the path shows as a dot."""
    return f"""<item><header><flags numItems="1"><item>FWPM_NET_EVENT_FLAG_APP_ID_SET</item></flags>
        <appId><data>5c00</data><asString>{".".join(path)}...</asString></appId></header>
        <type>FWPM_NET_EVENT_TYPE_CLASSIFY_DROP</type></item>"""


PATHS = (
    "\\device\\harddiskvolume3\\program files\\office\\outlook.exe",
    "\\device\\harddiskvolume3\\private\\diary.exe",
    "\\device\\harddiskvolume3\\private\\notoutlook.exe",
    "\\device\\harddiskvolume3\\WebView\\msedgewebview2.exe",
)
DROPS = f"""<?xml version="1.0"?>
<wfpdiag><netEvents numItems="4">{"".join(map(event, PATHS))}</netEvents></wfpdiag>"""


def taken(item: str, windows: Pretence, options: Options = OFF) -> bytes:
    found = catalog.load().find(item)
    assert found
    return text(windows, found, options)


def refused(item: str, windows: Pretence, options: Options = OFF) -> NotTaken:
    with pytest.raises(NotTaken) as told:
        taken(item, windows, options)
    return told.value


@pytest.fixture
def roadside(tmp_path: Path) -> Iterator[Roadside]:
    with standing(Roadside(tmp_path)) as place:
        yield place


def test_a_commands_bytes_are_kept_as_they_were_printed() -> None:
    windows = Pretence(programs={"w32tm": Output(0, "Indicateur de dérive\xa0: 0".encode("cp850"), b"")})
    assert taken("w32tm_status", windows) == "Indicateur de dérive\xa0: 0".encode("cp850")
    assert windows.asked == [("w32tm", "/query", "/status", "/verbose")]


def test_what_a_command_says_about_its_failure_is_evidence() -> None:
    said = b"The following error occurred: The service has not been started. (0x80070426)"
    assert taken("w32tm_peers", Pretence(programs={"w32tm": Output(1, said, b"")})) == said


def test_a_command_that_wants_rights_is_denied_so_that_it_is_tried_again_with_them() -> None:
    said = "L'erreur suivante s'est produite\xa0: Accès refusé. (0x80070005)".encode("cp850")
    told = refused("w32tm_status", Pretence(programs={"w32tm": Output(0x80070005, said, b"")}))
    assert (told.outcome, told.reason) == (
        Outcome.DENIED,
        "w32tm /query /status /verbose: access denied (0x80070005)",
    )
    state = b"Previous Prt Attempt : 0x80070005"
    assert taken("dsregcmd_status", Pretence(programs={"dsregcmd": Output(0, state, b"")})) == state


@pytest.mark.parametrize("output", [Output(0, b"", b"complaint"), Output(0, b" \r\n", b"")])
def test_a_command_that_printed_nothing_has_failed_whatever_its_code(output: Output) -> None:
    told = refused("netsh_winhttp_proxy", Pretence(programs={"netsh": output}))
    assert told.outcome is Outcome.FAILED
    assert "printed nothing" in told.reason


def test_a_command_that_is_not_there_is_missing() -> None:
    assert refused("dsregcmd_status", Pretence()).outcome is Outcome.MISSING


def test_time_servers_are_not_asked_without_the_network() -> None:
    windows = Pretence(programs={"w32tm": Output(0, b"x", b"")})
    assert refused("w32tm_stripchart", windows).outcome is Outcome.SKIPPED
    assert windows.asked == []
    assert taken("w32tm_stripchart", windows, Options()) == b"x"


def test_every_live_item_of_the_catalogue_is_taken_or_refused_with_a_reason() -> None:
    for item in catalog.load().items:
        if item.method in ("command", "api") and item.id != "live_state":
            assert refused(item.id, Pretence(elevated=True)).reason


@pytest.mark.parametrize("printed", [Output(0, b"INFO: done", b""), NotTaken(Outcome.FAILED, "printed nothing")])
def test_a_policy_report_is_what_came_out_as_a_file(printed: Output | NotTaken) -> None:
    def pc(data: bytes | None) -> Pretence:
        made = {} if data is None else {"C:\\scratch": (file("gpresult.xml"),)}
        return Pretence(
            programs={"gpresult": printed}, folders=made, contents={"C:\\scratch\\gpresult.xml": data or b""}
        )

    assert taken("gpresult", pc(REPORT)) == REPORT
    assert refused("gpresult", pc(b"no report")).outcome is Outcome.FAILED
    assert refused("gpresult", pc(None)).outcome is Outcome.FAILED
    assert refused("gpresult", Pretence()).outcome is Outcome.MISSING


def test_drops_are_those_of_the_mail_programs_alone() -> None:
    printed = Output(0, b"\r\n" + DROPS.encode(), b"")
    kept = ET.fromstring(  # noqa: S314 - made here
        taken("wfp_netevents", Pretence(elevated=True, programs={"netsh": printed}))
    )
    paths = [(named.text or "").replace(".", "") for named in kept.iter("asString")]
    assert [path.rpartition("\\")[2] for path in paths] == ["outlookexe", "msedgewebview2exe"]
    assert len(kept.findall("netEvents/item/header/flags/item")) == 2


@pytest.mark.parametrize("printed", ["Accès refusé.", "<wfpdiag/>", DROPS[:300]])
def test_what_is_no_whole_list_of_events_has_failed(printed: str) -> None:
    with pytest.raises(NotTaken) as told:
        of_mail_programs(printed.encode("cp850"))
    assert told.value.outcome is Outcome.FAILED


def test_drops_need_elevation_and_nothing_is_run_without() -> None:
    windows = Pretence(programs={"netsh": Output(0, DROPS.encode(), b"")})
    assert refused("wfp_netevents", windows).outcome is Outcome.DENIED
    assert windows.asked == []


def test_a_script_is_kept_as_it_is_served(roadside: Roadside) -> None:
    roadside.answer = f"HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n{SCRIPT}"
    options = Options(wire=Detour(roadside.port))
    for scheme in ("http", "https"):
        windows = Pretence(user=Proxy(auto_config_url=f"{scheme}://pac.corp/p.pac?x=1"))
        assert taken("pac_file", windows, options) == SCRIPT.encode()
    assert roadside.heard == ["GET /p.pac?x=1 HTTP/1.0"] * 2


def test_a_script_that_is_not_served_has_failed(roadside: Roadside) -> None:
    windows = Pretence(user=Proxy(auto_config_url="http://pac.corp/p.pac"))
    roadside.answer = "HTTP/1.1 404 Not Found\r\n\r\nno"
    told = refused("pac_file", windows, Options(wire=Detour(roadside.port)))
    assert (told.outcome, "404" in told.reason) == (Outcome.FAILED, True)
    told = refused("pac_file", windows, Options(wire=Detour(roadside.port, unknown=("pac.corp",))))
    assert told.reason == "the proxy script: name not resolved"


def test_a_script_is_not_fetched_without_the_network_and_may_not_be_set() -> None:
    assert refused("pac_file", Pretence()).outcome is Outcome.MISSING
    assert refused("pac_file", Pretence(user=Proxy(auto_config_url="http://x/p"))).outcome is Outcome.SKIPPED
    assert refused("pac_file", Pretence(user=Proxy(auto_config_url="ldap://x/p")), Options()).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///C:/pac/my%20proxy.pac", "C:\\pac\\my proxy.pac"),
        ("file://localhost/C:/p.pac", "C:\\p.pac"),
        ("file://C:/p.pac", "C:\\p.pac"),
    ],
)
def test_a_script_in_a_file_is_read_by_its_windows_path(url: str, path: str) -> None:
    windows = Pretence(user=Proxy(auto_config_url=url), contents={path: SCRIPT.encode()})
    assert taken("pac_file", windows) == SCRIPT.encode()


@pytest.mark.parametrize("url", ["file://nas/share/p.pac", "file:////nas/share/p.pac", "file://///nas/share/p.pac"])
def test_a_script_on_a_share_is_left_there_because_asking_would_sign_in(url: str) -> None:
    for options in (OFF, Options()):
        assert refused("pac_file", Pretence(user=Proxy(auto_config_url=url)), options).outcome is Outcome.SKIPPED


@pytest.mark.parametrize(
    "url", ["http://[fe80::1/p.pac", "http://pac.corp:99999/p", "http://pac..corp/p.pac", "\\\\nas\\p.pac", "http:///p"]
)
def test_an_address_that_is_none_has_failed_and_stops_nothing_else(url: str) -> None:
    assert refused("pac_file", Pretence(user=Proxy(auto_config_url=url)), Options()).outcome is Outcome.FAILED


def test_a_server_that_answers_a_byte_at_a_time_does_not_hold_the_collection_up(
    roadside: Roadside, monkeypatch: pytest.MonkeyPatch
) -> None:
    roadside.answer = f"HTTP/1.1 200 OK\r\n\r\n{SCRIPT}"
    seconds = count(step=15.0)
    monkeypatch.setattr("collectors.live.wire.time.monotonic", lambda: next(seconds))
    monkeypatch.setattr(wire, "_BLOCK_BYTES", 1)
    windows = Pretence(user=Proxy(auto_config_url="http://pac.corp/p.pac"))
    assert refused("pac_file", windows, Options(wire=Detour(roadside.port))).reason == "the proxy script: timed out"
