"""Refused roots beside a computer that may not fetch roots: whose chain it was stays open, unless a name tells."""

from __future__ import annotations

import json

import pytest

from analyzer.measures import unproven_roots
from analyzer.measures.evidence import Fact
from tests.unit.evidence import FAILED, Row, event, fact, failed, holding, leaf, probe, scene, setting

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"
CHAIN = {"#attributes": {"chainRef": "{0F2E7C8D-51B4-4E6A-9B0C-77F3A1D8E205}"}}
MORNING = "2026-03-02T05:00:00Z"


def roots_off() -> Row:
    return setting(POLICY, "DisableRootAutoUpdate", 1, artifact="SOFTWARE")


def capi2(event_id: int, inside: dict[str, object], at: str = FAILED) -> Row:
    told = event("Microsoft-Windows-CAPI2", event_id, at)
    return Row(told.table, told.cells | {"data": json.dumps({"Checked": inside}, separators=(",", ":"))})


def refused(at: str = FAILED) -> Row:
    subject = {"#attributes": {"subjectName": "imap.gmail.com"}}
    result = {"#attributes": {"value": "800B0109"}}
    return capi2(30, {"Certificate": subject, "CertificateChain": CHAIN, "Result": result}, at)


def built(*names: str) -> Row:
    parts = [{"Certificate": {"#attributes": {"subjectName": name}}} for name in ("imap.gmail.com", *names)]
    return capi2(11, {"CertificateChain": CHAIN | {f"ChainElement_{n}": part for n, part in enumerate(parts)}})


def measured(*rows: Row) -> list[Fact]:
    return list(unproven_roots.measure(holding(*rows), scene(failed())))


def test_a_refusal_where_roots_may_not_be_fetched_stays_open() -> None:
    (found,) = measured(refused(), roots_off())
    assert (found.name, found.subject, found.value) == (
        "refused_root_may_be_missing",
        "imap.gmail.com",
        "DisableRootAutoUpdate",
    )
    assert len(found.sources) == 2


def test_without_anything_that_keeps_roots_away_nothing_is_open() -> None:
    assert measured(refused()) == []


@pytest.mark.parametrize("names", [(), ("WR2",), ("WE2", "GTS Root R4"), ("GTS CA 1C3", "GlobalSign Root CA")])
def test_names_of_google_prove_nothing(names: tuple[str, ...]) -> None:
    assert len(measured(refused(), built(*names), roots_off())) == 1


@pytest.mark.parametrize("names", [("Contoso Web Gateway CA",), ("WR2", "ESET SSL Filter CA"), ("Weird CA",)])
def test_a_name_above_the_leaf_that_is_not_googles_tells(names: tuple[str, ...]) -> None:
    assert measured(refused(), built(*names), roots_off()) == []


def test_a_refusal_long_before_the_failure_is_not_asked_about() -> None:
    assert measured(refused(MORNING), roots_off()) == []


def test_an_error_of_outlooks_own_log_is_a_refusal_too() -> None:
    error = fact("office_log.error_code", "0x80090325", artifact="office.log", place="line 3", at=FAILED)
    assert [found.value for found in measured(error, roots_off())] == ["DisableRootAutoUpdate"]


def test_a_record_that_is_no_chain_tells_no_names() -> None:
    odd = capi2(11, {"CertificateChain": []})
    assert len(measured(refused(), odd, roots_off())) == 1


def served(issuer: str, number: int = 0) -> tuple[Row, ...]:
    """A chain that Windows did not trust, told by names alone."""
    told = {"trust_method": "CertGetCertificateChain", "trusted_by_windows": 0}
    dates = ("2026-02-01T00:00:00Z", "2026-05-01T00:00:00Z")
    return (*probe("imap.gmail.com", number, local_utc=FAILED, **told), *leaf(number, issuer, *dates))


def test_a_chain_that_a_probe_was_served_is_asked_for_its_names_too() -> None:
    assert [f.subject for f in measured(*served("WR2"), roots_off())] == ["imap.gmail.com"]
    assert measured(*served("ESET SSL Filter CA"), roots_off()) == []


def test_the_names_of_another_hosts_chain_tell_nothing_of_googles() -> None:
    other = leaf(1, "Contoso Issuing CA", "2026-02-01T00:00:00Z", "2026-05-01T00:00:00Z")
    elsewhere = probe("www.msftconnecttest.com", 1, local_utc=FAILED)
    assert len(measured(*served("WR2"), *elsewhere, *other, roots_off())) == 1
