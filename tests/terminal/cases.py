"""Cases to investigate, and how a test presses keys and reads the screen."""

from __future__ import annotations

import asyncio
import html
import re
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from shutil import copytree

from textual.pilot import Pilot
from textual.worker import WorkerCancelled
from textual.worker_manager import WorkerManager

from analyzer import pipeline
from analyzer.pipeline import Options, Result
from analyzer.tables import Evidence, frame
from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import load_scenario
from reports.cli.analyze import make_case
from reports.terminal.app import Mailscope
from reports.terminal.investigation import Investigation
from tests.contracts.tree import ROOT
from tests.unit.reports import samples

SMALL, LARGE = (80, 24), (120, 40)
Play = Callable[[Pilot[None]], Awaitable[None]]

# --- a case made by hand: what is drawn does not change when knowledge does ---------------------------------------


def by_hand(folder: Path, result: Result = samples.PINPOINTED, lang: str = "en") -> Investigation:
    """The sample diagnosis over a handful of rows."""
    return Investigation(result, evidence(), folder, Options(lang=lang))


def evidence() -> Evidence:
    """The rows that the sample diagnosis cites, each with neighbours."""
    failed = samples.FAILED
    texts = ("Microsoft Word\nSave changes?", samples.DIALOG.quote, "Microsoft Outlook\nQuit all the same?")
    count = len(texts)
    events = frame(
        "events",
        {
            "artifact": [samples.ALERTS] * count,
            "place": [f"record {4710 + n}" for n in range(count)],
            "at": [failed + timedelta(minutes=10 * (n - 1)) for n in range(count)],
            "channel": ["OAlerts"] * count,
            "provider": ["Microsoft Office 16 Alerts"] * count,
            "event_id": [300] * count,
            "level": [4] * count,
            "record_id": [4710 + n for n in range(count)],
            "computer": ["PC-042"] * count,
            "text": list(texts),
        },
    )
    key = samples.IDENTITY.removeprefix("HKCU\\").partition("!")[0]
    registry = frame(
        "registry",
        {
            "artifact": [samples.HIVE] * 3,
            "place": [f"HKCU\\{key}", f"HKCU\\{key}!EmailAddress", samples.IDENTITY],
            "at": [datetime(2024, 9, 14, 7, tzinfo=UTC)] * 3,
            "hive": ["HKCU"] * 3,
            "key": [key] * 3,
            "name": [None, "EmailAddress", "IdP"],
            "kind": [None, "REG_SZ", "REG_DWORD"],
            "value": [None, "alice@gmail.com", "6"],
            "number": [None, None, 6],
        },
    )
    facts = frame(
        "facts",
        {
            "artifact": [samples.CREDENTIALS, samples.CREDENTIALS, samples.STATE, samples.STATE, samples.STATE],
            "place": ["line 12", "line 13", "clock.samples[0]", "clock.samples[0]", "host"],
            "name": [
                *("credentials.target", "credentials.user_name", "clock.samples.server"),
                *("clock.samples.offset_seconds", "host.utc_bias_minutes"),
            ],
            "value": [samples.TARGET, "alice", "accounts.google.com", "1.1", "-60"],
            "number": [None, None, None, 1.1, -60.0],
            "unit": [None, None, None, "s", "minutes"],
        },
    )
    return Evidence.of(events=events, registry=registry, facts=facts)


# --- a case forged and analyzed -----------------------------------------------------------------------------------


@cache
def forged_bundle() -> Path:
    """The bundle that support sees most, once for all tests."""
    target = Path(tempfile.mkdtemp(prefix="mailscope-test-")) / "PC-042.zip"
    target.write_bytes(build_bundle(load_scenario(ROOT / "fixtures" / "scenarios" / "field_bundle")))
    return target


@cache
def _analyzed() -> Path:
    folder = forged_bundle().parent / "case"
    make_case(forged_bundle(), folder, Options(), quiet=True)
    return folder


def forged_case(folder: Path) -> Path:
    """A case of that bundle that a test may write to."""
    return copytree(_analyzed(), folder / "case")


def reopened(folder: Path) -> Investigation:
    """The investigation of a case folder."""
    return Investigation.of(pipeline.reopen(folder))


# --- keys and screen ----------------------------------------------------------------------------------------------


async def settle(pilot: Pilot[None]) -> None:
    """Wait until no thread works and nothing is left to draw."""
    workers: WorkerManager = pilot.app.workers
    for _ in range(3):
        waiting = [worker for worker in workers if not worker.is_finished and worker.group != "ask"]
        # an empty list would stand for all of them, a question that waits for its answer among them
        if waiting:
            # what a later key made superfluous was cancelled
            with suppress(WorkerCancelled):
                await workers.wait_for_complete(waiting)
        await pilot.pause()


async def opened(pilot: Pilot[None]) -> Mailscope:
    """The app once the case is open and the first screen drawn."""
    app = pilot.app
    assert isinstance(app, Mailscope)
    await app.workers.wait_for_complete()
    while app.investigation is None and app.is_running:
        await pilot.pause()
    await settle(pilot)
    return app


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one after the other, each once the one before was answered."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def play(case: Investigation, steps: Play, size: tuple[int, int] = LARGE) -> Mailscope:
    """Open a case, do the steps, and give the app back as it ended."""
    app = Mailscope(lambda _: case, case.options.lang)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await opened(pilot)
            await steps(pilot)

    asyncio.run(run())
    return app


def shown(pilot: Pilot[None]) -> str:
    """What a person sees, line by line."""
    svg = pilot.app.export_screenshot()
    rows: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in re.findall(r'<text [^>]*?x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', svg):
        rows.setdefault(float(y), []).append((float(x), html.unescape(text).replace("\xa0", " ")))
    return "\n".join("".join(text for _, text in sorted(row)) for _, row in sorted(rows.items()))
