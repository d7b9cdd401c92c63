"""The terminal's own words in each language; those of the report are the report's. Evidence is never translated."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from reports.page.wording import Wording, flattened
from reports.page.wording import load as load_report


@cache
def load(lang: str) -> Wording:
    """The report's words with the terminal's beside them. Raises ``FileNotFoundError`` for an unknown language."""
    text = resources.files(__package__).joinpath(f"{lang}.toml").read_text("utf-8")
    return Wording(lang, {**load_report(lang).texts, **dict(flattened("", tomllib.loads(text)))})
