"""Who answers for Google's names: hosts lines, look-ups, time-outs and rules, and what each of them leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.measures import names
from analyzer.measures.evidence import Fact
from tests.unit.evidence import FAILED, Row, event, fact, failed, holding, probe, scene, section, setting, when

HOSTS = "C/Windows/System32/drivers/etc/hosts"
RULES = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient\DnsPolicyConfig"
LOCAL_RULES = r"HKLM\SYSTEM\CurrentControlSet\Services\Dnscache\Parameters\DnsPolicyConfig"


def measured(*parts: Row | tuple[Row, ...]) -> list[Fact]:
    return list(names.measure(holding(*parts), scene(failed())))


def told(*parts: Row | tuple[Row, ...]) -> list[tuple[str, str | None, str | None]]:
    return [(f.name, f.subject, f.value) for f in measured(*parts)]


def look(name: str, number: int = 0, **fields: Any) -> tuple[Row, ...]:
    """One look-up; addresses are lists, which give one fact a value."""
    place = f"dns[{number}]"
    rows = list(section("dns", place, {"name": name, **{k: v for k, v in fields.items() if isinstance(v, str)}}))
    for key in ("addresses", "cached"):
        rows += [fact(f"dns.{key}", address, place=place) for address in fields.get(key, [])]
    return tuple(rows)


def rule(value: str, tree: str = RULES, **more: Any) -> tuple[Row, ...]:
    """A rule of the policy table; REG_MULTI_SZ is stored with a line feed between the texts."""
    key = rf"{tree}\{{1}}"
    named = {"Name": value, "GenericDNSServers": "10.0.0.53", "ConfigOptions": 8, **more}
    return tuple(setting(key, n, v, artifact="SOFTWARE") for n, v in named.items() if v is not None)


# --- hosts file ---------------------------------------------------------------------------------------------------


def hosts(name: str, address: str = "0.0.0.0", line: int = 3) -> Row:  # noqa: S104 - an address that blocks
    return fact("hosts.address", address, artifact=HOSTS, place=f"line {line}", subject=name)


def test_a_hosts_line_for_each_of_the_seven_names_is_told_in_the_files_order() -> None:
    found = measured(hosts("smtp.gmail.com", line=10), hosts("imap.gmail.com", line=9))
    assert [(f.name, f.subject, f.value) for f in found] == [
        ("google_name_in_hosts", "imap.gmail.com", "0.0.0.0"),  # noqa: S104
        ("google_name_in_hosts", "smtp.gmail.com", "0.0.0.0"),  # noqa: S104
    ]
    assert [s.place for f in found for s in f.sources] == ["line 9", "line 10"]


@pytest.mark.parametrize("name", ["www.accounts.google.com", "google.com", "login.microsoftonline.com", "gmail.com"])
def test_a_hosts_line_for_another_name_is_not(name: str) -> None:
    assert measured(hosts(name)) == []


# --- look-ups -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "127.0.0.1", "169.254.9.9", "100.64.0.1",
        "100.127.255.254", "0.0.0.0", "::", "::1", "fe80::1%12", "fd00::1", "::ffff:10.0.0.1",  # noqa: S104
    ],
)  # fmt: skip
def test_an_address_that_is_not_on_the_internet_stands_in_for_google(address: str) -> None:
    asked = look("accounts.google.com", addresses=[address])
    assert told(asked) == [("google_name_answered_locally", "accounts.google.com", address)]


@pytest.mark.parametrize(
    "address", ["142.250.74.205", "172.32.0.1", "100.128.0.1", "172.217.16.77", "2a00:1450:4025:401::6c", "64:ff9b::1"]
)
def test_a_public_address_is_an_answer(address: str) -> None:
    found = measured(look("accounts.google.com", addresses=[address]))
    assert [(f.name, f.number) for f in found] == [("google_names_answered", 1.0)]


def test_what_windows_keeps_counts_as_an_answer() -> None:
    asked = look("imap.gmail.com.", addresses=["142.250.102.108"], cached=["127.0.0.1"])
    assert told(asked) == [("google_name_answered_locally", "imap.gmail.com", "127.0.0.1")]


def test_one_name_without_an_answer_leaves_no_acquittal() -> None:
    found = told(look("imap.gmail.com", addresses=["142.250.102.108"]), look("smtp.gmail.com", 1, error="9003"))
    assert found == [("google_name_unanswered", "smtp.gmail.com", "9003")]


def test_a_look_up_that_gave_an_address_besides_an_error_did_not_fail() -> None:
    found = told(look("imap.gmail.com", addresses=["142.250.102.108"], error="9501 no AAAA record"))
    assert [name for name, _, _ in found] == ["google_names_answered"]


def test_another_name_says_nothing() -> None:
    assert measured(look("pac.contoso.example", addresses=["10.0.0.7"]), look("wpad", 1, error="9003")) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"via": "direct", "stage": "dns", "tcp_ok": 0, "error": "11001"}, ["google_name_unanswered"]),
        ({"via": "PROXY p:8080", "stage": "dns", "tcp_ok": 0}, []),
        ({"via": "direct", "stage": "tcp", "tcp_ok": 0}, []),
    ],
)
def test_only_a_direct_probe_that_stopped_at_the_name_tells_of_it(fields: dict[str, Any], expected: list[str]) -> None:
    assert [f.name for f in measured(probe("imap.gmail.com", **fields))] == expected
    assert measured(probe("www.msftconnecttest.com", **fields)) == []


@pytest.mark.parametrize("name", ["imap.gmail.com", "IMAP.gmail.com."])
def test_a_time_out_is_told_with_its_time(name: str) -> None:
    record = event("Microsoft-Windows-DNS-Client", 1014, FAILED, data={"QueryName": name})
    assert [(f.name, f.subject, f.at) for f in measured(record)] == [
        ("google_name_timed_out", "imap.gmail.com", when(FAILED))
    ]


@pytest.mark.parametrize(
    ("status", "told"),
    [("9003", ["3008, 9003"]), ("9002", ["3008, 9002"]), ("1460", ["3008, 1460"]), ("0", []), ("9501", [])],
)
def test_a_look_up_that_ended_without_an_answer_is_told_with_its_status(status: str, told: list[str]) -> None:
    data = {"QueryName": "imap.gmail.com", "QueryStatus": status}
    assert [f.value for f in measured(event("Microsoft-Windows-DNS-Client", 3008, FAILED, data=data))] == told


@pytest.mark.parametrize("name", ["safebrowsing.google.com", "wpad", ""])
def test_a_time_out_of_another_name_is_noise(name: str) -> None:
    assert measured(event("Microsoft-Windows-DNS-Client", 1014, FAILED, data={"QueryName": name})) == []


# --- rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("space", "covered"),
    [
        (".", 7),
        (".google.com", 2),
        (".gmail.com", 2),
        ("imap.gmail.com", 1),
        (".corp.example\n.GOOGLEAPIS.com", 2),
        ("google.com", 0),
        (".oogle.com", 0),
        (".corp.example", 0),
    ],
)
@pytest.mark.parametrize("tree", [RULES, LOCAL_RULES])
def test_a_rule_covers_a_name_a_suffix_or_all(tree: str, space: str, covered: int) -> None:
    found = measured(rule(space, tree))
    assert [f.number for f in found] == ([float(covered)] if covered else [])
    assert all(f.name == "google_name_redirected" and f.value == "10.0.0.53" for f in found)


@pytest.mark.parametrize(("options", "redirects"), [(2, False), (16, False), (8, True), (10, True), (4, True)])
def test_a_rule_that_names_no_servers_redirects_nothing(options: int, redirects: bool) -> None:
    assert bool(measured(rule(".", ConfigOptions=options))) is redirects


def test_a_rule_without_options_is_taken_at_its_name() -> None:
    found = measured(rule(".", ConfigOptions=None, GenericDNSServers=None))
    assert [(f.subject, f.value) for f in found] == [("accounts.google.com", None)]
