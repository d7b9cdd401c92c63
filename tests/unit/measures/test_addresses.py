"""Whether an organisation's administrator can stand behind an address."""

from __future__ import annotations

import pytest

from analyzer.measures import addresses
from tests.unit.evidence import MAIL, MANIFEST, case, holding, scene


@pytest.mark.parametrize(
    ("address", "domains"),
    [
        (MAIL, ["gmail.com"]),
        ("alice@googlemail.com", ["googlemail.com"]),
        ("alice@firma.example", []),
        ("alice@gmail.com.example", []),
    ],
)
def test_only_googles_own_domains_have_no_administrator(address: str, domains: list[str]) -> None:
    found = list(addresses.measure(holding(), scene(accounts=(address,))))
    assert [(f.subject, f.value) for f in found] == [(address, domain) for domain in domains]


def test_the_place_that_names_the_address_is_cited() -> None:
    found = list(addresses.measure(holding(case(account="Alice@gmail.com")), scene(accounts=(MAIL,))))
    assert [(s.artifact, s.place) for f in found for s in f.sources] == [(MANIFEST, "case.account")]
