"""Attempts to sign in: one a known failure, with what tells where it broke and whether a prompt was reached."""

from __future__ import annotations

import pytest

from analyzer.measures import Inquiry, survey
from analyzer.model import Attempt, Source
from analyzer.timeline import attempts
from tests.unit.evidence import (
    ALICE,
    FAILED,
    IMAP_LOG,
    MAIL,
    OALERTS,
    OTHER_MAIL,
    Row,
    case,
    credential,
    dialog,
    holding,
    observation,
    reported,
    verdict,
    when,
)

NEXT_DAY = "2026-03-03T08:00:00Z"


def tried(*parts: Row | tuple[Row, ...], refused_at: str | None = None, sight: str = "seen") -> tuple[Attempt, ...]:
    where, evidence = survey(holding(*parts, case(user_sid=ALICE)), Inquiry())[0]
    cited = (Source(IMAP_LOG, "line 10", when(refused_at)),) if refused_at else ()
    refused = observation("for", "decisive", sight, signal="oauth_refused", sources=cited)
    return attempts(where, evidence, (verdict("stale_token", "confirmed", refused),))


def test_each_known_failure_is_an_attempt_with_its_source_in_order_of_time() -> None:
    found = tried(dialog(NEXT_DAY), dialog(FAILED))
    assert [a.at for a in found] == [when(FAILED), when(NEXT_DAY)]
    assert [s.artifact for a in found for s in a.sources] == [OALERTS, OALERTS]
    assert {(a.broke_at, a.prompt_reached) for a in found} == {("unknown", None)}


def test_without_a_known_failure_there_is_no_attempt() -> None:
    assert tried(credential()) == ()


@pytest.mark.parametrize(
    ("at", "broke_at"), [("2026-03-02T08:05:00Z", "imap"), ("2026-03-02T09:00:00Z", "unknown"), (None, "unknown")]
)
def test_an_attempt_broke_at_the_mail_server_when_a_token_was_refused_near_it(at: str | None, broke_at: str) -> None:
    assert tried(dialog(), refused_at=at)[0].broke_at == broke_at


def test_a_refusal_that_was_not_seen_breaks_nothing() -> None:
    assert tried(dialog(), refused_at=FAILED, sight="blind")[0].broke_at == "unknown"


def test_a_refusal_is_cited_by_the_attempt_that_it_is_near() -> None:
    first, second = tried(dialog(FAILED), dialog(NEXT_DAY), refused_at=FAILED)
    assert IMAP_LOG in {s.artifact for s in first.sources}
    assert IMAP_LOG not in {s.artifact for s in second.sources}


def test_the_account_is_named_only_where_there_is_one() -> None:
    assert tried(dialog(), credential())[0].account == MAIL
    second = credential(user_name=OTHER_MAIL, target="2_tp_google_imap_oauth2", number=1)
    assert tried(dialog(), credential(), second)[0].account is None


@pytest.mark.parametrize(
    ("answers", "reached"),
    [
        (["yes"], True),
        (["No"], False),
        (["unknown"], None),
        ([], None),
        (["yes", "no"], None),
        (["no", "unknown"], False),
    ],
)
def test_whether_a_prompt_was_reached_is_what_was_said_without_contradiction(
    answers: list[str], reached: bool | None
) -> None:
    said = tuple(reported("password_prompt", answer, n) for n, answer in enumerate(answers))
    assert tried(dialog(), said)[0].prompt_reached is reached


def test_a_reproduced_failure_lasts_from_its_beginning_to_its_end() -> None:
    bracket = case(**{"reproduced.started_utc": FAILED, "reproduced.ended_utc": "2026-03-02T08:05:00Z"})
    rows = tuple(Row(r.table, r.cells | {"place": "case.reproduced"}) for r in bracket)
    found = tried(rows)
    assert len(found) == 1
    assert found[0].at <= when("2026-03-02T08:05:00Z")
