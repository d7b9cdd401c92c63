"""Cited event records, read again by the second reader: ``second-reading.json`` in a case.

It vouches for what the report quotes and changes no verdict. An answer stands for one citation; *could not read* says
something about the second reader alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
import polars as pl

from analyzer.bundle import Artifact, Bundle
from analyzer.model import Diagnosis, Refusal, Source
from analyzer.tables import Evidence

FILE = "second-reading.json"
MOST_CITED = 200

_SCHEMA = "mailscope-second-reading/1"
_RECORD = re.compile(r"record (\d+)")


Said = Literal["agrees", "differs", "could not read"]


@dataclass(frozen=True, slots=True)
class Reread:
    """What the second reader says of a cited event record.

    ``reason`` names the fields that differ, or why the record could not be read.
    """

    member: str
    place: str
    answer: Said
    reason: str = ""


class _Told(msgspec.Struct):
    """The file."""

    schema: str
    bundle_sha256: str
    reader: str
    counts: dict[str, int]
    citations: list[Reread]


def read_again(bundle: Bundle, diagnosis: Diagnosis, evidence: Evidence) -> tuple[Reread, ...]:
    """An answer for each of the first ``MOST_CITED`` cited event records, by member and number of the record.

    Raises ``Refusal`` where the second reader does not exist.
    """
    # who only opens a case need not load the readers of event logs
    from analyzer.parsers.evtx import second

    if not second.AVAILABLE:
        raise Refusal("the second reader exists on Linux only; copy the bundle there, and verify it again")
    logs = {artifact.member.name: artifact for artifact in bundle.artifacts()}
    numbers: dict[str, list[int]] = {}
    for name, number in _cited(diagnosis, frozenset(logs)):
        numbers.setdefault(name, []).append(number)
    found = (reread for name in sorted(numbers) for reread in _reread(logs[name], numbers[name], evidence))
    return tuple(found)


def _cited(diagnosis: Diagnosis, members: frozenset[str]) -> Iterator[tuple[str, int]]:
    """The event records that the report cites, those of the best ranked verdicts first."""
    cited: dict[tuple[str, int], None] = {}
    for source in _sources(diagnosis):
        found = _RECORD.fullmatch(source.place)
        if found and source.artifact in members:
            cited.setdefault((source.artifact, int(found[1])))
    yield from list(cited)[:MOST_CITED]


def _sources(diagnosis: Diagnosis) -> Iterator[Source]:
    for verdict in diagnosis.verdicts:
        for seen in verdict.observations:
            yield from seen.sources
    yield from diagnosis.failure.sources
    for rest in (diagnosis.attempts, diagnosis.accounts, diagnosis.machine):
        for told in rest:
            yield from told.sources


def _reread(log: Artifact, numbers: list[int], evidence: Evidence) -> Iterator[Reread]:
    name = log.member.name
    rows = evidence.events.filter(pl.col("artifact") == name, pl.col("record_id").is_in(numbers)).collect()
    if rows.is_empty():
        # a place of that form in a text log
        return
    from analyzer.parsers.evtx import second

    try:
        answers = second.compare(log.path, {row["record_id"]: row for row in rows.to_dicts()})
    except OSError as error:
        answers = {number: second.Answer(unread=f"the file cannot be read: {error.strerror}") for number in numbers}
    for number, answer in sorted(answers.items()):
        place = f"record {number}"
        if answer.unread:
            yield Reread(name, place, "could not read", answer.unread)
        elif answer.differing:
            yield Reread(name, place, "differs", ", ".join(answer.differing))
        else:
            yield Reread(name, place, "agrees")


def encode(bundle_sha256: str, answers: tuple[Reread, ...]) -> bytes:
    """The file's bytes."""
    told = _Told(_SCHEMA, bundle_sha256, "python-evtx", counts(answers), list(answers))
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


def counts(answers: tuple[Reread, ...]) -> dict[str, int]:
    """How many citations got each answer."""
    return {said: sum(one.answer == said for one in answers) for said in get_args(Said)}


def recall(folder: Path, bundle_sha256: str) -> tuple[Reread, ...]:
    """The answers that lie in a case; none where there is no such file, or it is about another bundle."""
    try:
        told: Any = msgspec.json.decode((folder / FILE).read_bytes(), type=_Told)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return tuple(told.citations) if (told.schema, told.bundle_sha256) == (_SCHEMA, bundle_sha256) else ()
