"""The affected user: each rung of the ladder, and that a service is nobody."""

from __future__ import annotations

import pytest

from analyzer.measures import people
from analyzer.model import Covered, Person, Reading, Refusal
from tests.unit.evidence import (
    ALICE,
    BOB,
    CMDKEY,
    HELPDESK,
    IMAP_TARGET,
    SYSTEM,
    Row,
    case,
    credential,
    fact,
    holding,
    identity,
    reading,
    section,
    setting,
    state,
    user_hive,
)

PROFILE = r"HKCU\Software\Microsoft\Office\16.0\Outlook\Profiles\Outlook"
PROFILE_LIST = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"


def hives(*users: str) -> tuple[Reading, ...]:
    return tuple(
        reading(f"C/Users/{user}/NTUSER.DAT", "user_hive", Covered("HKCU", None, user), user=user) for user in users
    )


def profile(user: str) -> Row:
    return setting(PROFILE, user=user, artifact=f"{user}.hive")


def who(*parts: Row | Reading | tuple[Row, ...], option: str | None = None) -> list[tuple[str | None, str | None, str]]:
    return [(p.sid, p.name, p.basis) for p in people.affected(holding(*parts), option)]


def test_the_option_goes_before_everything() -> None:
    told = case(user_sid=ALICE, console_user_sid=ALICE)
    assert who(*hives(ALICE, BOB), told, option=BOB) == [(BOB, None, "option")]


def test_the_option_may_be_a_name_in_any_case() -> None:
    assert who(*hives("alice", "bob"), option="ALICE") == [(None, "alice", "option")]


@pytest.mark.parametrize("option", ["S-1-5-21-9-9-9-9", "carol", SYSTEM, "systemprofile"])
def test_an_option_that_names_nobody_is_refused_and_tells_who_is_there(option: str) -> None:
    with pytest.raises(Refusal, match=f"bob, {ALICE}") as refusal:
        people.affected(holding(*hives(ALICE, "bob", SYSTEM)), option)
    assert option in str(refusal.value)


def test_an_option_is_refused_where_nobody_is_known() -> None:
    with pytest.raises(Refusal, match="nobody"):
        people.affected(holding(), ALICE)


def test_the_case_goes_before_the_console() -> None:
    assert who(*hives(ALICE, BOB), case(user_sid=ALICE, console_user_sid=BOB)) == [(ALICE, None, "case")]


def test_the_console_goes_before_a_google_trace() -> None:
    assert who(credential(user=BOB), *hives(ALICE, BOB), case(console_user_sid=ALICE)) == [(ALICE, None, "console")]


def test_who_sits_at_the_console_is_judged_even_if_nothing_of_theirs_was_taken() -> None:
    assert who(credential(user=HELPDESK), case(console_user_sid=ALICE)) == [(ALICE, None, "console")]


@pytest.mark.parametrize("rung", ["user_sid", "console_user_sid"])
def test_a_service_account_that_the_case_names_is_passed_over(rung: str) -> None:
    assert who(*hives(ALICE), case(**{rung: SYSTEM})) == [(ALICE, None, "unknown")]


@pytest.mark.parametrize("trace", [credential(user=BOB), identity(user=BOB)], ids=["credential", "identity"])
def test_the_only_user_with_a_google_trace_is_meant(trace: tuple[Row, ...]) -> None:
    assert who(trace, *hives(ALICE, BOB, HELPDESK)) == [(BOB, None, "google_trace")]


def test_an_identity_of_another_kind_is_no_google_trace() -> None:
    other = setting(r"HKCU\Software\Microsoft\Office\16.0\Common\Identity\Identities\1", "IdP", 3, user=BOB)
    assert who(other, *hives(ALICE), profile(ALICE)) == [(ALICE, None, "unknown")]


def test_the_only_user_whose_files_were_taken_is_meant() -> None:
    assert who(*hives(ALICE)) == [(ALICE, None, "unknown")]
    assert who(reading(CMDKEY, "cmdkey_list", Covered(), user=ALICE)) == [(ALICE, None, "unknown")]


def test_a_bare_hive_without_a_name_is_a_nameless_persons() -> None:
    assert who(user_hive(None)) == [(None, None, "unknown")]


def test_each_user_with_an_outlook_profile_is_judged_apart() -> None:
    found = who(*hives(ALICE, BOB, HELPDESK), profile(ALICE), profile(BOB))
    assert found == [(ALICE, None, "several"), (BOB, None, "several")]


def test_the_only_one_with_an_outlook_profile_is_meant() -> None:
    assert who(*hives(ALICE, HELPDESK), profile(ALICE)) == [(ALICE, None, "unknown")]


def test_several_users_with_google_traces_are_judged_apart() -> None:
    found = who(credential(user=ALICE), credential(user=BOB, number=1), *hives(HELPDESK))
    assert [sid for sid, _, _ in found] == [ALICE, BOB]


def test_nobody_is_a_nameless_person() -> None:
    assert who() == [(None, None, "unknown")]


@pytest.mark.parametrize(
    "service", ["S-1-5-18", "S-1-5-19", "S-1-5-20", "systemprofile", "LocalService", "NetworkService", "Default"]
)
def test_a_service_account_is_never_a_user(service: str) -> None:
    assert people.people(holding(*hives(service))) == ()
    assert who(credential(user=service), *hives(ALICE, service)) == [(ALICE, None, "unknown")]


JOINED = {
    "profile list": (
        setting(PROFILE_LIST + "\\" + ALICE, "ProfileImagePath", r"C:\Users\alice", artifact="SOFTWARE", user=None),
    ),
    "running system": section("host", "host", {"sid": ALICE, "user": r"PC-042\alice"}),
    "manifest": section("case.people", "artifacts[x]", {"sid": ALICE, "name": "alice"}, artifact="manifest.json"),
}


@pytest.mark.parametrize("told", JOINED)
def test_a_sid_and_a_profile_name_are_one_person_where_something_says_so(told: str) -> None:
    evidence = holding(*JOINED[told], *hives("alice"), credential(user=ALICE))
    assert people.people(evidence) == (Person(ALICE, "alice"),)


def test_without_that_they_stay_two() -> None:
    assert len(people.people(holding(*hives("alice"), credential(user=ALICE)))) == 2


def test_a_member_that_is_no_item_of_the_catalogue_makes_nobody_known() -> None:
    assert people.people(holding(reading("C/Users/carol/x.txt", None, user="carol"))) == ()


def test_targets_of_other_makers_are_no_google_trace() -> None:
    other = fact("credentials.target", "MicrosoftOffice16_Data:SSPI:carol", user=BOB)
    mine = fact("credentials.target", IMAP_TARGET.upper(), place="credentials[1]", user=ALICE)
    assert who(other, mine, state("credentials")) == [(ALICE, None, "google_trace")]


# --- a SID and a folder that nothing joins ------------------------------------------------------------------------


def test_the_affected_sid_without_a_name_and_one_folder_without_a_sid_are_one_person() -> None:
    assert who(*hives("jonas"), case(user_sid=ALICE)) == [(ALICE, "jonas", "case")]
    assert who(*hives(ALICE, "jonas"), case(user_sid=ALICE, console_user_sid=ALICE)) == [(ALICE, "jonas", "case")]


def test_of_two_folders_or_two_sids_nobody_knows_which() -> None:
    assert who(*hives("jonas", "mia"), case(user_sid=ALICE)) == [(ALICE, None, "case")]
    assert who(*hives("jonas"), case(user_sid=ALICE, console_user_sid=BOB)) == [(ALICE, None, "case")]
    assert who(*hives("jonas"), credential(user=HELPDESK), case(user_sid=ALICE)) == [(ALICE, None, "case")]
    assert who(*hives("jonas"), case(console_user_sid=ALICE)) == [(ALICE, None, "console")]


def test_a_folder_stays_apart_from_a_sid_that_has_a_name() -> None:
    told = section("case.people", "artifacts[1]", {"sid": ALICE, "name": "alice"}, artifact="manifest.json")
    assert who(*hives("alice", "jonas"), told, case(user_sid=ALICE)) == [(ALICE, "alice", "case")]


def test_another_providers_identity_is_no_trace_of_google() -> None:
    yahoo = identity("mia_yahoo.com_tp_yahoo_imap_OAuth2", user="mia")
    assert who(*hives("jonas", "mia"), yahoo, identity(user="jonas")) == [(None, "jonas", "google_trace")]


@pytest.mark.parametrize(
    ("own", "name"), [(r"C:\Users\TEMP", "alice"), (r"C:\Users\TEMP.PC-042", "alice"), (r"C:\Users\alice.2", "alice.2")]
)
def test_who_works_in_a_temporary_profile_keeps_the_name_of_their_own(own: str, name: str) -> None:
    listed = tuple(
        setting(rf"{PROFILE_LIST}\{key}", "ProfileImagePath", path)
        for key, path in ((ALICE, own), (f"{ALICE}.bak", r"C:\Users\alice"))
    )
    assert who(*hives(ALICE), listed, case(user_sid=ALICE)) == [(ALICE, name, "case")]
