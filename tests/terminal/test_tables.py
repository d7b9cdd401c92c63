from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from textual.pilot import Pilot
from textual.widgets import Input

from analyzer.model import Source
from analyzer.notes import Kind
from analyzer.tables import Evidence
from reports.terminal.columns import Columns
from reports.terminal.detail import RowDetail
from reports.terminal.grid import Grid
from reports.terminal.prompt import Prompt
from reports.terminal.rows_view import RowsView
from tests.terminal.tables import (
    ALERTS,
    FAILED,
    SYSTEM,
    case,
    cells,
    chips,
    day,
    enter,
    event,
    here,
    lines,
    look,
    of,
    press,
    settle,
    told,
)
from tests.unit.reports import samples

# --- what stands in a row -------------------------------------------------------------------------------------------


def test_a_row_says_what_its_record_says(tmp_path: Path) -> None:
    async def steps(_: Pilot[None], view: RowsView) -> list[str]:
        return lines(view)

    shown = look(case(tmp_path), "events", steps)
    assert shown[0].split() == ["Time", "Level", "Event", "Provider", "Message"]
    assert shown[1].split(maxsplit=5)[:4] == ["2026-03-02", "04:37:00.000", "info", "7036"]
    assert shown[1].endswith("Service Control Manager      service 0 started")
    assert "error" in shown[4]
    assert len(shown) == 32


def test_rows_that_are_not_on_the_screen_are_not_asked_for(tmp_path: Path) -> None:
    many = of("events", [event(n, FAILED, f"row {n}") for n in range(5_000)])

    async def steps(pilot: Pilot[None], view: RowsView) -> tuple[int, str, int]:
        grid = view.query_one(Grid)
        at_first = 5_000 - len(grid.missing(0, 5_000))
        await press(pilot, "G")
        return at_first, here(view), 5_000 - len(grid.missing(0, 5_000))

    first, last, then = look(case(tmp_path, events=many), "events", steps)
    assert last == "record 4999"
    assert first <= 5 * 40
    assert then <= 10 * 40


def test_the_failure_and_the_evidence_are_marked_by_symbols(tmp_path: Path) -> None:
    async def steps(_: Pilot[None], view: RowsView) -> dict[str, str]:
        return dict(zip(cells(view, "message"), (line[:2] for line in lines(view)[1:]), strict=True))

    marks = look(case(tmp_path), "events", steps)
    assert marks["service 18 started"] == "  "
    assert marks["service 20 started"] == "▌ "  # five minutes before
    assert marks["service 22 started"] == "▌ "  # a quarter of an hour behind: the window ends here
    assert marks["service 23 started"] == "  "
    assert [mark for text, mark in marks.items() if text.startswith("Microsoft Outlook")] == ["▌◆"]


def test_hostile_cells_are_cut_and_can_do_nothing(tmp_path: Path) -> None:
    texts = ["[red]markup[/red] [@click=app.quit]x[/]", "\x1b[31mred\x1b]0;title\x07", "abc\u202edcb", "a\r\nb\tc"]
    rows = [event(n, FAILED, text) for n, text in enumerate([*texts, "x" * 1_000_000, "\u0301" * 500])]

    async def steps(pilot: Pilot[None], view: RowsView) -> tuple[list[str], list[str], str]:
        shown = cells(view, "message")
        await press(pilot, "G", "k", "enter")
        detail = view.query_one(RowDetail)
        return shown, lines(view), "\n".join(line.plain for line in detail.told())

    shown, drawn, detail = look(case(tmp_path, events=of("events", rows)), "events", steps)
    assert shown[0] == texts[0]
    assert shown[1] == "⟨U+001B⟩[31mred⟨U+001B⟩]0;title⟨U+0007⟩"
    assert shown[2] == "abc⟨U+202E⟩dcb"
    assert shown[3] == "a ⏎ b c"
    assert len(shown[4]) == 400
    assert all(len(line) <= 120 for line in drawn[:-1])
    assert not any(letter < " " or letter == "\u202e" for line in drawn for letter in line)
    assert "980000" in detail.replace("\n", "")  # characters that are not shown
    assert len(detail) < 40_000


def test_the_fields_of_a_record_are_told_by_their_names(tmp_path: Path) -> None:
    data = '{"Data":{"#text":["first","second"]},"Image":"C:\\\\Windows\\\\a.exe","Pid":4,"Gone":null}'
    rows = of("events", [event(1, FAILED, data=data, text=None)])

    async def steps(_: Pilot[None], view: RowsView) -> str:
        return cells(view, "message")[0]

    assert look(case(tmp_path, events=rows), "events", steps) == "Data=first  second  Image=C:\\Windows\\a.exe  Pid=4"


# --- order ----------------------------------------------------------------------------------------------------------


def test_a_column_is_sorted_up_then_down_then_not(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> list[list[str]]:
        seen = []
        await press(pilot, "l", "l")
        for _ in range(3):
            await press(pilot, "s")
            seen.append([lines(view)[0].split()[2], *cells(view, "event_id")])
            await press(pilot, "g")
        return [*seen, lines(view)[0].split()]

    up, down, no, heading = look(case(tmp_path), "events", steps)
    assert up[1:5] == ["7", "300", "4227", "7036"]
    assert down[1:4] == ["7036", "7036", "7036"]
    assert down[-3:] == ["4227", "300", "7"]
    assert no[1:5] == ["7036", "7036", "7036", "7"]
    assert "▲" not in heading
    assert "▼" not in heading


def test_rows_without_a_value_come_last_both_ways_and_the_heading_says_which(tmp_path: Path) -> None:
    rows = of("events", [event(1, None), event(2, FAILED), event(3, FAILED + timedelta(seconds=1))])

    async def steps(pilot: Pilot[None], view: RowsView) -> list[list[str]]:
        seen = []
        for _ in range(2):
            await press(pilot, "s", "g")
            seen.append([*lines(view)[0].split()[:2], *cells(view, "at")])
        return seen

    up, down = look(case(tmp_path, events=rows), "events", steps)
    assert up == ["Time", "▲", "2026-03-02 08:02:00.000", "2026-03-02 08:02:01.000", ""]
    assert down == ["Time", "▼", "2026-03-02 08:02:01.000", "2026-03-02 08:02:00.000", ""]


# --- filters --------------------------------------------------------------------------------------------------------


def test_a_cell_filters_in_and_out_and_filters_are_undone_one_by_one(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> list[tuple[str, int]]:
        def now() -> tuple[str, int]:
            return chips(view), view.query_one(Grid).order.height

        seen = [now()]
        await press(pilot, "l", "F")  # without level 4
        seen.append(now())
        await press(pilot, "f")  # of what is left, the first: level 2
        seen.append(now())
        await press(pilot, "u")
        seen.append(now())
        await press(pilot, "U")
        return [*seen, now()]

    first, out, both, undone, cleared = look(case(tmp_path), "events", steps)
    assert first == cleared == ("", 31)
    assert out == (" Only  Level ≠ info ✕  ", 2)
    assert both == (" Only  Level ≠ info ✕   Level = error ✕  ", 1)
    assert undone == out


def test_a_filter_is_taken_away_by_a_click_on_it(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> list[str]:
        await press(pilot, "l", "F", "f")
        await pilot.click("Chips", offset=(10, 0))
        await settle(pilot)
        return [chips(view)]

    assert look(case(tmp_path), "events", steps) == [" Only  Level = error ✕  "]


def test_an_empty_cell_is_a_value_to_filter_by(tmp_path: Path) -> None:
    rows = of("events", [event(1, FAILED, provider=None), event(2, FAILED), event(3, None, provider=None)])

    async def steps(pilot: Pilot[None], view: RowsView) -> tuple[str, list[str]]:
        await press(pilot, "l", "l", "l", "f")
        return chips(view), cells(view, "at")

    shown, times = look(case(tmp_path, events=rows), "events", steps)
    assert shown == " Only  Provider = (empty) ✕  "
    assert len(times) == 2


def test_a_filter_compares_the_whole_value_not_the_cell(tmp_path: Path) -> None:
    long = "x" * 1_000
    rows = of("events", [event(1, FAILED, long + "a"), event(2, FAILED, long + "b"), event(3, FAILED, long + "a")])

    async def steps(pilot: Pilot[None], view: RowsView) -> int:
        await press(pilot, "l", "l", "l", "l", "f")
        return view.query_one(Grid).order.height

    assert look(case(tmp_path, events=rows), "events", steps) == 2


def test_the_cursor_stays_on_its_row_when_the_rows_change(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> list[str]:
        await press(pilot, "j", "j", "j", "l", "f")
        only = here(view)
        await press(pilot, "U")
        return [only, here(view)]

    assert look(case(tmp_path), "events", steps) == ["record 103", "record 103"]


def test_only_what_is_near_the_failure_and_only_what_is_cited(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> list[list[str]]:
        await press(pilot, "W")
        near = cells(view, "message")
        await press(pilot, "v")
        return [near, [here(view)], [chips(view)]]

    near, cited, shown = look(case(tmp_path), "events", steps)
    assert near[:3] == ["service 19 started", "service 20 started", "service 21 started"]
    assert len(near) == 5
    assert cited == ["record 4711"]
    assert shown == [" Only  near the failure ✕   cited as evidence ✕  "]


# --- searching ------------------------------------------------------------------------------------------------------


def test_a_search_goes_from_hit_to_hit_and_round(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> list[tuple[str, str]]:
        await press(pilot, "slash")
        await enter(pilot, "token")
        await settle(pilot)
        seen = [(here(view), told(view))]
        for key in ("n", "n", "N"):
            await press(pilot, key)
            seen.append((here(view), told(view)))
        return seen

    assert look(case(tmp_path), "events", steps) == [
        ("record 112", "hit 1 of 2"),
        ("record 125", "hit 2 of 2"),
        ("record 112", "hit 1 of 2"),
        ("record 125", "hit 2 of 2"),
    ]


def test_a_search_takes_texts_and_expressions(tmp_path: Path) -> None:
    rows = of(
        "events",
        [
            *day(),
            event(1, FAILED, "aXb"),
            event(2, FAILED, "a.b (c)"),
            event(3, FAILED, data='{"Image":"C:\\\\Windows\\\\a.exe"}'),
        ],
    )
    found = {
        "TOKEN": ("record 112", "hit 1 of 1"),  # a capital finds itself only
        "/service 1[35] /": ("record 113", "hit 1 of 2"),
        "a.b (": ("record 2", "hit 1 of 1"),
        "c:\\windows\\a": ("record 3", "hit 1 of 1"),  # as it is read, though JSON writes it with escapes
        "nowhere": ("record 101", "nothing found"),
    }

    async def steps(pilot: Pilot[None], view: RowsView) -> list[tuple[str, str]]:
        seen = []
        for text in found:
            await press(pilot, "g", "j", "slash")
            await enter(pilot, text)
            seen.append((here(view), told(view)))
        return seen

    assert look(case(tmp_path, events=rows), "events", steps) == list(found.values())


def test_what_was_found_is_set_apart_in_the_row(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> list[tuple[str, Any]]:
        await press(pilot, "slash")
        await enter(pilot, "bad block")
        strip = view.query_one(Grid).render_line(4)
        return [(part.text, part.style.bgcolor.name) for part in strip if part.style and part.style.bgcolor]

    assert ("bad block", "#e0b050") in look(case(tmp_path), "events", steps)


def test_a_bad_expression_is_told_and_can_be_mended(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> list[str]:
        await press(pilot, "slash")
        await enter(pilot, "/service (/")
        prompt = view.query_one(Prompt)
        seen = [str(prompt.query_one("#prompt-told").render()).strip(), str(prompt.has_class("-asking"))]
        prompt.query_one(Input).value = "/service 2/"
        await press(pilot, "enter")
        return [*seen, here(view)]

    told_, open_, place = look(case(tmp_path), "events", steps)
    assert told_ == "no regular expression: unclosed group"
    assert open_ == "True"
    assert place == "record 102"


def test_a_search_becomes_a_filter_and_finds_its_way_in_sorted_rows(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> list[Any]:
        await press(pilot, "s", "s", "g")  # the latest first
        await press(pilot, "slash")
        await enter(pilot, "token")
        first = here(view)
        await press(pilot, "n")
        second = here(view)
        await press(pilot, "ampersand")
        return [first, second, chips(view), cells(view, "message")]

    first, second, shown, rows = look(case(tmp_path), "events", steps)
    assert (first, second) == ("record 125", "record 112")
    assert shown == " Only  holds “token” ✕  "
    assert rows == ["another token was refused", "Port TOKEN exhausted"]


# --- going somewhere ------------------------------------------------------------------------------------------------


def test_g_and_g_go_to_the_ends(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> list[str]:
        await press(pilot, "G")
        last = here(view)
        await press(pilot, "g")
        return [last, here(view)]

    assert look(case(tmp_path), "events", steps) == ["record 4711", "record 100"]


def test_a_typed_time_leads_to_the_nearest_row(tmp_path: Path) -> None:
    nearest = {
        "2026-03-02 05:00": "record 102",
        "06:07": "record 109",
        "2026-03-02T05:07:00+01:00": "record 100",
        "2027-01-01": "record 129",
    }

    async def steps(pilot: Pilot[None], view: RowsView) -> list[str]:
        seen = []
        for text in nearest:
            await press(pilot, "colon")
            await enter(pilot, text)
            seen.append(here(view))
        return seen

    assert look(case(tmp_path), "events", steps) == list(nearest.values())


def test_what_is_no_time_is_told(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> str:
        await press(pilot, "colon")
        await enter(pilot, "tomorrow")
        return str(view.query_one("#prompt-told").render()).strip()

    assert look(case(tmp_path), "events", steps) == "no time: 2026-03-02 08:02 or 08:02"


def test_one_key_goes_to_the_failure(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> str:
        await press(pilot, "w")
        return here(view)

    assert look(case(tmp_path), "events", steps) == "record 4711"


def test_evidence_is_walked_through_both_ways(tmp_path: Path) -> None:
    rows = [event(n, FAILED, artifact=ALERTS, place=f"record {4700 + n}") for n in range(20)]
    registry = [{"artifact": samples.HIVE, "place": samples.IDENTITY, "hive": "HKCU", "key": "k"}]

    async def steps(pilot: Pilot[None], view: RowsView) -> list[str]:
        seen = []
        for key in ("e", "e", "E"):
            await press(pilot, key)
            seen.append(f"{here(view)}: {told(view)}")
        return seen

    investigation = case(tmp_path, events=of("events", rows), registry=of("registry", registry))
    assert look(investigation, "events", steps) == ["record 4711: evidence 1 of 1"] * 3


def test_another_screen_can_send_to_a_row_though_a_filter_hides_it(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> tuple[str, str]:
        await press(pilot, "l", "F")
        pilot.app.show_row(Source(SYSTEM, "record 117"))  # type: ignore[attr-defined]
        await settle(pilot)
        return here(view), chips(view)

    assert look(case(tmp_path), "events", steps) == ("record 117", "")


# --- the row --------------------------------------------------------------------------------------------------------


def test_enter_shows_all_of_a_row_and_what_rests_on_it(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> str:
        await press(pilot, "e", "enter")
        return "\n".join(" ".join(line.plain.split()) for line in view.query_one(RowDetail).told())

    detail = look(case(tmp_path), "events", steps)
    assert "◆ Evidence A stored Google token is stale: The sign-in failed at 2026-03-02 08:02" in detail
    for line in (
        f"File {ALERTS}",
        "Place record 4711",
        "Time 2026-03-02 08:02:00.000 UTC ▌near the failure",
        "Log OAlerts",
        "Level 4 info",
        "Text Microsoft Outlook",
        "We couldn't log on to the incoming (POP/IMAP) server.",
    ):
        assert line in detail.splitlines()


def test_times_are_told_by_the_clock_that_is_chosen(tmp_path: Path) -> None:
    facts = of(
        "facts", [{"artifact": samples.STATE, "place": "host", "name": "host.utc_bias_minutes", "number": -60.0}]
    )

    async def steps(pilot: Pilot[None], view: RowsView) -> list[str]:
        await press(pilot, "t")
        local = cells(view, "at")[0]
        await press(pilot, "colon")
        await enter(pilot, "06:00")  # by the clock that is shown
        return [local, cells(view, "at")[0], here(view)]

    first, _, place = look(case(tmp_path, facts=facts), "events", steps)
    assert first == "2026-03-02 05:37:00.000"
    assert place == "record 102"


def test_a_bookmark_stands_before_its_row_and_a_citation_is_copied(tmp_path: Path) -> None:
    investigation = case(tmp_path)

    async def steps(pilot: Pilot[None], view: RowsView) -> tuple[str, str]:
        await press(pilot, "j", "m", "y")
        return lines(view)[2][:4], pilot.app.clipboard

    mark, copied = look(investigation, "events", steps)
    assert mark == "  ★ "
    assert [(note.kind, note.place) for note in investigation.notebook.notes()] == [(Kind.BOOKMARK, "record 101")]
    assert copied.startswith("record 101")
    assert "service 1 started" in copied


def test_columns_are_chosen_from_a_list(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], view: RowsView) -> list[str]:
        await press(pilot, "C")
        assert isinstance(pilot.app.screen, Columns)
        await press(pilot, "space", "down", "down", "space", *["down"] * 7, "space", "enter")
        return [lines(view)[0], lines(view)[1]]

    heading, row = look(case(tmp_path), "events", steps)
    assert heading.split() == ["Level", "Provider", "Message", "Place"]
    assert row.split()[-2:] == ["record", "100"]


def test_a_table_whose_file_is_gone_says_so_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "events.parquet"
    of("events", [event(n, FAILED) for n in range(5_000)]).write_parquet(file)
    investigation = case(tmp_path)
    investigation.evidence = Evidence(dict(investigation.evidence.tables) | {"events": pl.scan_parquet(file)})

    async def steps(pilot: Pilot[None], view: RowsView) -> tuple[str, str]:
        file.unlink()
        await press(pilot, "slash")
        await enter(pilot, "token")
        return told(view), type(pilot.app.screen).__name__

    what, screen = look(investigation, "events", steps)
    assert what.startswith("No such file")
    assert screen == "Events"


# --- the other tables -----------------------------------------------------------------------------------------------


def test_the_registry_is_told_by_key_name_and_value(tmp_path: Path) -> None:
    path = "Software\\Microsoft\\Office\\16.0\\Common\\Identity"
    written = datetime(2024, 9, 14, 7, tzinfo=UTC)
    rows = [
        {"artifact": samples.HIVE, "place": f"HKCU\\{path}", "at": written, "hive": "HKCU", "key": path},
        {"artifact": samples.HIVE, "place": f"HKCU\\{path}!IdP", "at": written, "hive": "HKCU", "key": path}
        | {"name": "IdP", "kind": "REG_DWORD", "value": "6", "number": 6},
    ]

    async def steps(_: Pilot[None], view: RowsView) -> list[list[str]]:
        return [lines(view)[0].split(), cells(view, "key"), cells(view, "name"), cells(view, "value")]

    heading, keys, names, values = look(case(tmp_path, registry=of("registry", rows)), "registry", steps)
    assert heading == ["Key", "Name", "Value"]
    assert keys == [f"HKCU\\{path}"] * 2
    assert names == ["", "IdP"]
    assert values == ["", "6"]


def test_lines_of_logs_are_told_with_component_and_level(tmp_path: Path) -> None:
    row = {"artifact": "a.log", "place": "line 7", "at": FAILED, "component": "Identity", "level": "High", "text": "x"}

    async def steps(_: Pilot[None], view: RowsView) -> list[str]:
        return lines(view)[1].split()

    shown = look(case(tmp_path, log_lines=of("log_lines", [row])), "logs", steps)
    assert shown == ["▌", "2026-03-02", "08:02:00.000", "High", "Identity", "x"]


def test_the_timeline_holds_all_tables_oldest_first_and_what_has_no_time_behind_a_filter(tmp_path: Path) -> None:
    def at(minutes: int) -> datetime:
        return FAILED + timedelta(minutes=minutes)

    registry = [
        {"artifact": "h", "place": "HKCU\\K!v", "at": at(2), "hive": "HKCU", "key": "K", "name": "v", "value": "1"}
    ]
    logs = [{"artifact": "l", "place": "line 1", "at": at(1), "component": "Mail", "text": "said"}]
    facts: list[dict[str, Any]] = [
        {"artifact": "f", "place": "x[0]", "at": at(3), "name": "tls.stage", "subject": "host", "value": "ok"},
        {"artifact": "f", "place": "x[1]", "name": "timeless", "value": "nothing"},
    ]
    tables = {"registry": of("registry", registry), "log_lines": of("log_lines", logs), "facts": of("facts", facts)}
    tables["events"] = of("events", [event(1, at(4), "late"), event(2, at(0), "early")])

    async def steps(pilot: Pilot[None], view: RowsView) -> list[Any]:
        first = list(zip(cells(view, "table"), cells(view, "what"), cells(view, "text"), strict=True))
        await press(pilot, "j", "j", "enter")
        detail = [line.plain.split() for line in view.query_one(RowDetail).told()]
        await press(pilot, "enter", "u", "G")
        return [first, ["Hive", "HKCU"] in detail, here(view)]

    rows, whole, last = look(case(tmp_path, "en", **tables), "timeline", steps)
    assert rows == [
        ("event", "Service Control Manager", "early"),
        ("log line", "Mail", "said"),
        ("registry", "HKCU\\K", "v = 1"),
        ("fact", "tls.stage", "host = ok"),
        ("event", "Service Control Manager", "late"),
    ]
    assert whole
    assert last == "x[1]"
