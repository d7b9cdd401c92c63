"""``manifest.json``: what was taken, what was not, from whom and by whom. The paper that every bundle carries.

Source: our own format, ``mailscope-bundle/1``. Keys without a value are null, so that a reader sees what nobody knew;
a row of ``artifacts`` names ``user`` and ``sid`` only where the file is a person's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from collectors import catalog
from collectors.windows import Outcome

SCHEMA = "mailscope-bundle/1"
NAME = "manifest.json"
VERSION = "1.0.0"
TESTED_ON = ("wine-8.0",)
"""Where the collector was tried before it was given out; what only a real Windows proves is in the how-to."""

REPORTED_KEYS = (
    "password_prompt",
    "sign_in_window",
    "consent_offered",
    "works_on_other_pc",
    "works_on_other_network",
    "works_without_vpn",
    "manual_setup_fails",
    "google_page_text",
    "imap_enabled",
    "two_step_on",
    "advanced_protection",
    "access_revoked",
)
"""What a person may be quoted with: the keys of ``case.reported``."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said: one of ``REPORTED_KEYS``, with the value yes, no, unknown or a text."""

    key: str
    value: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """What the ticket knows."""

    id: str
    ticket: str | None = None
    account: str | None = None
    failure_utc: datetime | None = None
    user_sid: str | None = None
    reported: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Host:
    """The machine the evidence is of; of a mounted disk nothing of this is known."""

    name: str | None = None
    os_build: str | None = None
    architecture: str | None = None
    ui_locale: str | None = None
    oem_code_page: int | None = None
    ansi_code_page: int | None = None
    time_zone: str | None = None
    elevated: bool | None = None
    collected_as_sid: str | None = None
    console_user_sid: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """One member. ``source_path`` is a Windows path, a key or a command; ``size`` counts bytes."""

    artifact: str
    member: str
    source_path: str
    method: str
    size: int
    sha256: str
    modified_utc: datetime | None = None
    user: str | None = None
    sid: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What was not taken, by which methods it was tried, and why not."""

    artifact: str
    source_path: str
    outcome: Outcome
    reason: str
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole paper; ``network`` is ``probed`` or ``off``."""

    case: Case
    host: Host
    network: str
    started_utc: datetime
    finished_utc: datetime
    artifacts: tuple[Taken, ...]
    omissions: tuple[Left, ...]


def encode(paper: Manifest) -> bytes:
    """The JSON as it lies in the bundle, UTF-8, one key a line."""
    told = {
        "schema": SCHEMA,
        "collector": {"name": "mailscope-collector", "version": VERSION},
        "catalog_version": catalog.load().version,
        "tested_on": TESTED_ON,
        "network": paper.network,
        "case": asdict(paper.case),
        "host": asdict(paper.host),
        "started_utc": paper.started_utc,
        "finished_utc": paper.finished_utc,
        "artifacts": list(map(_row, sorted(paper.artifacts, key=lambda row: row.member))),
        "omissions": list(map(asdict, paper.omissions)),
    }
    return json.dumps(told, ensure_ascii=False, indent=1, default=_instant).encode("utf-8", "replace") + b"\n"


def _row(taken: Taken) -> dict[str, Any]:
    row = asdict(taken)
    return {key: value for key, value in row.items() if value is not None or key not in ("user", "sid")}


def _instant(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise TypeError(f"no JSON: {value!r}")


def decode_rows(data: bytes) -> tuple[tuple[Taken, ...], tuple[Left, ...]]:
    """The rows of a manifest that this same version wrote: how the elevated half hands over what it did."""
    told = json.loads(data)
    return tuple(map(_taken, told["artifacts"])), tuple(map(_left, told["omissions"]))


def _taken(row: dict[str, Any]) -> Taken:
    modified = row.pop("modified_utc")
    return Taken(**row, modified_utc=modified and datetime.fromisoformat(modified))


def _left(row: dict[str, Any]) -> Left:
    return Left(**{**row, "outcome": Outcome(row["outcome"]), "tried": tuple(row["tried"])})


def counts(taken: Iterable[Taken], left: Iterable[Left]) -> dict[str, int]:
    """How many files were taken, and how many things were not, by outcome."""
    rows = [row.outcome for row in left]
    return {"files": len(tuple(taken)), **{outcome.value: rows.count(outcome) for outcome in Outcome}}
