"""``mailscope explain``: what a code or a pasted text means for this sign-in."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import click

from analyzer import knowledge
from analyzer.explanation import Explanation, explain
from analyzer.knowledge import Knowledge
from analyzer.knowledge.codes import Meaning
from reports.page.inert import inert
from reports.page.wording import Wording, languages, load

_WIDTH = 100
_ASKED_CHARS = 200


@click.command("explain", context_settings={"ignore_unknown_options": True})
@click.argument("words", metavar="CODE|TEXT…", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--lang", type=click.Choice(languages()), default="en", show_default=True, help="Language of the answer.")
def command(words: tuple[str, ...], lang: str) -> None:
    """Tell what a code, a line of a server, a dialog or a page of Google says: cause, owner, what to collect."""
    said, known = load(lang), knowledge.load(lang=lang)
    blocks = ["\n".join(_shown(one, said, known)) for one in explain(words)]
    click.echo("\n\n".join(blocks))


def _shown(one: Explanation, said: Wording, known: Knowledge) -> Iterator[str]:
    also = f" ({', '.join(one.spellings)})" if one.spellings else ""
    asked = inert(one.asked, _ASKED_CHARS)
    if not one.meanings:
        yield f"{asked}{also}"
        yield from _wrapped(said("explain.unknown"))
        if one.wraps is not None:
            yield from _wrapped(said("explain.wraps", n=one.wraps))
    for meaning in one.meanings:
        yield f"{asked}{also}: {meaning.name}"
        yield from _told(meaning, said, known)
        if meaning.reported:
            yield from _wrapped(said("explain.report", key=meaning.reported))


def _told(meaning: Meaning, said: Wording, known: Knowledge) -> Iterator[str]:
    yield from _wrapped(meaning.said(said.lang))
    titles = [f"{cause} ({page.title})" for cause in meaning.causes if (page := known.find(cause))]
    yield from _wrapped(said("explain.causes", causes="; ".join(titles) or said("explain.no_cause")))
    if titles:
        yield from _wrapped(said("explain.owner", owner=said(f"owner.{meaning.owner}")))
    sentences: dict[str, list[str]] = {}
    for item in meaning.collect:
        sentences.setdefault(known.asks.get(item, ""), []).append(item)
    for ask, items in sentences.items():
        yield from _wrapped(said("explain.collect", item=", ".join(items), ask=ask).rstrip(": \u00a0"))
    yield from _wrapped(said("explain.status", status=said(f"explain.status_{meaning.status}")))


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(inert(text), _WIDTH, initial_indent="  ", subsequent_indent="    ")
