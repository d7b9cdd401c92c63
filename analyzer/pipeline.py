"""From a bundle on disk to a diagnosis: open, parse into tables on disk, measure, judge.

Memory does not grow with the bundle: each artifact's rows go to a Parquet file of their own as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from analyzer import knowledge, measures, parsers
from analyzer.bundle import MANIFEST, Bundle, open_bundle
from analyzer.diagnose import accounts, blinded, conclude, contributors, judge, rank
from analyzer.knowledge import Knowledge
from analyzer.layouts import is_service_account
from analyzer.machine import details
from analyzer.measures import Inquiry
from analyzer.model import Diagnosis, Gap, Omission, Reading, Refusal, Stage
from analyzer.next_evidence import wanted
from analyzer.tables import SCHEMAS, Evidence, empty, frame
from analyzer.timeline import attempts
from analyzer.version import VERSION
from analyzer.vocabulary import REPORTED_KEYS
from collectors import catalog

TABLES = "tables"
# hundreds of questions are asked of each table, and opening its files costs more than answering
_HELD_BYTES = 8 << 20
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What the engineer asked for. ``reported`` holds pairs of a key of bundle-format.md and what was said."""

    lang: str = "en"
    user: str | None = None
    failure_at: str | None = None
    reported: tuple[tuple[str, str], ...] = ()
    knowledge: Path | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """What the bundle is and what was read of it."""

    name: str
    sha256: str
    layout: str
    manifest: str
    ticket: str | None
    host: str | None
    collected_utc: datetime | None
    elevated: bool | None
    network: str
    readings: tuple[Reading, ...]
    omissions: tuple[Omission, ...]


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """Which tool and knowledge made a diagnosis."""

    version: str
    knowledge_sha256: str
    knowledge_date: str
    catalog_version: str


@dataclass(frozen=True, slots=True)
class Result:
    """All that a report is drawn from."""

    diagnosis: Diagnosis
    bundle: BundleInfo
    tool: ToolInfo


def analyze(path: Path, case_dir: Path, options: Options, progress: Progress) -> Result:
    """The diagnosis of the bundle at ``path``; its tables are written below ``case_dir``.

    ``progress`` is told each member's name, how many are done and how many there are. Raises ``Refusal`` for an
    input or an option that cannot be used.
    """
    pages = knowledge.load(options.knowledge, options.lang)
    _check_reported(options.reported)
    with open_bundle(path, case_dir / "spool") as bundle:
        evidence = read(bundle, case_dir / TABLES, options, progress)
        inquiry = Inquiry(options.user, options.failure_at)
        diagnosis = diagnose(evidence, pages, inquiry)
        tool = ToolInfo(VERSION, pages.sha256, pages.date, catalog.load().version)
        return Result(diagnosis, _info(bundle, evidence), tool)


def _check_reported(reported: tuple[tuple[str, str], ...]) -> None:
    for key, _ in reported:
        if key not in REPORTED_KEYS:
            raise Refusal(f"--reported {key}: no such key; there are {', '.join(REPORTED_KEYS)}")


def diagnose(evidence: Evidence, pages: Knowledge, inquiry: Inquiry) -> Diagnosis:
    """What the evidence says, for each user that must be judged, and of the bundle as a whole."""
    surveys = measures.survey(evidence, inquiry)
    verdicts = rank(v for scene, measured in surveys for v in judge(scene, measured, pages))
    scene, measured = next((one for one in surveys if one[0].failure.known), surveys[0])
    head = conclude(verdicts, failure_known=scene.failure.known)
    blinds = blinded(verdicts)
    gaps = sorted({*evidence.gaps, *blinds}, key=Gap.order)
    return Diagnosis(
        head=head,
        verdicts=verdicts,
        person=scene.person,
        failure=scene.failure,
        accounts=tuple(account for each, seen in surveys for account in accounts(each, seen, verdicts)),
        attempts=attempts(scene, measured, verdicts),
        machine=details(measured),
        gaps=tuple(gaps),
        needs=wanted(verdicts, pages),
        contributors=contributors(verdicts, head),
        blinds=blinds,
    )


# --- reading ------------------------------------------------------------------------------------------------------


class _Shelf:
    """Parquet files, one an artifact and table, named so that their order is the bundle's."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parts = 0
        for table in SCHEMAS:
            (root / table).mkdir(parents=True, exist_ok=True)

    def put(self, table: str, rows: pl.DataFrame) -> None:
        """Keep a frame of one table's schema."""
        self._parts += 1
        rows.write_parquet(self._root / table / f"{self._parts:06d}.parquet")

    def tables(self) -> dict[str, pl.LazyFrame]:
        """All rows of every table: a small one is held in memory, a large one read when asked for."""
        return {table: self._table(table) for table in SCHEMAS}

    def _table(self, table: str) -> pl.LazyFrame:
        parts = sorted((self._root / table).glob("*.parquet"))
        if not parts:
            return empty(table).lazy()
        if sum(part.stat().st_size for part in parts) <= _HELD_BYTES:
            return pl.read_parquet(parts).lazy()
        return pl.scan_parquet(parts)


def read(bundle: Bundle, tables: Path, options: Options, progress: Progress) -> Evidence:
    """Every artifact parsed into tables, what was read whole, and all that was lost on the way."""
    shelf = _Shelf(tables)
    artifacts = tuple(bundle.artifacts())
    readings, gaps = [], list(bundle.gaps)
    for done, artifact in enumerate(artifacts):
        progress(artifact.member.name, done, len(artifacts))
        reading, lost = parsers.read_artifact(artifact, shelf.put, strict=options.strict)
        readings.append(reading)
        gaps.extend(lost)
    progress("", len(artifacts), len(artifacts))
    shelf.put("facts", _told(bundle, options))
    gaps.extend(_omitted(omission) for omission in bundle.omissions)
    unread = (Reading(m, 0, 0, whole=False) for m in bundle.members if m.name not in {r.member.name for r in readings})
    everything = sorted((*readings, *unread), key=lambda r: r.member.name)
    return Evidence(shelf.tables(), tuple(everything), tuple(sorted(set(gaps), key=Gap.order)))


def _omitted(omission: Omission) -> Gap:
    reason = f"{omission.outcome}: {omission.reason}" if omission.reason else omission.outcome
    return Gap(None, omission.item, Stage.COLLECT, omission.source_path, reason)


def _told(bundle: Bundle, options: Options) -> pl.DataFrame:
    """What the case and the command line say, as facts beside all others."""
    rows: list[tuple[str | None, str, str, str]] = [
        (MANIFEST, place, name, value) for place, name, value in _case_facts(bundle)
    ]
    rows += [(None, f"--reported {key}", f"reported.{key}", value) for key, value in options.reported]
    columns: Mapping[str, list[Any]] = {
        "artifact": [row[0] for row in rows],
        "place": [row[1] for row in rows],
        "name": [row[2] for row in rows],
        "value": [row[3] for row in rows],
    }
    return frame("facts", columns)


def _case_facts(bundle: Bundle) -> Iterator[tuple[str, str, str]]:
    """Place in the manifest, fact and value."""
    if bundle.manifest is None:
        return
    case, host = bundle.manifest.case, bundle.manifest.host
    told = {
        "case.account": case.account,
        "case.failure_utc": case.failure_utc,
        "case.user_sid": case.user_sid,
        "case.started_utc": bundle.manifest.started_utc,
    }
    yield from ((name, name, _text(value)) for name, value in told.items() if value)
    if host.console_user_sid and not is_service_account(host.console_user_sid):
        yield "host.console_user_sid", "case.console_user_sid", host.console_user_sid
    if case.reproduced and case.reproduced.ended_utc:
        yield "case.reproduced", "case.reproduced.started_utc", _text(case.reproduced.started_utc)
        yield "case.reproduced", "case.reproduced.ended_utc", _text(case.reproduced.ended_utc)
    for number, said in enumerate(case.reported):
        if said.key in REPORTED_KEYS:
            yield f"case.reported[{number}]", f"reported.{said.key}", said.value
    for row in bundle.manifest.artifacts:
        if row.sid and row.user:
            yield f"artifacts[{row.member}]", "case.people.sid", row.sid
            yield f"artifacts[{row.member}]", "case.people.name", row.user


def _text(value: str | datetime) -> str:
    return value.isoformat() if isinstance(value, datetime) else value


def _info(bundle: Bundle, evidence: Evidence) -> BundleInfo:
    manifest = bundle.manifest
    return BundleInfo(
        name=bundle.name,
        sha256=bundle.sha256,
        layout=bundle.layout,
        manifest=bundle.manifest_state,
        ticket=manifest.case.ticket if manifest else None,
        host=bundle.host.name,
        collected_utc=manifest.finished_utc if manifest else None,
        elevated=bundle.host.elevated,
        network=_network(manifest.network if manifest else None),
        readings=evidence.readings,
        omissions=tuple(sorted(bundle.omissions, key=lambda o: (o.item, o.source_path))),
    )


def _network(told: str | None) -> str:
    return told if told in ("probed", "off") else "unknown"
