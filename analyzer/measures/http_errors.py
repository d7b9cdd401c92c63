"""Errors of Windows' HTTP stacks in Outlook's own log: at the proxy, its script, or the name, and for which host.

A line that names a host of somebody else's is about that host: Office's telemetry fails at a proxy where Google's
sign-in does not. What a log of another program says is not read at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import polars as pl

from analyzer.measures.evidence import Fact, Scene
from analyzer.measures.proxy import configured
from analyzer.measures.records import records, source
from analyzer.tables import Evidence

# WinINet's and WinHTTP's numbers: 0x80070000 and the number as an error code. Source: wininet.h, winhttp.h.
_PROXY = {12029: "0x80072EFD", 12167: "0x80072F87", 12178: "0x80072F92", 12180: "0x80072F94"}
_SCRIPT = (12167, 12178, 12180)
_NAME = {12007: "0x80072EE7"}
_NUMBERED = {**_PROXY, **_NAME}
_ASKS_PASSWORD = re.compile(r"\b407 Proxy|HTTP\S* 407\b|status\W{1,3}407\b", re.IGNORECASE)
# a bare number of five digits is an error only where the line speaks of one
_SPEAKS_OF_ERRORS = re.compile(r"err|fail|winhttp|wininet|proxy|hresult|\bhr\b", re.IGNORECASE)
_CODE = re.compile(r"(?<![\w.])(?:0x[0-9a-f]{8}|-214[67]\d{6}|214[78]\d{6}|12\d{3})(?![\w.]\w)", re.IGNORECASE)
_MAYBE = r"(?i)\b12(?:007|029|167|178|180)\b|0x80072[ef]|-2147012\d{3}|21479544\d\d|21479545\d\d|\b407\b"
_HOST = re.compile(
    r"https?://(?:[^\s/@\"']*@)?([a-z0-9.-]+)|(?<![\w.@-])((?:[a-z0-9-]+\.)+(?:com|net|org))\b", re.IGNORECASE
)
_GOOGLE = re.compile(r"(?:^|\.)(?:google|googleapis|gmail|googlemail|gstatic)\.com$", re.IGNORECASE)
# Source: manifest of Microsoft-Windows-WinHttp; 811 ends the download of a script, 812 and 815 say that one failed.
_SCRIPT_FAILED = (811, 812, 815)


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """One fact for each code of a line; its value is the number, its subject the host where the line names one."""
    own = configured(evidence, scene)
    for row in _lines(evidence):
        hosts = [(url or name).lower() for url, name in _HOST.findall(row["text"])]
        google = next((host for host in hosts if _GOOGLE.search(host)), None)
        theirs = bool(hosts) and google is None and own.isdisjoint(hosts)
        for number in _numbers(row["text"]):
            if name := _name(number, theirs=theirs):
                host = google or next(iter(hosts), None)
                yield Fact(name, (source(row),), host, str(number), at=row["at"], user=row["user"])
    yield from _scripts(evidence)


def _name(number: int, *, theirs: bool) -> str | None:
    """The fact's name; none for a name of somebody else's. A script that fails, fails for every host."""
    if number in _NAME:
        return None if theirs else "name_error_in_log"
    return "proxy_error_for_others" if theirs and number not in _SCRIPT else "proxy_error_in_log"


def _lines(evidence: Evidence) -> list[dict[str, Any]]:
    """Lines of Outlook's logs that may hold a code, in order."""
    logs = [reading.member.name for reading in evidence.readings if reading.member.item == "office_log"]
    rows = evidence.log_lines.filter(pl.col("artifact").is_in(logs), pl.col("text").str.contains(_MAYBE))
    component = pl.col("component").fill_null("OUTLOOK").str.to_uppercase()
    return rows.filter(component.str.starts_with("OUTLOOK")).sort("artifact", "place").collect().to_dicts()


def _numbers(text: str) -> Iterator[int]:
    """The numbers of the errors in a line, each once, however it is written."""
    by_code = {int(code, 16): number for number, code in _NUMBERED.items()}
    bare = bool(_SPEAKS_OF_ERRORS.search(text))
    found = dict.fromkeys(_number(code, by_code, bare=bare) for code in _CODE.findall(text))
    if _ASKS_PASSWORD.search(text):
        found[407] = None
    yield from (number for number in found if number)


def _number(code: str, by_code: dict[int, int], *, bare: bool) -> int | None:
    """12029 for ``12029``, ``0x80072EFD``, ``-2147012867`` and ``2147954429``."""
    value = int(code, 16) if code[:2] in ("0x", "0X") else int(code)
    if len(code) == len("12029"):
        return value if bare and value in _NUMBERED else None
    return by_code.get(value % 2**32)


def _scripts(evidence: Evidence) -> Iterator[Fact]:
    """Proxy scripts that somebody configured and that could not be fetched; one that is searched for may be missing."""
    for row in records(evidence, "Microsoft-Windows-WinHttp", _SCRIPT_FAILED):
        address = row["fields"].get("configurationurl") or row["fields"].get("url", "")
        error = row["fields"].get("error", "0")
        if address and not address.lower().endswith("/wpad.dat") and error not in ("0", "0x0", "0x00000000"):
            yield Fact("proxy_script_failed", (source(row),), address, error, row["event_id"], row["at"])
