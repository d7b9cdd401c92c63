"""The report's own words in each language: headings, labels, names of statuses. Evidence is never translated."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


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
        """The singular (``name.one``) or plural (``name.many``) with its number; nought is what ``count.zero`` says."""
        form = "one" if number == 1 else self("count.zero") if number == 0 else "many"
        return self(f"{name}.{form}", n=number)

    def known(self, prefix: str, word: str) -> str:
        """The name of an enum's value, or the value itself where it is of a later version."""
        return self.texts.get(f"{prefix}.{word}", word)

    def reason(self, text: str) -> str:
        """Why a gap is there: our own words in this language, anybody else's quoted as they are.

        What was not collected begins with its outcome: ``denied: access denied (5)``.
        """
        ours = _reasons(self.lang)
        if not ours:
            return text
        outcome, colon, rest = text.partition(": ")
        if colon and f"omitted.{outcome}" in self.texts:
            return self("value.pair", name=self.known("omitted", outcome), value=self.reason(rest))
        if text in self.texts_of("omitted"):
            return self.known("omitted", text)
        for pattern, told in ours:
            if found := pattern.fullmatch(text):
                return told.format(**found.groupdict())
        return self("head.title", title=text)

    def texts_of(self, prefix: str) -> frozenset[str]:
        """The last part of all names below ``prefix``."""
        return frozenset(name.rpartition(".")[2] for name in self.texts if name.startswith(f"{prefix}."))


def languages() -> tuple[str, ...]:
    """The languages a report can be written in, sorted."""
    folder = resources.files(__package__).joinpath("languages")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


@cache
def load(lang: str) -> Wording:
    """The words of a language. Raises ``FileNotFoundError`` for one there is no file of."""
    text = resources.files(__package__).joinpath("languages", f"{lang}.toml").read_text("utf-8")
    return Wording(lang, dict(flattened("", tomllib.loads(text))))


@cache
def _reasons(lang: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Our own reasons as patterns, each with its text in that language; none for English, in which they are made."""
    file = resources.files(__package__).joinpath("reasons", f"{lang}.toml")
    if not file.is_file():
        return ()
    return tuple((_pattern(ours), told) for ours, told in tomllib.loads(file.read_text("utf-8")).items())


def _pattern(template: str) -> re.Pattern[str]:
    """What a template with named places in braces matches."""
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(f"(?P<{part}>.+)" if n % 2 else re.escape(part) for n, part in enumerate(parts)))


def flattened(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts of nested tables by dotted name."""
    for name, value in table.items():
        if isinstance(value, str):
            yield prefix + name, value
        else:
            yield from flattened(f"{prefix}{name}.", value)
