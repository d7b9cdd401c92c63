"""Which rows a hive owes to its transaction logs.

Each state of the hive is read: as it lies there, then after each log. A row is the hive's own when the hive alone
shows it, else it is of the first log whose replay does. Two facts tell it: ``hive.replayed`` names the writes
(``LOG2 238-240, LOG1 241-242``; ``number`` counts them), and ``hive.found_in`` stands beside each row that the hive
alone does not show: ``place`` is the row's, ``value`` the log (``LOG1``), ``subject`` that log's member. A value of
which nothing but masked bytes has changed counts as the hive's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.tables import Batch, Fact, batches
from analyzer.transaction_logs import Replay


def replayed(replay: Replay) -> Iterator[Batch]:
    """The writes that were replayed, in their order."""
    said = ", ".join(map(str, replay.used))
    writes = sum(len(log.writes) for log in replay.used)
    return batches("facts", [Fact("base block", "hive.replayed", value=said, number=float(writes))])


@dataclass(frozen=True, slots=True)
class Origins:
    """The state that showed a row first, for each row of all states but the newest."""

    first: Mapping[int, str]
    newest: str

    @classmethod
    def of(cls, earlier: Iterable[tuple[str, Iterator[Batch]]], newest: str) -> Origins:
        """``earlier`` are the states before the newest one, the hive itself first."""
        first: dict[int, str] = {}
        for state, told in earlier:
            for batch in told:
                for _, row in _rows(batch):
                    first.setdefault(row, state)
        return cls(first, newest)

    def found_in(self, batch: Batch, members: Mapping[str, str]) -> Iterator[Batch]:
        """The logs that rows of the newest state come from; ``members`` are the logs' names in the bundle."""
        states = ((place, self.first.get(row, self.newest)) for place, row in _rows(batch))
        found = (Fact(place, "hive.found_in", members[state], state) for place, state in states if state in members)
        return batches("facts", found)


def _rows(batch: Batch) -> Iterator[tuple[str, int]]:
    """Each row's place, and a number for what it says; a key's time is no part of what its values say."""
    columns = (batch.columns[name] for name in ("place", "name", "at", "kind", "value"))
    for place, name, at, *content in zip(*columns, strict=True):
        yield place, hash((place, name, at if name is None else None, *content))
