"""Known outages on the side of Google or Microsoft, and whether every failure lies inside one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from analyzer.measures.evidence import Fact, Scene
from analyzer.tables import Evidence

# Classic Outlook with Gmail and Yahoo, cured by the service. Neither the first day nor the last was published: the
# months are those that the press names. Source: secondary press of March 2026 only; see the page.
_KNOWN = (("February and March 2026", datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)),)
_TRUE_TIME = ("case", "option")


def measure(_: Evidence, scene: Scene) -> Iterator[Fact]:
    """The outage that holds every known failure; the value names its time, ``at`` is the last failure."""
    times = scene.failure.times
    shift = timedelta(0) if scene.failure.basis in _TRUE_TIME else timedelta(seconds=scene.clock_error_s or 0.0)
    for name, start, end in _KNOWN:
        if times and all(start <= at - shift < end for at in times):
            yield Fact("failure_in_known_incident", scene.failure.sources[-1:], None, name, None, max(times))
