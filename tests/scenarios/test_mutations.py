"""No page of the knowledge can change unnoticed: whatever one of its signals is turned into, some machine objects."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from analyzer import knowledge
from fixtures.forge.scenario import load_scenario
from tests.scenarios.judgement import machines
from tests.scenarios.mutants import Mutant, machine, mutants, names_cause, names_signal

# the causes of diagnosis.md 4
HEADLINE = (
    "stale_token",
    "webview2_missing",
    "webview2_crashing",
    "webview2_blocked",
    "browser_handoff_blocked",
    "proxy_misconfigured",
    "tls_interception",
    "trusted_root_missing",
    "clock_skew",
)


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
        assert not one.notices(Mutant(first, first.signals[0], "unchanged"))
        self.survivors = [mutant for mutant in self.survivors if not one.notices(mutant)]


def _survivors(causes: Iterable[str], room: Path) -> list[str]:
    pages = knowledge.load()
    hunt = _Hunt(pages, room)
    wanted = set(causes)
    hunt.survivors = [mutant for mutant in hunt.survivors if mutant.cause.id in wanted]
    assert {mutant.cause.id for mutant in hunt.survivors} == wanted
    hunt.run()
    return sorted(f"{mutant.cause.id}.{mutant.label}" for mutant in hunt.survivors)


# two tests, because what each needs is prepared once, and two can run beside each other
def test_every_change_of_a_headline_page_is_noticed_by_some_machine(tmp_path: Path) -> None:
    survivors = _survivors(HEADLINE, tmp_path)
    assert not survivors, "\n".join(["changes that no machine notices:", *survivors])


def test_every_change_of_any_other_page_is_noticed_by_some_machine(tmp_path: Path) -> None:
    others = {cause.id for cause in knowledge.load().causes} - set(HEADLINE)
    survivors = _survivors(others, tmp_path)
    assert not survivors, "\n".join(["changes that no machine notices:", *survivors])
