"""Which proxy is in force: policies, machine-wide settings, and how a proxy is written."""

from __future__ import annotations

import pytest

from analyzer.measures import proxy
from analyzer.measures.evidence import Fact
from analyzer.model import Covered, Reading
from tests.unit.evidence import ALICE, BOB, Row, failed, holding, probe, reading, scene, setting, user_hive

SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
POLICIES = r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"
ARGUMENTS = r"Software\Policies\Microsoft\Edge\WebView2\AdditionalBrowserArguments"
SOFTWARE = "C/Windows/System32/config/SOFTWARE"
WINHTTP_DIRECT = bytes.fromhex("18000000 00000000 01000000 00000000 00000000").hex(" ")
DIRECT = (
    setting(rf"HKCU\{SETTINGS}", "ProxyEnable", 0, user=ALICE),
    setting(rf"HKLM\{SETTINGS}\Connections", "WinHttpSettings", WINHTTP_DIRECT, artifact=SOFTWARE),
)
WHOLE = (user_hive(), reading(SOFTWARE, "software_hive", Covered("HKLM\\SOFTWARE")))


def record(server: str) -> str:
    """A connection's record with a fixed proxy, in hexadecimal."""
    head = b"".join(number.to_bytes(4, "little") for number in (0x46, 7, 3, len(server)))
    return (head + server.encode() + bytes(40)).hex(" ")


def policy(name: str, value: str | int, hive: str = "HKCU", **cells: str) -> Row:
    owner = {"user": ALICE} if hive == "HKCU" else {}
    return setting(rf"{hive}\{POLICIES}", name, value, **{**owner, **cells})


def measured(*parts: Row | Reading | tuple[Row, ...]) -> list[Fact]:
    return list(proxy.measure(holding(*parts), scene(failed())))


def values(name: str, *parts: Row | Reading | tuple[Row, ...]) -> list[str | None]:
    return [fact.value for fact in measured(*parts) if fact.name == name]


def is_direct(*parts: Row | Reading | tuple[Row, ...]) -> bool:
    return any(fact.name == "proxy_direct_everywhere" for fact in measured(*parts))


def test_settings_that_are_direct_and_read_whole_are_direct_everywhere() -> None:
    assert is_direct(*DIRECT, *WHOLE)


@pytest.mark.parametrize("hive", ["HKCU", "HKLM"])
@pytest.mark.parametrize(
    ("name", "value"), [("ProxyServer", "p.example:3128"), ("AutoConfigURL", "http://p.example/p")]
)
def test_what_a_policy_imposes_is_not_direct(hive: str, name: str, value: str) -> None:
    assert not is_direct(*DIRECT, *WHOLE, policy(name, value, hive))
    assert values("proxy_configured", *DIRECT, policy(name, value, hive)) == [value]


def test_a_policy_that_switches_its_proxy_off_or_is_another_users_imposes_nothing() -> None:
    off = policy("ProxyServer", "p.example:3128"), policy("ProxyEnable", 0)
    assert is_direct(*DIRECT, *WHOLE, *off)
    assert is_direct(*DIRECT, *WHOLE, policy("ProxyServer", "p.example:3128", user=BOB))


@pytest.mark.parametrize("hive", ["HKCU", "HKLM"])
@pytest.mark.parametrize("program", ["OUTLOOK.EXE", "*"])
def test_a_proxy_that_a_policy_gives_the_sign_in_page_alone_is_not_direct(hive: str, program: str) -> None:
    switches = '--log-net-log="C:\\n.json" --proxy-server="p.example:3128"'
    given = setting(rf"{hive}\{ARGUMENTS}", program, switches, **({"user": ALICE} if hive == "HKCU" else {}))
    assert not is_direct(*DIRECT, *WHOLE, given)
    assert values("proxy_configured", *DIRECT, given) == ["p.example:3128"]


def test_a_script_for_the_sign_in_page_is_told_as_one() -> None:
    given = setting(rf"HKLM\{ARGUMENTS}", "*", "--proxy-pac-url=http://p.example/p.pac")
    assert values("proxy_configured", given) == ["http://p.example/p.pac"]


@pytest.mark.parametrize(
    "given",
    [
        setting(rf"HKLM\{ARGUMENTS}", "teams.exe", "--proxy-server=p.example:3128"),
        setting(rf"HKCU\{ARGUMENTS}", "*", "--proxy-server=p.example:3128", user=BOB),
        setting(rf"HKLM\{ARGUMENTS}", "*", "--log-net-log=C:\\n.json"),
    ],
    ids=["another program", "another user", "no proxy"],
)
def test_arguments_that_give_outlooks_page_no_proxy(given: Row) -> None:
    assert is_direct(*DIRECT, *WHOLE, given)


def test_a_script_of_a_policy_may_be_a_file() -> None:
    assert values("proxy_pac_by_file", policy("AutoConfigURL", "FILE://srv/site.pac")) == ["FILE://srv/site.pac"]


def test_without_the_users_policies_nothing_is_known_to_be_direct() -> None:
    own = reading("registry/reg_user_internet_settings.reg", "x", Covered("HKCU\\" + SETTINGS, None, ALICE))
    policies = reading("registry/reg_user_policies.reg", "y", Covered(r"HKCU\Software\Policies", None, ALICE))
    assert not is_direct(*DIRECT, own, WHOLE[1])
    assert is_direct(*DIRECT, own, policies, WHOLE[1])


def test_the_machines_record_is_in_force_where_a_policy_makes_the_proxy_machine_wide() -> None:
    wide = policy("ProxySettingsPerUser", 0, "HKLM")
    machine = setting(
        rf"HKLM\{SETTINGS}\Connections", "DefaultConnectionSettings", record("m.example:8080"), artifact=SOFTWARE
    )
    assert is_direct(*DIRECT, *WHOLE, machine)
    assert not is_direct(*DIRECT, *WHOLE, machine, wide)
    refused = probe("accounts.google.com", 0, via="PROXY m.example:8080", stage="connect", connect_status=403.0)
    control = probe("www.msftconnecttest.com", 1, via="PROXY m.example:8080", stage="http", role="control")
    assert values("proxy_refuses_google", *DIRECT, machine, wide, refused, control) == ["m.example:8080"]
    assert values("proxy_refuses_google", *DIRECT, machine, refused, control) == []
    dead = probe("www.msftconnecttest.com", 1, via="PROXY m.example:8080", stage="tcp", role="control")
    other = probe("www.example.com", 1, via="PROXY m.example:8080", stage="http")
    assert values("proxy_refuses_google", *DIRECT, machine, wide, refused, dead) == []
    assert values("proxy_refuses_google", *DIRECT, machine, wide, refused, other) == []


@pytest.mark.parametrize(
    ("written", "via"),
    [
        ("p.example", "PROXY p.example:80"),
        ("http://p.example/", "PROXY p.example:80"),
        ("http=p.example:81;https=p.example:82", "PROXY P.example:82"),
        ("[fd00::8]", "PROXY [FD00::8]:80"),
    ],
)
def test_a_probe_went_over_the_proxy_in_force_however_that_is_written(written: str, via: str) -> None:
    user = setting(rf"HKCU\{SETTINGS}\Connections", "DefaultConnectionSettings", record(written), user=ALICE)
    dead = probe("accounts.google.com", 0, via=via, stage="tcp", tcp_ok=0.0)
    assert values("proxy_unreachable", user, dead) == [via.removeprefix("PROXY ").lower()]


def test_a_script_that_a_policy_imposes_leaves_the_route_unknown_whatever_the_user_chose() -> None:
    reached = probe("accounts.google.com", 0, via="direct", stage="http", http_status=200.0)
    other = setting(rf"HKLM\{SETTINGS}\Connections", "WinHttpSettings", record("p.example:1"), artifact=SOFTWARE)
    over = probe("accounts.google.com", 1, via="PROXY p.example:1", stage="http", http_status=200.0)
    assert values("google_over_route", DIRECT[0], other, reached, over) == ["direct, p.example:1"]
    script = policy("AutoConfigURL", "http://p.example/p")
    assert values("google_over_route", DIRECT[0], other, reached, over, script) == []


def test_what_the_running_system_says_stands_in_for_no_policy() -> None:
    own = reading("registry/reg_user_internet_settings.reg", "x", Covered("HKCU\\" + SETTINGS, None, ALICE))
    facts = {fact.name for fact in measured(*DIRECT, own, WHOLE[1])}
    assert "proxy_direct" in facts
    assert "proxy_direct_everywhere" not in facts
