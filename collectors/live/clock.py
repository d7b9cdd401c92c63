"""The clock against others' clocks, and what Windows says about its own time service."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from collectors.live.options import Options
from collectors.live.probes import Journey
from collectors.live.routes import in_force
from collectors.live.targets import PLAIN, Target
from collectors.windows import NotTaken, Windows

_TOOL_S = 15.0
# One answer that no certificate can stand in the way of, and one of Google's own, over TLS that believes nobody.
_CLOCKS = (Target("www.msftconnecttest.com", PLAIN, "control"), Target("accounts.google.com", 443))


def clock(windows: Windows, options: Options) -> dict[str, Any]:
    """The time service, and samples; these are null when there was no network to ask."""
    service = windows.service("W32Time")
    return {
        "w32time_state": service.state if service else None,
        "w32time_source": _source(windows),
        "samples": _samples(windows, options) if options.network else None,
    }


def _source(windows: Windows) -> str | None:
    """What the service says it follows; null when it does not run."""
    with suppress(NotTaken):
        told = windows.run(("w32tm", "/query", "/source"), _TOOL_S)
        if told.code == 0:
            return told.stdout.decode("ascii", "replace").strip()
    return None


def _samples(windows: Windows, options: Options) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(len(_CLOCKS)) as pool:
        return [sample for sample in pool.map(partial(_sample, windows, options), _CLOCKS) if sample]


def _sample(windows: Windows, options: Options, target: Target) -> dict[str, Any] | None:
    """A server's date over the way in force; None when none came, or not from the server itself."""
    journey = Journey(windows, options, target, in_force(windows, options, target.url))
    row = journey.told()
    if row["http_date_utc"] is None or (target.role == "control" and row["http_status"] != 200):
        return None
    offset = datetime.fromisoformat(row["local_utc"]) - datetime.fromisoformat(row["http_date_utc"])
    return {
        "source": "http-date",
        "server": target.host,
        "local_utc": row["local_utc"],
        "reference_utc": row["http_date_utc"],
        "offset_seconds": round(offset / timedelta(seconds=1), 3),
        "round_trip_ms": round(journey.round_trip / timedelta(milliseconds=1)),
    }
