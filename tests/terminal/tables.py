"""Tables to look at, and how a test walks through a screen of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
from textual.events import Mount
from textual.pilot import Pilot

from analyzer.model import Failure
from analyzer.pipeline import Options
from analyzer.tables import SCHEMAS, Evidence, empty, frame
from reports.terminal.app import Mailscope
from reports.terminal.grid import Grid
from reports.terminal.headline import Chips, Headline
from reports.terminal.investigation import Investigation
from reports.terminal.rows_view import RowsView
from tests.contracts.tree import ROOT
from tests.unit.reports import samples

FAILED = samples.FAILED
SYSTEM, ALERTS, HIVE = samples.SYSTEM, samples.ALERTS, samples.HIVE
NEAR = timedelta(minutes=15)
SMALL, LARGE = (80, 24), (120, 40)

Answer = TypeVar("Answer")
Steps = Callable[[Pilot[None], Any], Awaitable[Answer]]


def event(record: int, at: datetime | None, text: str | None = "", **cells: Any) -> dict[str, Any]:
    """A record of the System log; ``cells`` say what is different."""
    return {
        "artifact": SYSTEM,
        "place": f"record {record}",
        "at": at,
        "channel": "System",
        "provider": "Service Control Manager",
        "event_id": 7036,
        "level": 4,
        "record_id": record,
        "computer": "PC-042",
        "text": text,
        **cells,
    }


def of(table: str, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a table, by the names of its columns."""
    names = dict.fromkeys(name for row in rows for name in row)
    return frame(table, {name: [row.get(name) for row in rows] for name in names})


def day() -> list[dict[str, Any]]:
    """Thirty records of a quiet morning, one every ten minutes, and the dialog that the sample diagnosis cites."""
    begin = FAILED - timedelta(minutes=205)
    rows = [event(100 + n, begin + timedelta(minutes=10 * n), f"service {n} started") for n in range(30)]
    rows[3] |= {"level": 2, "provider": "disk", "event_id": 7, "text": "The device has a bad block."}
    rows[12] |= {"level": 3, "provider": "Tcpip", "event_id": 4227, "text": "Port TOKEN exhausted"}
    rows[25] |= {"text": "another token was refused"}
    dialog = event(4711, FAILED, samples.DIALOG.quote, artifact=ALERTS, channel="OAlerts", event_id=300)
    return [*rows, dialog | {"provider": "Microsoft Office 16 Alerts"}]


def case(folder: Path, lang: str = "en", **tables: pl.DataFrame) -> Investigation:
    """The sample diagnosis over these tables; the failure's window is a quarter of an hour to either side."""
    events = {} if "events" in tables else {"events": of("events", day()).lazy()}
    diagnosis = samples.PINPOINTED.diagnosis
    failure = Failure("dialog", (FAILED,), ((FAILED - NEAR, FAILED + NEAR),), (samples.DIALOG,))
    result = replace(samples.PINPOINTED, diagnosis=replace(diagnosis, failure=failure))
    held = {name: tables.get(name, empty(name)).lazy() for name in SCHEMAS}
    return Investigation(result, Evidence(held | events), folder, Options(lang=lang))


async def settle(pilot: Pilot[None]) -> None:
    """Wait until no thread works and all its messages are answered."""
    quiet = 0
    while quiet < 2:
        busy = [worker for worker in pilot.app.workers if not worker.is_finished]
        if busy:
            await pilot.app.workers.wait_for_complete(busy)
        await pilot.pause()
        quiet = 0 if busy else quiet + 1


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys, each once the one before was answered."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def enter(pilot: Pilot[None], text: str) -> None:
    """Type a line and enter it."""
    for letter in text:
        await pilot.press(NAMES.get(letter, letter))
    await press(pilot, "enter")


NAMES = {
    " ": "space", "/": "slash", "(": "left_parenthesis", ")": "right_parenthesis", "*": "asterisk", ",": "comma",
    "=": "equals_sign", "'": "apostrophe", ":": "colon", "-": "minus", ".": "full_stop", "_": "underscore",
    "\\": "backslash", "[": "left_square_bracket", "$": "dollar_sign", "|": "vertical_line", ">": "greater_than_sign",
}  # fmt: skip


class Desk(Mailscope):
    """The app with a case that is open already, at one screen."""

    CSS_PATH = str(ROOT / "reports" / "terminal" / "terminal.tcss")

    def __init__(self, investigation: Investigation, name: str) -> None:
        super().__init__(lambda _: investigation, investigation.options.lang)
        self.investigation = investigation
        self._first = name

    def on_mount(self, event: Mount) -> None:  # type: ignore[override]
        """Nothing has to be opened."""
        event.prevent_default()
        self._visited.append(self._first)
        self.push_screen(self.view(self._first))


def look(investigation: Investigation, name: str, steps: Steps[Answer], size: tuple[int, int] = LARGE) -> Answer:
    """Open a screen of the case, do the steps, and give back what they answer."""

    async def run() -> Answer:
        app = Desk(investigation, name)
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            return await steps(pilot, app.screen)

    return asyncio.run(run())


def lines(view: RowsView) -> list[str]:
    """The rows as they stand on the screen, the heading first, blank lines at the end left out."""
    grid = view.query_one(Grid)
    drawn = [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]
    while drawn and not drawn[-1]:
        drawn.pop()
    return drawn


def cells(view: RowsView, name: str) -> list[str]:
    """What the visible rows say in one column."""
    grid = view.query_one(Grid)
    index = [field.name for field in grid.fields].index(name)
    first, last = grid.sight()
    records = [grid.record_at(position) for position in range(first, last)]
    return ["?" if record is None else grid.text_of(record, index) for record in records]


def here(view: RowsView) -> str:
    """The place of the row under the cursor."""
    record = view.query_one(Grid).record()
    return record.place or "" if record else ""


def told(view: RowsView) -> str:
    """What the line above the table says last."""
    return view.query_one(Headline).told


def chips(view: RowsView) -> str:
    """The line of filters; empty where there is none."""
    line = view.query_one(Chips)
    return "".join(piece.text for piece in line.pieces()) if line.display else ""


MORNING = datetime(2026, 3, 2, tzinfo=UTC)
