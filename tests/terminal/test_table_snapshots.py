"""The screens of tables as a person sees them. A picture that changed is looked at before it is accepted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from analyzer.notes import Kind
from reports.terminal.investigation import Investigation
from reports.terminal.query import Editor
from tests.terminal.tables import FAILED, LARGE, SMALL, Desk, case, day, enter, event, of, press, settle
from tests.unit.reports import samples

QUERY = """SELECT provider, event_id, count(*) AS n, max(at) AS latest
FROM events GROUP BY provider, event_id
ORDER BY n DESC, provider"""

STORIES = {
    "events": ("events", ("w",)),
    "row": ("events", ("e", "enter")),
    "filtered": ("events", ("s", "l", "l", "f", "/service 1/")),
    "asked": ("events", ("slash", "/service (/")),
    "columns": ("events", ("C",)),
    "registry": ("registry", ("e",)),
    "logs": ("logs", ("j",)),
    "timeline": ("timeline", ("w",)),
    "query": ("query", (QUERY,)),
}
OVERLAID = ("asked", "columns")
sizes = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])


def full(folder: Path, lang: str = "en") -> Investigation:
    """A case with something in every table."""
    identity = samples.IDENTITY.removeprefix("HKCU\\").partition("!")[0]
    values = {"EmailAddress": "alice@gmail.com", "FriendlyName": "Alice", "IdP": "6", "SignedOut": "0"}
    written = FAILED - timedelta(days=30)
    keys = [{"artifact": samples.HIVE, "place": f"HKCU\\{identity}", "hive": "HKCU", "key": identity, "at": written}]
    keys += [
        keys[0] | {"place": f"HKCU\\{identity}!{name}", "name": name, "value": value} for name, value in values.items()
    ]
    said = ("Connecting to imap.gmail.com:993", "* OK Gimap ready", "a1 AUTHENTICATE XOAUTH2 (masked)", "a1 NO [ALERT]")
    log = "C/Users/alice/AppData/Local/Temp/Outlook Logging/IMAP-1.log"
    said_at = [FAILED - timedelta(seconds=4 - n) for n in range(len(said))]
    names = ("artifact", "place", "at", "component", "level", "text")
    read = [(log, f"line {n + 10}", said_at[n], "IMAP", "Info", text) for n, text in enumerate(said)]
    fact = {"artifact": samples.CREDENTIALS, "place": "line 12", "name": "credentials.target", "value": samples.TARGET}
    hostile = [
        event(4800, FAILED + timedelta(hours=3), "[bold red]markup[/] and \x1b[31mcolour\x07, \u202etfel ot thgir"),
        event(4801, FAILED + timedelta(hours=4), "x" * 5_000),
    ]
    tables = {
        "events": of("events", [*day(), *hostile]),
        "registry": of("registry", keys),
        "log_lines": of("log_lines", [dict(zip(names, row, strict=True)) for row in read]),
        "facts": of("facts", [fact]),
    }
    return case(folder, lang, **tables)


async def act(pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    """Press keys; what is longer than a key is typed where there is a place for it."""
    await settle(pilot)
    for key in keys:
        if key == QUERY:
            pilot.app.screen.query_one(Editor).text = key
            await press(pilot, "enter")
        elif key.startswith("/") and not pilot.app.screen.query(".-asking"):
            await press(pilot, "slash")
            await enter(pilot, key)
        elif key.startswith("/"):
            await enter(pilot, key)
        else:
            await press(pilot, key)


def compared(snap_compare: Any, investigation: Investigation, story: str, size: tuple[int, int]) -> bool:
    """Whether the screen is the one that was accepted."""
    name, keys = STORIES[story]

    async def steps(pilot: Pilot[None]) -> None:
        await act(pilot, keys)

    matches: bool = snap_compare(Desk(investigation, name), terminal_size=size, run_before=steps)
    return matches


@sizes
@pytest.mark.parametrize("story", [story for story in STORIES if story not in OVERLAID])
def test_a_table_looks_as_it_was_accepted(snap_compare: Any, tmp_path: Path, story: str, size: tuple[int, int]) -> None:
    investigation = full(tmp_path)
    investigation.notebook.write(Kind.BOOKMARK, artifact=samples.SYSTEM, place="record 119")
    investigation.notebook.write(Kind.IRRELEVANT, "always there", artifact=samples.SYSTEM, place="record 121")
    assert compared(snap_compare, investigation, story, size)


@pytest.mark.parametrize("story", OVERLAID)
def test_what_lies_over_a_table_looks_as_it_was_accepted(snap_compare: Any, tmp_path: Path, story: str) -> None:
    assert compared(snap_compare, full(tmp_path), story, SMALL)


def test_a_table_in_french_looks_as_it_was_accepted(snap_compare: Any, tmp_path: Path) -> None:
    assert compared(snap_compare, full(tmp_path, "fr"), "filtered", SMALL)
