"""CPU time of two works in one run: only their ratio says something on a machine that others use too."""

from __future__ import annotations

import time
from collections.abc import Callable

ROUNDS = 5


def cpu_s(work: Callable[[], object]) -> float:
    """Seconds of CPU that the work takes at its best, all threads of this process counted."""
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def ratio(name: str, work: Callable[[], object], yardstick: Callable[[], object]) -> float:
    """How many times the yardstick the work costs; printed, for this is what ``make bench`` is run for."""
    mine, other = cpu_s(work), cpu_s(yardstick)
    print(f"\n{name}: {mine:.2f} s / {other:.2f} s = {mine / other:.2f}")
    return mine / other
