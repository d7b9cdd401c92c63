"""Whether an organisation's administrator can stand behind an address."""

from __future__ import annotations

import pytest

from analyzer.measures import addresses
from analyzer.measures.evidence import Fact
from analyzer.model import Source
from tests.unit.evidence import MAIL, MANIFEST, OTHER_MAIL, case, holding, scene


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


def test_of_the_traces_of_two_addresses_each_is_cited_for_its_own() -> None:
    places = {MAIL: "HKCU\\Identities\\1", OTHER_MAIL: "HKCU\\Identities\\2"}
    traces = tuple(Fact("identity", (Source("NTUSER.DAT", place),), mail) for mail, place in places.items())
    found = addresses.measure(holding(case(account=MAIL)), scene(accounts=(OTHER_MAIL,), traces=traces))
    assert [s.place for f in found for s in f.sources] == [places[OTHER_MAIL]]
