"""Whether an address can be told to be Google's, account by account."""

from __future__ import annotations

import pytest

from analyzer.measures import providers
from analyzer.measures.evidence import Fact
from tests.unit.evidence import FAILED, Row, event, fact, failed, holding, scene, section

OWN = "alice@studio.example"
HELD = Fact("google_identity", (), OWN)


def measured(*parts: Row | tuple[Row, ...], account: str = OWN, traces: tuple[Fact, ...] = ()) -> list[Fact]:
    return list(providers.measure(holding(*parts), scene(failed(FAILED), accounts=(account,), traces=traces)))


def told(*parts: Row | tuple[Row, ...], account: str = OWN) -> list[tuple[str, str | None, str | None]]:
    return [(f.name, f.subject, f.value) for f in measured(*parts, account=account)]


def domain(name: str = "studio.example", *mx: str, autodiscover: str | None = None) -> tuple[Row, ...]:
    place = "mail_domain[0]"
    rows = section(
        "mail_domain", place, {"domain": name, "autodiscover": autodiscover} if autodiscover else {"domain": name}
    )
    return (*rows, *(fact("mail_domain.mx", server, place=place) for server in mx))


@pytest.mark.parametrize("server", ["mx.filter.example", "aspmx.l.google.com.evil.example", "notgoogle.com"])
def test_mail_servers_of_somebody_else_are_elsewhere(server: str) -> None:
    assert told(domain("studio.example", server)) == [("mx_elsewhere", OWN, server)]


@pytest.mark.parametrize("server", ["aspmx.l.google.com", "10 ALT1.ASPMX.L.GOOGLE.COM.", "aspmx2.googlemail.com"])
def test_mail_servers_of_google_are_told_without_preference_and_dot(server: str) -> None:
    assert told(domain("Studio.Example.", server)) == [("mx_at_google", OWN, server.split()[-1].lower().rstrip("."))]


def test_one_mail_server_of_google_among_others_is_enough() -> None:
    assert [name for name, _, _ in told(domain("studio.example", "mx.filter.example", "smtp.google.com"))] == [
        "mx_at_google"
    ]


def test_autodiscover_counts_only_beside_mail_at_google() -> None:
    there, here = "autodiscover.outlook.com", "ghs.google.com"
    found = told(domain("studio.example", "smtp.google.com", autodiscover=there))
    assert ("autodiscover_elsewhere", OWN, there) in found
    assert len(told(domain("studio.example", "smtp.google.com", autodiscover=here))) == 1
    assert told(domain("studio.example", autodiscover=there)) == []


def test_a_domain_without_mail_servers_and_another_domain_say_nothing() -> None:
    assert told(domain("studio.example")) == []
    assert told(domain("other.example", "mx.filter.example")) == []


@pytest.mark.parametrize("account", ["a@gmail.com", "a@googlemail.com"])
def test_an_address_of_gmail_is_recognised_whatever_was_looked_up(account: str) -> None:
    found = measured(domain("gmail.com", "mx.filter.example"), fact("case.account", account), account=account)
    assert [(f.name, f.subject) for f in found] == [("provider_recognised", account)]
    assert [s.place for s in found[0].sources] == ["case.account"]


def test_an_address_with_a_google_identity_is_recognised_and_its_neighbour_is_not() -> None:
    assert [f.name for f in measured(traces=(HELD,))] == ["provider_recognised"]
    assert measured(traces=(HELD,), account="bob@studio.example") == []


def test_a_profile_account_alone_is_not_recognised() -> None:
    assert measured(traces=(Fact("google_profile_account", (), OWN),)) == []


@pytest.mark.parametrize(("name", "seen"), [("Prod-Autodetect.outlookmobile.com.", True), ("wpad", False)])
def test_only_a_time_out_of_the_detecting_service_is_told(name: str, seen: bool) -> None:
    record = event("Microsoft-Windows-DNS-Client", 1014, FAILED, data={"QueryName": name})
    assert bool(measured(record)) is seen
