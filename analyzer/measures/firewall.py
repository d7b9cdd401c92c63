"""What Windows Firewall is told to block on the way out, and connections that something on the computer refused.

A rule blocks Outlook's sign-in when it is active, outbound, for TCP, names Outlook or the WebView2 runtime (or the mail
ports of every program), and its profile's firewall is on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from analyzer.measures import alerts
from analyzer.measures.clock import HOST_GOOGLE
from analyzer.measures.evidence import Element, Fact, Scene, elements, whole_number
from analyzer.measures.networks import redirected
from analyzer.measures.records import records, source
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
_PROVIDER = "Microsoft-Windows-Windows Firewall With Advanced Security"
_WRITTEN, _DELETED = (2004, 2005, 2071, 2073, 2097, 2099), (2006, 2052)
_HTTPS, _IMAP = 443, 993
_REFUSED_CODE = "0x800CCC0E"
_ACCESS = 10013


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Block rules in force, and connections to a mail server that were forbidden, dropped, or led nowhere."""
    switches = {profile: _switch(evidence, profile) for profile in _STORED}
    for row in _rules(evidence):
        yield from _rule(row, switches)
    if not evidence.covering("system_hive", "HKLM\\" + _LOCAL):
        yield from _recorded(evidence)
    yield from _refused(evidence, scene)
    yield from _dropped(evidence)
    yield from _closed(evidence)


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
    least, most = whole_number(first.strip()), whole_number((last or first).strip())
    return least is not None and most is not None and least <= port <= most


def _switch(evidence: Evidence, profile: str) -> dict[str, Any] | None:
    """The value that switches the profile's firewall; that of a policy goes before the local one. On where none is."""
    named = pl.col("name").str.to_lowercase() == "enablefirewall"
    keys = (rf"{_POLICY}\{profile}profile", rf"{_POLICY}\{_STORED[profile]}", rf"{_LOCAL}\{_STORED[profile]}")
    rows = evidence.registry.filter(pl.col("hive") == "HKLM", pl.col("key").str.to_lowercase().is_in(keys), named)
    found = rows.sort("artifact", maintain_order=True).collect().to_dicts()
    return min(found, key=lambda row: keys.index(row["key"].lower()), default=None)


def _recorded(evidence: Evidence) -> Iterator[Fact]:
    """Block rules by the record of their making, the last of each; for a bundle without the rules themselves.

    Source: Windows Firewall 2004, 2005, 2006 and, since Windows 11, 2097, 2099, 2052, 2071, 2073; in real records
    Direction 2 is out and Action 2 is block.
    """
    last: dict[str, dict[str, Any]] = {}
    for row in records(evidence, _PROVIDER, (*_WRITTEN, *_DELETED)):
        last[row["fields"].get("ruleid", "")] = row
    for rule, row in last.items():
        told = row["fields"]
        program = told.get("applicationpath", "").rsplit("\\", 1)[-1]
        ports = told.get("remoteports", "").strip()
        limited = ports not in ("", "*") and not any(_within(p, t) for p in _PORTS for t in ports.split(","))
        blocks = (told.get("direction"), told.get("action"), told.get("active", "1")) == ("2", "2", "1")
        if row["event_id"] in _WRITTEN and blocks and program.lower() in _PROGRAMS and not limited:
            yield Fact("outbound_block_recorded", (source(row),), rule, program, row["event_id"], row["at"])


def _closed(evidence: Evidence) -> Iterator[Fact]:
    """The port of IMAP that leads nowhere while the name is known and Google answers over HTTPS.

    Mail goes straight to the server, past any HTTP proxy, so over which way HTTPS was answered does not matter. Where a
    hotspot's page answers in everybody's place, nobody knows whether Google did.
    """
    if any(redirected(evidence)):
        return
    probes = [probe for probe in elements(evidence, "tls_probes") if _to_google(probe)]
    answered = [p for p in probes if p.numbers.get("port") == _HTTPS and p.text("stage") == "http"]
    mail = [p for p in probes if p.text("host").lower().startswith("imap.") and p.numbers.get("port") == _IMAP]
    shut = [p for p in mail if p.text("stage") == "tcp" and p.numbers.get("tcp_ok") != 1]
    if answered and shut and len(shut) == len(mail):
        sources = tuple(sorted({shut[0].source, answered[0].source}, key=lambda s: (s.artifact, s.place)))
        why = shut[0].text("error") or None
        yield Fact("mail_port_closed", sources, shut[0].text("host"), why, float(_IMAP), at=shut[0].source.at)


def _to_google(probe: Element) -> bool:
    return probe.text("host").lower() in HOST_GOOGLE


def _refused(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Source: 0x800CCC0E is "failed to connect" (imnxport.h); socket error 10013 is WSAEACCES: access forbidden."""
    for error in (*elements(evidence, "mail_error"), *alerts.errors(evidence, scene)):
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
