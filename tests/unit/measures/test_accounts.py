"""The Google accounts of a user: which entries are Google tokens, whose they are, and which are not complete."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.measures import accounts
from analyzer.measures.evidence import Fact, Scene
from analyzer.model import Covered, Person, Reading
from tests.unit.evidence import (
    ALICE,
    BOB,
    CMDKEY,
    IMAP_TARGET,
    MAIL,
    OTHER_MAIL,
    SMTP_TARGET,
    Row,
    credential,
    holding,
    identity,
    reading,
    scene,
    section,
    setting,
    when,
)

PROFILE = r"HKCU\Software\Microsoft\Office\16.0\Outlook\Profiles\Outlook\9375CFF0413111d3B88A00104B2A6676\00000002"


def measured(*parts: Row | tuple[Row, ...], whose: Scene | None = None) -> list[Fact]:
    return list(accounts.measure(holding(*parts), whose or scene()))


def named(name: str, *parts: Row | tuple[Row, ...], whose: Scene | None = None) -> list[Fact]:
    return [f for f in measured(*parts, whose=whose) if f.name == name]


def listed(*targets: str, user_name: str = MAIL, user: str | None = ALICE) -> tuple[Row, ...]:
    """What cmdkey lists: targets and users, no times."""
    rows: list[Row] = []
    for line, target in enumerate(targets, 3):
        fields = {"target": target, "user_name": user_name}
        rows += section("credentials", f"line {line}", fields, artifact=CMDKEY, user=user)
    return tuple(rows)


# --- credentials --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        IMAP_TARGET,
        IMAP_TARGET.upper(),
        "MicrosoftOffice16_Data:OAUTH2:1_tp_google_oauth2",
        "MicrosoftOffice16Data:OAUTH2:tpgoogleimapOauth2",
        IMAP_TARGET + "@@@1.000000",
    ],
)
def test_a_google_token_is_known_by_its_target_however_it_is_spelt(target: str) -> None:
    found = named("google_credential", listed(target))
    assert [(f.value, f.subject) for f in found] == [(target, MAIL)]


@pytest.mark.parametrize(
    "target",
    [
        "MicrosoftOffice16_Data:ADAL:0f4f2f2e",
        "MicrosoftOffice16_Data:SSPI:alice@gmail.com",
        "git:https://google.com",
        "WindowsLive:target=virtualapp/didlogical",
    ],
)
def test_other_entries_are_no_google_tokens(target: str) -> None:
    assert named("google_credential", listed(target)) == []


def test_an_entry_of_another_user_is_not_theirs() -> None:
    assert named("google_credential", listed(IMAP_TARGET, user=BOB)) == []
    assert named("google_credential", listed(IMAP_TARGET, user=None)) == []


def test_an_entry_without_an_owner_is_theirs_where_nobody_is_known() -> None:
    nobody = scene(person=Person(None, None))
    assert len(named("google_credential", listed(IMAP_TARGET, user=None), whose=nobody)) == 1


def test_one_entry_seen_by_two_means_is_one_and_the_dated_is_kept() -> None:
    both = listed(IMAP_TARGET), credential(written="2025-09-14T07:00:00Z")
    for parts in (both, both[::-1]):
        found = named("google_credential", *parts)
        assert [f.at for f in found] == [when("2025-09-14T07:00:00Z")]


def test_the_address_may_stand_in_the_target() -> None:
    target = f"{IMAP_TARGET}:{OTHER_MAIL.upper()}"
    assert [f.subject for f in named("google_credential", listed(target, user_name="x"))] == [OTHER_MAIL]
    assert [f.subject for f in named("google_credential", listed(IMAP_TARGET, user_name="x"))] == [None]


# --- what is not complete -----------------------------------------------------------------------------------------


WHOLE = reading(CMDKEY, "cmdkey_list", Covered("", None, ALICE))


def incomplete(name: str, *parts: tuple[Row, ...], read: Reading = WHOLE) -> list[Fact]:
    return [f for f in accounts.measure(holding(*parts, read), scene()) if f.name == name]


@pytest.mark.parametrize("covered", [(), (Covered("", None, BOB),)])
def test_a_list_that_was_not_read_whole_is_never_blamed_for_what_it_lacks(covered: tuple[Covered, ...]) -> None:
    read = reading(CMDKEY, "cmdkey_list", *covered)
    assert incomplete("smtp_token_without_imap", listed(SMTP_TARGET), read=read) == []
    assert incomplete("token_chunk_missing", listed(f"{IMAP_TARGET}@@@2.000000"), read=read) == []


def test_a_token_for_sending_without_its_twin_for_receiving() -> None:
    found = incomplete("smtp_token_without_imap", listed(SMTP_TARGET))
    assert [(f.value, f.subject) for f in found] == [(SMTP_TARGET, MAIL)]
    assert incomplete("smtp_token_without_imap", listed(SMTP_TARGET, IMAP_TARGET)) == []
    assert incomplete("smtp_token_without_imap", listed(IMAP_TARGET)) == []


def test_another_accounts_twin_is_none() -> None:
    other = listed(IMAP_TARGET, user_name=OTHER_MAIL)
    rows = tuple(Row(r.table, r.cells | {"place": "line 99"}) for r in other)
    assert incomplete("smtp_token_without_imap", listed(f"2_{SMTP_TARGET}"), rows) != []


@pytest.mark.parametrize(
    ("chunks", "missing"), [((1, 2, 3), []), ((1, 3), [2]), ((2,), [1]), ((1,), []), ((2, 4), [1])]
)
def test_a_hole_in_the_pieces_of_a_token_is_found(chunks: tuple[int, ...], missing: list[int]) -> None:
    targets = [f"{IMAP_TARGET}@@@{n}.000000" for n in chunks]
    assert [f.number for f in incomplete("token_chunk_missing", listed(*targets))] == missing


def test_pieces_of_two_tokens_do_not_fill_each_others_holes() -> None:
    targets = f"{IMAP_TARGET}@@@1.000000", f"{IMAP_TARGET}@@@3.000000", f"{SMTP_TARGET}@@@2.000000"
    assert sorted(f.number or 0 for f in incomplete("token_chunk_missing", listed(*targets))) == [1, 2]


def test_a_piece_of_a_number_that_no_token_has_is_not_counted_up_to() -> None:
    assert incomplete("token_chunk_missing", listed(f"{IMAP_TARGET}@@@{10**15}.000000")) == []


# --- identities ---------------------------------------------------------------------------------------------------


def test_an_identity_of_type_oauth2_is_google() -> None:
    found = named("google_identity", identity("4711", at="2025-11-01T07:00:00Z"))
    assert [(f.value, f.subject, f.at) for f in found] == [("4711", MAIL, when("2025-11-01T07:00:00Z"))]


@pytest.mark.parametrize("idp", [1, 2, 3, 5])
def test_an_identity_of_another_type_is_not_whatever_its_key_is_called(idp: int) -> None:
    path = r"HKCU\Software\Microsoft\Office\16.0\Common\Identity\Identities\1_tp_google_imap_oauth2"
    assert named("google_identity", setting(path, user=ALICE), setting(path, "IdP", idp, user=ALICE)) == []


def test_an_identity_without_a_type_is_known_by_its_key() -> None:
    path = r"HKCU\Software\Microsoft\Office\16.0\Common\Identity\Identities"
    assert len(named("google_identity", setting(rf"{path}\1_tp_google_imap_oauth2", user=ALICE))) == 1
    assert named("google_identity", setting(rf"{path}\4711_ADAL", user=ALICE)) == []
    without_its_key = setting(rf"{path}\1_tp_google_imap_oauth2", "Other", 1, user=ALICE)
    assert len(named("google_identity", without_its_key)) == 1


def test_another_users_identity_is_not_theirs() -> None:
    assert named("google_identity", identity(user=BOB)) == []


def test_the_same_identity_out_of_a_hive_and_an_export_is_one() -> None:
    assert len(named("google_identity", identity(), identity(artifact="registry/office.reg"))) == 1


# --- profiles and addresses ---------------------------------------------------------------------------------------


def account(**values: str) -> tuple[Row, ...]:
    return tuple(setting(PROFILE, name.replace("_", " "), value, user=ALICE) for name, value in values.items())


@pytest.mark.parametrize("server", ["IMAP_Server", "POP3_Server", "SMTP_Server"])
@pytest.mark.parametrize("host", ["imap.gmail.com", "IMAP.GoogleMail.com ", "smtp.gmail.com"])
def test_an_account_at_a_google_server_is_known_by_its_profile(server: str, host: str) -> None:
    found = named("google_profile_account", account(**{server: host}, Email="Alice@example.org"))
    assert [(f.subject, f.value) for f in found] == [("alice@example.org", host.strip())]


def test_an_account_elsewhere_or_without_an_address_is_none() -> None:
    assert named("google_profile_account", account(IMAP_Server="imap.example.org", Email=MAIL)) == []
    assert named("google_profile_account", account(IMAP_Server="imap.gmail.com", Account_Name="Work")) == []


def test_every_account_with_a_trace_or_named_by_the_case_is_listed_once() -> None:
    facts = measured(listed(IMAP_TARGET), identity(address=OTHER_MAIL))
    assert accounts.addresses(tuple(facts), ("Third@Gmail.com", MAIL)) == ((MAIL, OTHER_MAIL, "third@gmail.com"), 0)


def test_of_very_many_accounts_those_that_the_case_names_are_judged_and_the_rest_is_counted() -> None:
    facts = tuple(Fact("google_identity", (), f"user{number:03}@gmail.com") for number in range(250))
    judged, unjudged = accounts.addresses(facts, ("User249@gmail.com",))
    assert (len(judged), unjudged) == (100, 150)
    assert (judged[0], judged[-1]) == ("user000@gmail.com", "user249@gmail.com")


@pytest.mark.parametrize(
    ("key", "provider", "google"),
    [
        ("1", None, True),
        ("alice_gmail.com_tp_google_imap_OAuth2", "tp_google_imap_OAuth2", True),
        ("alice_yahoo.com_tp_yahoo_imap_OAuth2", None, False),
        ("1", "tp_yahoo_imap_OAuth2", False),
    ],
)
def test_an_identity_of_the_same_type_that_names_another_provider_is_not_googles(
    key: str, provider: str | None, google: bool
) -> None:
    path = rf"HKCU\Software\Microsoft\Office\16.0\Common\Identity\Identities\{key}"
    told = (setting(path, "ProviderId", provider, user=ALICE),) if provider else ()
    assert bool(named("google_identity", identity(key), told)) is google


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ((), True),
        ((reading(CMDKEY, "cmdkey_list", Covered("", None, BOB)),), True),
        ((WHOLE,), False),
        ((listed(IMAP_TARGET),), False),
    ],
    ids=["no list", "another user's list", "a whole list", "a token of a torn list"],
)
def test_that_nobody_listed_the_tokens_is_told(parts: tuple[Any, ...], told: bool) -> None:
    found = accounts.measure(holding(*parts), scene())
    assert any(fact.name == "tokens_not_listed" for fact in found) is told
