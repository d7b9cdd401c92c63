"""From a bundle on disk to a diagnosis: open, parse into tables on disk, measure, judge.

Memory does not grow with the bundle: each artifact's rows go to a Parquet file of their own as they come.

``analyze`` leaves beside the tables what it takes to judge them again: ``reopen`` gives the same result out of a
published case without the bundle. The tables of ``analyze`` lie in its staging folder and are gone once the case is
published; who wants to read on, reopens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from analyzer import case, knowledge, measures, notes, parsers, shelf
from analyzer.bundle import MANIFEST, Bundle, open_bundle
from analyzer.checklist import checklist
from analyzer.circumstances import circumstances
from analyzer.diagnose import accounts, blinded, conclude, contributors, judge, rank
from analyzer.fix_plan import attributed, settled
from analyzer.knowledge import Knowledge
from analyzer.layouts import is_service_account, user_of
from analyzer.machine import details
from analyzer.measures import Inquiry, Scene
from analyzer.measures.failure import dialogs_lost
from analyzer.model import BundleInfo, Detail, Diagnosis, Gap, Omission, Reading, Refusal, Stage
from analyzer.next_evidence import never, wanted
from analyzer.notes import Note
from analyzer.second_reading import Reread, recall
from analyzer.secrets import mask
from analyzer.shelf import Kept, Shelf
from analyzer.tables import Evidence, frame
from analyzer.timeline import attempts
from analyzer.version import VERSION
from collectors import catalog
from collectors.manifest import REPORTED_KEYS

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What the engineer asked for. ``reported`` holds pairs of a key of bundle-format.md and what was said.

    ``also`` are languages that the diagnosis is told in beside ``lang``.
    """

    lang: str = "en"
    user: str | None = None
    failure_at: str | None = None
    reported: tuple[tuple[str, str], ...] = ()
    knowledge: Path | None = None
    strict: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """Which tool and knowledge made a diagnosis."""

    version: str
    knowledge_sha256: str
    knowledge_date: str
    catalog_version: str


@dataclass(frozen=True, slots=True)
class Result:
    """All that a report is drawn from. ``second_reading`` is there once `verify --second-reader` was asked.

    ``told`` holds the same diagnosis in further languages; ``notes`` are the engineer's.
    """

    diagnosis: Diagnosis
    bundle: BundleInfo
    tool: ToolInfo
    second_reading: tuple[Reread, ...] = ()
    told: tuple[tuple[str, Diagnosis], ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def machine(self) -> str | None:
        """The machine's name: as the collector tells it, else as its newest event record does."""
        recorded = (detail.value for detail in self.diagnosis.machine if detail.name == "computer")
        return self.bundle.host or next(recorded, None)


@dataclass(frozen=True, slots=True)
class Reopened:
    """A case that stands again: the result, and the evidence to look into.

    ``evidence`` holds the four tables as they were read, without measured facts; ``options`` are those of the
    analysis, as far as they decide on the result (what was reported is among the facts). With ``other_knowledge``
    the reports that lie in ``folder`` were made by other pages than this result.
    """

    folder: Path
    result: Result
    evidence: Evidence
    options: Options
    other_knowledge: bool


def analyze(path: Path, case_dir: Path, options: Options, progress: Progress) -> Result:
    """The diagnosis of the bundle at ``path``; its tables are written below ``case_dir``.

    ``progress`` is told each member's name, how many are done and how many there are. Raises ``Refusal`` for an
    input or an option that cannot be used.
    """
    case.refuse(path)
    pages = knowledge.load(options.knowledge, options.lang)
    _check_reported(options.reported)
    with open_bundle(path, case_dir / "spool") as bundle:
        evidence = read(bundle, case_dir / case.TABLES, options, progress)
        info = _info(bundle, evidence)
        kept = Kept(info, evidence.gaps, options.user, options.failure_at, options.lang)
        shelf.keep(case_dir / case.TABLES, kept)
        return _judged(evidence, info, pages, options)


def reopen(folder: Path, *, lang: str | None = None, pages: Path | None = None, also: tuple[str, ...] = ()) -> Reopened:
    """The case in ``folder`` as ``analyze`` left it, out of its tables: the bundle need not be there.

    ``lang`` and ``pages`` (a folder of knowledge) are those of the analysis and of the package unless given; ``also``
    are further languages to tell the diagnosis in. The tables are judged again: with the same knowledge that gives
    the same result, with other knowledge what that says. Raises ``Refusal`` for a folder that holds no case, and for
    one whose tables other parsers made or which is damaged: then the bundle must be analyzed again.
    """
    if case.bundle_of(folder) is None:
        raise Refusal(f"{folder} holds no case")
    kept, evidence = shelf.recall(folder / case.TABLES)
    options = Options(lang or kept.lang, kept.user, kept.failure_at, knowledge=pages, also=also)
    loaded = knowledge.load(pages, options.lang)
    result = _judged(evidence, kept.bundle, loaded, options)
    result = replace(result, second_reading=recall(folder, kept.bundle.sha256), notes=notes.load(folder))
    same = case.knowledge_of(folder) == loaded.sha256
    return Reopened(folder, result, evidence, options, other_knowledge=not same)


def _judged(evidence: Evidence, info: BundleInfo, pages: Knowledge, options: Options) -> Result:
    inquiry = Inquiry(options.user, options.failure_at)
    tool = ToolInfo(VERSION, pages.sha256, pages.date, catalog.load().version)
    surveys = measures.survey(evidence, inquiry)

    def judged(told: Knowledge) -> Diagnosis:
        diagnosis = _concluded(evidence, told, surveys)
        return replace(diagnosis, never=never(info.layout, diagnosis.verdicts, told))

    translated = tuple((lang, judged(other)) for lang, other in _translations(options))
    return Result(judged(pages), info, tool, told=translated)


def _translations(options: Options) -> Iterator[tuple[str, Knowledge]]:
    """The knowledge in the further languages; a third party's may be written in one alone."""
    for lang in (lang for lang in options.also if lang != options.lang):
        with suppress(Refusal):
            yield lang, knowledge.load(options.knowledge, lang)


def _check_reported(reported: tuple[tuple[str, str], ...]) -> None:
    for key, _ in reported:
        if key not in REPORTED_KEYS:
            raise Refusal(f"--reported {key}: no such key; there are {', '.join(REPORTED_KEYS)}")


def diagnose(evidence: Evidence, pages: Knowledge, inquiry: Inquiry) -> Diagnosis:
    """What the evidence says, for each user that must be judged, and of the bundle as a whole."""
    return _concluded(evidence, pages, measures.survey(evidence, inquiry))


def _concluded(evidence: Evidence, pages: Knowledge, surveys: Sequence[tuple[Scene, Evidence]]) -> Diagnosis:
    """The diagnosis out of what was measured for each user."""
    verdicts = rank(v for scene, measured in surveys for v in judge(scene, measured, pages))
    scene, measured = next((one for one in surveys if one[0].failure.known), surveys[0])
    lost = dialogs_lost(evidence)
    head = conclude(verdicts, failure_known=scene.failure.known, dialogs_lost=lost)
    verdicts = attributed(settled(verdicts, head), measured)
    blinds = blinded(verdicts)
    gaps = sorted({*evidence.gaps, *blinds, *_unjudged(surveys)}, key=Gap.order)
    return Diagnosis(
        head=head,
        verdicts=verdicts,
        person=scene.person,
        failure=scene.failure,
        accounts=tuple(account for each, seen in surveys for account in accounts(each, seen, verdicts)),
        attempts=attempts(scene, measured),
        checklist=checklist(scene, measured, verdicts),
        machine=tuple(sorted((*details(measured), *circumstances(scene, measured)), key=_by_name)),
        gaps=tuple(gaps),
        needs=wanted(verdicts, pages, failure_lost=lost and not scene.failure.known),
        contributors=contributors(verdicts, head),
        blinds=blinds,
    )


def _unjudged(surveys: Sequence[tuple[Scene, Evidence]]) -> Iterator[Gap]:
    if more := sum(scene.unjudged for scene, _ in surveys):
        yield Gap(None, None, Stage.PARSE, "", f"{more} more Google accounts are named than are judged")


def _by_name(detail: Detail) -> tuple[str, str]:
    return detail.name, detail.value


# --- reading ------------------------------------------------------------------------------------------------------


def read(bundle: Bundle, tables: Path, options: Options, progress: Progress) -> Evidence:
    """Every artifact parsed into tables, what was read whole, and all that was lost on the way."""
    shelves = Shelf(tables)
    artifacts = tuple(bundle.artifacts())
    readings, gaps = [], list(bundle.gaps)
    for done, artifact in enumerate(artifacts):
        progress(artifact.member.name, done, len(artifacts))
        reading, lost = parsers.read_artifact(artifact, shelves.put, strict=options.strict)
        readings.append(reading)
        gaps.extend(lost)
    progress("", len(artifacts), len(artifacts))
    shelves.put("facts", _told(bundle, options))
    gaps.extend(_omitted(omission) for omission in bundle.omissions)
    read_ones = {reading.member.name for reading in readings}
    unread = (Reading(member, 0, 0, whole=False) for member in bundle.members if member.name not in read_ones)
    everything = sorted((*readings, *unread), key=lambda r: r.member.name)
    return Evidence(shelves.tables(), tuple(everything), tuple(sorted(map(_masked, set(gaps)), key=Gap.order)))


def _masked(gap: Gap) -> Gap:
    """A gap quotes what could not be read, or what the collector was told: neither may hold a secret."""
    return replace(gap, place=mask(gap.place), reason=mask(gap.reason))


def _omitted(omission: Omission) -> Gap:
    reason = f"{omission.outcome}: {omission.reason}" if omission.reason else omission.outcome
    return Gap(None, omission.item, Stage.COLLECT, omission.source_path, reason)


def _told(bundle: Bundle, options: Options) -> pl.DataFrame:
    """What the case and the command line say, as facts beside all others."""
    rows: list[tuple[str | None, str, str, str]] = [
        (MANIFEST, place, name, value) for place, name, value in _case_facts(bundle)
    ]
    rows += [(None, f"--reported {key}", f"reported.{key}", value.strip()) for key, value in options.reported]
    columns: Mapping[str, list[Any]] = {
        "artifact": [row[0] for row in rows],
        "place": [row[1] for row in rows],
        "name": [row[2] for row in rows],
        "value": [mask(row[3]) for row in rows],
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
            yield f"case.reported[{number}]", f"reported.{said.key}", said.value.strip()
    for row in bundle.manifest.artifacts:
        if row.sid and (name := row.user or user_of(row.member)):
            yield f"artifacts[{row.member}]", "case.people.sid", row.sid
            yield f"artifacts[{row.member}]", "case.people.name", name


def _text(value: str | datetime) -> str:
    return value.isoformat() if isinstance(value, datetime) else value


def _info(bundle: Bundle, evidence: Evidence) -> BundleInfo:
    manifest = bundle.manifest
    return BundleInfo(
        name=bundle.name,
        sha256=bundle.sha256,
        layout=bundle.layout,
        manifest=bundle.manifest_state,
        ticket=mask(manifest.case.ticket) if manifest and manifest.case.ticket else None,
        host=bundle.host.name,
        collected_utc=manifest.finished_utc if manifest else None,
        elevated=bundle.host.elevated,
        network=_network(manifest.network if manifest else None),
        readings=evidence.readings,
        omissions=tuple(sorted(map(_clean, bundle.omissions), key=lambda o: (o.item, o.source_path))),
    )


def _clean(omission: Omission) -> Omission:
    return replace(omission, source_path=mask(omission.source_path), reason=mask(omission.reason))


def _network(told: str | None) -> str:
    return told if told in ("probed", "off") else "unknown"
