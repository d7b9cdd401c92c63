"""Every screen as a person sees it. A picture that changed is looked at before it is accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from analyzer.notes import Kind
from reports.terminal.app import Mailscope
from tests.terminal import cases
from tests.unit.reports import samples

Compare = Callable[..., bool]

STORIES: dict[str, tuple[str, ...]] = {
    "diagnosis": (),
    "record": ("enter", "enter", "z"),
    "evidence": ("2",),
    "gaps": ("8",),
    "notes": ("9",),
    "keys": ("question_mark",),
}
sizes = pytest.mark.parametrize("size", [cases.SMALL, cases.LARGE], ids=["80x24", "120x40"])


def compared(snap_compare: Any, case: Any, keys: tuple[str, ...], size: tuple[int, int]) -> bool:
    async def steps(pilot: Pilot[None]) -> None:
        await cases.opened(pilot)
        await cases.press(pilot, *keys)

    app = Mailscope(lambda _: case, case.options.lang)
    matches: bool = snap_compare(app, terminal_size=size, run_before=steps)
    return matches


@sizes
@pytest.mark.parametrize("story", STORIES)
def test_a_screen_looks_as_it_was_accepted(
    snap_compare: Compare, tmp_path: Path, story: str, size: tuple[int, int]
) -> None:
    case = cases.by_hand(tmp_path)
    if story == "notes":
        case.notebook.write(Kind.BOOKMARK, artifact=samples.ALERTS, place="record 4711")
        case.notebook.write(Kind.NOTE, "Asked alice: no window came.", artifact=samples.ALERTS, place="record 4711")
        case.notebook.write(Kind.NOTE, "Customer calls back at 14:00.")
        case.notebook.write(Kind.IRRELEVANT, "another profile", artifact=samples.CREDENTIALS, place="line 12")
    assert compared(snap_compare, case, STORIES[story], size)


def test_the_light_theme_looks_as_it_was_accepted(snap_compare: Compare, tmp_path: Path) -> None:
    assert compared(snap_compare, cases.by_hand(tmp_path), ("T",), cases.SMALL)


def test_french_looks_as_it_was_accepted(snap_compare: Compare, tmp_path: Path) -> None:
    assert compared(snap_compare, cases.by_hand(tmp_path, lang="fr"), (), cases.SMALL)
