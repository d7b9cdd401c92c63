"""When the sign-in failed, by the best source there is, and which instants are near it by the machine's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from analyzer.layouts import is_service_account
from analyzer.measures import alerts
from analyzer.measures.evidence import Element, elements, instant, lost
from analyzer.measures.logins import of_google
from analyzer.measures.records import source
from analyzer.model import Failure, Person, Refusal, Source, utc
from analyzer.tables import Evidence
from analyzer.zones import UNKNOWN, Zone

NEAR = timedelta(minutes=15)
NEAR_REPORTED = timedelta(hours=2)  # a person's or another clock's time, where this clock's error is not known
# Comes of using WebView2 after it was closed, and harms nobody. Source: seen in public source code.
HARMLESS = "0x8007139f"
# No wording but the English one is known; the protocol in brackets is in all.
_DIALOG = ("(POP/IMAP)", "(POP)", "(IMAP)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the ladder needs besides the tables: the option, and how to compare true time with the machine's.

    ``zone`` is the machine's, ``collected`` when the bundle was made.
    """

    person: Person
    failure_at: str | None = None
    clock_error_s: float | None = None
    zone: Zone = UNKNOWN
    collected: datetime | None = None


def failure(evidence: Evidence, asked: Asked) -> Failure:
    """The failure by the first rung that knows one: reproduced, case, option, dialog, dialog of unknown wording, log.

    Raises ``Refusal`` for an option that is no time.
    """
    option = _option(asked)
    rungs: tuple[tuple[str, Callable[[], Iterator[Source]]], ...] = (
        ("case", lambda: _told(evidence, "case.failure_utc")),
        ("option", lambda: iter([Source("", "", option)] if option else [])),
        ("dialog", lambda: iter(dialogs(evidence, asked.person))),
        ("dialog_unknown_wording", lambda: iter(dialogs(evidence, asked.person, worded=False))),
        ("log", lambda: _logged(evidence, asked)),
    )
    if reproduced := _reproduced(evidence):
        return reproduced
    for basis, told in rungs:
        found = sorted({s for s in told() if s.at})
        if found:
            return _failure(basis, tuple(found), asked.clock_error_s)
    return Failure()


def settled(evidence: Evidence, found: Failure) -> bool:
    """Whether no dialog that was lost can tell of another failure: one was told by more, or OAlerts was read whole."""
    return found.basis in ("reproduced", "case", "option") or bool(evidence.covering("oalerts_log"))


def dialogs_lost(evidence: Evidence) -> bool:
    """Whether a failure may have been that only a lost dialog would tell of, though none is known."""
    return lost(evidence, "oalerts_log")


def _failure(basis: str, sources: tuple[Source, ...], clock_error_s: float | None) -> Failure:
    times = tuple(sorted({s.at for s in sources if s.at}))
    shift, near = timedelta(0), NEAR
    if basis in ("case", "option"):
        # true time, while every record carries the machine's
        shift = timedelta(seconds=clock_error_s or 0.0)
        near = NEAR if clock_error_s is not None else NEAR_REPORTED
    windows = tuple((t + shift - near, t + shift + near) for t in times)
    return Failure(basis, times, windows, tuple(s for s in sources if s.artifact))


def _reproduced(evidence: Evidence) -> Failure | None:
    """Between these two instants the collector watched the failure, by the machine's own clock."""
    for bracket in elements(evidence, "case.reproduced"):
        start, end = utc(bracket.text("started_utc")), utc(bracket.text("ended_utc"))
        if start and end and end >= start:
            return Failure("reproduced", (end,), ((start - NEAR, end + NEAR),), (bracket.source,))
    return None


def _option(asked: Asked) -> datetime | None:
    if asked.failure_at is None:
        return None
    if moment := utc(asked.failure_at):
        return moment
    local = utc(f"{asked.failure_at}Z")
    if local is None:
        raise Refusal(f"--failure-at {asked.failure_at!r} is no ISO 8601 time such as 2026-03-02T09:02:00+01:00")
    at = asked.zone.read(local.replace(tzinfo=None))
    if at is None:
        raise Refusal(
            f"--failure-at {asked.failure_at!r} needs an offset such as +01:00: this bundle tells no time zone"
        )
    return at


def _told(evidence: Evidence, name: str) -> Iterator[Source]:
    rows = evidence.facts.filter(pl.col("name") == name).collect()
    for artifact, place, value in rows.select("artifact", "place", "value").rows():
        yield Source(artifact or "", place or "", utc(value or ""))


def _holds(text: str) -> pl.Expr:
    return pl.col("text").str.contains(text, literal=True)


def dialogs(evidence: Evidence, person: Person, *, worded: bool = True) -> tuple[Source, ...]:
    """Records of a dialog of Outlook about a mail server, in order of time; those of unknown wording if asked."""
    holds = pl.any_horizontal(_holds(t) for t in _DIALOG) if worded else _holds("IMAP")
    dated = {(s.at, s) for s in _dialogs(evidence, person, holds) if s.at}
    return tuple(source for _, source in sorted(dated))


def _dialogs(evidence: Evidence, person: Person, holds: pl.Expr) -> Iterator[Source]:
    """Outlook's dialogs that can be this person's."""
    for row in alerts.dialogs(evidence, holds):
        if _may_be(person, row["user"]):
            yield source(row)


def _may_be(person: Person, user: str | None) -> bool:
    """Whether a record can be this person's: it names them, or nobody, or they are known by another name only."""
    if user is None or person.sid is None or is_service_account(user):
        return True
    return user.lower() in person.aliases


def _logged(evidence: Evidence, asked: Asked) -> Iterator[Source]:
    """Refused logins and errors of Google's servers, and what Office's own log says of a sign-in."""
    told = (("mail_login", _refused), ("mail_error", of_google), ("office_log", is_harmful))
    for prefix, failed in told:
        for element in elements(evidence, prefix):
            if failed(element) and _may_be(asked.person, element.user):
                at = instant(element, asked.zone, asked.collected)
                yield Source(element.source.artifact, element.source.place, at)


def _refused(login: Element) -> bool:
    return login.text("answer") in ("no", "bad") and of_google(login)


def is_harmful(line: Element) -> bool:
    """Whether a line of an Office log names an error that means something."""
    codes = [code for name, texts in line.texts.items() if name.endswith(("_error", "_code")) for code in texts]
    return any(code.lower() != HARMLESS for code in codes)
