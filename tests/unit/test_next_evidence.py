"""What to collect next: the missing items that could move the most suspected causes furthest come first."""

from __future__ import annotations

import pytest

from analyzer.knowledge import Knowledge
from analyzer.model import Gap, Need, Observation, Stage, Verdict
from analyzer.next_evidence import command, never, wanted
from collectors import catalog
from tests.unit.evidence import MAIL, OTHER_MAIL, asking, observation, page, pages, verdict


def missing(item: str | None) -> Gap:
    return Gap(None, item, Stage.COLLECT, "", "was not collected")


def blind(item: str | None, strength: str = "decisive", means: str = "for", signal: str = "asked") -> Observation:
    return observation(means, strength, "blind", signal=signal, gaps=(missing(item),))


def next_of(*verdicts: Verdict) -> tuple[Need, ...]:
    causes = tuple(page(name, core=("core",)) for name in sorted({v.cause for v in verdicts}))
    return wanted(verdicts, Knowledge("en", causes, {"system_log": "Please send the log."}, "", ""))


def items(*verdicts: Verdict) -> list[str]:
    return [need.item for need in next_of(*verdicts)]


def test_the_item_that_would_decide_most_of_what_is_suspected_comes_first() -> None:
    found = next_of(
        verdict("a", "possible", blind("oalerts_log")),
        verdict("b", "possible", blind("system_log")),
        verdict("c", "undetermined", blind("system_log"), blind("application_log")),
    )
    assert [(n.item, n.would_decide) for n in found] == [
        ("system_log", ("b", "c")),
        ("oalerts_log", ("a",)),
        ("application_log", ("c",)),
    ]
    assert found[0].ask == "Please send the log."


@pytest.mark.parametrize(
    ("strength", "means", "signal", "decides"),
    [
        ("decisive", "for", "asked", True),
        ("decisive", "against", "asked", True),
        ("strong", "against", "asked", True),
        ("strong", "for", "asked", False),
        ("weak", "for", "asked", False),
        ("context", "for", "asked", False),
        ("context", "for", "core", True),
    ],
)
def test_only_what_could_move_the_ranking_is_asked_for(strength: str, means: str, signal: str, decides: bool) -> None:
    assert bool(items(verdict("a", "possible", blind("system_log", strength, means, signal)))) is decides


@pytest.mark.parametrize("status", ["confirmed", "ruled_out"])
def test_what_is_decided_is_not_asked_about_again(status: str) -> None:
    assert items(verdict("a", status, blind("system_log"))) == []


def test_what_was_read_is_not_asked_for() -> None:
    assert items(verdict("a", "possible", observation("for", "decisive", "absent"))) == []


def test_a_gap_without_an_item_cannot_be_asked_for() -> None:
    assert items(verdict("a", "possible", blind(None))) == []


def test_a_cause_of_two_accounts_counts_once() -> None:
    both = (verdict("a", "possible", blind("system_log"), account=m) for m in (MAIL, OTHER_MAIL))
    assert [n.would_decide for n in next_of(*both)] == [("a",)]


def test_what_could_both_confirm_and_acquit_comes_before_what_could_only_do_one() -> None:
    found = items(
        verdict("a", "likely", observation("for", "strong"), blind("application_log", "decisive")),
        verdict(
            "b",
            "likely",
            observation("for", "strong"),
            blind("system_log", "decisive", "for", "one"),
            blind("system_log", "decisive", "against", "other"),
        ),
    )
    assert found == ["system_log", "application_log"]


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        ("confirmed", ["possible"]),
        ("likely", ["possible", "undetermined"]),
        ("possible", ["possible", "undetermined", "unlikely"]),
    ],
)
def test_the_firmer_the_verdict_the_less_is_asked_about_others(found: str, asked: list[str]) -> None:
    logs = {"possible": "application_log", "undetermined": "system_log", "unlikely": "oalerts_log"}
    others = [verdict(f"c_{status}", status, blind(item)) for status, item in logs.items()]
    told = items(verdict("a", found, observation("for", "strong")), *others)
    assert sorted(told) == sorted(logs[status] for status in asked)


def test_many_undetermined_causes_do_not_outweigh_a_likely_one() -> None:
    idle = [verdict(f"z{n}", "undetermined", blind("application_log")) for n in range(3)]
    held = verdict("a", "likely", observation("for", "strong"), blind("system_log"))
    assert items(*idle, held)[0] == "system_log"


def test_an_item_that_needs_another_missing_one_moves_nothing_by_itself() -> None:
    both = asking("facts", "application_log", "capi2_log", id="asked")
    either = asking("facts", "security_log | system_log", id="other")
    causes = (page("a", both, either),)
    seen = observation(
        "for", "decisive", "blind", signal="asked", gaps=(missing("application_log"), missing("capi2_log"))
    )
    gaps = (missing("security_log"), missing("system_log"))
    other = observation("for", "decisive", "blind", signal="other", gaps=gaps)
    knowledge = Knowledge("en", causes, {}, "", "")
    found = [need.item for need in wanted((verdict("a", "possible", seen, other),), knowledge)]
    assert found == ["security_log", "system_log", "application_log", "capi2_log"]


def test_a_request_that_was_made_already_is_not_made_twice() -> None:
    said = {"outlook_imap_log": "Please log.", "outlook_opm_log": "Please log."}
    both = verdict("a", "possible", blind("outlook_imap_log"), blind("outlook_opm_log"))
    more = verdict("b", "possible", blind("outlook_opm_log"))
    causes = (page("a", core=()), page("b", core=()))
    one = [need.item for need in wanted((both,), Knowledge("en", causes, said, "", ""))]
    assert one == ["outlook_imap_log"]
    wider = [need.item for need in wanted((both, more), Knowledge("en", causes, said, "", ""))]
    assert wider == ["outlook_opm_log"]


@pytest.mark.parametrize(
    ("layout", "beyond"),
    [
        ("kape", ["live_state", "cmdkey_list"]),
        ("velociraptor", ["live_state", "cmdkey_list"]),
        ("outlooktrace", ["live_state", "oalerts_log"]),
        ("bare", []),
        ("mailscope", []),
    ],
)
def test_what_a_kind_of_bundle_never_holds_is_told_with_what_it_leaves_open(layout: str, beyond: list[str]) -> None:
    verdicts = (verdict("b", "ruled_out", *(blind(i) for i in ("oalerts_log", "cmdkey_list", "live_state"))),)
    found = never(layout, verdicts, Knowledge("en", (), {"live_state": "Please collect again."}, "", ""))
    assert [need.item for need in found] == beyond
    assert {need.would_decide for need in found} <= {("b",)}


def test_what_a_kind_of_bundle_never_holds_but_nothing_needs_is_not_told() -> None:
    assert never("kape", (verdict("b", "possible", observation("for", "strong")),), pages()) == ()


@pytest.mark.parametrize(
    ("item", "start"),
    [
        ("oalerts_log", 'wevtutil epl "OAlerts" '),
        ("applocker_log", 'wevtutil epl "Microsoft-Windows-AppLocker/EXE and DLL" '),
        ("reg_schannel", 'reg export "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL" '),
        ("cmdkey_list", "cmdkey"),
        # the sentence that goes with it asks for that file; the collector itself reads standard output
        ("wfp_netevents", "netsh wfp show netevents file=netevents.xml"),
    ],
)
def test_an_item_is_taken_by_the_command_of_its_kind(item: str, start: str) -> None:
    known = catalog.load().find(item)
    assert known is not None
    assert (command(known) or "").startswith(start)


def test_where_the_only_word_of_a_failure_was_lost_the_dialogs_come_first() -> None:
    leans = asking("facts", "system_log", id="leans", with_failure=True)
    knowledge = Knowledge("en", (page("a", leans), page("b", core=()), page("c", leans)), {}, "", "")
    verdicts = verdict("a", "unlikely"), verdict("b", "possible", blind("system_log")), verdict("c", "ruled_out")
    assert [need.item for need in wanted(verdicts, knowledge)] == ["system_log"]
    found = wanted(verdicts, knowledge, failure_lost=True)
    assert [(need.item, need.would_decide) for need in found] == [("oalerts_log", ("a",)), ("system_log", ("b",))]
