"""``make accuracy``: how often the analyzer is right, over every forged machine and the real ones, by family.

Three questions are counted apart, because an error costs differently: is the cause named that the papers name (a
missed one wastes a week), is anybody accused whom they do not accuse (a wrong track for a day), and is the verdict left
open where the evidence does not suffice. Ends with 1 where any of them was answered wrongly.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from analyzer import knowledge
from analyzer.measures import certificates
from analyzer.model import Outcome, Status
from analyzer.pipeline import Options, analyze
from fixtures.forge.certificates import google_pin
from tests.conftest import realdata_folder
from tests.scenarios.judgement import Judged, accused, judge, machines

HEALTHY, REAL = "(healthy)", "(real)"
ACCUSING = tuple(Status)[: tuple(Status).index(Status.POSSIBLE)]


@dataclass(frozen=True, slots=True)
class Score:
    """Machines counted. ``named`` of ``to_name`` are accused as expected, ``open`` of ``to_open`` left open."""

    machines: int = 0
    to_name: int = 0
    named: int = 0
    accused_falsely: int = 0
    to_open: int = 0
    open: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def faultless(self) -> bool:
        """Whether nothing was missed, accused falsely or decided without evidence."""
        return (self.named, self.open, self.accused_falsely) == (self.to_name, self.to_open, 0)


def score(judged: Judged) -> Score:
    """One machine held against its [expect]; where that leaves the verdict open, only accusations count."""
    expect, head = judged.scenario.expect, judged.diagnosis.head
    causes = tuple(expect.get("causes", ()))
    stays_open = expect.get("verdict") == Outcome.UNDETERMINED and not causes
    return Score(
        machines=1,
        to_name=bool(causes),
        named=bool(causes) and (head.status, head.causes) == (expect["verdict"], causes),
        accused_falsely=bool(set(accused(judged)) - _may_be_accused(judged)),
        to_open=stays_open,
        open=stays_open and head.status == Outcome.UNDETERMINED,
    )


def _may_be_accused(judged: Judged) -> set[str]:
    expect = judged.scenario.expect
    told = {
        cause
        for cause, wanted in expect.get("statuses", {}).items()
        if not set(ACCUSING).isdisjoint([wanted] if isinstance(wanted, str) else wanted)
    }
    return told | set(expect.get("causes", ())) | set(expect.get("open", ()))


def family(judged: Judged) -> str:
    """Of the cause that the machine has, or that it is a near miss of: the first that [expect] speaks of."""
    expect = judged.scenario.expect
    spoken = (*expect.get("causes", ()), *expect.get("statuses", {}), *expect.get("open", ()))
    families = {cause.id: cause.family for cause in knowledge.load().causes}
    return next((families[cause] for cause in spoken if cause in families), HEALTHY)


def _forged(folder: Path) -> tuple[str, str, Score]:
    with tempfile.TemporaryDirectory() as room, pytest.MonkeyPatch.context() as patch:
        patch.setattr(certificates, "google_roots", lambda: (certificates.Root(*google_pin()),))
        judged = judge(folder, Path(room))
    healthy = folder.parent.name == "healthy"
    return folder.name, HEALTHY if healthy else family(judged), score(judged)


def _real(folder: Path) -> tuple[str, str, Score]:
    with tempfile.TemporaryDirectory() as room:
        result = analyze(folder, Path(room), Options(), lambda *_: None)
    falsely = any(verdict.status in ACCUSING for verdict in result.diagnosis.verdicts)
    return folder.name, REAL, Score(machines=1, accused_falsely=falsely)


def table(scores: dict[str, Score]) -> Iterator[str]:
    """The scores as lines of text, with their sum."""
    yield f"{'family':12}{'machines':>9}{'cause named':>14}{'accused falsely':>17}{'left open':>12}"
    for name, one in [*sorted(scores.items()), ("all", sum(scores.values(), Score()))]:
        named, left = f"{one.named} of {one.to_name}", f"{one.open} of {one.to_open}"
        yield f"{name:12}{one.machines:9}{named:>14}{one.accused_falsely:17}{left:>12}"


def measure(forged: Iterable[Path], real: Iterable[Path]) -> tuple[dict[str, Score], list[str]]:
    """The scores by family, and the machines that were not judged rightly."""
    scores: dict[str, Score] = defaultdict(Score)
    wrong = []
    with ProcessPoolExecutor() as pool:
        for name, group, one in (*pool.map(_forged, forged, chunksize=8), *pool.map(_real, real)):
            scores[group] += one
            if not one.faultless:
                wrong.append(name)
    return dict(scores), wrong


def real_bundles() -> list[Path]:
    """The bundles of the real machines, where they are."""
    return sorted(path for path in realdata_folder().glob("bundle-*") if path.is_dir())


def main() -> int:
    """Print the table."""
    scores, wrong = measure((*machines("scenarios"), *machines("healthy")), real_bundles())
    sys.stdout.write("\n".join([*table(scores), ""]))
    if wrong:
        sys.stderr.write(f"judged wrongly: {', '.join(sorted(wrong))}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
