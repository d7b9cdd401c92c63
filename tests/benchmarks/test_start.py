"""The bar of the design's table "Speed" for asking for help."""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks.cost import child_cpu_s, ratio_of

pytestmark = pytest.mark.benchmark

HELP = "import sys; sys.argv = ['mailscope', '--help']; from reports.cli import main; main()"


def test_help_costs_at_most_6_times_starting_python() -> None:
    measured = ratio_of(
        "mailscope --help / python -c pass",
        lambda: child_cpu_s(sys.executable, "-c", HELP),
        lambda: child_cpu_s(sys.executable, "-c", "pass"),
        rounds=15,
    )
    assert measured <= 6
