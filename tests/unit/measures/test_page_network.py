from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analyzer.measures import page_network
from analyzer.measures.certificates import Root
from analyzer.measures.evidence import Fact
from analyzer.parsers import netlog
from analyzer.tables import Evidence, frame
from fixtures.forge.certificates import google_pin
from tests.unit.parsers.artifacts import artifact, said

LOGS = Path(__file__).parents[1] / "parsers" / "netlogs"
AT = datetime(2026, 3, 2, 8, 2, tzinfo=UTC)


def judged(**fields: str | float) -> list[Fact]:
    """What is made of one request with these fields."""
    rows = {"host": "accounts.google.com", "via": "direct"} | fields
    columns: dict[str, list[Any]] = {
        "artifact": ["netlog_1.json"] * len(rows),
        "place": ["line 9"] * len(rows),
        "at": [AT] * len(rows),
        "name": [f"page_requests.{name}" for name in rows],
        "value": [str(value) for value in rows.values()],
        "number": [value if isinstance(value, float) else None for value in rows.values()],
    }
    return list(page_network.judge_requests(Evidence.of(facts=frame("facts", columns)), pins()))


def pins() -> tuple[Root, ...]:
    return (Root(*google_pin()),)


def recorded(name: str) -> list[Fact]:
    told = said(netlog.read, artifact((LOGS / f"{name}.json").read_bytes(), f"{name}.json"))
    facts = told.rows["facts"][0]
    return list(page_network.judge_requests(Evidence.of(facts=facts), pins()))


def test_a_chain_that_is_not_googles_and_was_refused_is_forged() -> None:
    (fact,) = recorded("bad_certificate")
    assert (fact.name, fact.subject, fact.value) == (
        "page_chain_forged",
        "accounts.google.com",
        "ERR_CERT_AUTHORITY_INVALID",
    )


def test_a_page_that_was_served_on_a_forged_chain_speaks_for_nothing() -> None:
    """The browser was told to look away: the page is not Google's."""
    assert recorded("good_page") == []


@pytest.mark.parametrize("name", ["wrong_date", "dead_proxy", "proxy_asks", "no_name"])
def test_other_errors_are_left_to_the_pages(name: str) -> None:
    assert recorded(name) == []


def test_an_answer_tells_its_way_and_its_time() -> None:
    (fact,) = judged(status_code=302.0)
    assert (fact.name, fact.subject, fact.value, fact.number, fact.at) == (
        "page_answered",
        "accounts.google.com",
        "direct",
        302.0,
        AT,
    )


@pytest.mark.parametrize("status", [199.0, 400.0, 407.0, 502.0])
def test_an_answer_that_refuses_is_no_page(status: float) -> None:
    assert judged(status_code=status) == []


def test_another_host_is_not_the_page() -> None:
    assert judged(host="www.googleapis.com", status_code=200.0) == []
