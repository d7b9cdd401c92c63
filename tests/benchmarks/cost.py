"""CPU time of two works in one run: only their ratio says something on a machine that others use too."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 5
# short works take more turns than that: five of a third of a second are still the neighbours' doing
LEAST_S = 15.0
# the peak is asked of the process itself: what its parent holds when it starts it would count for the child else
_MEASURED = """
import re, sys, time
from pathlib import Path
{imports}
started = time.process_time()
{code}
status = Path("/proc/self/status").read_text()
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])
Path(sys.argv[1]).write_text(f"{{time.process_time() - started}} {{peak * 1024}}")
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took: CPU seconds of all its threads, and the most memory it held at a time."""

    cpu_s: float
    peak_bytes: int


def cpu_s(work: Callable[[], object]) -> float:
    """Seconds of CPU that the work takes, all threads of this process counted."""
    started = time.process_time()
    work()
    return time.process_time() - started


def child_cpu_s(*command: str) -> float:
    """Seconds of CPU that a command takes from its start to its end."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime


def spent(code: str, scratch: Path, imports: str = "") -> Spent:
    """What a piece of Python takes in a process of its own; of ``imports`` the CPU time is left out."""
    told = scratch / "spent.txt"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", _MEASURED.format(code=code, imports=imports), str(told)], check=True, env=environment
    )
    seconds, peak = told.read_text().split()
    return Spent(float(seconds), int(peak))


def ratio(name: str, work: Callable[[], object], yardstick: Callable[[], object], rounds: int = ROUNDS) -> float:
    """How many times the yardstick the work costs, in CPU seconds of this process."""
    return ratio_of(name, lambda: cpu_s(work), lambda: cpu_s(yardstick), rounds)


def ratio_of(name: str, work: Callable[[], float], yardstick: Callable[[], float], rounds: int = ROUNDS) -> float:
    """The same for two works that tell their CPU seconds themselves, such as those of a child process.

    They take turns, so that both meet the same neighbours, and the pair in the middle counts: on a busy machine a
    short work has a lucky moment sooner than a long one. Printed, for this is what ``make bench`` is run for.
    """
    turns: list[tuple[float, float]] = []
    while len(turns) < rounds or sum(map(sum, turns)) < LEAST_S:
        turns.append((work(), yardstick()))
    mine, other = sorted(turns, key=lambda turn: turn[0] / turn[1])[len(turns) // 2]
    return told(name, mine, other, "s")


def told(name: str, mine: float, other: float, unit: str) -> float:
    """The ratio of two quantities, printed with both."""
    print(f"\n{name}: {mine:.3f} {unit} / {other:.3f} {unit} = {mine / other:.2f}")
    return mine / other
