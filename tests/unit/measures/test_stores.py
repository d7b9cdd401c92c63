"""Whether Windows can keep a credential: the service, the profile, the last writes."""

from __future__ import annotations

import pytest

from analyzer.measures import stores
from analyzer.measures.evidence import Fact
from tests.unit.evidence import ALICE, BOB, FAILED, Row, credential, failed, holding, scene, section, setting, when

PROFILES = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
AFTER, BEFORE = "2026-03-02T08:05:00Z", "2026-03-02T07:00:00Z"


def measured(*parts: Row | tuple[Row, ...]) -> list[Fact]:
    return list(stores.measure(holding(*parts), scene(failed(FAILED))))


def service(name: str, start: str) -> tuple[Row, ...]:
    return section("services", "services[0]", {"name": name, "state": "stopped", "start": start})


def profile(sid: str, path: str) -> Row:
    return setting(rf"{PROFILES}\{sid}", "ProfileImagePath", path, artifact="SOFTWARE")


def test_a_disabled_vault_is_told() -> None:
    assert [(f.name, f.value) for f in measured(service("VAULTSVC", "Disabled"))] == [("vault_disabled", "stopped")]


@pytest.mark.parametrize(("name", "start"), [("VaultSvc", "manual"), ("VaultSvc", "auto"), ("Spooler", "disabled")])
def test_a_vault_that_may_start_and_another_service_are_not(name: str, start: str) -> None:
    assert measured(service(name, start)) == []


@pytest.mark.parametrize("path", [r"C:\Users\TEMP", r"C:\Users\temp.PC-042", r"C:\Users\TEMP.PC-042.000"])
def test_a_temporary_folder_is_a_temporary_profile(path: str) -> None:
    assert [(f.name, f.value, f.user) for f in measured(profile(ALICE, path))] == [("temporary_profile", path, ALICE)]


@pytest.mark.parametrize(
    ("sid", "path"),
    [(ALICE, r"C:\Users\alice"), (ALICE, r"C:\Users\temperance"), (BOB, r"C:\Users\TEMP"), (BOB + ".bak", r"C:\x")],
)
def test_an_ordinary_profile_and_that_of_another_are_not(sid: str, path: str) -> None:
    assert measured(profile(sid, path)) == []


def test_a_profile_set_aside_is_told_by_its_own_name() -> None:
    assert [f.name for f in measured(profile(ALICE + ".BAK", r"C:\Users\alice"))] == ["profile_set_aside"]


def test_a_credential_written_since_the_failure_is_told_once() -> None:
    two = credential(written=AFTER), credential("Other", written=AFTER, number=1)
    assert [(f.name, f.at) for f in measured(*two)] == [("credential_written", when(AFTER))]


def test_an_older_credential_and_that_of_another_are_not() -> None:
    assert measured(credential(written=BEFORE)) == []
    assert measured(credential(written=AFTER, user=BOB)) == []
    nobody_failed = list(stores.measure(holding(credential(written=AFTER)), scene()))
    assert nobody_failed == []
