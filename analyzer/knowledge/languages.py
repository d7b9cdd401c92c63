"""Languages: English stands on the pages themselves, every other language in one file.

A language file mirrors the pages: ``[clock_skew]`` holds title, summary, not_this_when and do_not,
``[clock_skew.signal.ID]`` text and asks, ``[clock_skew.fix.ID]`` do, check and, where it is a sentence, undo;
``[items.ID]`` holds ``ask``, the sentence that asks a customer for a missing artifact.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

from analyzer.knowledge.page import Cause, FixStep, Signal
from analyzer.knowledge.pages import check_placeholders, check_step_placeholders
from analyzer.knowledge.reader import Table

_BOOKS = resources.files(__package__).joinpath("languages")
LANGUAGES = tuple(sorted(book.name[:-5] for book in _BOOKS.iterdir() if book.name.endswith(".toml")))
"""Every language that our own pages are told in."""


def translate(cause: Cause, book: Table) -> Cause:
    """The page in the book's language; every text that is missing there is noted."""
    said = book.table(cause.id)
    signals = said.table("signal")
    steps = said.table("fix")
    made = replace(
        cause,
        title=said.text("title"),
        summary=said.text("summary"),
        not_this_when=said.text("not_this_when"),
        do_not=said.texts("do_not", required=bool(cause.do_not)),
        signals=tuple(_signal(signal, signals.table(signal.id)) for signal in cause.signals),
        fix=tuple(_step(step, steps.table(step.id)) for step in cause.fix),
    )
    if len(made.do_not) != len(cause.do_not):
        said.blame("do_not", f"has {len(made.do_not)} texts, the page has {len(cause.do_not)}")
    for table in (said, signals, steps):
        table.done()
    return made


def _signal(signal: Signal, said: Table) -> Signal:
    made = replace(signal, text=said.text("text"), asks=said.text("asks", default=""))
    said.done()
    check_placeholders(said, "text", made.text, made)
    return made if made.asks else replace(made, asks=said.text("text"))


def _step(step: FixStep, said: Table) -> FixStep:
    undo = said.text("undo") if _is_sentence(step.undo) else step.undo
    made = replace(step, do=said.text("do"), check=said.text("check"), undo=undo)
    said.done()
    for key in ("do", "check", "undo"):
        check_step_placeholders(said, key, getattr(made, key), step.per)
    return made


def _is_sentence(undo: str) -> bool:
    """Whether what takes a step back is told in words; a command is the same in every language."""
    return undo.endswith(".")


def asks(book: Table) -> dict[str, str]:
    """Each item's sentence to the customer."""
    items = book.table("items")
    return {item: items.table(item).text("ask") for item in items.raw}
