"""``mailscope causes``: what the knowledge holds."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from analyzer import knowledge
from analyzer.knowledge import Cause
from analyzer.model import Refusal
from reports.page.inert import inert
from reports.page.wording import languages

_WIDTH = 100


@click.command("causes")
@click.argument("cause_id", metavar="[ID]", required=False)
@click.option("--lang", type=click.Choice(languages()), default="en", show_default=True, help="Language of the pages.")
@click.option("--knowledge", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Other pages of knowledge.")
def command(cause_id: str | None, lang: str, folder: Path | None) -> None:
    """List every cause with its title, or show the page of the cause ID."""
    known = {cause.id: cause for cause in knowledge.load(folder, lang).causes}
    if cause_id is None:
        width = max(map(len, known), default=0)
        lines = [f"{name.ljust(width)}  {inert(known[name].title)}" for name in sorted(known)]
    elif cause_id in known:
        lines = list(_shown(known[cause_id]))
    else:
        raise Refusal(f"no cause {cause_id}; there are {', '.join(sorted(known))}")
    click.echo("\n".join(lines))


def _shown(cause: Cause) -> Iterator[str]:
    yield f"{cause.id} ({cause.role}, {cause.family})"
    yield inert(cause.title)
    for text in (cause.summary, cause.not_this_when and f"Not this when: {cause.not_this_when}"):
        yield from _wrapped(text)
    yield "Signals:"
    for signal in cause.signals:
        yield f"  {signal.id}: {signal.strength} {signal.means}"
    for title, texts in (
        ("Fix:", [step.do for step in cause.fix]),
        ("Do not:", cause.do_not),
        ("References:", cause.references),
    ):
        if texts:
            yield title
        for text in texts:
            yield from _wrapped(text, "  ")


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(inert(text), _WIDTH, initial_indent=indent, subsequent_indent=indent)
