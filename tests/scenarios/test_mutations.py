"""No page of the knowledge can change unnoticed: whatever one of its signals is turned into, some machine objects."""

from __future__ import annotations

from pathlib import Path

from analyzer import knowledge
from tests.scenarios.judgement import machines
from tests.scenarios.mutants import Machine, Mutant, machine, mutants


def _ready(room: Path, pages: knowledge.Knowledge) -> list[Machine]:
    """Every machine that is judged as its scenario expects."""
    folders = (*machines("scenarios"), *machines("healthy"))
    made = (machine(folder, room / f"{number}", pages) for number, folder in enumerate(folders))
    return [each for each in made if each is not None]


# one test, because what it needs is prepared once
def test_every_change_of_a_page_is_noticed_by_some_machine(tmp_path: Path) -> None:
    pages = knowledge.load()
    ready = _ready(tmp_path, pages)
    same = [Mutant(cause, signal, "removed") for cause in pages.causes for signal in cause.signals[:1]]
    assert not any(one.notices(unchanged, pages) for unchanged in same for one in ready)
    survivors = {
        f"{cause.id}.{mutant.label}"
        for cause in pages.causes
        for mutant in mutants(cause)
        if not any(one.notices(mutant, pages) for one in ready)
    }
    assert not survivors, "\n".join(["changes that no machine notices:", *sorted(survivors)])
