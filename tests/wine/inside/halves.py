"""Run in Wine, packed as the collector is: a collection by somebody without rights, elevation granted or refused.

Wine makes everybody an administrator: here the first process says that it is none. The second one, which Windows
starts for it, runs this same archive with the arguments of the elevated half and takes them for what they are.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

ROOT = sys.argv[1]
sys.path.insert(0, ROOT)

from collectors import catalog, collect  # noqa: E402 - the repository is on the path from here on
from collectors.__main__ import main as elevated_half  # noqa: E402
from collectors.case import Options  # noqa: E402
from collectors.console import Console  # noqa: E402
from collectors.real import RunningWindows  # noqa: E402
from collectors.windows import Identity, NotTaken, Outcome  # noqa: E402


class Limited(RunningWindows):
    """Windows as somebody without rights has it."""

    refuses = False

    def identity(self) -> Identity:
        """Without rights."""
        return replace(super().identity(), elevated=False)

    def elevate(self, arguments: Sequence[str], timeout_s: float) -> int:
        """Asked for in earnest, or refused by whoever sits there."""
        if self.refuses:
            raise NotTaken(Outcome.DENIED, "the request for elevation: refused by the user (1223)")
        # the archive's own argument comes before those of the collector
        return super().elevate([ROOT, *arguments], timeout_s)


def main() -> None:
    """A whole collection; what it took and left."""
    told = json.load(sys.stdin)
    here = Limited()
    here.refuses = told["refuses"]
    case = Options(account=told["account"], failure_at=told["failed"], reported=(("password_prompt", "no"),))
    done = collect.from_windows(here, replace(case, out=Path(told["out"]), network=False), Console("en", None))
    json.dump({"taken": [row.artifact for row in done.taken], "pid": os.getpid()}, sys.stdout)


# of the event logs, none of which Wine can export, one is enough
WHOLE = catalog.load()
SOME = tuple(item for item in WHOLE.items if item.method != "event-export" or item.needs_admin)
vars(catalog)["load"] = lambda: catalog.Catalog(WHOLE.version, SOME)

if collect.MACHINE_PHASE in sys.argv:
    sys.exit(elevated_half(sys.argv[2:]))
main()
