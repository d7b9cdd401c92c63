"""No page of the knowledge can change unnoticed: whatever one of its signals is turned into, some machine objects."""

from __future__ import annotations

from pathlib import Path

from analyzer import knowledge
from fixtures.forge.scenario import load_scenario
from tests.scenarios.judgement import machines
from tests.scenarios.mutants import Mutant, machine, mutants, names_cause, names_signal


class _Hunt:
    """Mutants that nobody has noticed yet, and the machines that may notice them, made only while there are any."""

    def __init__(self, pages: knowledge.Knowledge, room: Path) -> None:
        self._pages = pages
        self._room = room
        self.survivors = [mutant for cause in pages.causes for mutant in mutants(cause)]

    def run(self) -> None:
        """Machines that are to see a mutant's signal first, then those whose [expect] names its cause, then all."""
        waiting = {folder: load_scenario(folder) for folder in (*machines("scenarios"), *machines("healthy"))}
        for concerns in (names_signal, names_cause, lambda *_: True):
            for folder, scenario in tuple(waiting.items()):
                if any(concerns(scenario, mutant) for mutant in self.survivors):
                    self._show(folder)
                    del waiting[folder]

    def _show(self, folder: Path) -> None:
        one = machine(folder, self._room / folder.name, self._pages)
        if one is None:
            return
        first = self._pages.causes[0]
        assert not one.notices(Mutant(first, first.signals[0], "unchanged"), self._pages)
        self.survivors = [mutant for mutant in self.survivors if not one.notices(mutant, self._pages)]


# one test, because what it needs is prepared once
def test_every_change_of_a_page_is_noticed_by_some_machine(tmp_path: Path) -> None:
    hunt = _Hunt(knowledge.load(), tmp_path)
    hunt.run()
    survivors = sorted(f"{mutant.cause.id}.{mutant.label}" for mutant in hunt.survivors)
    assert not survivors, "\n".join(["changes that no machine notices:", *survivors])
