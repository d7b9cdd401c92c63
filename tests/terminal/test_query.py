from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from reports.terminal import sql
from reports.terminal.grid import Grid
from reports.terminal.query import Editor, Query
from tests.terminal.tables import FAILED, case, cells, day, enter, event, here, lines, look, of, press, settle, told

TABLES = case(Path()).evidence.tables


async def ask(pilot: Pilot[None], view: Query, query: str) -> None:
    """Write a query and run it."""
    view.query_one(Editor).text = query
    view.query_one(Editor).focus()
    await press(pilot, "enter")
    await settle(pilot)


def said(view: Query) -> str:
    """What stands below the editor."""
    return str(view.query_one("#offered", Static).render()).strip()


# --- running --------------------------------------------------------------------------------------------------------


def test_a_query_over_the_tables_becomes_a_table(tmp_path: Path) -> None:
    query = "SELECT provider, count(*) AS n FROM events GROUP BY provider ORDER BY n DESC, provider"

    async def steps(pilot: Pilot[None], view: Query) -> list[list[str]]:
        await ask(pilot, view, query)
        return [line.split() for line in lines(view)]

    assert look(case(tmp_path), "query", steps) == [
        ["provider", "n"],
        ["Service", "Control", "Manager", "28"],
        ["Microsoft", "Office", "16", "Alerts", "1"],
        ["Tcpip", "1"],
        ["disk", "1"],
    ]


def test_a_result_is_walked_sorted_and_filtered_like_any_table(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: Query) -> list[Any]:
        await ask(pilot, view, "select artifact, place, at, text from events where event_id <> 7036")
        await press(pilot, "e")
        cited = here(view)
        await press(pilot, "l", "s")
        by_place = cells(view, "place")
        await press(pilot, "slash")
        await enter(pilot, "bad block")
        return [cited, by_place, here(view)]

    cited, by_place, found = look(case(tmp_path), "query", steps)
    assert cited == "record 4711"
    assert by_place == ["record 103", "record 112", "record 4711"]
    assert found == "record 103"


def test_a_wrong_query_is_told_in_one_line_and_stays_in_the_editor(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: Query) -> list[Any]:
        await ask(pilot, view, "SELECT nothing FROM events")
        return [said(view), view.query_one(Editor).has_focus, view.query_one(Editor).text]

    why, focused, text = look(case(tmp_path), "query", steps)
    assert why.startswith('unable to find column "nothing"')
    assert "\n" not in why
    assert focused
    assert text == "SELECT nothing FROM events"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('secret.csv')",
        "SELECT * FROM events JOIN READ_PARQUET ('https://example.com/x.parquet') USING (at)",
        "SELECT * FROM scan_ipc('x')",
        "DROP TABLE events",
        "CREATE TABLE x AS SELECT * FROM events",
        "",
    ],
)
def test_a_query_opens_no_file_and_changes_nothing(query: str) -> None:
    with pytest.raises(sql.Refused):
        sql.run(TABLES, query)


def test_a_text_in_a_query_may_speak_of_functions_that_open_files() -> None:
    assert sql.run(TABLES, "SELECT place FROM events WHERE text = 'read_csv(x)'").rows.height == 0


def test_a_result_of_many_rows_is_cut_for_the_screen_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "SHOWN_ROWS", 5)
    answer = sql.run(TABLES, "SELECT place FROM events;")
    assert answer.cut
    assert answer.rows.height == 6
    assert answer.whole.collect().height == 31


def test_enter_asks_for_all_that_was_typed_before_it(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: Query) -> list[str]:
        # as a terminal hands over what is pasted without brackets: all keys at once
        for letter in "select level from events limit 1":
            pilot.app.post_message(events.Key("space" if letter == " " else letter, letter))
        pilot.app.post_message(events.Key("enter", "\r"))
        await settle(pilot)
        return lines(view)[0].split()

    assert look(case(tmp_path), "query", steps) == ["level"]


# --- completing and remembering -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "first"),
    [
        ("SELECT prov", "provider"),
        ("select * from e", "events"),
        ("SELECT * FROM log", "log_lines"),
        ("SELECT * FROM registry WHERE k", "key"),
        ("SEL", "SELECT"),
        ("SELECT * FROM events ORD", "ORDER BY"),
    ],
)
def test_tables_columns_and_words_are_completed(before: str, first: str) -> None:
    assert sql.completions(before)[0] == first


@pytest.mark.parametrize("before", ["", "SELECT ", "SELECT provider", "WHERE text = 'prov"])
def test_nothing_is_offered_where_nothing_is_begun(before: str) -> None:
    assert sql.completions(before) == []


def test_tab_takes_what_is_offered(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: Query) -> list[str]:
        for letter in "select prov":
            await pilot.press("space" if letter == " " else letter)
        await settle(pilot)
        offered = said(view)
        await press(pilot, "tab")
        return [offered, view.query_one(Editor).text]

    assert look(case(tmp_path), "query", steps) == ["provider", "select provider"]


def test_older_queries_come_back_also_in_another_session(tmp_path: Path) -> None:
    async def first(pilot: Pilot[None], view: Query) -> None:
        await ask(pilot, view, "SELECT place FROM events")
        await ask(pilot, view, "SELECT at FROM events")
        await ask(pilot, view, "SELECT broken FROM events")

    async def second(pilot: Pilot[None], view: Query) -> list[str]:
        editor, seen = view.query_one(Editor), []
        editor.text = "begun"
        for key in ("ctrl+up", "ctrl+up", "ctrl+up", "ctrl+down", "ctrl+down"):
            await press(pilot, key)
            seen.append(editor.text)
        return seen

    look(case(tmp_path), "query", first)
    one, two = "SELECT place FROM events", "SELECT at FROM events"
    assert look(case(tmp_path), "query", second) == [two, one, one, two, "begun"]


# --- writing --------------------------------------------------------------------------------------------------------


def test_a_result_is_saved_under_a_name_that_is_asked_for(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: Query) -> str:
        await ask(pilot, view, "SELECT place, event_id FROM events LIMIT 2")
        await press(pilot, "S", "enter")
        return told(view)

    path = tmp_path / "exports" / "query-1.csv"
    assert look(case(tmp_path), "query", steps) == f"written to {path}"
    assert path.read_text("utf-8-sig").splitlines() == ["place,event_id", "record 100,7036", "record 101,7036"]


def test_parquet_holds_the_whole_result_as_it_is(tmp_path: Path) -> None:
    sql.write(sql.run(TABLES, "SELECT * FROM events"), tmp_path / "all.parquet")
    assert pl.read_parquet(tmp_path / "all.parquet").equals(of("events", day()))


def test_a_spreadsheet_runs_nothing_out_of_a_result(tmp_path: Path) -> None:
    rows = of("events", [event(1, FAILED, text) for text in ("=cmd|' /C calc'!A0", "@x", "a;-1", "plain")])
    sql.write(sql.run({"events": rows.lazy()}, "SELECT text, at FROM events"), tmp_path / "a.csv")
    lines_ = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    assert lines_[1:] == [
        "'=cmd|' /C calc'!A0,2026-03-02T08:02:00.000000Z",
        "'@x,2026-03-02T08:02:00.000000Z",
        "a;'-1,2026-03-02T08:02:00.000000Z",
        "plain,2026-03-02T08:02:00.000000Z",
    ]


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    answer = sql.run(TABLES, "SELECT place FROM events")
    (tmp_path / "mine.csv").write_text("mine")
    with pytest.raises(sql.FileTaken):
        sql.write(answer, tmp_path / "mine.csv")
    with pytest.raises(sql.BadName):
        sql.write(answer, tmp_path / "mine.xlsx")
    assert (tmp_path / "mine.csv").read_text() == "mine"


def test_odd_columns_of_a_result_can_be_drawn(tmp_path: Path) -> None:
    query = (
        "SELECT event_id > 300 AS yes, level::double * 1.5 AS half, NULL AS none, at::date AS day FROM events LIMIT 1"
    )

    async def steps(pilot: Pilot[None], view: Query) -> list[str]:
        await ask(pilot, view, query)
        assert view.query_one(Grid).order.height == 1
        return lines(view)[1].split()

    assert look(case(tmp_path), "query", steps) == ["true", "6", "2026-03-02"]
