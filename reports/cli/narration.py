"""What a run tells on stderr while it works: drawn where a person watches, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import click

from reports.page.inert import inert

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from analyzer.pipeline import Result

_NAME_CHARS = 60


class Narrator(Protocol):
    """Told of each artifact: its name, how many are done, how many there are. An empty name: all are done."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Hear of one artifact."""


class Listener(Protocol):
    """Told how far the making of a case is."""

    @property
    def artifact(self) -> Narrator:
        """Hears of each artifact."""

    @property
    def verdict(self) -> Callable[[Result], None]:
        """Hears the result as soon as it is known; the case is still being written."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """A listener made of two functions."""

    artifact: Narrator
    verdict: Callable[[Result], None]


@contextmanager
def narrated(*, quiet: bool) -> Iterator[Narrator]:
    """The narrator that fits where stderr goes."""
    if quiet:
        yield _silent
    elif sys.stderr.isatty():
        with _bar() as (progress, task):
            yield _Drawn(progress, task)
    else:
        yield _plain


def say(text: str, *, quiet: bool) -> None:
    """One line of narration."""
    if not quiet:
        click.echo(text, err=True)


def _silent(what: str, done: int, total: int) -> None:
    """Say nothing."""


def _plain(what: str, done: int, total: int) -> None:
    if what:
        click.echo(f"[{done + 1}/{total}] {inert(what)}", err=True)


class _Drawn:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def __call__(self, what: str, done: int, total: int, /) -> None:
        self._progress.update(self._task, description=inert(what, _NAME_CHARS), completed=done, total=total)


@contextmanager
def _bar() -> Iterator[tuple[Progress, TaskID]]:
    # loaded only where it draws
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    # names out of a bundle are never markup
    columns = (MofNCompleteColumn(), BarColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress, progress.add_task("", total=None)
