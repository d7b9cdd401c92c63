"""Signals: each asks one question of the evidence and answers seen, absent or blind.

Presence is judged per record: an intact record speaks although its file is damaged. Absence, and whatever acquits,
needs everything that could have held the answer to be read whole, of the right user, back to the failure.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import polars as pl

from analyzer.citations import SOURCES_AT_MOST, sources, spread
from analyzer.knowledge import Condition, Needed, Operator, Signal
from analyzer.knowledge.spans import is_span, span
from analyzer.measures import Scene
from analyzer.model import Covered, Gap, Means, Observation, Reading, Sight, Stage, Strength
from analyzer.tables import Evidence, empty
from analyzer.vocabulary import is_said

_EXACT = (Operator.IS, Operator.ANY_OF)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a signal is asked about: the scene's user, and one account where a cause is judged by account."""

    scene: Scene
    account: str | None = None


def observe(signal: Signal, evidence: Evidence, subject: Subject) -> Observation:
    """The answer of one signal for one subject."""
    rows = _rows(signal, evidence, subject)
    gaps = _missing(signal, evidence, subject, frozenset(filter(None, rows["artifact"].to_list())))
    sight = _sight(signal, found=not rows.is_empty(), whole=not gaps)
    if sight is Sight.SEEN:
        return _seen(signal, evidence, subject, rows)
    return _unseen(signal, sight, gaps if sight is Sight.BLIND else ())


def _sight(signal: Signal, *, found: bool, whole: bool) -> Sight:
    """Seen, absent or blind, from whether a row answers and whether all was read that could hold one."""
    if signal.none:
        return Sight.ABSENT if found else Sight.SEEN if whole else Sight.BLIND
    if found and (whole or signal.means is Means.FOR):
        return Sight.SEEN
    return Sight.ABSENT if whole and not found else Sight.BLIND


# --- rows ---------------------------------------------------------------------------------------------------------


def _rows(signal: Signal, evidence: Evidence, subject: Subject) -> pl.DataFrame:
    """The rows that answer: those near the failure first, then in order of time and place."""
    rows = _held(signal, evidence, subject)
    only_near = signal.near_failure and subject.scene.failure.known
    if rows.is_empty() or (rows.height == 1 and not only_near):
        # most questions end here, and what follows costs more than asking
        return rows
    rows = rows.with_columns(_near(rows, evidence, subject.scene).alias("near"))
    if only_near:
        rows = rows.filter("near")
    order = [~pl.col("near"), "at", "artifact", pl.col("place").str.len_chars(), "place"]
    return rows.sort(order, nulls_last=True, maintain_order=True).drop("near")


def _held(signal: Signal, evidence: Evidence, subject: Subject) -> pl.DataFrame:
    """The rows that meet the conditions, whenever they were."""
    asked = _asked(signal, evidence)
    if asked is None:
        return empty(signal.table)
    return asked.filter(*map(holds, signal.where), _theirs(signal, subject)).collect()


def _asked(signal: Signal, evidence: Evidence) -> pl.LazyFrame | None:
    """The table, narrowed to the named facts; None where what is named is not there at all, as is most often so."""
    if signal.table == "events":
        writers = _exactly(signal, "provider")
        return evidence.written_by(*(writer.lower() for writer in writers)) if writers else evidence.events
    names = _exactly(signal, "name") if signal.table == "facts" else ()
    if not names:
        return evidence.tables[signal.table]
    rows = evidence.named(*names)
    return None if rows.is_empty() else rows.lazy()


def _exactly(signal: Signal, column: str) -> tuple[str, ...]:
    """The values one of which a column must have; none where the signal does not say."""
    told = next((c.value for c in signal.where if c.column == column and c.operator in _EXACT), ())
    return tuple(map(str, told)) if isinstance(told, tuple) else (str(told),)


def _near(rows: pl.DataFrame, evidence: Evidence, scene: Scene) -> pl.Series:
    """Which rows lie inside a failure window.

    A line of a log without a certain zone, and what was read from it, does where UTC or local time puts it in one.
    """
    near = _inside(rows["at"], scene)
    if not rows["at"].has_nulls() or not scene.failure.known or "place" not in rows.columns:
        return near
    printed = rows.join(_printed(evidence), on=["artifact", "place"], how="left", maintain_order="left")["printed"]
    either = _inside(printed, scene)
    if scene.zone.bias is not None:
        local = [None if at is None else scene.zone.read(at.replace(tzinfo=None)) for at in printed]
        either = either | _inside(pl.Series(local, dtype=pl.Datetime("us", "UTC")), scene)
    return near | (rows["at"].is_null() & either)


def _inside(at: pl.Series, scene: Scene) -> pl.Series:
    windows = scene.failure.windows
    if not windows:
        return pl.Series([False] * len(at), dtype=pl.Boolean)
    return at.to_frame("at").select(_within(windows))["at"]


@lru_cache(256)
def _within(windows: tuple[tuple[datetime, datetime], ...]) -> pl.Expr:
    """Whether ``at`` lies in one of them: to write an instant as an expression costs as much as to ask one."""
    return pl.any_horizontal([pl.col("at").is_between(start, end) for start, end in windows]).fill_null(False)


def _printed(evidence: Evidence) -> pl.DataFrame:
    """The times that lines without a certain instant begin with, as if they were UTC."""
    text = pl.col("text")
    year_first = text.str.extract(r"^(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)").str.replace("T", " ")
    month_first = text.str.replace(r"^(\d\d)/(\d\d)/(\d{4}) (\d\d:\d\d:\d\d).*$", "$3-$1-$2 $4")
    stamp = pl.coalesce(year_first, month_first).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    rows = evidence.log_lines.filter(pl.col("at").is_null())
    found = rows.select("artifact", "place", stamp.dt.replace_time_zone("UTC").alias("printed")).collect()
    return found.drop_nulls().unique(["artifact", "place"])


def holds(condition: Condition) -> pl.Expr:
    """One comparison as an expression; texts without regard to case, null never."""
    column, value = pl.col(condition.column), condition.value
    lower = column.str.to_lowercase()
    made: dict[Operator, Callable[[], pl.Expr]] = {
        Operator.IS: lambda: lower == value.lower() if isinstance(value, str) else column == value,
        Operator.ANY_OF: lambda: _any_of(column, value),
        Operator.CONTAINS: lambda: lower.str.contains(str(value).lower(), literal=True),
        Operator.MATCHES: lambda: column.str.contains(f"(?i){value}"),
        Operator.ABOVE: lambda: column > value,
        Operator.BELOW: lambda: column < value,
    }
    return made[condition.operator]().fill_null(False)


def _any_of(column: pl.Expr, values: Any) -> pl.Expr:
    if all(isinstance(value, str) for value in values):
        return column.str.to_lowercase().is_in([value.lower() for value in values])
    return pl.any_horizontal([column == value for value in values])


def _theirs(signal: Signal, subject: Subject) -> pl.Expr:
    """Rows of this user and account. Machine-wide rows carry nobody's name.

    An event may carry the SID of a service, or of a user whom the rest of the bundle knows by name only.
    """
    aliases = sorted(subject.scene.person.aliases)
    user = pl.col("user").str.to_lowercase()
    mine = user.is_null() | user.is_in(aliases)
    if signal.table == "events":
        stranger = user.str.starts_with("s-1-5-21-") if subject.scene.person.sid else pl.lit(False)
        mine = mine | ~stranger.fill_null(False)
    if signal.table == "facts" and subject.account:
        other = pl.col("subject").str.contains("@", literal=True)
        same = pl.col("subject").str.to_lowercase() == subject.account
        mine = mine & (~other | same).fill_null(True)
    return mine


# --- what was seen ------------------------------------------------------------------------------------------------


def _seen(signal: Signal, evidence: Evidence, subject: Subject, rows: pl.DataFrame) -> Observation:
    first = rows.row(0, named=True) if rows.height else {}
    reported = _all_reported(signal, rows)
    strength = signal.strength
    if rows.height and _all_doubtful(evidence, rows):
        strength = strength.lowered()
    strength = _beside_failure(signal, subject, strength)
    if reported:
        strength = strength.at_most(Strength.STRONG)
    return Observation(
        signal.id,
        Sight.SEEN,
        signal.means,
        strength,
        signal.strength,
        signal.group,
        render(signal.text, first),
        reported,
        _statements(rows),
        sources(signal.table, rows, evidence),
        spread=spread(rows),
        times=tuple(at for at in rows["at"].head(SOURCES_AT_MOST).to_list() if at is not None),
    )


def _beside_failure(signal: Signal, subject: Subject, strength: Strength) -> Strength:
    """What leans on a failure speaks lower where none is known, or where only its wording is in doubt.

    It decides nothing where a dialog that was lost may tell of another failure: an intact dialog still proves what
    lies near it, but not that nothing came after it.
    """
    failure = subject.scene.failure
    if signal.with_failure and not failure.known:
        return Strength.CONTEXT
    if not (signal.near_failure or signal.with_failure):
        return strength
    if not failure.known or failure.basis == "dialog_unknown_wording":
        strength = strength.lowered()
    proven = failure.basis == "dialog" and signal.means is Means.FOR
    return strength if subject.scene.settled or proven else strength.at_most(Strength.STRONG)


def _all_reported(signal: Signal, rows: pl.DataFrame) -> bool:
    if signal.table != "facts" or not rows.height:
        return False
    return all(map(is_said, set(rows["name"].to_list())))


def _statements(rows: pl.DataFrame) -> int:
    """How many rows, those that are joined once."""
    if "joined" not in rows.columns:
        return rows.height
    numbers = rows["joined"].to_list()
    return numbers.count(None) + len({*numbers} - {None})


def _all_doubtful(evidence: Evidence, rows: pl.DataFrame) -> bool:
    """Whether no statement is left that rests on intact bytes alone; joined rows stand or fall together."""
    joined = rows["joined"].to_list() if "joined" in rows.columns else [None] * rows.height
    doubts: dict[Any, bool] = {}
    for number, (artifact, place, group) in enumerate(zip(rows["artifact"], rows["place"], joined, strict=True)):
        key = ("joined", group) if group is not None else number
        doubts[key] = doubts.get(key, False) or evidence.doubtful(artifact or "", place or "")
    return all(doubts.values())


class _Cells(string.Formatter):
    """Fills placeholders with cells; a cell without a value shows as a dash."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            return "–"
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M:%S} UTC"
        if isinstance(value, int | float):
            if is_span(format_spec):
                return span(value, format_spec)
            return format(value, format_spec or ("g" if isinstance(value, float) else ""))
        return str(value)


def render(text: str, row: Mapping[str, Any]) -> str:
    """The text with its placeholders filled from the row."""
    return _Cells().vformat(text, (), row) if row else text


# --- what was not -------------------------------------------------------------------------------------------------


def _unseen(signal: Signal, sight: Sight, gaps: tuple[Gap, ...]) -> Observation:
    return Observation(
        signal.id, sight, signal.means, signal.strength, signal.strength, signal.group, signal.asks, gaps=gaps
    )


def _missing(signal: Signal, evidence: Evidence, subject: Subject, answering: frozenset[str]) -> tuple[Gap, ...]:
    """Why the signal is blind: the gaps behind each need that nothing answers; none where all was read whole.

    A log that itself holds the answer (one of ``answering``) need not reach back further than that.
    """
    gaps: dict[Gap, None] = {}
    for alternatives in signal.needs:
        tried = [_answer(need, evidence, subject, answering) for need in alternatives]
        if all(tried):
            gaps.update(dict.fromkeys(gap for reasons in tried for gap in reasons))
    # that something was not measured is told by what would have measured it, where that is missing itself
    collected = [gap for gap in gaps if gap.item]
    if gaps and not collected:
        items = {need.item for alternatives in signal.needs for need in alternatives}
        collected = [gap for gap in evidence.gaps if gap.item in items]
    return tuple(sorted(collected or gaps, key=Gap.order))


def _answer(need: Needed, evidence: Evidence, subject: Subject, answering: frozenset[str]) -> tuple[Gap, ...]:
    """Reasons why this item does not answer; empty when it does."""
    if need.item == "measured":
        return () if _measured(need.part, evidence, subject) else (_unmeasured(need.part),)
    covering = evidence.covering(need.item, need.part)
    reasons = [_short(reading, covered, subject, answering) for reading, covered in covering]
    if any(reason is None for reason in reasons):
        return ()
    told = tuple(reason for reason in reasons if reason)
    return told or _gaps_of(need, evidence)


def _measured(fact: str, evidence: Evidence, subject: Subject) -> bool:
    named = Condition("name", Operator.IS, fact)
    asked = Signal("", (), "facts", (named,), Means.FOR, Strength.CONTEXT, "", "")
    return not _held(asked, evidence, subject).is_empty()


def _unmeasured(fact: str) -> Gap:
    return Gap(None, None, Stage.COLLECT, fact, "nothing in the bundle measures it")


def _short(reading: Reading, covered: Covered, subject: Subject, answering: frozenset[str]) -> Gap | None:
    """Why a whole reading still does not answer: another user's, or not back to the failure."""
    scene, member = subject.scene, reading.member
    if covered.user is not None and not scene.mine(covered.user):
        return Gap(member.name, member.item, Stage.COLLECT, covered.part, "was taken as another user")
    if covered.user is None and _personal(reading, covered) and scene.person.aliases:
        return Gap(member.name, member.item, Stage.COLLECT, covered.part, "nothing says whose it is")
    since = None if member.name in answering else _asked_since(subject)
    if covered.since is not None and since is not None and covered.since > since:
        reason = f"reaches back only to {covered.since:%Y-%m-%d %H:%M:%S} UTC"
        return Gap(member.name, member.item, Stage.REACH, covered.part, reason)
    return None


def _personal(reading: Reading, covered: Covered) -> bool:
    """Whether each user has one of their own."""
    of_one = covered.part.lower() == "credentials" or covered.part.upper().startswith("HKCU")
    return of_one or reading.member.item == "cmdkey_list"


def _asked_since(subject: Subject) -> datetime | None:
    """The first instant the question is about; None where no failure is known, and all that was kept will do."""
    failure = subject.scene.failure
    if not failure.known:
        return None
    return min(start for start, _ in failure.windows)


def _gaps_of(need: Needed, evidence: Evidence) -> tuple[Gap, ...]:
    """What is known of the item's loss, else that it is not in the bundle."""
    known = tuple(gap for gap in evidence.gaps if gap.item == need.item)
    if known:
        return known
    return (Gap(None, need.item, Stage.COLLECT, need.part, "was not collected"),)
