"""Each forged machine is judged as the papers say; the healthy ones accuse nobody.

Secrets lie about everywhere on them: they change no verdict, and none reaches a table.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.model import Outcome
from tests.scenarios.judgement import accused, judge, ledger, machines, mismatches
from tests.scenarios.planting import leaks, planted

SICK, HEALTHY = machines("scenarios"), machines("healthy")


def named(folder: Path) -> str:
    return folder.name


@pytest.mark.parametrize("folder", SICK, ids=named)
def test_the_machine_is_judged_as_the_papers_say(folder: Path, tmp_path: Path) -> None:
    judged = judge(folder, tmp_path, changed=planted)
    found = [*mismatches(judged), *leaks(tmp_path / "case")]
    assert not found, "\n".join([judged.scenario.title, *found])


@pytest.mark.parametrize("folder", HEALTHY, ids=named)
def test_a_healthy_machine_accuses_nobody_and_still_tells_what_it_is(folder: Path, tmp_path: Path) -> None:
    judged = judge(folder, tmp_path, changed=planted)
    assert judged.diagnosis.head.status in (Outcome.NO_FAULT_FOUND, Outcome.UNDETERMINED)
    blamed = accused(judged)
    assert not blamed, "\n".join(line for cause in blamed for line in ledger(judged, cause))
    found = [*mismatches(judged), *leaks(tmp_path / "case")]
    assert not found, "\n".join([judged.scenario.title, *found])


def test_there_are_machines_to_judge() -> None:
    assert SICK
