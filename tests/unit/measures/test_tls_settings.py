"""Settings that take TLS 1.2 away, as Outlook reads them and since the last start, and errors of TLS versions."""

from __future__ import annotations

import pytest

from analyzer.measures import tls_settings
from analyzer.measures.evidence import Fact
from tests.unit.evidence import ALICE, BOB, FAILED, Row, Rows, event, fact, failed, holding, scene, section, setting

CLIENT = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
NATIVE = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp"
WOW = r"HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp"
CONFIGURATION = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
USER = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"
BOOT = "2026-03-01T06:58:02Z"


def measured(*parts: Row | Rows) -> list[Fact]:
    return list(tls_settings.measure(holding(*parts), scene(failed())))


def names(*parts: Row | Rows) -> list[str]:
    return [f.name for f in measured(*parts)]


def switch(name: str, number: int, at: str | None = None) -> Row:
    return setting(CLIENT, name, number, at=at)


def mask(key: str, number: int) -> Row:
    return setting(key, "DefaultSecureProtocols", number)


def platform(bits: str) -> Row:
    return setting(CONFIGURATION, "Platform", bits)


# --- Schannel -----------------------------------------------------------------------------------------------------


def test_zero_switches_off_and_anything_else_does_not() -> None:
    assert names(switch("Enabled", 0)) == ["tls12_off"]
    assert names(switch("Enabled", 1)) == []
    assert names(switch("Enabled", 0xFFFFFFFF)) == []


def test_left_out_by_default_is_less_than_off() -> None:
    assert names(switch("DisabledByDefault", 1)) == ["tls12_off_by_default"]
    assert names(switch("DisabledByDefault", 0)) == []
    assert names(switch("Enabled", 0), switch("DisabledByDefault", 1)) == ["tls12_off"]


def test_the_keys_of_servers_are_nothing() -> None:
    assert names(setting(CLIENT.replace("Client", "Server"), "Enabled", 0)) == []


@pytest.mark.parametrize(
    ("at", "name"),
    [
        ("2026-03-01T06:58:01Z", "tls12_off"),
        ("2026-03-01T06:58:03Z", "tls12_set_since_boot"),
        (None, "tls12_off"),
    ],
)
def test_a_switch_counts_from_the_next_start_on(at: str | None, name: str) -> None:
    assert names(fact("boot_utc", BOOT), switch("Enabled", 0, at)) == [name]


# --- masks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "old"), [(0xA0, True), (0x280, True), (0xA80, False), (0x2000, False), (0, False)])
def test_a_mask_is_old_without_tls_1_2_and_1_3(number: int, old: bool) -> None:
    assert bool(names(mask(NATIVE, number))) is old


@pytest.mark.parametrize(
    ("bits", "key", "name"),
    [
        ("x64", NATIVE, "winhttp_mask_old"),
        ("x64", WOW, "winhttp_mask_of_others"),
        ("x86", WOW, "winhttp_mask_old"),
        ("", NATIVE, "winhttp_mask_old"),
        ("", WOW, "winhttp_mask_old"),
    ],
)
def test_outlook_reads_the_view_of_its_bitness(bits: str, key: str, name: str) -> None:
    assert names(mask(key, 0xA0), platform(bits)) == [name]


def test_a_32_bit_outlook_reads_the_native_view_where_windows_has_no_other() -> None:
    assert names(mask(NATIVE, 0xA0), platform("x86")) == ["winhttp_mask_old"]
    assert names(mask(NATIVE, 0xA0), platform("x86"), setting(WOW)) == ["winhttp_mask_of_others"]


def test_the_users_mask_is_theirs_and_a_policy_goes_before_it() -> None:
    own = setting(USER, "SecureProtocols", 0xA0, user=ALICE)
    assert names(own) == ["user_mask_old"]
    assert names(own, setting(POLICY, "SecureProtocols", 0xA80)) == []
    assert names(setting(USER, "SecureProtocols", 0xA0, user=BOB)) == []


# --- errors -------------------------------------------------------------------------------------------------------


def refused(process: str = "OUTLOOK", event_id: int = 36871) -> Row:
    return event("Schannel", event_id, FAILED, data={"CallerProcessImageName": process, "ErrorState": "10013"})


def logged(code: str) -> Rows:
    return section("office_log", "line 3", {"error_code": code}, artifact="outlook.log", at=FAILED)


def test_an_error_of_outlook_stands_beside_the_setting_that_explains_it() -> None:
    assert names(refused()) == ["tls_version_error"]
    found = measured(refused(), switch("Enabled", 0))[-1]
    assert (found.name, len(found.sources), found.subject) == (
        "tls_version_error_with_setting",
        2,
        rf"{CLIENT}!Enabled",
    )


def test_a_setting_that_is_not_in_force_explains_no_error() -> None:
    late = switch("Enabled", 0, "2026-03-02T07:00:00Z")
    assert "tls_version_error_with_setting" not in names(refused(), late, fact("boot_utc", BOOT))
    assert "tls_version_error_with_setting" not in names(refused(), mask(WOW, 0xA0), platform("x64"))


def test_other_programs_and_other_errors_are_not_about_it() -> None:
    assert names(refused("svchost")) == []
    assert names(refused(event_id=36882)) == []
    assert names(logged("0x80090328")) == []


@pytest.mark.parametrize("code", ["0x80090331", "0x80090302"])
def test_codes_of_tls_versions_are_errors_too(code: str) -> None:
    assert names(logged(code)) == ["tls_version_error"]
