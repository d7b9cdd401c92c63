"""No sentence of ours is English in a French report, and both languages say the same of every cause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from analyzer.pipeline import Options, Result, analyze
from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import load_scenario
from reports import page
from reports.page.blocks import Citation, Code, Link, Page, Pairs
from tests.scenarios.judgement import FIXTURES

MACHINES = (
    "scenarios/field_bundle",
    "scenarios/token_two_accounts",
    "scenarios/tls_forged_untrusted",
    "scenarios/webview2_crash_log_damaged",
    "scenarios/office_outdated_beside_token",
    "scenarios/peer_trace_after_removal",
    "scenarios/hive_log_spoiled",
    "scenarios/netlog_forged_chain",
    "healthy/no_administrator",
)
# Words that make up sentences, none of which the other language has.
ENGLISH = frozenset(
    "the an of and is are was were with without that this these those which has have had been not no nothing from by "
    "into its it be before after where when while only cannot could would should there than they their such".split()
)
FRENCH = frozenset(
    "le la les un une des du de et est sont été était avec sans que qui ce cette ces pas rien dans par au aux son sa "
    "ses il elle être avant après où quand seulement peut pourrait ou sur pour se en".split()
)
# evidence, names and commands stay as they are
_EVIDENCE = frozenset({"anchor", "href", "id", "signal", "command", "cause", "lang"})


def words_of(thing: Any) -> Iterator[str]:
    """Every text of ours on a page."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, Link):
        yield thing.text
    elif isinstance(thing, tuple):
        for one in thing:
            yield from words_of(one)
    elif is_dataclass(thing) and not isinstance(thing, Citation | Code | type):
        for field in fields(thing):
            if field.name not in _EVIDENCE:
                yield from words_of(getattr(thing, field.name))


def is_english(text: str) -> bool:
    """Whether more words of English sentences than of French ones stand in it; what is quoted is somebody else's."""
    told = re.findall(r"[a-zà-ÿœ]+", re.sub(r"«.*?»|“.*?”|\"[^\"]*\"", "", text).lower())
    english, french = (sum(word in language for word in told) for language in (ENGLISH, FRENCH))
    return english >= 2 and english > french


@pytest.fixture(scope="module", params=MACHINES, ids=lambda name: str(name).rpartition("/")[2])
def result(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Result:
    room = tmp_path_factory.mktemp("french")
    bundle = room / "bundle.zip"
    bundle.write_bytes(build_bundle(load_scenario(FIXTURES / Path(request.param))))
    return analyze(bundle, room / "case", Options("fr", also=("fr", "en")), lambda _name, _done, _all: None)


def test_no_sentence_of_a_french_report_is_english(result: Result) -> None:
    told = dict.fromkeys(words_of(page.build(result, "fr")))
    assert [text for text in told if is_english(text)] == []


def test_every_name_of_a_fact_about_the_machine_has_its_word(result: Result) -> None:
    blocks = page.build(result, "fr").section("accounts").blocks
    assert [name for block in blocks if isinstance(block, Pairs) for name, _ in block.rows if "_" in name] == []


def test_both_languages_judge_and_order_alike(result: Result) -> None:
    ((lang, english),) = result.told
    assert lang == "en"
    french = result.diagnosis
    assert [(v.cause, v.account, v.status, v.rank) for v in english.verdicts] == [
        (v.cause, v.account, v.status, v.rank) for v in french.verdicts
    ]
    assert (english.head, english.gaps, english.blinds) == (french.head, french.gaps, french.blinds)
    first, second = page.every(result, "fr")
    assert anchors(first) == anchors(second)


def anchors(drawn: Page) -> list[tuple[str, list[str]]]:
    return [
        (card.anchor, [entry.anchor for ledger in card.ledgers for entry in ledger.entries]) for card in drawn.cards()
    ]


def test_the_hunt_for_english_finds_it_and_lets_french_and_quotes_pass() -> None:
    assert is_english("missing: the file is not there")
    assert not is_english("Le message « We could not log on to the server » est trompeur et la faute est ailleurs.")
    assert not is_english("C/Users/alice/NTUSER.DAT : n’a pas été collecté")
    raw = replace(Citation("a", "m", "s", "p", "", ""), quote="the file is not there")
    assert list(words_of(raw)) == []
