"""The knowledge: one TOML page a cause, one file a language, checked whole before anything is judged.

A folder of knowledge holds ``causes/*.toml`` and ``languages/*.toml`` (or the pages directly). Third parties bring
their own with ``--knowledge``; sentences that ask for an artifact are taken from ours where theirs say nothing.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from analyzer.knowledge import languages, pages
from analyzer.knowledge.languages import LANGUAGES
from analyzer.knowledge.page import Cause, Condition, FixStep, Judges, Knowledge, Needed, Operator, Signal
from analyzer.knowledge.reader import Table
from analyzer.model import Refusal
from collectors import catalog

__all__ = [
    "LANGUAGES",
    "Cause",
    "Condition",
    "FixStep",
    "Judges",
    "Knowledge",
    "Needed",
    "Operator",
    "Signal",
    "check",
    "load",
]


def load(folder: Path | None = None, lang: str = "en") -> Knowledge:
    """The knowledge of a folder, ours by default, in one language.

    Raises ``Refusal`` with the first error and the number of all when anything in it is wrong.
    """
    made, errors = _read(folder, lang) if folder else _packaged(lang)
    if errors:
        more = f" and {len(errors) - 1} more errors" if len(errors) > 1 else ""
        raise Refusal(f"the knowledge is damaged: {errors[0]}{more}; see mailscope knowledge check")
    return made


@cache
def _packaged(lang: str) -> tuple[Knowledge, list[str]]:
    """Our own pages, which do not change while we run."""
    return _read(None, lang)


def check(folder: Path | None = None) -> tuple[str, ...]:
    """Every error of the folder at once, each with file and key; in all languages."""
    errors: dict[str, None] = {}
    for lang in LANGUAGES:
        errors.update(dict.fromkeys(_read(folder, lang)[1]))
    return tuple(errors)


def _read(folder: Path | None, lang: str) -> tuple[Knowledge, list[str]]:
    home: Traversable = resources.files("analyzer.knowledge") if folder is None else folder
    if not home.is_dir():
        raise Refusal(f"no such folder of knowledge: {folder}")
    errors: list[str] = []
    files = _files(home)
    if not any(name.startswith("causes/") for name in files):
        raise Refusal(f"no cause page (*.toml) in {folder}")
    tables = {name: table for name, data in files.items() if (table := _table(name, data, errors)) is not None}
    causes = [
        (table, pages.cause(table, name.removeprefix("causes/").removesuffix(".toml")))
        for name, table in tables.items()
        if name.startswith("causes/")
    ]
    dates = sorted(str(table.raw.get("checked", "")) for table, _ in causes)
    digest = hashlib.sha256(b"".join(name.encode() + b"\0" + data + b"\0" for name, data in files.items()))
    made = Knowledge(
        lang,
        _in_language([cause for _, cause in causes], tables, lang, errors),
        _asks(tables, lang, errors),
        digest.hexdigest(),
        dates[-1] if dates else "",
    )
    _check_asks(made, errors)
    return made, errors


def _files(home: Traversable) -> dict[str, bytes]:
    """Pages and language files by the name ``causes/x.toml``, sorted."""
    shelf = home.joinpath("causes")
    found = {f"causes/{page.name}": page for page in (shelf if shelf.is_dir() else home).iterdir()}
    books = home.joinpath("languages")
    if books.is_dir():
        found |= {f"languages/{book.name}": book for book in books.iterdir()}
    return {name: found[name].read_bytes() for name in sorted(found) if name.endswith(".toml")}


def _table(name: str, data: bytes, errors: list[str]) -> Table | None:
    try:
        return Table(name, "", tomllib.loads(data.decode("utf-8")), errors)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        errors.append(f"{name}: {error}")
        return None


def _in_language(causes: list[Cause], tables: dict[str, Table], lang: str, errors: list[str]) -> tuple[Cause, ...]:
    if lang == "en":
        return tuple(causes)
    book = _book(tables, lang, errors)
    book.get("items")
    translated = tuple(languages.translate(cause, book) for cause in causes)
    book.done()
    return translated


def _book(tables: dict[str, Table], lang: str, errors: list[str]) -> Table:
    name = f"languages/{lang}.toml"
    return tables.get(name) or Table(name, "", {}, errors)


def _asks(tables: dict[str, Table], lang: str, errors: list[str]) -> dict[str, str]:
    ours = resources.files("analyzer.knowledge").joinpath("languages", f"{lang}.toml")
    packaged: dict[str, Any] = tomllib.loads(ours.read_text("utf-8"))
    said = languages.asks(Table(f"languages/{lang}.toml", "", packaged, []))
    return said | languages.asks(_book(tables, lang, errors))


def _check_asks(made: Knowledge, errors: list[str]) -> None:
    needs = (need for cause in made.causes for signal in cause.signals for some in signal.needs for need in some)
    for item in dict.fromkeys(need.item for need in needs):
        if item not in made.asks and catalog.load().find(item):
            errors.append(f"languages/{made.lang}.toml: items.{item}.ask: missing")
