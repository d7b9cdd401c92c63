"""The report's own words in each language: headings, labels, names of statuses. Evidence is never translated."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_REACH = "reaches back only to "


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one language by dotted name (``status.likely``)."""

    lang: str
    texts: Mapping[str, str]

    def __call__(self, name: str, /, **fields: object) -> str:
        """The text of that name, filled in. Raises ``KeyError`` for a name the language does not have."""
        text = self.texts[name]
        return text.format(**fields) if fields else text

    def count(self, name: str, number: int) -> str:
        """The singular (``name.one``) or plural (``name.many``) with its number; in French zero is singular."""
        single = number == 1 or (number == 0 and self.lang == "fr")
        return self(f"{name}.one" if single else f"{name}.many", n=number)

    def known(self, prefix: str, word: str) -> str:
        """The name of an enum's value, or the value itself where it is of a later version."""
        return self.texts.get(f"{prefix}.{word}", word)

    def reason(self, text: str) -> str:
        """Why a gap is there: our own words in this language, anybody else's as they are."""
        told, since = text.partition(_REACH)[1:]
        return self("reason.reaches", since=since) if told and text.startswith(_REACH) else self.known("reason", text)


def languages() -> tuple[str, ...]:
    """The languages a report can be written in, sorted."""
    folder = resources.files(__package__).joinpath("languages")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


@cache
def load(lang: str) -> Wording:
    """The words of a language. Raises ``FileNotFoundError`` for one there is no file of."""
    text = resources.files(__package__).joinpath("languages", f"{lang}.toml").read_text("utf-8")
    return Wording(lang, dict(flattened("", tomllib.loads(text))))


def flattened(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts of nested tables by dotted name."""
    for name, value in table.items():
        if isinstance(value, str):
            yield prefix + name, value
        else:
            yield from flattened(f"{prefix}{name}.", value)
