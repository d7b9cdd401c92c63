"""That folders are subscribed is proved by what the server listed after the failure, and by nothing older."""

from __future__ import annotations

from analyzer.measures import Inquiry, survey
from tests.unit.evidence import ALICE, BOB, IMAP_LOG, Row, case, dialog, fact, holding, row

LISTED = r'* LSUB (\HasNoChildren) "/" "INBOX"'


def line(text: str, at: str | None, user: str = ALICE) -> Row:
    return row("log_lines", IMAP_LOG, "line 40", at=at, user=user, component="IMAP", level="rx", text=text)


def subscribed(*parts: Row) -> list[str | None]:
    bias = fact("host.utc_bias_minutes", -60.0, place="host")
    taken = fact("taken_utc", "2026-03-02T09:11:00Z")
    _, measured = survey(holding(*parts, dialog(), bias, taken, case(user_sid=ALICE)), Inquiry())[0]
    return measured.named("imap_folder_subscribed")["place"].to_list()


def test_a_folder_listed_as_subscribed_after_the_failure_is_proof() -> None:
    assert subscribed(line(LISTED, "2026-03-02T08:30:00Z")) == ["line 40"]
    assert subscribed(line(f"2026-03-02 09:30:00 {LISTED}", None)) == ["line 40"]


def test_what_was_listed_before_the_failure_or_at_no_known_time_or_to_another_proves_nothing() -> None:
    assert subscribed(line(LISTED, "2026-03-02T07:30:00Z")) == []
    assert subscribed(line(f"2026-03-02 08:30:00 {LISTED}", None)) == []
    assert subscribed(line(LISTED, None)) == []
    assert subscribed(line(LISTED, "2026-03-02T08:30:00Z", BOB)) == []


def test_an_answer_to_a_search_is_no_subscription() -> None:
    assert subscribed(line("* SEARCH 1 2", "2026-03-02T08:30:00Z")) == []
