"""What Windows Firewall is told to block on the way out, and connections that something on the computer refused.

A rule blocks Outlook's sign-in when it is active, outbound, for TCP, names Outlook or the WebView2 runtime (or the mail
ports of every program), and its profile's firewall is on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from analyzer.measures.evidence import Fact, Scene, elements
from analyzer.measures.records import source
from analyzer.model import Source
from analyzer.tables import Evidence

_LOCAL = r"system\currentcontrolset\services\sharedaccess\parameters\firewallpolicy"
_POLICY = r"software\policies\microsoft\windowsfirewall"
_PROGRAMS = ("outlook.exe", "msedgewebview2.exe")
_MAIL_PORTS = (993, 465, 587)
_PORTS = (443, *_MAIL_PORTS)
# The private profile is stored under the name it had before Windows Vista.
_STORED = {"domain": "domainprofile", "private": "standardprofile", "public": "publicprofile"}
_LIMITS = (
    "la4",
    "la6",
    "ra4",
    "ra6",
    "svc",
    "lport",
    "if",
    "iftype",
    "apppkgid",
    "luown",
    "luauth",
    "ruauth",
    "rmauth",
)
_REFUSED_CODE = "0x800CCC0E"
_ACCESS = 10013


def measure(evidence: Evidence, _scene: Scene) -> Iterator[Fact]:
    """Block rules in force, and connections to a mail server that ended in an access error."""
    switches = {profile: _switch(evidence, profile) for profile in _STORED}
    for row in _rules(evidence):
        yield from _rule(row, switches)
    yield from _refused(evidence)
    yield from _dropped(evidence)


def _rules(evidence: Evidence) -> list[dict[str, Any]]:
    keys = pl.col("key").str.to_lowercase().is_in([rf"{tree}\firewallrules" for tree in (_LOCAL, _POLICY)])
    rows = evidence.registry.filter(pl.col("hive") == "HKLM", keys, pl.col("value").str.contains(r"(?i)\|Dir=Out\|"))
    return rows.sort("artifact", "key", "name").collect().to_dicts()


def _rule(row: dict[str, Any], switches: dict[str, dict[str, Any] | None]) -> Iterator[Fact]:
    """Source: a rule is ``v2.30|Action=Block|Active=TRUE|Dir=Out|…|``; a field may repeat (real hive)."""
    fields = _fields(row["value"] or "")
    if not _blocks(fields):
        return
    program = fields.get("app", ["mail ports"])[0].rsplit("\\", 1)[-1]
    profiles = [p.lower() for p in fields.get("profile", [])] or list(_STORED)
    off = [switch for p in profiles if (switch := switches.get(p)) and switch["number"] == 0]
    if len(off) == len(profiles):
        return
    on = tuple(source(s) for p in profiles if (s := switches.get(p)) and s["number"] != 0)
    yield Fact("outbound_block", (source(row), *on[:1]), row["name"], program, at=row["at"])


def _fields(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in text.split("|")[1:]:
        name, _, value = part.partition("=")
        if value:
            found.setdefault(name.lower(), []).append(value)
    return found


def _blocks(fields: dict[str, list[str]]) -> bool:
    stated = {name: fields.get(name, [""])[0].lower() for name in ("action", "active", "dir", "protocol")}
    if (stated["action"], stated["active"], stated["dir"]) != ("block", "true", "out"):
        return False
    if stated["protocol"] not in ("", "6", "256") or any(name.startswith(_LIMITS) for name in fields):
        return False
    if "app" in fields:
        named = fields["app"][0].lower().rsplit("\\", 1)[-1]
        return named in _PROGRAMS and _reaches(fields, _PORTS)
    return _states_ports(fields) and _reaches(fields, _MAIL_PORTS)


def _states_ports(fields: dict[str, list[str]]) -> bool:
    return any(name.startswith("rport") for name in fields)


def _reaches(fields: dict[str, list[str]], ports: tuple[int, ...]) -> bool:
    """Whether the rule is for one of these remote ports: for all where it states none; ``993`` or ``990-995``."""
    stated = [value for name, values in fields.items() if name.startswith("rport") for value in values]
    return not stated or any(_within(port, text) for port in ports for text in stated)


def _within(port: int, text: str) -> bool:
    first, _, last = text.partition("-")
    if not first.strip().isdecimal() or not (last or first).strip().isdecimal():
        return False
    return int(first) <= port <= int(last or first)


def _switch(evidence: Evidence, profile: str) -> dict[str, Any] | None:
    """The value that switches the profile's firewall; that of a policy goes before the local one. On where none is."""
    named = pl.col("name").str.to_lowercase() == "enablefirewall"
    for key in (rf"{_POLICY}\{profile}profile", rf"{_POLICY}\{_STORED[profile]}", rf"{_LOCAL}\{_STORED[profile]}"):
        rows = evidence.registry.filter(pl.col("hive") == "HKLM", pl.col("key").str.to_lowercase() == key, named)
        if found := rows.sort("artifact").collect().to_dicts():
            return found[0]
    return None


def _refused(evidence: Evidence) -> Iterator[Fact]:
    """Source: 0x800CCC0E is "failed to connect" (imnxport.h); socket error 10013 is WSAEACCES: access forbidden."""
    for error in elements(evidence, "mail_error"):
        if error.text("code").lower() == _REFUSED_CODE.lower() and error.numbers.get("socket_error") == _ACCESS:
            where: Source = error.source
            yield Fact(
                "connection_forbidden", (where,), None, error.text("server") or None, _ACCESS, where.at, error.user
            )


def _dropped(evidence: Evidence) -> Iterator[Fact]:
    """Packets of Outlook or the sign-in page that a filter dropped on the way out, to the ports of mail and the Web.

    Where a record names no direction its port does: nobody calls Outlook from a server's port.
    """
    for drop in elements(evidence, "wfp_drops"):
        port = drop.numbers.get("remote_port")
        outgoing = drop.text("direction") in ("", "MS_FWP_DIRECTION_OUT")
        if outgoing and drop.text("loopback") != "true" and port in _PORTS:
            value = drop.text("filter_name") or drop.text("sublayer") or f"filter {drop.text('filter_id')}"
            yield Fact("packets_dropped", (drop.source,), drop.subject, value, port, drop.source.at, drop.user)
