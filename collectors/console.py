"""What the collector says to the person who runs it: English or French, on standard error, one line a thing."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, TextIO

from collectors import catalog
from collectors.finds import Refused
from collectors.manifest import Left
from collectors.windows import Outcome

_BOOKS = resources.files("collectors").joinpath("languages")
LANGUAGES = tuple(sorted(book.name[:-5] for book in _BOOKS.iterdir() if book.name.endswith(".toml")))


@dataclass(frozen=True, slots=True)
class Console:
    """One language and where it goes; ``stream`` None is silence."""

    lang: str
    stream: TextIO | None

    def say(self, name: str, **fields: object) -> None:
        """One line."""
        line(self.stream, text(self.lang, f"said.{name}", **fields))

    def __call__(self, item: str, done: int, total: int, /) -> None:
        """Progress: the item that is taken now."""
        line(self.stream, f"[{done + 1}/{total}] {item}: {why(self.lang, item)}")

    def tell_left(self, left: tuple[Left, ...]) -> None:
        """What could not be taken, one line a reason; what is simply not there is left out."""
        groups: dict[tuple[str, str], list[Left]] = {}
        for row in left:
            if row.outcome is not Outcome.MISSING:
                groups.setdefault((row.outcome.value, row.reason), []).append(row)
        if groups:
            self.say("left_over")
        for (outcome, reason), rows in groups.items():
            items = ", ".join(dict.fromkeys(row.artifact for row in rows))
            line(self.stream, f"  {text(self.lang, f'outcome.{outcome}')}: {reason}: {items}")


def line(stream: TextIO | None, told: str) -> None:
    """One line of any text; a letter that the stream does not have is replaced.

    Python has no stream where Windows gave the process none, as some programs for remote management do.
    """
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    stream.write(told.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()


def refusal(lang: str, error: Refused) -> str:
    """The one line of a refusal."""
    return text(lang, f"refused.{error.name}", **error.fields)


def why(lang: str, item: str) -> str:
    """Why an item is taken."""
    row = catalog.load().find(item)
    return _texts(lang).get(f"why.{item}") or (row.why if row else "")


def text(lang: str, name: str, **fields: object) -> str:
    """A text of a language, filled in."""
    return _texts(lang)[name].format(**fields)


def spoken(ui_locale: str = "") -> str:
    """The language of this person: of Windows' user interface where it is known, else of the environment."""
    given = ui_locale or next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    lang = given[:2].lower()
    return lang if lang in LANGUAGES else "en"


@cache
def _texts(lang: str) -> Mapping[str, str]:
    told = _BOOKS.joinpath(f"{lang}.toml").read_text("utf-8")
    return dict(_flat("", tomllib.loads(told)))


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield prefix + name, value
        else:
            yield from _flat(f"{prefix}{name}.", value)
