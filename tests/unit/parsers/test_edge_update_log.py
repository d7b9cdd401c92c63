"""What Edge Update did with WebView2 is kept, with its codes and its neighbours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.parsers.edge_update_log import read
from tests.unit.parsers.artifacts import Said, artifact, said

HEAD = "[09/13/25 22:11:01.541][MicrosoftEdgeUpdate:msedgeupdate][125944:124688]"
DULL = HEAD + "[is machine: 1][Current dir][C:\\x]\n"
INSTALL = (
    HEAD + "[Running installer][C:\\e.exe][--msedgewebview --system-level][{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}]\n"
)
FAILED = HEAD + "[InstallApp failed][{f3017226-fe2a-4295-8bdf-00c3a9a7e4c5}][0x80070643]\n"
OTHER = HEAD + "[Send failed][0x80072ee7]\n"
NAME = "C/ProgramData/Microsoft/EdgeUpdate/Log/MicrosoftEdgeUpdate.log"


def of(text: str, encoding: str = "utf-16", item: str | None = "edge_update_log", name: str = NAME) -> Said:
    return said(read, artifact(text.replace("\n", "\r\n").encode(encoding), name, item, None))


def places(found: Said) -> list[int]:
    return [int(row["place"].removeprefix("line ")) for row in found.table("log_lines")]


@pytest.mark.parametrize("line", [INSTALL, FAILED, OTHER])
def test_a_line_that_matters_is_kept_with_five_lines_around(line: str) -> None:
    assert places(of(DULL * 10 + line + DULL * 10)) == list(range(6, 17))


def test_lines_between_near_ones_are_kept_once() -> None:
    assert places(of(DULL * 6 + INSTALL + DULL * 7 + FAILED + DULL * 6)) == list(range(2, 21))


def test_a_line_keeps_its_local_stamp_and_is_no_instant() -> None:
    row = of(INSTALL).table("log_lines")[0]
    assert row["at"] is None
    assert row["component"] == "MicrosoftEdgeUpdate:msedgeupdate"
    assert row["text"].startswith("[09/13/25 22:11:01.541][125944:124688][Running installer]")


def test_a_code_about_webview2_is_a_fact_and_others_are_not() -> None:
    found = of(OTHER + FAILED)
    assert [(row["name"], row["value"], row["place"]) for row in found.table("facts")] == [
        ("edge_update_log.webview2_error", "0x80070643", "line 2")
    ]


def test_a_whole_log_reaches_back_to_the_latest_instant_its_first_line_can_mean() -> None:
    found = of(DULL + INSTALL)
    assert [told.since for told in found.covered] == [datetime(2025, 9, 14, 10, 11, 1, 541_000, tzinfo=UTC)]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16", "utf-8"])
def test_a_log_is_read_in_its_encoding(encoding: str) -> None:
    assert places(of(DULL + INSTALL, encoding)) == [1, 2]


def test_a_log_that_stops_inside_a_line_loses_that_line() -> None:
    found = of((DULL + INSTALL + FAILED).rstrip("\n"))
    assert [(told.place, told.lost_at_least) for told in found.damages] == [("line 3", 1)]
    assert places(found) == [1, 2]
    assert not found.whole


def test_a_hole_of_nuls_loses_what_belonged_there() -> None:
    found = of(DULL + INSTALL + "\0" * 700 + FAILED + DULL)
    assert [(told.place, told.lost_at_least) for told in found.damages] == [("line 3", 1)]
    assert not found.whole


@pytest.mark.parametrize("text", ["", "nothing of the kind\n", "[99/99/25 22:11:01.541] x\n"])
def test_another_text_is_damage(text: str) -> None:
    found = of(text)
    assert [told.reason for told in found.damages] == ["holds no line of this log"]
    assert not found.whole


def test_the_place_tells_whose_log_it_is() -> None:
    user = "C/Users/alice/AppData/Local/Temp/MicrosoftEdgeUpdate.log"
    assert [told.item for told in of(DULL, item=None).identified] == ["edge_update_log"]
    assert [told.item for told in of(DULL, item=None, name=user).identified] == ["edge_update_user_log"]
    assert of(DULL).identified == []


@given(st.integers(0, len((DULL + INSTALL).encode("utf-16")) - 1))
def test_a_cut_log_is_whole_only_at_the_end_of_a_line(at: int) -> None:
    data = (DULL + INSTALL).encode("utf-16")[:at]
    found = said(read, artifact(data, NAME))
    assert not found.whole or data.endswith("\n".encode("utf-16-le"))


@given(
    st.lists(st.sampled_from([DULL, INSTALL, FAILED, "\n", "[", "\0"]) | st.text(max_size=5), max_size=20).map("".join)
)
def test_any_log_is_read_without_a_crash(text: str) -> None:
    numbers = places(of(text, "utf-16-le"))
    assert numbers == sorted(set(numbers))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    assert said(read, artifact(data)).damages
