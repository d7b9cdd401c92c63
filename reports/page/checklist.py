"""The support article's quick list, answered from the verdicts: pass, fail, ask whom, unknown.

Source: the support article on Gmail in Outlook, "checklist for a quick resolution" and its advanced checks.
"""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.model import Diagnosis, Source, Status, Verdict
from reports.page import badges
from reports.page.blocks import Cell, Prose, Section, Side, Table
from reports.page.draft import Draft
from reports.page.inert import anchor
from reports.page.ledger import on

_FAILS = (Status.CONFIRMED, Status.LIKELY)
_PASSES = (Status.UNLIKELY, Status.RULED_OUT)
_CITED = 3


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the list: the causes that answer it, and whom to ask when only Google or a person knows."""

    id: str
    causes: tuple[str, ...] = ()
    ask_whom: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One answered line. ``ask_whom`` is an owner, set exactly when the answer is ``ask``."""

    id: str
    answer: str
    ask_whom: str | None
    sources: tuple[Source, ...]


_LINES = (
    _Line("imap_on", ("imap_disabled",), "user"),
    _Line("two_step_on", ("app_password_required",), "user"),
    _Line("access_revoked", (), "user"),
    _Line("workspace_allows", ("workspace_policy",), "google_admin"),
    _Line("credentials_fresh", ("stale_token",)),
    _Line("outlook_updated", ("office_outdated",)),
    _Line("webview2_works", ("webview2_missing", "webview2_crashing", "webview2_blocked")),
    _Line("clock_right", ("clock_skew",)),
    _Line("network_open", ("proxy_misconfigured", "firewall_block", "name_resolution", "vpn_interference")),
    _Line("no_inspection", ("tls_interception", "trusted_root_missing")),
    _Line("tls_allowed", ("tls12_disabled",)),
    _Line("send_receive", (), "user"),
)


def answers(diagnosis: Diagnosis) -> tuple[Check, ...]:
    """The whole list in the order of the article."""
    return tuple(_answer(line, diagnosis) for line in _LINES)


def _answer(line: _Line, diagnosis: Diagnosis) -> Check:
    """Fails by one likely cause; passes only when every cause of the line was judged and none stands."""
    judged = tuple(verdict for verdict in diagnosis.verdicts if verdict.cause in line.causes)
    failing = tuple(verdict for verdict in judged if verdict.status in _FAILS)
    if failing:
        return Check(line.id, "fail", None, _sources(failing, Side.FOR))
    if line.ask_whom:
        return Check(line.id, "ask", line.ask_whom, ())
    known = {verdict.cause for verdict in judged}
    if known == set(line.causes) and all(verdict.status in _PASSES for verdict in judged):
        return Check(line.id, "pass", None, _sources(judged, Side.AGAINST))
    return Check(line.id, "unknown", None, ())


def _sources(verdicts: tuple[Verdict, ...], side: Side) -> tuple[Source, ...]:
    found = {
        source: None for verdict in verdicts for observation in on(verdict, side) for source in observation.sources
    }
    return tuple(found)[:_CITED]


def section(draft: Draft) -> Section:
    """The list as a table."""
    words = draft.words
    columns = tuple(words(f"checklist.{name}") for name in ("question", "answer", "ask_whom", "sources"))
    rows = tuple(_row(draft, check) for check in answers(draft.diagnosis))
    table = Table(words("checklist.caption"), columns, rows)
    return Section("checklist", words("section.checklist"), (Prose(words("checklist.rule"), "note"), table))


def _row(draft: Draft, check: Check) -> tuple[Cell, ...]:
    words = draft.words
    return (
        words(f"check.{check.id}"),
        badges.answer(words, check.answer),
        words(f"owner.{check.ask_whom}") if check.ask_whom else "",
        draft.cite(anchor("check", check.id), check.sources),
    )
