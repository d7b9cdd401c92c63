"""What the sign-in page's own network record says beyond its single errors.

WebView2 keeps to networks of its own making: its net log is the only record of what it was served. It is there only
where somebody switched it on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.measures import certificates
from analyzer.measures.certificates import Root, served_root
from analyzer.measures.evidence import Element, Fact, Scene, elements
from analyzer.measures.settings import source, values
from analyzer.model import Source
from analyzer.tables import Evidence

# Source: net_error_list.h of Chromium, "the issuer of the certificate is not trusted".
_UNTRUSTED = "ERR_CERT_AUTHORITY_INVALID"
_PAGE = "accounts.google."
_ARGUMENTS = r"Policies\Microsoft\Edge\WebView2\AdditionalBrowserArguments"
_PROXY = re.compile(r'--proxy-(?:server|pac-url)=(?:"([^"]+)"|(\S+))', re.IGNORECASE)


def measure(evidence: Evidence, _scene: Scene) -> Iterator[Fact]:
    """Pages of Google's that were answered, and chains that are not Google's and were refused for it."""
    return judge_requests(evidence, certificates.google_roots())


def judge_requests(evidence: Evidence, pins: tuple[Root, ...]) -> Iterator[Fact]:
    """One fact a request at most."""
    for request in elements(evidence, "page_requests"):
        host, status = request.text("host"), request.numbers.get("status_code")
        forged = served_root(request.texts.get("pem", ()), pins) is False
        if forged and request.text("error") == _UNTRUSTED:
            yield _fact("page_chain_forged", request, request.text("error"))
        elif host.startswith(_PAGE) and status is not None and 200 <= status < 400 and not forged:
            yield _fact("page_answered", request, request.text("via") or None)


def _fact(name: str, request: Element, value: str | None) -> Fact:
    number = request.numbers.get("status_code" if name == "page_answered" else "error")
    where = request.source
    return Fact(name, (where,), request.text("host"), value, number, where.at, request.user)


def imposed(evidence: Evidence, scene: Scene) -> Iterator[tuple[str, Source]]:
    """The proxies and scripts that a policy gives Outlook's page, or every program's, in place of WinINet's settings.

    Source: WebView2's policy AdditionalBrowserArguments has a value for each program, or ``*``; OutlookTrace sets a
    proxy that way.
    """
    for root in (r"HKLM\SOFTWARE", r"HKCU\Software"):
        rows = values(evidence, scene, rf"{root}\{_ARGUMENTS}")
        for row in filter(None, map(rows.get, ("outlook.exe", "*"))):
            for quoted, plain in _PROXY.findall(row["value"] or ""):
                yield quoted or plain, source(row)
