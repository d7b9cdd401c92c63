"""What leaves a case for other tools: nothing acts, nothing is lost without being counted, each target's rules hold."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analyzer import case
from analyzer.tables import SCHEMAS, Evidence, frame
from reports import cli
from reports.export import ecs, parquet, spreadsheet, timesketch
from reports.export.rows import Stock, Tally

AT = datetime(2026, 3, 2, 8, 2, 0, 123456, tzinfo=UTC)
LOG = "C/Windows/System32/winevt/Logs/Application.evtx"
HASH = "ab" * 32
# markup, ANSI, controls, line separators, text that runs backwards, what no encoder takes
HOSTILE = "<script>\x1b[31m\x00\r\nnext\u2028line\u202egnp.exe\ufeff\U000e0041"
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\ufeff\ud800-\udfff\U000e0000-\U000e007f]")
HUGE = "é" * 1_000_000


def evidence(text: str = "the text") -> Evidence:
    """One row with a time and one without in every table, the text where evidence speaks."""
    head: dict[str, list[Any]] = {
        "artifact": [LOG, LOG],
        "place": ["record 1", "record 2"],
        "at": [AT, None],
        "user": ["S-1-5-21-1-2-3-1001", "alice"],
    }
    event: dict[str, list[Any]] = {
        "channel": ["Application", None],
        "provider": ["Outlook", None],
        "event_id": [27, 28],
        "level": [2, None],
        "record_id": [1, 2],
        "computer": ["PC-042", None],
        "text": [text, text],
        "data": ['{"Param1":"x"}', None],
    }
    keys: dict[str, list[Any]] = {
        "hive": ["HKCU", "HKCU"],
        "key": [r"Software\Example", r"Software\Example"],
        "name": ["Flag", None],
        "kind": ["REG_SZ", None],
        "value": [text, None],
        "number": [None, None],
    }
    said: dict[str, list[Any]] = {
        "name": ["clock.offset", "clock.offset"],
        "subject": [None, "pool"],
        "value": [text, None],
        "number": [1.0, -2.5],
        "unit": ["s", "s"],
    }
    spoken: dict[str, list[Any]] = {"component": ["IMAP", None], "level": ["Error", None], "text": [text, text]}
    return Evidence.of(
        events=frame("events", head | event),
        registry=frame("registry", head | keys),
        log_lines=frame("log_lines", head | spoken),
        facts=frame("facts", head | said),
    )


def stock(text: str = "the text") -> Stock:
    return Stock(evidence(text), "PC-007", {LOG: HASH}, {(LOG, "record 1"): ["clock_skew.outside"]})


def documents(lines: Iterator[bytes]) -> list[dict[str, Any]]:
    written = b"".join(lines)
    assert written.endswith(b"\n")
    return [json.loads(line) for line in written.decode("utf-8").splitlines()]


def texts(value: Any) -> Iterator[str]:
    """Every key and every text of a document."""
    if isinstance(value, dict):
        yield from (text for key, inner in value.items() for text in (key, *texts(inner)))
    elif isinstance(value, list):
        yield from (text for inner in value for text in texts(inner))
    elif isinstance(value, str):
        yield value


def cells(table: str, text: str, tally: Tally | None = None) -> list[dict[str, str]]:
    written = b"".join(spreadsheet.lines(stock(text), table, tally or Tally()))
    return list(csv.DictReader(written.decode("utf-8-sig").split("\r\n")))


# --- Timesketch -------------------------------------------------------------------------------------------------------


def test_timesketch_gets_its_mandatory_fields_in_its_own_units() -> None:
    event = documents(timesketch.lines(stock(), Tally()))[0]
    assert event["message"] == "Outlook 27: the text"
    assert event["datetime"] == "2026-03-02T08:02:00.123456+00:00"
    assert event["timestamp"] == 1772438520123456
    assert event["timestamp_desc"] == "Recorded Time"
    assert event["data_type"] == "windows:evtx:record"
    assert event["event_identifier"] == 27
    assert (event["source_file"], event["source_sha256"], event["place"]) == (LOG, HASH, "record 1")
    assert event["tag"] == ["clock_skew.outside"]


def test_every_line_for_timesketch_has_what_it_demands_and_no_null() -> None:
    found = documents(timesketch.lines(stock(), Tally()))
    assert [one["data_type"] for one in found] == [
        "windows:evtx:record",
        "windows:registry:key_value",
        "mailscope:log:line",
        "mailscope:fact",
    ]
    for one in found:
        assert all(isinstance(one[name], str) and one[name] for name in ("message", "datetime", "timestamp_desc"))
        assert type(one["timestamp"]) is int
        assert datetime.fromisoformat(one["datetime"]) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            microseconds=one["timestamp"]
        )
        assert None not in one.values()


def test_a_time_before_1970_stays_whole_microseconds() -> None:
    rows = frame("events", {"artifact": [LOG], "at": [datetime(1601, 1, 1, 0, 0, 0, 1, tzinfo=UTC)], "event_id": [1]})
    old = Stock(Evidence.of(events=rows), None, {}, {})
    assert [one["timestamp"] for one in documents(timesketch.lines(old, Tally()))] == [-11644473599999999]


# --- ECS --------------------------------------------------------------------------------------------------------------

# By hand from the ECS field reference 8.11: the type of each field that is used, and the values where it lists them.
ECS: dict[str, Any] = {
    "@timestamp": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "ecs.version": re.compile(r"8\.11\.0"),
    "message": str,
    "tags": list,
    "host.name": str,
    "user.id": str,
    "user.name": str,
    "file.path": str,
    "file.hash.sha256": re.compile("[0-9a-f]{64}"),
    "event.kind": {"alert", "asset", "enrichment", "event", "metric", "state", "pipeline_error", "signal"},
    "event.category": list,
    "event.module": str,
    "event.dataset": str,
    "event.provider": str,
    "event.code": str,
    "event.sequence": int,
    "event.severity": int,
    "log.level": str,
    "log.logger": str,
    "log.file.path": str,
    "registry.hive": str,
    "registry.key": str,
    "registry.path": str,
    "registry.value": str,
    "registry.data.type": str,
    "registry.data.strings": list,
}


def fields(document: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of a document by their dotted names."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from fields(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def obeys(rule: Any, value: Any) -> bool:
    """Whether a value is what the schema says of its field."""
    if isinstance(rule, set):
        return value in rule
    if isinstance(rule, re.Pattern):
        return isinstance(value, str) and rule.fullmatch(value) is not None
    if rule is list:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return type(value) is rule


def test_every_document_uses_the_fields_of_ecs_as_their_reference_says() -> None:
    found = documents(ecs.lines(stock(), Tally()))
    assert len(found) == 4
    for document in found:
        own = dict(fields(document))
        assert {"@timestamp", "ecs.version", "message", "event.kind"} <= own.keys()
        wrong = [
            name
            for name, value in own.items()
            if not name.startswith("mailscope.") and not (name in ECS and obeys(ECS[name], value))
        ]
        assert wrong == []


def test_an_event_becomes_an_ecs_event_and_a_setting_a_state() -> None:
    event, key, line, fact = documents(ecs.lines(stock(), Tally()))
    assert event["event"] == {
        "module": "mailscope",
        "dataset": "mailscope.events",
        "kind": "event",
        "provider": "Outlook",
        "code": "27",
        "sequence": 1,
        "severity": 2,
    }
    assert event["log"] == {"level": "error"}
    assert event["host"] == {"name": "PC-042"}
    assert event["user"] == {"id": "S-1-5-21-1-2-3-1001"}
    assert event["tags"] == ["clock_skew.outside"]
    assert key["event"]["kind"] == fact["event"]["kind"] == "state"
    assert key["registry"] == {
        "hive": "HKCU",
        "key": r"Software\Example",
        "path": r"HKCU\Software\Example\Flag",
        "value": "Flag",
        "data": {"type": "REG_SZ", "strings": ["the text"]},
    }
    assert line["log"] == {"level": "Error", "logger": "IMAP", "file": {"path": LOG}}
    assert line["host"] == {"name": "PC-007"}
    assert fact["mailscope"]["fact"] == {"name": "clock.offset", "value": "the text", "number": 1.0, "unit": "s"}


# --- CSV --------------------------------------------------------------------------------------------------------------


def test_a_spreadsheet_gets_every_row_with_the_columns_of_its_table() -> None:
    for table, schema in SCHEMAS.items():
        tally = Tally()
        found = cells(table, "the text", tally)
        assert list(found[0]) == [*schema, "cited_for"]
        assert len(found) == tally.written[table] == 2
        assert [row["cited_for"] for row in found] == ["clock_skew.outside", ""]
        assert [row["at"] for row in found] == ["2026-03-02T08:02:00.123456Z", ""]


def test_a_spreadsheet_sees_that_it_is_utf_8_and_where_lines_end() -> None:
    written = b"".join(spreadsheet.lines(stock("é"), "events", Tally()))
    assert written.startswith(b"\xef\xbb\xbfartifact,")
    assert written.count(b"\r\n") == written.count(b"\n") == 3


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", " '=1+1"),
        ("\r=1+1", "'=1+1"),
        ("  =1+1", "  '=1+1"),
        ('"=1+1"', '"\'=1+1"'),
        ("＝1", "'＝1"),
        ("a;=1+1", "a;'=1+1"),
        ('a;" =1+1', "a;\" '=1+1"),
        ("a=b", "a=b"),
        ("a,b", "a,b"),
    ],
)
def test_no_cell_is_run_as_a_formula_whatever_separates_cells(text: str, cell: str) -> None:
    assert cells("events", text)[0]["text"] == cell


def test_a_number_below_zero_stays_a_number() -> None:
    assert [row["number"] for row in cells("facts", "x")] == ["1.0", "-2.5"]


# --- all that is text -------------------------------------------------------------------------------------------------


def test_hostile_text_is_inert_in_every_text_form() -> None:
    hostile = stock(HOSTILE)
    for lines in (timesketch.lines(hostile, Tally()), ecs.lines(hostile, Tally())):
        found = documents(lines)
        assert len(found) == 4
        said = [text for document in found for text in texts(document)]
        assert [text for text in said if STEERING.search(text) or "\n" in text] == []
        assert any("⟨U+202E⟩" in text for text in said)
    for table in SCHEMAS:
        written = b"".join(spreadsheet.lines(hostile, table, Tally())).decode("utf-8-sig")
        assert STEERING.sub("", written.replace("\r\n", "")) == written.replace("\r\n", "")
        assert len(written.split("\r\n")) == 4


def test_a_text_of_a_megabyte_is_cut_below_what_an_index_takes_and_counted() -> None:
    tally = Tally()
    huge = stock(HUGE)
    for lines in (timesketch.lines(huge, tally), ecs.lines(huge, tally)):
        sizes = [len(text.encode()) for document in documents(lines) for text in texts(document)]
        assert 32_700 < max(sizes) < 32_766
    # of each of four rows: the text and the message; a log line has its text as message alone in ECS
    assert tally.cut == 8 + 7
    tally = Tally()
    assert max(len(cell) for row in cells("events", HUGE, tally) for cell in row.values()) < 32_767
    assert tally.cut == 2


def test_a_text_that_just_fits_is_not_cut() -> None:
    tally = Tally()
    assert tally.fit("x" * 32_765) == "x" * 32_765
    assert tally.fit("é" * 16_382) == "é" * 16_382
    assert tally.cut == 0
    assert tally.fit("x" * 32_766) == "x" * 32_762 + "…"
    assert tally.fit("é" * 16_383) == "é" * 16_381 + "…"
    assert tally.cut == 2


def test_rows_without_a_time_are_counted_and_never_given_one() -> None:
    for lines in (timesketch.lines, ecs.lines):
        tally = Tally()
        assert len(documents(lines(stock(), tally))) == 4
        assert tally.untimed == dict.fromkeys(SCHEMAS, 1)
        assert tally.written == dict.fromkeys(SCHEMAS, 1)


def test_parquet_holds_the_tables_as_they_are(tmp_path: Path) -> None:
    hostile = stock(HOSTILE)
    for table, rows in hostile.evidence.tables.items():
        tally = Tally()
        parquet.write(hostile, table, tmp_path / table, tally)
        assert pl.read_parquet(tmp_path / table).equals(rows.collect())
        assert tally.written[table] == 2


# --- the command ------------------------------------------------------------------------------------------------------

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case of the demo."""
    out = tmp_path_factory.mktemp("demo") / "case"
    assert cli.run(["-q", "demo", "--out", str(out)]) in (0, None)
    return out


def rows_in(folder: Path, table: str, *, timed: bool) -> int:
    rows = pl.read_parquet(folder / case.TABLES / table / "*.parquet", missing_columns="insert")
    return rows.drop_nulls("at").height if timed else rows.height


@pytest.mark.parametrize(("kind", "name"), [("timesketch", "timesketch.jsonl"), ("ecs", "ecs.ndjson")])
def test_the_command_writes_every_row_with_a_time_and_says_what_it_left_out(
    kind: str, name: str, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    present = [table for table in SCHEMAS if any((folder / case.TABLES / table).iterdir())]
    timed = sum(rows_in(folder, table, timed=True) for table in present)
    untimed = sum(rows_in(folder, table, timed=False) for table in present) - timed
    target = tmp_path / "new" / name
    capsys.readouterr()
    assert cli.run(["export", str(folder), "--format", kind, "--out", str(target)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(target.read_bytes().splitlines()) == timed > 0
    assert untimed > 0
    assert said[0].startswith(f"rows written: {timed} (")
    assert said[1].startswith(f"rows left out, as they have no certain time: {untimed} (")
    assert said[-1] == str(target)
    assert [path.name for path in target.parent.iterdir()] == [name]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_command_writes_a_file_for_every_table_into_the_case(kind: str, folder: Path, capsys: Capture) -> None:
    capsys.readouterr()
    assert cli.run(["export", str(folder), "--format", kind]) == 0
    made = folder / "export" / kind
    assert sorted(path.name for path in made.iterdir()) == sorted(f"{table}.{kind}" for table in SCHEMAS)
    assert capsys.readouterr().out.endswith(f"{made}\n")


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_case_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for kind in ("timesketch", "ecs", "csv", "parquet"):
        for name in ("one", "two"):
            assert cli.run(["export", str(folder), "--format", kind, "--out", str(tmp_path / name / kind)]) == 0
    one, two = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("one", "two")
    )
    assert len(one) == 2 + 2 * len(SCHEMAS)
    assert one == two


@pytest.mark.parametrize("kind", ["timesketch", "parquet"])
def test_where_nothing_can_be_written_is_one_line_and_exit_2(
    kind: str, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "file").write_text("mine")
    assert cli.run(["export", str(folder), "--format", kind, "--out", str(tmp_path / "file" / "x")]) == 2
    assert cli.run(["export", str(folder), "--format", "ecs", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 2
    assert said.count("mailscope: cannot write ") == 2
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_bundle_is_no_case_to_export(tmp_path: Path, capsys: Capture) -> None:
    assert cli.run(["export", str(tmp_path), "--format", "csv"]) == 2
    assert "holds no case" in capsys.readouterr().err
