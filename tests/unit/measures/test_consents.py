"""Whose consent Outlook holds: that of the profile's account, or that of another."""

from __future__ import annotations

import pytest

from analyzer.measures import consents
from analyzer.measures.evidence import Fact
from analyzer.model import Source
from tests.unit.evidence import ALICE, BOB, MAIL, OTHER_MAIL, holding, scene, user_hive


def trace(name: str, address: str | None, place: str = "x") -> Fact:
    return Fact(f"google_{name}", (Source("hive", place),), address, user=ALICE)


def measured(*traces: Fact, hive_of: str | None = ALICE) -> list[tuple[str, str | None, str | None]]:
    evidence = holding(user_hive(hive_of)) if hive_of else holding()
    return [(f.name, f.subject, f.value) for f in consents.measure(evidence, scene(traces=traces))]


ACCOUNT = trace("profile_account", MAIL)


def test_an_identity_of_another_address_is_told_with_both_places() -> None:
    found = list(consents.measure(holding(user_hive()), scene(traces=(ACCOUNT, trace("identity", OTHER_MAIL, "y")))))
    assert [(f.name, f.subject, f.value) for f in found] == [("identity_of_another", MAIL, OTHER_MAIL)]
    assert [s.place for s in found[0].sources] == ["x", "y"]


@pytest.mark.parametrize("kind", ["identity", "credential"])
@pytest.mark.parametrize(
    "address", ["alice@gmail.com", "a.lice@gmail.com", "ALICE@googlemail.com", "alice+x@gmail.com"]
)
def test_an_identity_or_token_of_the_same_mailbox_is_its_own(kind: str, address: str) -> None:
    found = measured(ACCOUNT, trace(kind, address), trace("identity", OTHER_MAIL))
    assert found == [("identity_of_account", MAIL, address)]


def test_dots_and_plus_signs_matter_elsewhere() -> None:
    account = trace("profile_account", "ali.ce@studio.example")
    assert [name for name, _, _ in measured(account, trace("identity", "alice@studio.example"))] == [
        "identity_of_another"
    ]


def test_two_accounts_with_an_identity_each_are_in_order() -> None:
    both = (ACCOUNT, trace("profile_account", OTHER_MAIL), trace("identity", MAIL), trace("identity", OTHER_MAIL))
    assert [name for name, _, _ in measured(*both)] == ["identity_of_account", "identity_of_account"]


def test_the_identity_of_another_account_of_the_profile_is_no_stranger() -> None:
    assert measured(ACCOUNT, trace("profile_account", OTHER_MAIL), trace("identity", OTHER_MAIL)) == [
        ("identity_of_account", OTHER_MAIL, OTHER_MAIL)
    ]


@pytest.mark.parametrize("hive_of", [None, BOB])
def test_what_was_not_read_whole_accuses_nobody(hive_of: str | None) -> None:
    assert measured(ACCOUNT, trace("identity", OTHER_MAIL), hive_of=hive_of) == []


def test_without_an_identity_or_with_one_that_names_nobody_there_is_no_mismatch() -> None:
    assert measured(ACCOUNT) == []
    assert measured(ACCOUNT, trace("identity", None)) == []
