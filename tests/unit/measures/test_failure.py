"""When it failed: each rung of the ladder, and which instants are near by the machine's own clock."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from analyzer.measures import failure
from analyzer.measures.failure import Asked
from analyzer.model import Failure, Person, Refusal
from analyzer.zones import Zone
from tests.unit.evidence import (
    ALICE,
    BOB,
    FAILED,
    OALERTS,
    SYSTEM,
    Row,
    case,
    dialog,
    event,
    fact,
    holding,
    log,
    login,
    reading,
    section,
    when,
)

REPRODUCED = section(
    "case.reproduced",
    "case.reproduced",
    {"started_utc": "2026-03-05T10:00:00Z", "ended_utc": "2026-03-05T10:03:00Z"},
    artifact="manifest.json",
)
UNKNOWN_WORDING = dialog("2026-03-02T06:00:00Z", "La connexion au serveur IMAP a échoué.")
RUNGS: dict[str, tuple[Row, ...]] = {
    "reproduced": REPRODUCED,
    "case": case(failure_utc="2026-03-04T09:00:00Z"),
    "option": (),
    "dialog": (dialog(),),
    "dialog_unknown_wording": (UNKNOWN_WORDING,),
    "log": login("no", "2026-03-02T05:00:00Z"),
}
OPTION = "2026-03-03T09:00:00Z"


def told(*parts: Row | tuple[Row, ...], **asked: Any) -> Failure:
    return failure.failure(holding(*parts), Asked(asked.pop("person", Person(ALICE, "alice")), **asked))


@pytest.mark.parametrize(("better", "worse"), list(pairwise(RUNGS)))
def test_the_better_source_goes_before_the_worse(better: str, worse: str) -> None:
    option = OPTION if "option" in (better, worse) else None
    assert told(RUNGS[worse], RUNGS[better], failure_at=option).basis == better


@pytest.mark.parametrize("rung", RUNGS)
def test_each_source_alone_makes_the_failure_known(rung: str) -> None:
    found = told(RUNGS[rung], failure_at=OPTION if rung == "option" else None)
    assert (found.basis, found.known) == (rung, True)


def test_nothing_makes_nothing_known() -> None:
    assert told() == Failure()


def test_several_attempts_are_several_times() -> None:
    found = told(dialog("2026-03-02T09:00:00Z"), dialog(FAILED))
    assert found.times == (when(FAILED), when("2026-03-02T09:00:00Z"))
    assert len(found.windows) == len(found.sources) == 2


# --- dialogs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["(POP/IMAP)", "(POP)", "(IMAP)"])
@pytest.mark.parametrize("words", ["Impossible de se connecter au serveur {}.", "サーバー {} にログオンできません"])
def test_a_dialog_is_known_by_the_protocol_in_brackets_in_whatever_language(words: str, protocol: str) -> None:
    assert told(dialog(text=words.format(protocol))).basis == "dialog"


@pytest.mark.parametrize(
    "other",
    [
        dialog(text="Do you want to save changes?"),
        dialog(text="We couldn't log on to the incoming (POP/IMAP) server.", title="Microsoft Word"),
        event("Microsoft Office 16 Alerts", 200, FAILED, text="Microsoft Outlook\n(POP/IMAP)"),
        event("Another Provider", 300, FAILED, text="Microsoft Outlook\n(POP/IMAP)"),
        dialog(user=BOB),
    ],
    ids=["another alert", "another program", "another id", "another provider", "another user"],
)
def test_other_alerts_are_no_failures(other: Row) -> None:
    assert not told(other).known


@pytest.mark.parametrize("user", [None, ALICE, SYSTEM])
def test_a_dialog_that_names_the_user_or_nobody_is_theirs(user: str | None) -> None:
    assert told(dialog(user=user)).known


def test_a_dialog_of_an_older_or_newer_office_is_one_too() -> None:
    assert told(event("Microsoft Office 15 Alerts", 300, FAILED, text="Microsoft Outlook\n(IMAP)")).known


def test_where_one_dialog_is_certain_those_of_unknown_wording_are_left_out() -> None:
    assert told(UNKNOWN_WORDING, dialog()).times == (when(FAILED),)


# --- logs ---------------------------------------------------------------------------------------------------------


def test_a_refused_login_is_a_failure_and_an_accepted_one_is_none() -> None:
    assert told(login("no")).basis == "log"
    assert told(login("bad")).basis == "log"
    assert not told(login("ok")).known


def test_a_line_without_a_certain_time_is_no_failure_time() -> None:
    assert not told(login("no", None)).known


@pytest.mark.parametrize(("collected", "known"), [("2026-03-02T20:00:00Z", True), ("2026-06-02T20:00:00Z", False)])
def test_a_local_time_is_told_by_the_bias_of_the_collections_own_day(collected: str, known: bool) -> None:
    line = login("no", None, local_time="2026-03-02T09:02:14")
    found = told(line, zone=Zone(timedelta(minutes=-60)), collected=when(collected))
    assert found.times == ((when("2026-03-02T08:02:14Z"),) if known else ())


def test_what_another_server_refused_is_no_failure_of_googles() -> None:
    assert not told(login("no", server="imap.mail.example")).known
    assert told(login("no", server="imap.googlemail.com")).known


def test_webview2_used_after_it_was_closed_is_no_failure() -> None:
    assert not told(fact("office_log.webview2_error", "0x8007139F", at=FAILED)).known
    assert told(fact("office_log.webview2_error", "0x80070002", at=FAILED)).known


def test_another_users_log_tells_nothing_of_this_user() -> None:
    assert not told(login("no", user=BOB)).known


@pytest.mark.parametrize("name", ["mail_error.code", "office_log.error_code"])
def test_an_error_in_a_log_is_a_failure(name: str) -> None:
    assert told(fact(name, "0x800CCC0E", at=FAILED)).basis == "log"


# --- the option ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["2026-03-02T08:02:00Z", "2026-03-02T09:02:00+01:00", "2026-03-02T03:02-05:00"])
def test_an_option_with_an_offset_is_true_time(text: str) -> None:
    assert told(failure_at=text).times == (when(FAILED),)


@pytest.mark.parametrize(("bias", "utc"), [(-60.0, "2026-03-02T07:02:00Z"), (300.0, "2026-03-02T13:02:00Z")])
def test_an_option_without_one_is_local_to_the_machine_where_its_bias_is_known(bias: float, utc: str) -> None:
    # bias is UTC minus local time, as Windows has it
    assert told(failure_at="2026-03-02T08:02:00", zone=Zone(timedelta(minutes=bias))).times == (when(utc),)


def test_an_option_without_an_offset_is_refused_where_no_bias_is_known() -> None:
    with pytest.raises(Refusal, match=r"--failure-at '2026-03-02T08:02:00' needs an offset"):
        told(failure_at="2026-03-02T08:02:00")


@pytest.mark.parametrize(
    "text", ["yesterday", "", "02/03/2026 08:02", "2026-02-30T00:00:00Z", "2026-03-02", "0001-01-01T00:00"]
)
@pytest.mark.parametrize("better", [(), REPRODUCED])
def test_an_option_that_is_no_time_is_refused_whatever_else_is_known(better: tuple[Row, ...], text: str) -> None:
    with pytest.raises(Refusal, match="is no ISO 8601 time"):
        told(better, failure_at=text, zone=Zone(timedelta(0)))


# --- windows ------------------------------------------------------------------------------------------------------

DAY = 86_400.0
QUARTER, TWO_HOURS = timedelta(minutes=15), timedelta(hours=2)


@pytest.mark.parametrize("rung", ["dialog", "dialog_unknown_wording", "log"])
@pytest.mark.parametrize("error", [None, DAY, -DAY])
def test_what_the_machine_wrote_is_near_within_a_quarter_hour_however_wrong_its_clock(
    rung: str, error: float | None
) -> None:
    found = told(RUNGS[rung], clock_error_s=error)
    assert found.windows == ((found.times[0] - QUARTER, found.times[0] + QUARTER),)


@pytest.mark.parametrize("rung", ["case", "option"])
@pytest.mark.parametrize("error", [DAY, -DAY, 1.0])
def test_true_time_is_shifted_by_the_measured_error_of_the_clock(rung: str, error: float) -> None:
    found = told(RUNGS[rung], failure_at=OPTION if rung == "option" else None, clock_error_s=error)
    # an error is local minus true: a clock that runs ahead wrote a later time
    machine = found.times[0] + timedelta(seconds=error)
    assert found.windows == ((machine - QUARTER, machine + QUARTER),)


@pytest.mark.parametrize("rung", ["case", "option"])
def test_without_a_measured_error_true_time_is_near_within_two_hours(rung: str) -> None:
    found = told(RUNGS[rung], failure_at=OPTION if rung == "option" else None)
    assert found.windows == ((found.times[0] - TWO_HOURS, found.times[0] + TWO_HOURS),)


def test_a_reproduced_failure_is_near_from_its_beginning_to_its_end() -> None:
    found = told(REPRODUCED, clock_error_s=DAY)
    assert found.windows == ((when("2026-03-05T09:45:00Z"), when("2026-03-05T10:18:00Z")),)


def test_a_reproduction_without_an_end_is_none() -> None:
    assert not told(REPRODUCED[:1]).known


# --- whether a lost dialog may tell of another --------------------------------------------------------------------


@pytest.mark.parametrize("basis", ["dialog", "dialog_unknown_wording", "log", "unknown"])
def test_a_failure_is_settled_once_the_log_of_dialogs_was_read_whole(basis: str) -> None:
    assert failure.settled(holding(log(OALERTS, "oalerts_log")), Failure(basis))
    assert not failure.settled(holding(reading(OALERTS, "oalerts_log")), Failure(basis))
    assert not failure.settled(holding(), Failure(basis))


@pytest.mark.parametrize("basis", ["reproduced", "case", "option"])
def test_a_failure_that_somebody_told_is_settled(basis: str) -> None:
    assert failure.settled(holding(), Failure(basis))
