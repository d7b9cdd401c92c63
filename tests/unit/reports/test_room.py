"""A report keeps its size: what is left out is counted, and evidence is still named by file, hash and place."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from analyzer.model import Integrity, Member, Omission, Reading
from analyzer.pipeline import Result
from reports import html, page
from reports.page.blocks import Card, Link, Page, Steps, Table
from reports.page.room import ROOMS, Room, trimmed
from tests.unit.reports import samples
from tests.unit.reports.samples import PINPOINTED, STALE, with_diagnosis

TIGHT = Room(blocks=2, entries=1, citations=2, rows=1, tasks=1, letters=100)


def drawn(result: Result) -> Page:
    return page.build(result, "en")


@pytest.fixture(scope="module")
def huge() -> Page:
    """More of everything than any machine has: accused accounts with hostile texts, files, things not taken."""
    text = samples.HOSTILE * 5
    sources = tuple(replace(samples.DIALOG, place=f"record {n}", quote=text) for n in range(20))
    observations = tuple(
        replace(STALE.observations[0], signal=f"signal_{n}", text=text, sources=sources, total=50_000) for n in range(6)
    )
    step = replace(STALE.fix[0], do=text, command=text, check=text)
    verdicts = tuple(
        replace(STALE, account=f"{n}@gmail.com", observations=observations, fix=(step,) * 4, do_not=(text,), rank=n + 1)
        for n in range(60)
    )
    readings = tuple(
        Reading(Member(f"{text}{n}", 1, "a" * 64, Integrity.MATCHES), 1, 0, whole=True) for n in range(500)
    )
    omissions = tuple(Omission(f"item_{n}", text, "denied", text) for n in range(500))
    gaps = tuple(replace(samples.TORN_LOG, place=f"{text}{n}") for n in range(500))
    result = with_diagnosis(verdicts=verdicts, gaps=gaps, blinds={})
    return drawn(replace(result, bundle=replace(result.bundle, readings=readings, omissions=omissions)))


def test_a_usual_report_is_drawn_whole() -> None:
    pages = page.build(PINPOINTED, "en"), page.build(PINPOINTED, "fr")
    assert html.fitted(*pages) == html.render(*pages)


def test_a_report_that_is_too_much_of_everything_stays_below_five_megabytes_and_tells_what_it_left_out(
    huge: Page,
) -> None:
    assert len(html.render(huge).encode()) > 5_000_000
    text = html.fitted(huge, replace(huge, lang="fr"))
    assert len(text.encode()) <= 5_000_000
    assert "left out here to keep the file small; findings.json holds them." in text
    assert "A stored Google token is stale: this is the most likely cause." in text
    ids = re.findall(r' id="([^"]+)"', text)
    assert sorted(ids) == sorted(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def test_the_smallest_room_is_small(huge: Page) -> None:
    assert len(html.render(trimmed(huge, ROOMS[-1])).encode()) <= 500_000


def test_citations_without_room_are_still_named_by_file_hash_and_place() -> None:
    many = tuple(replace(samples.DIALOG, place=f"record {n}") for n in range(1, 5))
    seen = replace(STALE.observations[0], sources=(*many, samples.STORED), total=50_000)
    card = next(trimmed(drawn(with_diagnosis(verdicts=(replace(STALE, observations=(seen,)),))), TIGHT).cards())
    entry = card.ledgers[0].entries[0]
    assert [citation.place for citation in entry.citations] == ["record 1", "record 2"]
    wide = next(
        trimmed(
            drawn(with_diagnosis(verdicts=(replace(STALE, observations=(seen,)),))), replace(TIGHT, letters=2000)
        ).cards()
    )
    assert wide.ledgers[0].entries[0].more == (
        "50000 rows in all; the first 5 are cited. "
        f"Also record 3, record 4 in {samples.ALERTS} (SHA-256 {'a' * 64}). "
        f"Also line 12 in {samples.CREDENTIALS} (SHA-256 {'d' * 64})."
    )


def test_each_kind_of_block_counts_what_it_has_no_room_for() -> None:
    small = trimmed(drawn(PINPOINTED), replace(TIGHT, letters=2000))
    stale = next(small.cards())
    assert [ledger.more for ledger in stale.ledgers] == [
        "One more is left out here to keep the file small; findings.json holds it.",
        "One more is left out here to keep the file small; findings.json holds it.",
        "",
    ]
    (members, *_) = (block for block in small.section("timeline").blocks if isinstance(block, Table))
    assert len(members.rows) == 1
    assert members.more.startswith("4 more are left out here")
    wider = trimmed(drawn(PINPOINTED), replace(TIGHT, blocks=9, letters=2000))
    assert [(len(b.tasks), b.more) for b in wider.section("plan").blocks if isinstance(b, Steps)] == [
        (1, ""),
        (1, "One more is left out here to keep the file small; findings.json holds it."),
    ]
    assert small.section("why").more == "4 more are left out here to keep the file small; findings.json holds them."


def test_the_verdict_and_all_anchors_of_what_is_left_stay_as_they_are() -> None:
    whole, small = drawn(PINPOINTED), trimmed(drawn(PINPOINTED), TIGHT)
    assert small.section("verdict").blocks[0] == whole.section("verdict").blocks[0]
    assert [card.anchor for card in small.cards()] == ["cause-stale_token"]


def test_a_link_to_what_is_left_out_becomes_its_text() -> None:
    card = next(trimmed(drawn(samples.SEVERAL), replace(TIGHT, blocks=1)).cards(), None)
    assert card is None or isinstance(card, Card)
    headline = trimmed(drawn(samples.SEVERAL), TIGHT).section("verdict").blocks[0]
    links: tuple[Link, ...] = getattr(headline, "causes", ())
    assert [link.href for link in links] == ["#cause-stale_token", ""]


@pytest.mark.parametrize("room", ROOMS)
def test_texts_are_cut_to_their_letters_but_never_ids_hashes_and_addresses(room: Room) -> None:
    text = html.render(trimmed(drawn(samples.hostile()), room))
    assert "f" * 64 in text
    assert "x" * 2000 not in text
