"""Portals met and passed, redirected probes, and what a VPN did near the failure."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.measures import networks
from analyzer.measures.evidence import Fact
from analyzer.model import Failure
from tests.unit.evidence import FAILED, Row, event, failed, holding, probe, scene, section, when

BEFORE, JUST_BEFORE, AFTER = "2026-03-02T07:50:00Z", "2026-03-02T07:58:00Z", "2026-03-02T08:10:00Z"
VPN = "{CoId}\nPC-042\\alice\nContoso VPN\n809"


def measured(*parts: Row | tuple[Row, ...], when_failed: Failure | None = None) -> list[Fact]:
    return list(networks.measure(holding(*parts), scene(when_failed or failed(FAILED))))


def names(*parts: Row | tuple[Row, ...], when_failed: Failure | None = None) -> list[str]:
    return [f.name for f in measured(*parts, when_failed=when_failed)]


def portal(at: str, interface: str = "7") -> Row:
    return event("Microsoft-Windows-NCSI", 4038, at, data={"IfLuid": interface, "Family": "0"})


def reached(at: str, interface: str = "7", capability: str = "2") -> Row:
    return event("Microsoft-Windows-NCSI", 4042, at, data={"IfLuid": interface, "Capability": capability})


def dial(event_id: int, at: str, text: str = VPN) -> Row:
    return event("RasClient", event_id, at, text=text)


# --- portals ------------------------------------------------------------------------------------------------------


def test_a_portal_is_told_with_its_time() -> None:
    assert [(f.name, f.at) for f in measured(portal(BEFORE))] == [("portal_found", when(BEFORE))]


def test_a_portal_after_which_the_internet_was_reached_before_the_failure_is_passed() -> None:
    assert names(portal(BEFORE), reached(JUST_BEFORE)) == ["portal_passed"]


@pytest.mark.parametrize(
    "change",
    [reached(AFTER), reached(JUST_BEFORE, "8"), reached(JUST_BEFORE, capability="1"), reached("2026-03-02T07:40:00Z")],
    ids=["after the failure", "another interface", "not the Internet", "before the portal"],
)
def test_what_does_not_pass_a_portal(change: Row) -> None:
    assert names(portal(BEFORE), change) == ["portal_found"]


def test_a_portal_that_one_of_two_attempts_met_is_found() -> None:
    attempts = failed(JUST_BEFORE, AFTER)
    assert names(portal(BEFORE), reached(FAILED), when_failed=attempts) == ["portal_found"]


def test_without_a_failure_a_portal_is_found() -> None:
    assert names(portal(BEFORE), reached(JUST_BEFORE), when_failed=Failure()) == ["portal_found"]


@pytest.mark.parametrize(
    ("host", "fields", "expected"),
    [
        ("www.msftconnecttest.com", {"port": 80, "http_status": 302}, ["probe_redirected"]),
        ("www.msftconnecttest.com", {"port": 80, "http_status": 511}, ["probe_redirected"]),
        ("www.msftconnecttest.com", {"port": 80, "http_status": 200}, []),
        ("www.msftconnecttest.com", {"port": 443, "http_status": 302}, []),
        ("www.msftconnecttest.com", {"port": 80, "http_status": 302, "via": "PROXY p:8080"}, []),
        ("accounts.google.com", {"port": 443, "http_status": 302}, []),
    ],
)
def test_only_the_plain_direct_control_probe_tells_of_a_redirect(
    host: str, fields: dict[str, Any], expected: list[str]
) -> None:
    assert names(probe(host, **({"via": "direct"} | fields))) == expected


# --- VPN ----------------------------------------------------------------------------------------------------------


def test_a_failed_connection_is_told_with_its_error() -> None:
    found = measured(dial(20227, BEFORE))
    assert [(f.name, f.subject, f.value, f.at) for f in found] == [("vpn_failed", "Contoso VPN", "809", when(BEFORE))]


def test_a_vpn_connected_before_the_failure_is_up_at_it() -> None:
    found = measured(dial(20225, BEFORE))
    assert [(f.name, f.subject, f.at) for f in found] == [("vpn_up_at_failure", "Contoso VPN", when(FAILED))]


@pytest.mark.parametrize(
    "parts",
    [(dial(20225, BEFORE), dial(20226, JUST_BEFORE)), (dial(20225, AFTER),), (dial(20221, BEFORE),)],
    ids=["ended before", "connected after", "only dialled"],
)
def test_a_vpn_that_was_not_up_at_the_failure_is_not_told(parts: tuple[Row, ...]) -> None:
    assert names(*parts) == []


def test_another_connection_that_ended_leaves_this_one_up() -> None:
    other = dial(20226, JUST_BEFORE, VPN.replace("Contoso", "Home"))
    assert names(dial(20225, BEFORE), other) == ["vpn_up_at_failure"]


def adapter(description: str, up: int) -> tuple[Row, ...]:
    return section("adapters", "adapters[0]", {"name": "Ethernet 3", "description": description, "up": up})


@pytest.mark.parametrize("up", [0, 1])
def test_an_adapter_of_a_vpn_is_told_with_its_state(up: int) -> None:
    found = measured(adapter("Cisco AnyConnect Virtual Miniport Adapter", up))
    assert [(f.name, f.subject, f.number) for f in found] == [("vpn_adapter", "Ethernet 3", float(up))]


def test_an_ordinary_adapter_is_no_vpn() -> None:
    assert names(adapter("Intel(R) Ethernet Connection", 1)) == []
