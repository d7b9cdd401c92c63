"""Bundles read and judged in one go, and two readings of the same machine compared."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import polars as pl

from analyzer import knowledge, pipeline
from analyzer.bundle import open_bundle
from analyzer.measures import Inquiry
from analyzer.model import BundleInfo, Diagnosis, Status
from analyzer.pipeline import Options, Result, ToolInfo
from analyzer.tables import Evidence
from fixtures.forge.bundle import zipped
from fixtures.forge.scenario import Scenario
from tests.scenarios.judgement import Judged, mismatches

# What is read together: a hive with its transaction logs, a registry export with the times of its keys.
_TOGETHER = (".LOG1", ".LOG2", ".keys.jsonl", ".reg")
_JUDGED = ("verdict", "causes", "statuses", "not_above", "open", "accounts")
_FINAL = (Status.CONFIRMED, Status.RULED_OUT)


@dataclass(frozen=True)
class Read:
    """What came out of a bundle: the rows of the four tables, and what is thought of them."""

    tables: Mapping[str, pl.DataFrame]
    diagnosis: Diagnosis

    def statuses(self, cause: str, account: str | None) -> set[Status]:
        """What is thought of a cause for an account, or for all where this account is not known."""
        of_cause = [each for each in self.diagnosis.verdicts if each.cause == cause]
        told = [each for each in of_cause if each.account == account] or of_cause
        return {each.status for each in told}

    def rows_beside(self, member: str) -> dict[str, pl.DataFrame]:
        """The rows of all other artifacts."""
        own = pl.col("artifact").map_elements(_stem, pl.String) == _stem(member)
        return {name: rows.filter(~own.fill_null(False)) for name, rows in self.tables.items()}


def _stem(member: str) -> str:
    for ending in _TOGETHER:
        member = member.removesuffix(ending)
    return member


@cache
def pages() -> knowledge.Knowledge:
    """The product's own knowledge."""
    return knowledge.load()


def read(files: Mapping[str, bytes]) -> Read:
    """The diagnosis of a bundle of these members."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "bundle.zip")
        path.write_bytes(zipped(files.items()))
        with open_bundle(path, Path(scratch, "spool")) as bundle:
            evidence = pipeline.read(bundle, Path(scratch, "tables"), Options(), lambda *_: None)
            tables = {name: table.collect() for name, table in evidence.tables.items()}
        kept = {name: table.lazy() for name, table in tables.items()}
        diagnosis = pipeline.diagnose(Evidence(kept, evidence.readings, evidence.gaps), pages(), Inquiry())
        return Read(tables, diagnosis)


def newly(before: Read, after: Read) -> Iterator[str]:
    """Causes that are confirmed or ruled out after a loss and were not so before.

    A cause that was contradictory may become either. Where nothing tells any longer whose failure it was, another
    user is judged, and what holds for them was never said of the first.
    """
    if before.diagnosis.person.aliases.isdisjoint(after.diagnosis.person.aliases):
        return
    for verdict in after.diagnosis.verdicts:
        was = before.statuses(verdict.cause, verdict.account)
        if verdict.status in _FINAL and not was & {verdict.status, Status.CONTRADICTORY}:
            whose = f" of {verdict.account}" if verdict.account else ""
            yield f"{verdict.cause}{whose}: {verdict.status}, was {', '.join(sorted(was)) or 'not judged'}"


def changed_beside(before: Read, after: Read, member: str) -> list[str]:
    """Tables in which the rows of other artifacts are not as they were."""
    were, are = before.rows_beside(member), after.rows_beside(member)
    return [name for name in were if not were[name].equals(are[name])]


def gaps_of(found: Read, member: str) -> set[tuple[str, str]]:
    """Places and reasons of the gaps that name a member."""
    return {(gap.place, gap.reason) for gap in found.diagnosis.gaps if gap.artifact == member}


def complaints(scenario: Scenario, found: Read) -> list[str]:
    """What is not judged as the scenario expects; where in the bundle it shows is not asked."""
    told = {part: scenario.expect[part] for part in _JUDGED if part in scenario.expect}
    info = BundleInfo("", "", "", "", None, None, None, None, "", (), ())
    result = Result(found.diagnosis, info, ToolInfo("", "", "", ""))
    return mismatches(Judged(replace(scenario, expect=told), result, found.tables["facts"]))
