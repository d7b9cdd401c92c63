"""The faults of one artifact as they are met: told one by one, and beyond a bound only counted.

A file whose every line is damaged has one fault, not a million: its reader wants the first places and the sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from analyzer.model import Damage

MOST_TOLD = 500


@dataclass(slots=True)
class Damages:
    """Faults in the order they came; those beyond ``MOST_TOLD`` are one, with all that they lost and put in doubt.

    Where they are of several parts, no part of the artifact is safe from it.
    """

    _told: list[Damage] = field(default_factory=list)
    _untold: int = 0
    _lost: int = 0
    _doubts: set[str] = field(default_factory=set)
    _part: str | None = None

    def add(self, damage: Damage) -> None:
        """Note a fault."""
        if len(self._told) < MOST_TOLD:
            self._told.append(damage)
            return
        self._part = damage.part if not self._untold or damage.part == self._part else None
        self._untold += 1
        self._lost += damage.lost_at_least
        self._doubts.update(damage.doubts)

    def __bool__(self) -> bool:
        return bool(self._told)

    def __iter__(self) -> Iterator[Damage]:
        yield from self._told
        if self._untold:
            reason = f"{self._untold} more faults behind this one"
            yield Damage(self._told[-1].place, reason, self._lost, tuple(sorted(self._doubts)), self._part)
