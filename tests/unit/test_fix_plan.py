"""The fix plan: only what something seen justifies, in the page's order, with this machine's own entries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer import knowledge
from analyzer.fix_plan import attributed, plan, settled
from analyzer.knowledge import FixStep
from analyzer.measures.evidence import Fact, Scene
from analyzer.model import Head, Observation, Outcome, Source, Step
from tests.unit.evidence import (
    IMAP_TARGET,
    MAIL,
    OTHER_MAIL,
    SMTP_TARGET,
    fact,
    holding,
    observation,
    page,
    scene,
    step,
    verdict,
)

SEEN = observation("for", "strong", signal="seen")
NOT_SEEN = [observation("for", "strong", sight, signal=sight) for sight in ("absent", "blind")]


def owns(target: str, account: str | None = MAIL) -> Fact:
    return Fact("google_credential", (Source("live/state.json", "credentials[0]"),), account, target)


def machine(*traces: Fact, accounts: tuple[str, ...] = (MAIL, OTHER_MAIL)) -> Scene:
    return scene(traces=traces, accounts=accounts)


def planned(*steps: FixStep, where: Scene | None = None, account: str | None = None) -> tuple[Step, ...]:
    observations: list[Observation] = [SEEN, *NOT_SEEN]
    return plan(page("a_cause", fix=steps), where or machine(), account, observations)


def test_a_step_is_taken_if_one_of_its_reasons_was_seen_or_it_needs_none() -> None:
    steps = step("one", "seen"), step("two", "absent"), step("three", "blind", "seen"), step("four")
    made = planned(*steps)
    assert [s.because for s in made] == [("seen",), ("seen",), ()]
    assert [s.id for s in made] == ["a_cause.1", "a_cause.2", "a_cause.3"]


def test_steps_keep_the_order_of_the_page() -> None:
    made = planned(step("z", do="First."), step("a", do="Second."))
    assert [s.do for s in made] == ["First.", "Second."]


def test_a_step_per_machine_names_no_account() -> None:
    assert [(s.account, s.target) for s in planned(step("one"), account=MAIL)] == [(None, None)]


def test_a_step_per_account_is_taken_for_the_judged_account_or_for_each() -> None:
    asked = step("one", per="account", do="Add {account} again.", check="{account} works.")
    assert [(s.account, s.do, s.check) for s in planned(asked, account=MAIL)] == [
        (MAIL, f"Add {MAIL} again.", f"{MAIL} works.")
    ]
    assert [s.account for s in planned(asked)] == [MAIL, OTHER_MAIL]


def test_a_step_per_target_is_taken_for_each_target_of_the_account() -> None:
    asked = step("one", per="target", command='cmdkey /delete:"{target}"')
    where = machine(owns(SMTP_TARGET), owns(IMAP_TARGET), owns("other", OTHER_MAIL), owns("nobodys", None))
    assert [s.target for s in planned(asked, where=where, account=MAIL)] == sorted(
        (IMAP_TARGET, SMTP_TARGET, "nobodys")
    )
    assert planned(asked, where=where, account=MAIL)[0].command == f'cmdkey /delete:"{IMAP_TARGET}"'
    assert planned(asked, where=machine(), account=MAIL) == ()


@pytest.mark.parametrize("hostile", ['x" & calc & "', "%COMSPEC%", "two\nlines", "two\rlines"])
def test_what_cannot_stand_in_a_command_is_done_by_hand(hostile: str) -> None:
    asked = step(
        "one", per="target", command='cmdkey /delete:"{target}"', backup='save "{target}"', undo='put "{target}"'
    )
    made = planned(asked, where=machine(owns(hostile)), account=MAIL)
    assert [(s.target, s.command, s.backup, s.undo) for s in made] == [(hostile, None, None, None)]


@pytest.mark.parametrize("hostile", ['a"&calc&"@gmail.com', "%a%@gmail.com"])
def test_a_hostile_address_stands_in_no_command_either(hostile: str) -> None:
    made = planned(step("one", per="account", command='tool "{account}"', do="Add {account}."), account=hostile)
    assert [(s.do, s.command) for s in made] == [(f"Add {hostile}.", None)]


def test_a_command_that_names_no_entry_stays_however_hostile_the_entry_is() -> None:
    made = planned(step("one", per="target", command="tasklist"), where=machine(owns("%x%")), account=MAIL)
    assert [s.command for s in made] == ["tasklist"]


def test_an_empty_command_is_none_and_braces_of_an_entry_stay_as_they_are() -> None:
    made = planned(step("one", per="target", do="{target}"), where=machine(owns("{account}")), account=MAIL)
    assert [(s.do, s.command, s.backup, s.undo) for s in made] == [("{account}", None, None, None)]


@pytest.mark.parametrize("cause", knowledge.load().causes, ids=lambda cause: cause.id)
def test_a_step_that_cannot_be_undone_says_so_and_its_backup_comes_before(cause: knowledge.Cause) -> None:
    for number, one in enumerate(cause.fix):
        if not one.reversible:
            assert "cannot be undone" in one.do
            saved = one.backup or any(s.id.startswith("back_up") for s in cause.fix[:number])
            assert saved


def test_a_contributors_plan_ends_where_the_accused_causes_plan_does_the_same() -> None:
    update, purge, again = (
        step(name, per=per) for name, per in (("update", "machine"), ("purge", "target"), ("again", "machine"))
    )
    where = machine(owns(IMAP_TARGET))
    beside = replace(
        verdict("old", "likely", role="contributor"), fix=planned(update, purge, again, where=where, account=MAIL)
    )
    accused = replace(verdict("stale", "likely"), fix=planned(purge, again, where=where, account=MAIL))
    found = settled((accused, beside), Head(Outcome.PINPOINTED, ("stale",)))
    assert [len(one.fix) for one in found] == [2, 1]
    assert settled((accused, beside), Head(Outcome.PINPOINTED, ("old",)))[1] == beside
    elsewhere = replace(accused, fix=())
    assert settled((elsewhere, beside), Head(Outcome.PINPOINTED, ("stale",)))[1] == beside


def test_a_step_names_the_policy_that_imposes_what_it_is_taken_because_of() -> None:
    place = r"HKCU\Software\Policies\Microsoft\Office\16.0\Outlook\Options!DisableIMAP"
    seen = observation("for", "strong", signal="seen", sources=(Source("C/Users/alice/NTUSER.DAT", place),))
    steps = plan(page("a", fix=(step("one", "seen"), step("two"))), machine(), None, [seen])
    judged = (replace(verdict("a", "likely", seen), fix=steps),)
    named = fact("gpresult.gpo", "Mail lockdown", subject=place.lower(), artifact="live/gpresult.xml")
    assert [one.imposed_by for one in attributed(judged, holding(named))[0].fix] == ["Mail lockdown", None]
    assert attributed(judged, holding()) == judged
