"""Which proxy is in force on each network stack, and whether Google is reached through it.

WebView2 follows WinINet's settings of the user, Outlook's own HTTP follows WinHTTP's of the machine. IMAP and SMTP
go through neither.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import zip_longest
from typing import Any

import polars as pl

from analyzer.measures import names, page_network
from analyzer.measures.clock import HOST_GOOGLE
from analyzer.measures.evidence import Element, Fact, Scene, elements, lost
from analyzer.measures.records import records, source
from analyzer.model import Source, utc
from analyzer.tables import Evidence

_SETTINGS = r"software\microsoft\windows\currentversion\internet settings"
_POLICIES = r"software\policies\microsoft\windows\currentversion\internet settings"
_REFUSED = (403.0, 407.0, 502.0)
_REACHED = ("http",)
_SCRIPT_HOST = re.compile(r"https?://([^/:]+)", re.IGNORECASE)
_MAIL = ("imap.gmail.com", "smtp.gmail.com")
_SIGN_IN = ("accounts.google.com", "oauth2.googleapis.com")
# Records of the connection without a name of its own; every other belongs to a VPN or a dial-up connection.
_UNNAMED = ("defaultconnectionsettings", "savedlegacysettings")
# Flags of DefaultConnectionSettings and WinHttpSettings. Source: OutlookTrace; wininet.h.
_PROXY, _PAC, _DETECT = 2, 4, 8


@dataclass(frozen=True, slots=True)
class Setting:
    """One stack's setting from one source. ``server``, ``pac`` and ``detect`` are empty or false for direct.

    ``bypass`` lists the hosts that the stack reaches without the server.
    """

    stack: str
    server: str
    pac: str
    detect: bool
    source: Source
    bypass: str = ""

    @property
    def direct(self) -> bool:
        """Whether nothing stands between this stack and the network."""
        return not (self.server or self.pac or self.detect)

    @property
    def spares_google(self) -> bool:
        """Whether the sign-in goes around the server.

        Source: bypass lists of WinINet and WinHTTP are host names parted by ``;`` or blanks, with ``*`` for any text.
        """
        patterns = [re.sub(r"^https?://", "", part) for part in re.split(r"[;,\s]+", self.bypass.lower()) if part]
        return all(any(fnmatchcase(host, pattern) for pattern in patterns) for host in _SIGN_IN)


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Settings of both stacks, the routes in force, and what probes over them reached."""
    user, winhttp = (*_imposed(evidence, scene), *_user(evidence, scene)), tuple(_winhttp(evidence))
    machine = tuple(_machine_wide(evidence))
    settings = user + winhttp
    for setting in (*settings, *machine):
        if not setting.direct:
            value = setting.server or setting.pac or "auto-detect"
            yield Fact("proxy_configured", (setting.source,), setting.stack, value)
        if setting.pac.lower().startswith("file:"):
            yield Fact("proxy_pac_by_file", (setting.source,), setting.stack, setting.pac)
    page = (Setting("WebView2", given, "", False, where) for given, where in page_network.imposed(evidence, scene))
    others = (*_of_connections(evidence, scene), *page)
    for setting in others:
        yield Fact("proxy_configured", (setting.source,), setting.stack, setting.server or setting.pac)
    if _read_whole(evidence, scene):
        yield Fact("proxy_settings_read", tuple(sorted({s.source for s in settings}, key=_place)))
        if user and winhttp and not others:
            yield from _direct(evidence, scene, (*settings, *machine))
    yield from _disagreement(machine or user, winhttp)
    yield from _left_over(evidence, scene)
    routes = _routes(evidence, (machine or user) + winhttp, scene)
    yield from _probed(evidence, routes)
    yield from _machine_dead(evidence, machine, user)


def configured(evidence: Evidence, scene: Scene) -> frozenset[str]:
    """The hosts, without their ports, of every proxy and script that any setting names."""
    every = (*_imposed(evidence, scene), *_user(evidence, scene), *_winhttp(evidence), *_machine_wide(evidence))
    servers = {_host(setting.server).rpartition(":")[0] for setting in every}
    scripts = {found[1].lower() for setting in every if (found := _SCRIPT_HOST.match(setting.pac))}
    return frozenset(filter(None, servers | scripts))


# --- settings -----------------------------------------------------------------------------------------------------


def _user(evidence: Evidence, scene: Scene) -> Iterator[Setting]:
    for live in elements(evidence, "proxy.user"):
        if scene.mine(live.user) and live.texts:
            detect = live.numbers.get("auto_detect") == 1
            script, bypass = live.text("auto_config_url"), live.text("bypass")
            yield Setting("WinINet", live.text("server"), script, detect, live.source, bypass)
    rows = _rows(evidence, "HKCU", _SETTINGS)
    blobs = _rows(evidence, "HKCU", _SETTINGS + r"\connections")
    mine = {row["name"].lower(): row for row in (*rows, *blobs) if row["name"] and scene.mine(row["user"])}
    if (blob := mine.get("defaultconnectionsettings")) and (made := _blob("WinINet", blob)):
        yield made
    elif mine:
        yield from _named(mine)


def _imposed(evidence: Evidence, scene: Scene) -> Iterator[Setting]:
    """What a group policy puts in the place of the user's own choice; a policy that names nothing imposes nothing.

    Source: a proxy or a script among the values of Policies\\…\\Internet Settings, as tools that list imposed proxies
    read it; whether the policy says ProxyEnable too differs.
    """
    for hive in ("HKLM", "HKCU"):
        rows = {
            row["name"].lower(): row
            for row in _rows(evidence, hive, _POLICIES)
            if row["name"] and (hive == "HKLM" or scene.mine(row["user"]))
        }
        on = rows.get("proxyenable", {}).get("number") != 0
        server = (rows.get("proxyserver", {}).get("value") or "") if on else ""
        pac = rows.get("autoconfigurl", {}).get("value") or ""
        if server or pac:
            named, bypass = rows["autoconfigurl" if pac else "proxyserver"], rows.get("proxyoverride", {}).get("value")
            yield Setting("WinINet", server, pac, False, source(named), bypass or "")


def _named(rows: dict[str, dict[str, Any]]) -> Iterator[Setting]:
    """The plain values, where the connection's own record is missing: they lose against it."""
    enabled = rows.get("proxyenable", {}).get("number") == 1
    server = rows["proxyserver"]["value"] or "" if enabled and "proxyserver" in rows else ""
    pac = rows["autoconfigurl"]["value"] or "" if "autoconfigurl" in rows else ""
    detect = rows.get("autodetect", {}).get("number") == 1
    first = rows.get("proxyenable") or rows.get("autoconfigurl")
    if first:
        yield Setting("WinINet", server, pac, detect, source(first), rows.get("proxyoverride", {}).get("value") or "")


def _winhttp(evidence: Evidence) -> Iterator[Setting]:
    by_artifact: dict[str, dict[str, Element]] = {}
    for element in elements(evidence, "proxy.winhttp"):
        for name in element.texts:
            by_artifact.setdefault(element.source.artifact, {})[name] = element
    for told in by_artifact.values():
        if access := told.get("access"):
            server, bypass = (told[name].text(name) if name in told else "" for name in ("server", "bypass"))
            direct = access.text("access") == "direct"
            yield Setting("WinHTTP", "" if direct else server, "", False, access.source, bypass)
    for row in _rows(evidence, "HKLM", _SETTINGS + r"\connections"):
        if (row["name"] or "").lower() == "winhttpsettings" and (made := _blob("WinHTTP", row)):
            yield made


def _machine_wide(evidence: Evidence) -> Iterator[Setting]:
    """The machine's own proxy, which counts for every user where a policy says so.

    Source: Policies\\…\\Internet Settings!ProxySettingsPerUser 0 = read the machine's settings (OutlookTrace).
    """
    policies = _rows(evidence, "HKLM", _POLICIES)
    if not any((row["name"] or "").lower() == "proxysettingsperuser" and row["number"] == 0 for row in policies):
        return
    every = (*_rows(evidence, "HKLM", _SETTINGS), *_rows(evidence, "HKLM", _SETTINGS + r"\connections"))
    rows = {row["name"].lower(): row for row in every if row["name"]}
    if (blob := rows.get("defaultconnectionsettings")) and (made := _blob("WinINet", blob)):
        yield made
    else:
        yield from _named(rows)


def _blob(stack: str, row: dict[str, Any]) -> Setting | None:
    """A connection's record: version, counter, flags, then proxy, bypass and script with their lengths.

    Source: OutlookTrace's reader of DefaultConnectionSettings; WinHttpSettings has the same head and no script.
    """
    try:
        raw = bytes.fromhex(row["value"] or "")
        flags = struct.unpack_from("<I", raw, 8)[0]
    except (ValueError, struct.error):
        return None
    texts = [*_texts(raw, 12), "", "", ""]
    server = texts[0] if flags & _PROXY else ""
    pac = texts[2] if flags & _PAC and stack == "WinINet" else ""
    return Setting(stack, server, pac, bool(flags & _DETECT) and stack == "WinINet", source(row), texts[1])


def _of_connections(evidence: Evidence, scene: Scene) -> Iterator[Setting]:
    """What VPN and dial-up connections set in place of the above while they are up.

    Source: each connection has a record of its own beside DefaultConnectionSettings (OutlookTrace).
    """
    for row in _rows(evidence, "HKCU", _SETTINGS + r"\connections"):
        named = row["name"] and row["name"].lower() not in _UNNAMED
        if named and scene.mine(row["user"]) and (made := _blob("WinINet", row)) and (made.server or made.pac):
            yield replace(made, stack=row["name"])


def _texts(raw: bytes, offset: int) -> Iterator[str]:
    for _ in range(3):
        if offset + 4 > len(raw):
            return
        size = struct.unpack_from("<I", raw, offset)[0]
        yield raw[offset + 4 : offset + 4 + size].decode("ascii", "replace").rstrip("\0")
        offset += 4 + size


def _rows(evidence: Evidence, hive: str, key: str) -> list[dict[str, Any]]:
    rows = evidence.registry.filter(pl.col("hive") == hive, pl.col("key").str.to_lowercase() == key)
    return rows.sort("artifact", "name").collect().to_dicts()


def _read_whole(evidence: Evidence, scene: Scene) -> bool:
    """Whether the user's settings and WinHTTP's were each read whole by something."""
    live = [reading.member.name for reading, _ in evidence.covering("live_state", "proxy")]
    own = evidence.covering("user_hive", "HKCU\\" + _SETTINGS)
    told = any(e.source.artifact in live and scene.mine(e.user) for e in elements(evidence, "proxy.user"))
    user = told or any(scene.mine(covered.user) for _, covered in own)
    winhttp = (
        any(e.source.artifact in live for e in elements(evidence, "proxy.winhttp"))
        or evidence.covering("netsh_winhttp_proxy")
        or evidence.covering("software_hive", "HKLM\\" + _SETTINGS)
    )
    return bool(user and winhttp)


def _policies_read(evidence: Evidence, scene: Scene) -> bool:
    """Whether the machine's policies and the user's were read whole. What the running system tells is no substitute.

    A lost hive may hold a policy that says otherwise, and then what is left would acquit.
    """
    imposed = evidence.covering("user_hive", "HKCU\\" + _POLICIES)
    return bool(
        evidence.covering("software_hive", r"HKLM\SOFTWARE\Policies\Microsoft")
        and any(scene.mine(covered.user) for _, covered in imposed)
    )


def _direct(evidence: Evidence, scene: Scene, every: tuple[Setting, ...]) -> Iterator[Fact]:
    """Both stacks go directly, now and at the failure; *everywhere* where all that could say otherwise was read."""
    if all(setting.direct for setting in (*every, *_at_failure(evidence, scene))):
        sources = tuple(sorted({setting.source for setting in every}, key=_place))
        yield Fact("proxy_direct", sources)
        if _policies_read(evidence, scene) and not lost(evidence, "wininet_config_log"):
            yield Fact("proxy_direct_everywhere", sources)


def _at_failure(evidence: Evidence, scene: Scene) -> Iterator[Setting]:
    """The user's WinINet settings while the sign-in failed, by the records of their changes.

    A record holds until the next. Where no failure is known, it may have been under any of them.
    Source: WinINet-Config 5600: fAutoDetect, pwszAutoConfigUrl, pwszProxy as they are after the change.
    """
    changes = [
        row
        for row in records(evidence, "Microsoft-Windows-WinINet-Config", (5600,))
        if row["at"] and (row["user"] is None or scene.mine(row["user"]))
    ]
    for row, following in zip_longest(changes, changes[1:]):
        reigns = (
            row["at"] <= end and (not following or start <= following["at"]) for start, end in scene.failure.windows
        )
        if any(reigns) or not scene.failure.known:
            told = row["fields"]
            detect = told.get("fautodetect", "").lower() in ("true", "1")
            yield Setting("WinINet", told.get("pwszproxy", ""), told.get("pwszautoconfigurl", ""), detect, source(row))


def _place(where: Source) -> tuple[str, str]:
    return where.artifact, where.place


def _disagreement(user: tuple[Setting, ...], winhttp: tuple[Setting, ...]) -> Iterator[Fact]:
    for one in user[:1]:
        for other in winhttp[:1]:
            if _host(one.server) != _host(other.server) and (one.server or other.server) and not one.pac:
                both = tuple(sorted({one.source, other.source}, key=_place))
                yield Fact("proxy_stacks_disagree", both, None, f"{one.server or '–'} / {other.server or '–'}")


def _left_over(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    rows = {r["name"].lower(): r for r in _rows(evidence, "HKCU", _SETTINGS) if r["name"] and scene.mine(r["user"])}
    if rows.get("proxyenable", {}).get("number") == 0 and rows.get("proxyserver", {}).get("value"):
        row = rows["proxyserver"]
        yield Fact("proxy_left_over", (source(row),), None, row["value"], at=row["at"], user=row["user"])


# --- routes and probes --------------------------------------------------------------------------------------------


def _routes(evidence: Evidence, settings: tuple[Setting, ...], scene: Scene) -> dict[str, str]:
    """Each stack's route to Google: ``direct`` or the proxy's host and port; a stack of unknown route is left out.

    The first setting of a stack is in force; what a policy imposes comes before the user's own.
    What Windows itself resolved goes before what a setting says: only it knows the outcome of a script.
    """
    routes: dict[str, str] = {}
    first = {setting.stack: setting for setting in reversed(settings)}
    for stack, setting in sorted(first.items()):
        if not setting.pac and not setting.detect:
            routes[stack] = "direct" if setting.spares_google else _host(setting.server) or "direct"
    for resolved in elements(evidence, "proxy.resolved"):
        if resolved.text("via") and (resolved.user is None or scene.mine(resolved.user)):
            routes["WinINet"] = _host(resolved.text("via")) or "direct"
    return routes


def _host(server: str) -> str:
    """``host:port`` of a proxy as settings, scripts and probes write it; empty for direct.

    Source: WinINet and proxy scripts mean port 80 where none is named.
    """
    text = server.strip().lower()
    if not text or text == "direct":
        return ""
    parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    text = parts.get("https") or parts.get("http") or text.split(";")[0]
    host = re.sub(r"^(proxy|https?|socks5?)\s+|^https?://", "", text).strip("/ ")
    return host if not host or re.search(r":\d+$", host) else f"{host}:80"


def _probed(evidence: Evidence, routes: dict[str, str]) -> Iterator[Fact]:
    probes = [probe for probe in elements(evidence, "tls_probes") if probe.text("via")]
    over = {route: [p for p in probes if (_host(p.text("via")) or "direct") == route] for route in set(routes.values())}
    for route in sorted(over):
        if route != "direct":
            yield from _refusals(route, over[route], probes)
            yield from _unreachable(route, over[route])
    yield from _reached_over(evidence, routes, over)


def _reached_over(evidence: Evidence, routes: dict[str, str], over: dict[str, list[Element]]) -> Iterator[Fact]:
    """Google reached over the routes of both stacks."""
    reached = [_first_reached(over[route]) for route in sorted(over)]
    if len(routes) == 2 and all(reached):
        sources = tuple(sorted({probe.source for probe in reached if probe}, key=_place))
        told = ", ".join(sorted(set(routes.values())))
        yield Fact("google_over_route", sources, None, told)
        if not any(fact.subject in _MAIL for fact in names.unanswered(evidence)):
            # mail goes past the proxy, so that a proxy knows Google's names says nothing of the mail servers'
            yield Fact("google_names_over_route", sources, None, told)


def _google(probe: Element) -> bool:
    return probe.text("host").lower() in HOST_GOOGLE


def _reached(probe: Element) -> bool:
    status = probe.numbers.get("http_status")
    return probe.text("stage") in _REACHED and (status is None or status not in _REFUSED)


def _first_reached(probes: list[Element]) -> Element | None:
    return next((probe for probe in probes if _google(probe) and _reached(probe)), None)


def _refusals(route: str, over: list[Element], probes: list[Element]) -> Iterator[Fact]:
    """Google refused by the proxy in force, while the control host or the direct way works."""
    control = any(p.text("role") == "control" and _reached(p) for p in over)
    direct = {p.text("host").lower() for p in probes if not _host(p.text("via")) and _reached(p)}
    for probe in over:
        if not _google(probe) or _reached(probe):
            continue
        status = next((s for n in ("connect_status", "http_status") if (s := probe.numbers.get(n)) in _REFUSED), None)
        at = utc(probe.text("local_utc"))
        if status and (control or probe.text("host").lower() in direct):
            yield Fact("proxy_refuses_google", (probe.source,), probe.text("host"), route, status, at)
        if probe.text("host").lower() in direct:
            yield Fact("direct_works_proxied_fails", (probe.source,), probe.text("host"), route, status, at)


def _unreachable(route: str, over: list[Element]) -> Iterator[Fact]:
    """No probe got a connection to the proxy itself."""
    failed = [p for p in over if p.text("stage") in ("dns", "tcp") and p.numbers.get("tcp_ok") != 1]
    if failed and len(failed) == len(over):
        yield Fact("proxy_unreachable", (failed[0].source,), None, route, at=utc(failed[0].text("local_utc")))


def _machine_dead(evidence: Evidence, machine: tuple[Setting, ...], user: tuple[Setting, ...]) -> Iterator[Fact]:
    """The proxy set for the whole machine differs from the user's own and does not answer."""
    theirs = {_host(setting.server) for setting in user}
    for setting in machine:
        route = _host(setting.server)
        over = [p for p in elements(evidence, "tls_probes") if _host(p.text("via")) == route]
        if route and route not in theirs:
            for fact in _unreachable(route, over):
                both = tuple(sorted({*fact.sources, setting.source}, key=_place))
                yield Fact("machine_proxy_dead", both, None, route)
