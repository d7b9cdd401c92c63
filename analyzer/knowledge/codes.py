"""The table of codes and sentences: what each means for this sign-in, and how well that is known."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from analyzer.knowledge.languages import LANGUAGES
from analyzer.knowledge.pages import OWNERS
from analyzer.knowledge.reader import Table
from analyzer.model import Refusal
from collectors import catalog
from collectors.manifest import REPORTED_KEYS

STATUSES = ("documented", "seen", "unconfirmed")
_SECTIONS = ("code", "family", "sentence")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row, found by a code, by what a text holds in lower case, or, as a family, by how a code begins.

    ``texts`` holds pairs of a language and what the row says in it; ``reported`` is the key under which an analysis
    takes such a text.
    """

    codes: tuple[str, ...]
    holds: tuple[str, ...]
    begins: tuple[str, ...]
    name: str
    texts: tuple[tuple[str, str], ...]
    causes: tuple[str, ...]
    owner: str
    collect: tuple[str, ...]
    status: str
    reported: str

    def said(self, lang: str) -> str:
        """What it means, in that language. Raises ``KeyError`` for one the table is not written in."""
        return dict(self.texts)[lang]


@cache
def load() -> tuple[Meaning, ...]:
    """All rows in the order of the file. Raises ``Refusal`` where the table is damaged."""
    text = resources.files("analyzer.knowledge").joinpath("codes.toml").read_text("utf-8")
    errors: list[str] = []
    whole = Table("codes.toml", "", tomllib.loads(text), errors)
    rows = tuple(_meaning(row) for section in _SECTIONS for row in whole.tables(section))
    whole.done()
    if errors:
        raise Refusal(f"the knowledge is damaged: {errors[0]}")
    return rows


def _meaning(row: Table) -> Meaning:
    made = Meaning(
        codes=row.texts("codes"),
        holds=row.texts("holds"),
        begins=row.texts("begins"),
        name=row.text("name"),
        texts=tuple((lang, row.text(lang)) for lang in LANGUAGES),
        causes=row.texts("causes"),
        owner=row.one_of("owner", OWNERS),
        collect=row.texts("collect"),
        status=row.one_of("status", STATUSES),
        reported=row.text("reported", default=""),
    )
    row.done()
    for item in made.collect:
        if catalog.load().find(item) is None:
            row.blame("collect", f"unknown catalogue id {item!r}")
    if made.reported and made.reported not in REPORTED_KEYS:
        row.blame("reported", f"unknown key {made.reported!r}")
    return made
