"""The shape of ``comparison.json``: these structs write it, and its published JSON Schema is made from them (ADR 0020).

As in ``findings.json`` every key is always there, texts are masked and inert, values of enums are never translated.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from analyzer.compare import Answer, Machines, StepState
from analyzer.model import Stage, Status
from reports.export.findings_schema import Count, HeadSaid, Hex, SourceCited, Sources, Time, Tool, published

SCHEMA_ID = "urn:mailscope:comparison:1"


class _Closed(Struct, kw_only=True, forbid_unknown_fields=True):
    """An object with exactly the keys named."""


class SideRead(_Closed):
    """One of the two bundles, its verdict, and how wrong its clock was: local minus true, null where not measured."""

    name: str
    sha256: Hex
    host: str | None
    ticket: str | None
    collected_utc: Time | None
    clock_error_s: float | None
    verdict: HeadSaid


class MachinesTold(_Closed):
    """Whether both are of one machine; ``why`` is a word, ``text`` its sentence."""

    same: Machines
    why: Literal["names", "records", "no_name", "renamed", "strangers"]
    text: str


class Newer(_Closed):
    """What counts as newer than BEFORE: what follows ``since`` by AFTER's clock, unless the clock was set between."""

    since: Time | None
    clock_moved: bool


class Said(_Closed):
    """One statement with its places on either side; ``id`` never changes its meaning."""

    id: str
    text: str
    before: Sources
    after: Sources


class AccountCompared(_Closed):
    """The answer for one account; ``account`` is null where BEFORE names none."""

    account: str | None
    user: str | None
    answer: Answer
    reason: str
    sentence: str
    proofs: list[Said]
    contrary: list[Said]
    missing: list[Said]


class PointAnswered(_Closed):
    """One control point after the fix; sources are AFTER's."""

    id: str
    text: str
    answer: Literal["pass", "fail", "ask", "unknown"]
    account: str | None
    sources: Sources


class StepChecked(_Closed):
    """One step of BEFORE's fix plan, by its id in BEFORE's findings."""

    id: str
    cause: str
    account: str | None
    user: str | None
    do: str
    state: StepState
    why: list[Said]


class MoveTold(_Closed):
    """The status of a cause on either side; null where it was not judged for that account."""

    cause: str
    account: str | None
    before: Status | None
    after: Status | None


class ChangeTold(_Closed):
    """A value that differs; null: it is not there, where that was read whole. ``bears_on`` are accused causes."""

    kind: Literal["credential", "build", "webview2", "proxy", "measured", "setting"]
    name: str
    before: str | None
    after: str | None
    bears_on: list[str]
    before_source: SourceCited | None
    after_source: SourceCited | None


class EventsCounted(_Closed):
    """One kind of event. ``new`` is null where no time tells what is new."""

    provider: str
    event_id: int
    before: Count
    after: Count
    new: Count | None


class GapLeft(_Closed):
    """What leaves an accused cause of BEFORE without an answer on a side."""

    side: Literal["before", "after"]
    member: str | None
    item: str | None
    stage: Stage
    place: str
    reason: str
    lost_at_least: Count


class Compared(_Closed):
    """The whole file."""

    schema: Literal["mailscope-comparison/1"]
    lang: Literal["en", "fr"]
    tool: Tool
    before: SideRead
    after: SideRead
    machines: MachinesTold
    newer: Newer
    answer: Answer
    reason: str
    sentence: str
    accounts: list[AccountCompared]
    points: list[PointAnswered]
    steps: list[StepChecked]
    moves: list[MoveTold]
    changes: list[ChangeTold]
    events: list[EventsCounted]
    gaps: list[GapLeft]
    next: list[str]


def schema() -> bytes:
    """The JSON Schema (2020-12) of ``comparison.json``, indented, UTF-8."""
    return published("mailscope comparison", SCHEMA_ID, Compared)
