from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given

from reports.terminal import selection
from reports.terminal import store as store_module
from reports.terminal.detail import fields_of
from reports.terminal.fields import EVENTS, flat_json
from reports.terminal.filters import Pattern, Same
from reports.terminal.selection import Order, Places, Selection, work_out
from reports.terminal.store import NUMBER, Pace, Part, Store, parts
from tests.terminal.tables import FAILED, case, event, of

ROWS = 2_000
TABLE = of("events", [event(n, FAILED, f"text {n}", event_id=n % 7) for n in range(ROWS)])
LEVEL = next(field for field in EVENTS if field.name == "event_id")


def cut_at(*places: int) -> Store:
    """The table in several parts."""
    edges = [0, *places, ROWS]
    slices = [TABLE.slice(low, high - low).lazy() for low, high in pairwise(edges)]
    return Store([Part(rows, rows, "events") for rows in slices])


@given(st.sets(st.integers(0, ROWS - 1), min_size=1, max_size=40))
def test_rows_come_by_their_numbers_wherever_they_lie(numbers: set[int]) -> None:
    found = pl.concat(cut_at(10, 700, 701).rows(list(numbers), [pl.col("place")]))
    assert found.sort(NUMBER).rows() == [(n, f"record {n}") for n in sorted(numbers)]


@given(first=st.integers(0, ROWS - 1), bite=st.integers(1, 3_000))
def test_a_scan_sees_every_row_once_from_any_row_on(first: int, bite: int) -> None:
    seen = [
        n
        for found in cut_at(5, 1_500).scan(pl.lit(value=True), first, Pace(50, 1, max(bite, 50)))
        for n in found.numbers
    ]
    assert seen == [*range(first, ROWS), *range(first)]


def test_a_scan_answers_early_and_can_be_left() -> None:
    first = next(cut_at().scan(pl.col("event_id") == 3, pace=Pace(100, 1, 1_000)))
    assert first.looked_at == 100
    assert first.numbers.to_list() == list(range(3, 100, 7))


def test_a_table_of_many_files_is_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_GROUP_BYTES", 1)
    folder = tmp_path / "tables" / "events"
    folder.mkdir(parents=True)
    for number, low in enumerate(range(0, ROWS, 300)):
        TABLE.slice(low, 300).write_parquet(folder / f"{number:06d}.parquet")
    investigation = case(tmp_path)
    found = parts(investigation.evidence, tmp_path, "events")
    store = Store(found)
    assert len(found) == 7
    assert store.height == ROWS
    assert store.columns([pl.col("place")])["place"].to_list() == TABLE["place"].to_list()
    assert fields_of(store.whole(1_234)[1])["place"] == "record 1234"


def test_the_first_rows_of_a_filter_are_there_before_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "SHORT", Pace(500, 1, 1_000))
    orders = list(work_out(cut_at(), Selection((Same(LEVEL, 3, "3", keep=False),))))
    assert not orders[0].whole
    assert orders[0].height == 429  # of the first 500 rows, those that are not 3
    assert orders[-1].whole
    assert orders[-1].height == ROWS - 286
    assert orders[-1].numbers is not None
    assert orders[0].numbers is not None
    assert orders[-1].numbers[:429].equals(orders[0].numbers)


def test_a_text_is_found_within_a_field_and_not_across_two() -> None:
    row = TABLE.head(1)
    fields = [field for field in EVENTS if field.searchable and row.select(field.searched.is_not_null()).item()]
    said = [row.select(field.searched).item() for field in fields]
    assert len(said) > 3
    for text in said:
        assert row.filter(Pattern(text).condition(fields)).height == 1
    for one, other in pairwise(said):
        assert row.filter(Pattern(one[-3:] + other[:3]).condition(fields)).is_empty()


def test_filters_and_order_work_together() -> None:
    selection = Selection((Same(LEVEL, 3, "3"),)).sorted_by(EVENTS[3]).sorted_by(LEVEL).sorted_by(LEVEL)
    *_, order = work_out(cut_at(600), selection)
    assert order.slice(0, 3) == [3, 10, 17]
    assert order.position(17) == 2
    assert order.position(4) is None


@given(st.sets(st.integers(0, 99)), st.integers(0, 99))
def test_places_are_walked_round_both_ways(positions: set[int], here: int) -> None:
    places = Places(pl.Series(sorted(positions), dtype=pl.UInt32))
    ahead = [p for p in sorted(positions) if p > here] + sorted(positions)
    behind = [p for p in sorted(positions, reverse=True) if p < here] + sorted(positions, reverse=True)
    assert places.after(here) == (ahead[0] if ahead else None)
    assert places.before(here) == (behind[0] if behind else None)
    assert places.rank(here) == (sorted(positions).index(here) + 1 if here in positions else None)


def test_an_order_without_numbers_is_the_table_itself() -> None:
    order = Order(10)
    assert order.slice(-3, 3) == [0, 1, 2]
    assert order.slice(8, 20) == [8, 9]
    assert order.number(7) == 7


@given(st.text(max_size=30).filter(lambda text: not (text.startswith("/") and text.endswith("/"))))
def test_any_text_can_be_searched_for(text: str) -> None:
    pattern = Pattern(text)
    pattern.check()
    if text:
        assert pattern.found_in([f"before {text} after"]) != [[]]


@given(st.text(max_size=500))
def test_any_text_can_be_told_as_a_record(text: str) -> None:
    assert isinstance(flat_json('{"' + text), str)
    assert flat_json("x" + text) == "x" + text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"A":"x","B":2}', "A=x  B=2"),
        ('{"A":{"B":"x","#attributes":{"C":"y"}}}', "B=x  C=y"),
        ('{"A":"cut he', "A=cut he"),
        ('{"A":"\\ud83d\\ude00 \\"q\\" \\\\server\\n"}', 'A=😀 "q" \\server\n'),
        ('{"Data":{"#text":""},"Binary":null}', ""),
        ("[Error] not JSON", "[Error] not JSON"),
    ],
)
def test_json_is_told_by_names_and_values(text: str, told: str) -> None:
    assert flat_json(text) == told
