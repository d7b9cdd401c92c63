"""What to collect next: the missing items that would decide the most causes come first."""

from __future__ import annotations

import pytest

from analyzer.knowledge import Knowledge
from analyzer.model import Gap, Need, Observation, Stage, Verdict
from analyzer.next_evidence import command, wanted
from collectors import catalog
from tests.unit.evidence import MAIL, OTHER_MAIL, observation, page, verdict


def missing(item: str | None) -> Gap:
    return Gap(None, item, Stage.COLLECT, "", "was not collected")


def blind(item: str | None, strength: str = "decisive", means: str = "for", signal: str = "asked") -> Observation:
    return observation(means, strength, "blind", signal=signal, gaps=(missing(item),))


def next_of(*verdicts: Verdict) -> tuple[Need, ...]:
    causes = tuple(page(name, core=("core",)) for name in sorted({v.cause for v in verdicts}))
    return wanted(verdicts, Knowledge("en", causes, {"system_log": "Please send the log."}, "", ""))


def items(*verdicts: Verdict) -> list[str]:
    return [need.item for need in next_of(*verdicts)]


def test_the_item_that_would_decide_the_most_causes_comes_first() -> None:
    found = next_of(
        verdict("a", "possible", blind("oalerts_log")),
        verdict("b", "possible", blind("system_log")),
        verdict("c", "undetermined", blind("system_log"), blind("application_log")),
    )
    assert [(n.item, n.would_decide) for n in found] == [
        ("system_log", ("b", "c")),
        ("application_log", ("c",)),
        ("oalerts_log", ("a",)),
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


@pytest.mark.parametrize(
    ("item", "start"),
    [
        ("oalerts_log", 'wevtutil epl "OAlerts" '),
        ("applocker_log", 'wevtutil epl "Microsoft-Windows-AppLocker/EXE and DLL" '),
        ("reg_schannel", 'reg export "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL" '),
        ("cmdkey_list", "cmdkey"),
    ],
)
def test_an_item_is_taken_by_the_command_of_its_kind(item: str, start: str) -> None:
    known = catalog.load().find(item)
    assert known is not None
    assert (command(known) or "").startswith(start)
