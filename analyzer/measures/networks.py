"""The network the PC was in: a portal that wants a sign-in of its own, and a VPN that was up, failed, or is installed.

That a VPN is installed is nothing: most company PCs have one. What counts is what it did near the failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from analyzer.measures.evidence import Element, Fact, Scene, elements
from analyzer.measures.records import field, records, source
from analyzer.tables import Evidence

_NCSI = "Microsoft-Windows-NCSI"
_INTERNET = "2"  # capability 0 to 2 as an interface comes up, in real records of 4042
_REDIRECTS = (301.0, 302.0, 303.0, 307.0, 308.0, 511.0)
_CONTROL = "www.msftconnecttest.com"
_CONNECTED, _ENDED, _FAILED = 20225, 20226, 20227
# Descriptions of adapters that VPN products install. Source: names seen in public source code; from memory in part.
_ADAPTERS = (
    *("tap-windows", "wintun", "wireguard", "anyconnect", "pangp", "fortinet", "fortissl", "juniper", "pulse secure"),
    *("check point virtual", "zscaler", "nordlynx", "sonicwall", "openvpn", "globalprotect", "wan miniport (ike"),
)


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Portals found by Windows or met by a probe, and VPNs by their records and adapters."""
    yield from _portals(evidence, scene)
    yield from _redirects(evidence)
    yield from _dials(evidence)
    yield from _up_at_failure(evidence, scene)
    yield from _adapters(evidence)


# --- portals ------------------------------------------------------------------------------------------------------


def _portals(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Portals by the time Windows met them; those that were passed before every failure are told apart.

    Source: NCSI Operational 4038 = hotspot found, 4042 = capability of an interface changed (manifest of Windows 11).
    """
    changes = [row for row in records(evidence, _NCSI, (4042,)) if row["fields"].get("capability") == _INTERNET]
    for row in records(evidence, _NCSI, (4038,)):
        passed = next((change for change in changes if _follows(change, row)), None)
        open_ = not passed or not scene.failure.known or any(at < passed["at"] for at in _after(scene, row["at"]))
        yield Fact("portal_found" if open_ else "portal_passed", (source(row),), at=row["at"])


def _follows(change: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether the Internet was reached later, over the same interface where both records name one."""
    one, other = change["fields"].get("ifluid"), found["fields"].get("ifluid")
    later = bool(change["at"] and found["at"] and change["at"] > found["at"])
    return later and (one == other or not one or not other)


def _after(scene: Scene, found: datetime | None) -> list[datetime]:
    """The last instant of each attempt that a portal found then can have met."""
    ends = [end - (end - start) / 2 for start, end in scene.failure.windows]
    return [at for at in ends if found and at >= found] or ends


def _redirects(evidence: Evidence) -> Iterator[Fact]:
    for probe in redirected(evidence):
        yield Fact("probe_redirected", (probe.source,), _CONTROL, None, probe.numbers["http_status"], probe.source.at)


def redirected(evidence: Evidence) -> Iterator[Element]:
    """Direct probes of the control host over plain HTTP, which is never redirected where the Internet is reached."""
    for probe in elements(evidence, "tls_probes"):
        control = probe.text("host").lower() == _CONTROL and probe.numbers.get("port") in (80, None)
        if control and direct(probe) and probe.numbers.get("http_status") in _REDIRECTS:
            yield probe


def direct(probe: Element) -> bool:
    """Whether a probe went past any proxy."""
    return probe.text("via").strip().lower() in ("", "direct")


# --- VPN ----------------------------------------------------------------------------------------------------------


def _dials(evidence: Evidence) -> Iterator[Fact]:
    """Source: RasClient 20227 {CoId, user, connection, error code} (Azure documentation; positional)."""
    for row in records(evidence, "RasClient", (_FAILED,)):
        code = field(row, 3, "errorcode") or None
        yield Fact("vpn_failed", (source(row),), field(row, 2, "connectionname") or None, code, at=row["at"])


def _up_at_failure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Connections made before an attempt and not ended before it. Source: RasClient 20225, 20226 (from memory)."""
    rows = [row for row in records(evidence, "RasClient", (_CONNECTED, _ENDED)) if row["at"]]
    for start, end in scene.failure.windows:
        failed = end - (end - start) / 2
        up = _up([row for row in rows if row["at"] <= failed])
        for name in sorted(up):
            yield Fact("vpn_up_at_failure", (source(up[name]),), name or None, at=failed)


def _up(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The connections that are up after these records, each with the record that made it."""
    up: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = field(row, 2, "connectionname")
        up.pop(name, None)
        if row["event_id"] == _CONNECTED:
            up[name] = row
    return up


def _adapters(evidence: Evidence) -> Iterator[Fact]:
    for adapter in elements(evidence, "adapters"):
        told = adapter.text("description")
        if any(mark in told.lower() for mark in _ADAPTERS):
            up = adapter.numbers.get("up")
            yield Fact("vpn_adapter", (adapter.source,), adapter.text("name") or None, told, up)
