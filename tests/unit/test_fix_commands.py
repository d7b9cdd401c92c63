"""Every command that a fix step prints is read by its shell as it is written, whatever the machine's entries hold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from analyzer import knowledge
from analyzer.fix_plan import plan
from analyzer.knowledge import Cause
from analyzer.measures.evidence import Fact
from analyzer.model import Source, Step
from tests.unit import shells
from tests.unit.evidence import observation, scene

PLAIN = "MicrosoftOffice16_Data:OAUTH2:alice@gmail.com_tp_google_imap_oauth2"
TARGETS = (
    PLAIN,
    "LegacyGeneric:target=MicrosoftOffice16_Data:OAUTH2:Jürgen Müller_tp_google_imap_oauth2",
    "OAUTH2:a&b|c<d>e^f(g)_tp_google_imap_oauth2",
    "OAUTH2:日本語 メール_tp_google_imap_oauth2",
    "OAUTH2:it's_tp_google_imap_oauth2",
    'OAUTH2:"&calc&"_tp_google_imap_oauth2',
    "OAUTH2:%COMSPEC%_tp_google_imap_oauth2",
    "OAUTH2:100%_tp_google_imap_oauth2",
    "OAUTH2:two\nlines_tp_google_imap_oauth2",
    "OAUTH2:ends with a backslash_tp_google_imap_oauth2\\",
)
ACCOUNTS = ("alice@gmail.com", "o'brien&sons@example.org", '"a b"@example.org', "50%off@example.org", "é.ü@example.org")
CAUSES = knowledge.load().causes


def planned(cause: Cause, target: str, account: str) -> tuple[Step, ...]:
    """The plan with every reason for a step seen."""
    traces = (Fact("google_credential", (Source("live/state.json", "credentials[0]"),), account, target),)
    seen = [observation("for", "strong", signal=signal.id) for signal in cause.signals]
    return plan(cause, scene(traces=traces, accounts=(account,)), account, seen)


def printed(step: Step) -> Iterator[str]:
    """What is to be pasted; an undo may be a sentence instead."""
    yield from (text for text in (step.command, step.backup) if text)
    first = (step.undo or "").partition(" ")[0]
    if step.undo and first in shells.PROGRAMS:
        yield step.undo


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_every_printed_command_is_read_as_it_is_written(cause: Cause) -> None:
    for target, account in (*((t, ACCOUNTS[0]) for t in TARGETS), *((PLAIN, a) for a in ACCOUNTS)):
        for step in planned(cause, target, account):
            for line in printed(step):
                told = shells.check(line)
                if step.target and "cmdkey" in line:
                    assert f"/delete:{target}" in told[-1], line


def test_a_target_that_can_be_quoted_is_removed_by_command_and_one_that_cannot_by_hand() -> None:
    stale = next(cause for cause in CAUSES if cause.id == "stale_token")
    by_hand = {t for t in TARGETS if all(s.command is None for s in planned(stale, t, ACCOUNTS[0]) if s.target)}
    assert by_hand == {t for t in TARGETS if set('"%\n') & set(t) or t.endswith("\\")}


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_what_changes_something_saves_it_first_and_changes_nothing_where_that_fails(cause: Cause) -> None:
    for step in planned(cause, PLAIN, ACCOUNTS[0]):
        if step.backup and step.command:
            assert step.command.startswith(f"{step.backup} && "), step.id
        if not step.reversible and step.command:
            assert step.backup, step.id


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_no_backup_lies_on_a_desktop_that_may_be_synchronised(cause: Cause) -> None:
    assert not [step.id for step in planned(cause, PLAIN, ACCOUNTS[0]) if "Desktop\\" in (step.backup or "")]


RISKS = ("low", "medium", "high")
# A ladder may step down once: to what only makes sense afterwards.
AFTER = {
    "oauth_unsupported": "app_password",  # OAuth first, the less safe password only where that stays impossible
    "office_outdated": "purge",  # the old build would write the same token again
}
CLOSING = ("retry", "confirm", "sign_in_again", "watch")


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_a_plan_is_a_ladder_that_begins_with_the_mildest_step(cause: Cause) -> None:
    risks = [(RISKS.index(step.risk), step.id) for step in cause.fix if step.id not in CLOSING]
    down = [name for (before, _), (risk, name) in pairwise(risks) if risk < before]
    assert down == [name for name in (AFTER.get(cause.id, ""),) if name]


@pytest.mark.parametrize(
    "line",
    [
        'cmdkey /delete:"a%b%c"',
        'cmdkey /delete:"50%"',
        'cmdkey /delete:"open',
        "cmdkey /delete:a^b",
        "calc",
        'reg export "a" "b" && ',
        'powershell -NoProfile -Command "Get-Item $env:x"',
        'powershell -NoProfile -Command Get-Item "x"',
        "cmdkey /delete:a\nb",
    ],
)
def test_the_checker_of_shells_refuses_what_is_read_otherwise(line: str) -> None:
    with pytest.raises(shells.Misread):
        shells.check(line)


def test_the_checker_of_shells_takes_a_line_apart_as_windows_does() -> None:
    assert shells.check('reg export "HKCU\\A B" "%LOCALAPPDATA%\\x.reg" /y && cmdkey /delete:"a&b ""c"') == [
        ["reg", "export", "HKCU\\A B", "%LOCALAPPDATA%\\x.reg", "/y"],
        ["cmdkey", "/delete:a&b c"],
    ]
    assert shells.arguments(r'tool "a\\" b\"c') == ["tool", "a\\", 'b"c']
