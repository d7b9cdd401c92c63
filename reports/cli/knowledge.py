"""``mailscope knowledge check``: every error of the pages at once."""

from __future__ import annotations

from pathlib import Path

import click

from analyzer import knowledge
from reports.page.inert import inert

_UNUSABLE = 2


@click.group("knowledge", no_args_is_help=False)
def command() -> None:
    """Look after the pages of knowledge."""


@command.command("check", epilog="Example: mailscope knowledge check my-knowledge/")
@click.argument("folder", type=click.Path(path_type=Path), metavar="[DIR]", required=False)
def check(folder: Path | None) -> int:
    """Check the pages in DIR, ours by default, and print every error with its file and key."""
    errors = knowledge.check(folder)
    for error in errors:
        click.echo(f"mailscope: {inert(error)}", err=True)
    if errors:
        return _UNUSABLE
    causes = knowledge.load(folder).causes
    click.echo(f"{len(causes)} pages with {sum(len(cause.signals) for cause in causes)} signals are fine")
    return 0
