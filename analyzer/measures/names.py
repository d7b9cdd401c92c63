"""Who answers for Google's names: the hosts file, the name servers, a rule that sends the question elsewhere.

A public answer is what a healthy machine gets. Only the names that Outlook's sign-in needs are judged: a hosts file
full of advertising names, or another Google name that timed out, says nothing about them.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import polars as pl

from analyzer.measures.clock import HOST_GOOGLE
from analyzer.measures.evidence import Element, Fact, Scene, elements, natural
from analyzer.measures.records import records, source
from analyzer.model import Source
from analyzer.tables import Evidence

# No server of Google's on the Internet has such an address. Source: RFC 1122, 1918, 3927, 4193, 4291, 6598.
_LOCAL = tuple(
    ip_network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "::/128", "::1/128", "fc00::/7", "fe80::/10"),
    )
)
_RULES = (
    r"software\policies\microsoft\windows nt\dnsclient\dnspolicyconfig" + "\\",
    r"system\currentcontrolset\services\dnscache\parameters\dnspolicyconfig" + "\\",
)
_TIMED_OUT, _LOOKED_UP = 1014, 3008
# ERROR_TIMEOUT; the server failed, knows no such name, refused
_FAILURES = ("1460", "9002", "9003", "9005")
_NAMES_SERVERS = 0x4 | 0x8  # DirectAccess or other servers; without them a rule asks for signatures or spelling only


def measure(evidence: Evidence, _scene: Scene) -> Iterator[Fact]:
    """Names that are answered here, answered wrongly, not answered, or sent elsewhere; and names answered rightly."""
    yield from _hosts(evidence)
    looked_up = [look for look in elements(evidence, "dns") if _name(look.text("name")) in HOST_GOOGLE]
    for look in looked_up:
        yield from _wrongly_answered(look)
    yield from unanswered(evidence)
    if looked_up and all(_answered(look) for look in looked_up):
        sources = tuple(sorted({look.source for look in looked_up}, key=_place))
        yield Fact("google_names_answered", sources, number=float(len(looked_up)))
    yield from _time_outs(evidence)
    yield from _rules(evidence)


def _name(text: str) -> str:
    return text.strip().lower().rstrip(".")


def _place(where: Source) -> tuple[str, int, str]:
    return natural((where.artifact, where.place))


def _hosts(evidence: Evidence) -> Iterator[Fact]:
    rows = evidence.facts.filter(pl.col("name") == "hosts.address", pl.col("subject").is_in(list(HOST_GOOGLE)))
    found = sorted(rows.collect().to_dicts(), key=lambda row: natural((row["artifact"], row["place"])))
    for row in found:
        yield Fact("google_name_in_hosts", (Source(row["artifact"], row["place"]),), row["subject"], row["value"])


# --- look-ups -----------------------------------------------------------------------------------------------------


def _wrongly_answered(look: Element) -> Iterator[Fact]:
    name = _name(look.text("name"))
    for address in sorted({address for address in _addresses(look) if _is_local(address)}):
        yield Fact("google_name_answered_locally", (look.source,), name, address, at=look.source.at)


def unanswered(evidence: Evidence) -> Iterator[Fact]:
    """Google names that could not be looked up when the bundle was made."""
    for look in elements(evidence, "dns"):
        name = _name(look.text("name"))
        if name in HOST_GOOGLE and look.text("error") and not look.texts.get("addresses"):
            yield Fact("google_name_unanswered", (look.source,), name, look.text("error"), at=look.source.at)
    yield from _probes(evidence)


def _addresses(look: Element) -> tuple[str, ...]:
    """Fresh answers and those that Windows keeps."""
    return (*look.texts.get("addresses", ()), *look.texts.get("cached", ()))


def _answered(look: Element) -> bool:
    answers = _addresses(look)
    return bool(look.texts.get("addresses")) and not any(_is_local(address) for address in answers)


def _is_local(address: str) -> bool:
    try:
        parsed = ip_address(address.strip().partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(mapped.version == net.version and mapped in net for net in _LOCAL)


def _probes(evidence: Evidence) -> Iterator[Fact]:
    """Direct probes that did not get past the name; over a proxy it is the proxy who asks for it."""
    for probe in elements(evidence, "tls_probes"):
        host = _name(probe.text("host"))
        direct = probe.text("via").strip().lower() in ("", "direct")
        if host in HOST_GOOGLE and direct and probe.text("stage") == "dns" and probe.numbers.get("tcp_ok") != 1:
            error = probe.text("error") or None
            yield Fact("google_name_unanswered", (probe.source,), host, error, at=probe.source.at)


def _time_outs(evidence: Evidence) -> Iterator[Fact]:
    """Names without an answer, as Windows recorded it; a name that merely has no address of one kind has an answer.

    Source: DNS-Client 1014, field QueryName, where a trailing dot occurs in real records; 3008 = a look-up ended, with
    QueryStatus (manifest), an error of winerror.h.
    """
    for row in records(evidence, "Microsoft-Windows-DNS-Client", (_TIMED_OUT, _LOOKED_UP)):
        name, status = _name(row["fields"].get("queryname", "")), row["fields"].get("querystatus", "")
        failed = row["event_id"] == _TIMED_OUT or status in _FAILURES
        if name in HOST_GOOGLE and failed:
            told = f"{row['event_id']}, {status}" if status else str(row["event_id"])
            yield Fact("google_name_timed_out", (source(row),), name, told, at=row["at"])


# --- rules --------------------------------------------------------------------------------------------------------


def _rules(evidence: Evidence) -> Iterator[Fact]:
    """Rules of the name resolution policy table that cover a Google name, and the servers they name.

    Source: MS-GPNRPT: one key a rule; Name holds namespaces (a name, ``.suffix``, or ``.`` for all), ConfigOptions is
    a mask that says which of the other values count.
    """
    lower = pl.col("key").str.to_lowercase()
    below = pl.any_horizontal([lower.str.starts_with(tree) for tree in _RULES])
    rows = evidence.registry.filter(pl.col("hive") == "HKLM", below, pl.col("name").is_not_null())
    rules: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows.sort("artifact", "key", "name").collect().to_dicts():
        rules.setdefault((row["artifact"], row["key"]), {})[row["name"].lower()] = row
    for values in rules.values():
        yield from _rule(values)


def _rule(values: dict[str, dict[str, Any]]) -> Iterator[Fact]:
    options = values["configoptions"]["number"] if "configoptions" in values else None
    if "name" not in values or (options is not None and not options & _NAMES_SERVERS):
        return
    named = values["name"]
    spaces = (named["value"] or "").lower().replace(";", "\n").split()
    covered = [host for host in HOST_GOOGLE if any(_covers(space, host) for space in spaces)]
    servers = next((v["value"] for n in ("genericdnsservers", "directaccessdnsservers") if (v := values.get(n))), None)
    if covered:
        sources = tuple(source(row) for row in (named, values.get("genericdnsservers")) if row)
        yield Fact("google_name_redirected", sources, covered[0], servers or None, float(len(covered)), named["at"])


def _covers(space: str, host: str) -> bool:
    return space in (".", host) or (space.startswith(".") and f".{host}".endswith(space))
