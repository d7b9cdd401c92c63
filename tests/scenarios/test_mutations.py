"""No page of the knowledge can change unnoticed: whatever one of its signals is turned into, some machine objects."""

from __future__ import annotations

from pathlib import Path

from analyzer import knowledge
from fixtures.forge.scenario import load_scenario
from tests.scenarios.judgement import machines
from tests.scenarios.mutants import Machine, Mutant, machine, mentioned, mutants


class _Hunt:
    """Mutants that nobody has noticed yet, and the machines that may notice them, made only while there are any."""

    def __init__(self, pages: knowledge.Knowledge, room: Path) -> None:
        self._pages = pages
        self._room = room
        self.survivors = [mutant for cause in pages.causes for mutant in mutants(cause)]

    def run(self) -> None:
        """Machines whose [expect] speaks of the mutants' causes first, then all others."""
        folders = (*machines("scenarios"), *machines("healthy"))
        named = {folder: mentioned(load_scenario(folder)) for folder in folders}
        others = [folder for folder in folders if not self._tried(folder, named[folder])]
        for folder in others:
            self._tried(folder, {cause.id for cause in self._pages.causes})

    def _tried(self, folder: Path, causes: set[str]) -> bool:
        if causes.isdisjoint(mutant.cause.id for mutant in self.survivors):
            return False
        one = machine(folder, self._room / folder.name, self._pages)
        if one is not None:
            self._show(one)
        return True

    def _show(self, one: Machine) -> None:
        for cause in self._pages.causes:
            unchanged = Mutant(cause, cause.signals[0], "removed")
            assert not one.notices(unchanged, self._pages)
        self.survivors = [mutant for mutant in self.survivors if not one.notices(mutant, self._pages)]


# one test, because what it needs is prepared once
def test_every_change_of_a_page_is_noticed_by_some_machine(tmp_path: Path) -> None:
    hunt = _Hunt(knowledge.load(), tmp_path)
    hunt.run()
    survivors = sorted(f"{mutant.cause.id}.{mutant.label}" for mutant in hunt.survivors)
    assert not survivors, "\n".join(["changes that no machine notices:", *survivors])
