"""What tries to sign in leave behind: dialogs, logins, errors, WebView2's start and end, tokens written, words said.

Each trace tells of one station of the sign-in that it was passed or that it broke there, or nothing but that it
happened. What has no certain instant, and was not said by a person, is left out: it cannot be given to an attempt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from analyzer.measures import failure
from analyzer.measures.evidence import Element, Scene, elements, instant
from analyzer.measures.logins import of_google, owner, protocol
from analyzer.measures.records import records, source
from analyzer.model import Source, Trace, utc
from analyzer.tables import Evidence

STATIONS = ("window", "google_page", "consent", "token_stored", "imap", "smtp")
# Below this the window flashes and vanishes. Source: the support article's symptom; the number is our choice.
FLASH = timedelta(seconds=3)
# What each error of Google's sign-in stops. Source: Google, "OAuth 2.0 for native apps", authorization errors, and
# RFC 6749: invalid_grant answers the exchange of a token, the others stand on the sign-in page.
_OAUTH_STATIONS = {
    "invalid_grant": "token_stored",
    "admin_policy_enforced": "consent",
    "access_not_configured": "consent",
    "access_denied": "consent",
    "org_internal": "consent",
    "disallowed_useragent": "google_page",
    "redirect_uri_mismatch": "google_page",
    "invalid_client": "google_page",
}
_HOST_STATIONS = (
    ("accounts.google.com", "google_page"),
    ("oauth2.googleapis.com", "token_stored"),
    ("imap.gmail.com", "imap"),
    ("imap.googlemail.com", "imap"),
    ("smtp.gmail.com", "smtp"),
    ("smtp.googlemail.com", "smtp"),
)
_SIGN_IN_HOST = re.compile(r"accounts\.google\.(com|[a-z]{2}|com?\.[a-z]{2})")
# A request that the page itself gave up. Source: net_error_list.h of the Chromium project.
_CANCELLED = ("ERR_ABORTED", "-3")
_WEBVIEW2 = "msedgewebview2.exe"
_OUTLOOK = "outlook.exe"
# Measured facts that are traces as they are: name, the numbers that count (empty: all), kind, the station that broke.
_MEASURED: tuple[tuple[str, tuple[float, ...], str, str | None], ...] = (
    ("webview2_crash", (), "webview2_crash", "window"),
    ("webview2_hang", (), "webview2_hang", "window"),
    ("webview2_refused", (8004, 3077), "webview2_refused", "window"),
    ("outlook_child_blocked", (1121,), "handoff_blocked", "window"),
    ("administrator_dialog", (), "administrator_dialog", "window"),
    # a certificate or a version that Outlook's own TLS did not take; which server it spoke to, the record does not say
    ("schannel_for_mail", (), "tls_error", None),
)


def traces(evidence: Evidence, scene: Scene) -> tuple[Trace, ...]:
    """Everything with an instant, in order of time; ``evidence`` holds the measured facts."""
    makers = (_dialogs, _logins, _mail_errors, _office_errors, _pages, _measured, _lives, _running, _written)
    found = {trace for make in makers for trace in make(evidence, scene) if trace.source.at}
    return tuple(sorted((*found, *_other_lines(scene, found)), key=order))


def order(trace: Trace) -> tuple[bool, str, str, int, str, str]:
    """Time, then member and place as a person counts them; what has no time comes last."""
    at, where = trace.source.at, trace.source
    return at is None, f"{at:%Y%m%d%H%M%S%f}" if at else "", where.artifact, len(where.place), where.place, trace.kind


def _other_lines(scene: Scene, found: set[Trace]) -> Iterator[Trace]:
    """Lines of logs that tell when it failed, and nothing more."""
    told = {(trace.source.artifact, trace.source.place) for trace in found}
    if scene.failure.basis == "log":
        lines = (source for source in scene.failure.sources if (source.artifact, source.place) not in told)
        yield from (Trace("log", None, "seen", source) for source in lines)


# --- what Outlook showed and what the mail servers said -----------------------------------------------------------


def _dialogs(evidence: Evidence, scene: Scene) -> Iterator[Trace]:
    """Of unknown wording only where those are all that is known of the failure."""
    worded = scene.failure.basis != "dialog_unknown_wording"
    kind = "dialog" if worded else "dialog_unknown_wording"
    told = failure.dialogs(evidence, scene.person, worded=worded)
    yield from (Trace(kind, None, "seen", source) for source in told)


def _logins(evidence: Evidence, scene: Scene) -> Iterator[Trace]:
    """Logins that Google answered; one that it did not answer tells nothing."""
    for login in elements(evidence, "mail_login"):
        spoken = login.text("answer")
        if not _mine(scene, login) or not of_google(login) or spoken not in ("ok", "no", "bad"):
            continue
        station = _of_protocol(protocol(login))
        method = "token" if login.text("method") == "xoauth2" else "password"
        kind, outcome = ("accepted", "passed") if spoken == "ok" else ("refused", "broke" if station else "seen")
        yield Trace(f"{method}_{kind}", station, outcome, _placed(scene, login), owner(scene, login))


def _mail_errors(evidence: Evidence, scene: Scene) -> Iterator[Trace]:
    for error in elements(evidence, "mail_error"):
        if _mine(scene, error) and error.text("server") and of_google(error) and not _none(error.text("code")):
            station = _of_protocol(protocol(error))
            yield Trace("mail_error", station, "broke" if station else "seen", _placed(scene, error))


def _none(code: str) -> bool:
    return code.lower() in ("0x00000000", "0x0")


def _of_protocol(name: str) -> str | None:
    return name if name in ("imap", "smtp") else None


def _placed(scene: Scene, element: Element) -> Source:
    """The element with its instant, where that is certain."""
    where = element.source
    return Source(where.artifact, where.place, instant(element, scene.zone, scene.collected))


def _mine(scene: Scene, element: Element) -> bool:
    return element.user is None or scene.mine(element.user)


# --- what Office wrote down ---------------------------------------------------------------------------------------


def _office_errors(evidence: Evidence, scene: Scene) -> Iterator[Trace]:
    for line in elements(evidence, "office_log"):
        if not _mine(scene, line):
            continue
        for error in line.texts.get("oauth_error", ()):
            station = _OAUTH_STATIONS.get(error)
            yield Trace("google_error", station, "broke" if station else "seen", line.source, _address(line))
        for code in line.texts.get("webview2_error", ()):
            if code.lower() != failure.HARMLESS:
                yield Trace("webview2_error", "window", "broke", line.source)
        if line.texts.get("error_code"):
            host = (line.subject or "").lower()
            yield from (Trace("network_error", s, "broke", line.source) for name, s in _HOST_STATIONS if name == host)


def _address(line: Element) -> str | None:
    subject = (line.subject or "").lower()
    return subject if "@" in subject else None


def _pages(evidence: Evidence, scene: Scene) -> Iterator[Trace]:
    """Requests for Google's sign-in page as WebView2's own net log tells them: answered, or ended by an error."""
    for request in elements(evidence, "page_requests"):
        if not _mine(scene, request) or not _SIGN_IN_HOST.fullmatch(request.text("host").lower()):
            continue
        error, status = request.text("error"), request.numbers.get("status_code", 0.0)
        if error and error not in _CANCELLED:
            yield Trace("page_failed", "google_page", "broke", request.source)
        elif 200 <= status < 400:
            yield Trace("page_loaded", "google_page", "passed", request.source)


# --- the window ---------------------------------------------------------------------------------------------------


def _measured(evidence: Evidence, scene: Scene) -> Iterator[Trace]:
    for name, numbers, kind, station in _MEASURED:
        for row in evidence.named(name).iter_rows(named=True):
            theirs = row["user"] is None or scene.mine(row["user"])
            if theirs and row["at"] and (not numbers or row["number"] in numbers):
                where = Source(row["artifact"] or "", row["place"] or "", row["at"])
                yield Trace(kind, station, "broke" if station else "seen", where)


@dataclass(frozen=True, slots=True)
class _Life:
    """A WebView2 process of Outlook, from the record of its start to the record of its end."""

    started: dict[str, Any]
    ended: dict[str, Any] | None


def _lives(evidence: Evidence, _: Scene) -> Iterator[Trace]:
    """Where Windows audits processes: a window that Outlook opened, and whether it vanished at once.

    Source: learn.microsoft.com, Security events 4688 (NewProcessName, NewProcessId, ParentProcessName) and 4689
    (ProcessName, ProcessId).
    """
    for life in _audited(evidence):
        yield Trace("window_opened", "window", "passed", source(life.started))
        if life.ended and life.ended["at"] - life.started["at"] < FLASH:
            yield Trace("window_vanished", "window", "broke", source(life.ended))


def _audited(evidence: Evidence) -> Iterator[_Life]:
    rows = [row for row in records(evidence, "Microsoft-Windows-Security-Auditing", (4688, 4689)) if row["at"]]
    for number, row in enumerate(rows):
        fields = row["fields"]
        if row["event_id"] != 4688 or _program(fields.get("newprocessname")) != _WEBVIEW2:
            continue
        if _program(fields.get("parentprocessname")) == _OUTLOOK:
            ended = (later for later in rows[number + 1 :] if _ends(later, fields.get("newprocessid")))
            yield _Life(row, next(ended, None))


def _ends(row: dict[str, Any], process: str | None) -> bool:
    fields = row["fields"]
    same = process is not None and fields.get("processid") == process
    return row["event_id"] == 4689 and same and _program(fields.get("processname")) == _WEBVIEW2


def _program(path: str | None) -> str:
    return (path or "").replace("/", "\\").rpartition("\\")[2].lower()


def _running(evidence: Evidence, scene: Scene) -> Iterator[Trace]:
    """A window of Outlook's that still ran at the collection, with the time it started."""
    running = [process for process in elements(evidence, "processes") if _mine(scene, process)]
    outlooks = {p.numbers.get("pid") for p in running if _program(p.text("name")) == _OUTLOOK} - {None}
    for process in running:
        started = utc(process.text("started_utc"))
        if _program(process.text("name")) == _WEBVIEW2 and process.numbers.get("parent_pid") in outlooks and started:
            where = Source(process.source.artifact, process.source.place, started)
            yield Trace("window_opened", "window", "passed", where)


# --- tokens -------------------------------------------------------------------------------------------------------


def _written(_: Evidence, scene: Scene) -> Iterator[Trace]:
    """The last write of each token and identity: a token was stored then, at the latest."""
    kinds = {"google_credential": "token_written", "google_identity": "identity_written"}
    for fact in scene.traces:
        if fact.name in kinds and fact.at:
            where = fact.sources[0]
            told = Source(where.artifact, where.place, fact.at)
            yield Trace(kinds[fact.name], "token_stored", "passed", told, fact.subject)


# --- what a person said -------------------------------------------------------------------------------------------

_SAID = ("sign_in_window", "password_prompt", "consent_offered", "google_page_text")
_NOTHING = ("", "unknown")


def said(evidence: Evidence) -> tuple[Trace, ...]:
    """What a person said of the window, the prompt and the pages, in order of place; it carries no instant."""
    found = [_told(key, e) for e in elements(evidence, "reported") for key in _SAID if e.text(key)]
    return tuple(sorted((trace for trace in found if trace), key=order))


def _told(key: str, element: Element) -> Trace | None:
    value = element.text(key).strip().lower()
    if value in _NOTHING:
        return None
    station, outcome = _meaning(key, value)
    return Trace("reported", station, outcome, Source(element.source.artifact, element.source.place))


def _meaning(key: str, value: str) -> tuple[str | None, str]:
    """Station and outcome. That no prompt came does not say what kept it away; an unasked consent does not either."""
    if key == "sign_in_window":
        return (
            ("window", "broke")
            if value in ("none", "flashed")
            else ("window", "passed" if value == "shown" else "seen")
        )
    if key == "consent_offered" and value == "yes":
        return "google_page", "passed"
    if key == "google_page_text" and value not in ("no", "none"):
        return _page(value), "broke"
    return None, "seen"


def _page(text: str) -> str:
    """Where a Google page that shows this text stands."""
    return next((station for error, station in _OAUTH_STATIONS.items() if error in text), "google_page")


def states(evidence: Evidence) -> tuple[Trace, ...]:
    """What was so at the collection and lets no window come up; it carries no instant."""
    gone = {row["artifact"]: row["place"] for row in evidence.named("webview2_gone").iter_rows(named=True)}
    return tuple(Trace("webview2_gone", "window", "broke", Source(member, gone[member])) for member in sorted(gone))


def answers(evidence: Evidence, key: str) -> set[str]:
    """What was answered to one question, in lower case, without what says nothing."""
    given = {element.text(key).strip().lower() for element in elements(evidence, "reported")}
    return given - set(_NOTHING)
