"""The shape of ``findings.json``: these structs write it, and its published JSON Schema is made from them.

Every key is always there. Texts out of evidence are masked and inert; values of enums are never translated.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from analyzer.model import Integrity, Means, Outcome, Role, Stage, Status, Strength

SCHEMA_ID = "urn:mailscope:findings:1"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"

Hex = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256")]
# a statement typed on the command line stands in no file
SourceHex = Annotated[str, Meta(pattern="^([0-9a-f]{64})?$", description="SHA-256 of the member; empty for no file")]
Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", description="UTC, microseconds")]
Quote = Annotated[str, Meta(max_length=300, description="masked")]
Count = Annotated[int, Meta(ge=0)]
Rank = Annotated[int, Meta(ge=1)]


class _Closed(Struct, kw_only=True, forbid_unknown_fields=True):
    """An object with exactly the keys named."""


class Tool(_Closed):
    """What made the findings."""

    version: str
    knowledge_sha256: Hex
    knowledge_date: str
    catalog_version: str


class MemberRead(_Closed):
    """One file of the bundle and what came out of it."""

    member: str
    item: str | None
    format: str | None
    sha256: Hex
    size_bytes: Count
    integrity: Integrity
    whole: bool
    rows: Count
    lost_at_least: Count


class Omitted(_Closed):
    """What the collector did not take."""

    item: str
    source_path: str
    outcome: Literal["missing", "denied", "failed", "too_big", "skipped"]
    reason: str


class BundleRead(_Closed):
    """From what the findings were made."""

    name: str
    sha256: Hex
    layout: Literal["mailscope", "velociraptor", "kape", "cylr", "outlooktrace", "bare"]
    manifest: Literal["ok", "absent", "damaged"]
    ticket: str | None
    host: str | None
    collected_utc: Time | None
    elevated: bool | None
    network: Literal["probed", "off", "unknown"]
    members: list[MemberRead]
    omissions: list[Omitted]


class User(_Closed):
    """Whose sign-in is judged."""

    sid: str | None
    name: str | None
    basis: Literal["option", "case", "console", "google_trace", "several", "unknown"]


class Failed(_Closed):
    """When the sign-in failed."""

    times: list[Time]
    basis: Literal["reproduced", "case", "option", "dialog", "dialog_unknown_wording", "log", "unknown"]


class SourceCited(_Closed):
    """Where a statement can be looked up."""

    member: str
    sha256: SourceHex
    place: str
    at: Time | None
    quote: Quote


Sources = Annotated[list[SourceCited], Meta(max_length=20)]


class MachineFact(_Closed):
    """One fact about the machine."""

    name: str
    value: str
    sources: Sources


class HeadSaid(_Closed):
    """A verdict on the whole; ``sentence`` is in the language of the findings."""

    status: Outcome
    causes: list[str]
    sentence: str


class Observed(_Closed):
    """One signal's answer. ``gaps`` are indexes into the list of gaps."""

    signal: str
    strength: Strength
    declared: Strength
    means: Means
    group: str | None
    reported: bool
    text: str
    total: Count
    sources: Sources
    gaps: list[Count]


class StepPlanned(_Closed):
    """One step of the fix plan."""

    id: str
    owner: Literal["user", "desktop_it", "google_admin", "network_team"]
    do: str
    command: str | None
    elevated: bool
    risk: Literal["low", "medium", "high"]
    reversible: bool
    backup: str | None
    undo: str | None
    check: str
    account: str | None
    target: str | None
    because: list[str]


class CauseJudged(_Closed):
    """The verdict on one cause for one subject; ``account`` is null where no single account is judged."""

    cause: str
    family: str
    role: Role
    account: str | None
    user_sid: str | None
    rank: Rank
    status: Status
    title: str
    summary: str
    for_: list[Observed] = msgspec.field(name="for")
    against: list[Observed]
    blind: list[Observed]
    context: list[Observed]
    fix: list[StepPlanned]
    do_not: list[str]


class AccountJudged(_Closed):
    """One Google account."""

    account: str
    user_sid: str | None
    verdict: HeadSaid
    targets: list[str]
    sources: Sources


class AttemptSeen(_Closed):
    """One try to sign in."""

    at: Time
    until: Time | None
    account: str | None
    broke_at: Literal["window", "google_page", "consent", "token_stored", "imap", "smtp", "unknown"]
    prompt_reached: bool | None
    sources: Sources


class CheckAnswered(_Closed):
    """One line of the support article's quick list."""

    id: str
    text: str
    answer: Literal["pass", "fail", "ask", "unknown"]
    ask_whom: str | None
    sources: Sources


class GapTold(_Closed):
    """Evidence that is missing or damaged; ``blinds`` lists ``cause.signal``."""

    member: str | None
    item: str | None
    stage: Stage
    place: str
    reason: str
    lost_at_least: Count
    blinds: list[str]


class NextAsked(_Closed):
    """What to collect next."""

    item: str
    command: str | None
    ask: str
    would_decide: list[str]


class Findings(_Closed):
    """The whole file."""

    schema: Literal["mailscope-findings/1"]
    lang: Literal["en", "fr"]
    tool: Tool
    bundle: BundleRead
    user: User
    failure: Failed
    machine: list[MachineFact]
    verdict: HeadSaid
    verdicts: list[CauseJudged]
    contributors: list[str]
    accounts: list[AccountJudged]
    attempts: list[AttemptSeen]
    checklist: list[CheckAnswered]
    gaps: list[GapTold]
    next: list[NextAsked]


def schema() -> bytes:
    """The JSON Schema (2020-12) of ``findings.json``, indented, UTF-8."""
    return published("mailscope findings", SCHEMA_ID, Findings)


def published(title: str, schema_id: str, kind: type) -> bytes:
    """The JSON Schema (2020-12) of a document of that kind, indented, UTF-8."""
    made: dict[str, Any] = {"$schema": _DIALECT, "$id": schema_id, "title": title, **msgspec.json.schema(kind)}
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"
