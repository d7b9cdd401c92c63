"""Every part of the product speaks the same languages, and the published schema names them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator

import pytest

from analyzer import knowledge
from collectors import console
from reports.export.findings_schema import schema
from reports.page import wording
from tests.contracts.tree import ROOT

LANGUAGES = ("en", "fr")


def test_knowledge_report_and_collector_speak_these_languages() -> None:
    assert (knowledge.LANGUAGES, wording.languages(), console.LANGUAGES) == (LANGUAGES, LANGUAGES, LANGUAGES)


@pytest.mark.parametrize("part", ["reports/terminal/languages", "reports/page/languages"])
def test_the_screens_have_the_languages_of_the_report(part: str) -> None:
    assert sorted(path.stem for path in (ROOT / part).glob("*.toml")) == list(LANGUAGES)


def test_our_own_reasons_are_told_in_every_language_but_the_one_they_are_made_in() -> None:
    reasons = sorted(path.stem for path in (ROOT / "reports/page/reasons").iterdir())
    assert reasons == [lang for lang in LANGUAGES if lang != "en"]


def test_findings_may_be_in_these_languages() -> None:
    told = json.loads(schema())
    (findings,) = [kind for kind in told["$defs"].values() if "lang" in kind.get("properties", {})]
    assert findings["properties"]["lang"]["enum"] == list(LANGUAGES)


@pytest.mark.parametrize(
    "part",
    ["analyzer/knowledge/languages", "reports/page/languages", "reports/page/reasons", "reports/terminal/languages"],
)
def test_french_is_set_as_french_readers_expect(part: str) -> None:
    """A curved apostrophe, and a space that does not break before double punctuation and inside quotation marks.

    The collector is left out: its words appear in a console whose code page lacks them.
    """
    told = tomllib.loads((ROOT / part / "fr.toml").read_text("utf-8"))
    assert [
        text for text in _texts(told) if re.search(r"(?<=[A-Za-zÀ-ÿ])'(?=[A-Za-zÀ-ÿ])| [:;?!»](?!\S)|« ", text)
    ] == []


def _texts(told: object) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for part in told.values() if isinstance(told, dict) else told:
            yield from _texts(part)
