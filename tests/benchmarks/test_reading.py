"""The bars of the design's table "Speed" for bringing evidence in. Each first proves that what is timed is right."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, cast

import evtx
import polars as pl
import pytest
from regipy.exceptions import RegistryKeyNotFoundException
from regipy.registry import RegistryHive

from analyzer.bundle import open_bundle
from analyzer.parsers import office_log as office
from analyzer.parsers import read_artifact
from analyzer.registry_rows import trees
from fixtures.forge.bulk import MEGABYTE
from tests.benchmarks.cost import child_cpu_s, cpu_s, ratio, ratio_of, spent, told
from tests.differential.test_hives import by_libregf
from tests.unit.parsers.stored import stored

pytestmark = pytest.mark.benchmark

MACHINE = "HKLM\\SOFTWARE"


def parse(path: Path, kind: str, out: Path) -> Callable[[], None]:
    """The work of bringing one artifact into Parquet files below ``out``."""

    def work() -> None:
        for old in out.glob("*.parquet"):
            old.unlink()
        out.mkdir(exist_ok=True)
        count = iter(range(1_000_000))
        read_artifact(
            stored(path, kind),
            lambda table, rows: rows.write_parquet(out / f"{table}-{next(count):06d}.parquet"),
            strict=True,
        )

    return work


def table(out: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(sorted(out.glob(f"{name}-*.parquet")))


def unlike(made: Iterable[Any], expected: Iterable[Any]) -> list[tuple[Any, Any]]:
    """The first pair that is not equal; where one side ends earlier, None stands for it."""
    pairs = zip_longest(made, expected)
    return list(islice((pair for pair in pairs if pair[0] != pair[1]), 1))


def exhausted(rows: Iterator[Any]) -> None:
    for _ in rows:
        pass


# --- ZIP --------------------------------------------------------------------------------------------------------------


def test_a_zip_with_hashes_costs_at_most_1_6_times_reading_it(event_log: Path, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.write(event_log, "C/Windows/System32/winevt/Logs/Example.evtx")

    def opened() -> None:
        with open_bundle(path, tmp_path / "spool") as bundle:
            assert [member.size_bytes for member in bundle.members] == [event_log.stat().st_size]

    def read() -> None:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    while member.read(1 << 20):
                        pass

    with open_bundle(path, tmp_path / "spool") as bundle:
        assert [artifact.path.read_bytes() for artifact in bundle.artifacts()] == [event_log.read_bytes()]
    assert ratio("ZIP with SHA-256 / block-wise zipfile", opened, read) <= 1.6


# --- event logs -------------------------------------------------------------------------------------------------------


def plainly(path: Path) -> Iterator[dict[str, Any]]:
    """Each record decoded element by element, with nothing but the standard library."""
    # the library's own types leave out that it never gives None
    records = cast("Iterator[dict[str, Any]]", evtx.PyEvtxParser(str(path)).records_json())
    for record in records:
        event = json.loads(record["data"])["Event"]
        system = event["System"]
        number = system["EventID"]
        payload = event.get("EventData") or event.get("UserData")
        strings = ((payload or {}).get("Data") or {}) if isinstance(payload, dict) else {}
        strings = strings.get("#text", []) if isinstance(strings, dict) else []
        yield {
            "place": f"record {system['EventRecordID']}",
            "at": system["TimeCreated"]["#attributes"]["SystemTime"],
            "user": ((system.get("Security") or {}).get("#attributes") or {}).get("UserID"),
            "channel": system["Channel"],
            "provider": system["Provider"]["#attributes"]["Name"],
            "event_id": number["#text"] if isinstance(number, dict) else number,
            "level": system["Level"],
            "record_id": system["EventRecordID"],
            "computer": system["Computer"],
            "text": "\n".join(strings or ()),
            "data": payload,
        }


def test_an_event_log_in_columns_costs_at_most_3_times_its_json(event_log: Path, tmp_path: Path) -> None:
    parsed = parse(event_log, "evtx", tmp_path / "rows")

    def iterated() -> None:
        exhausted(iter(evtx.PyEvtxParser(str(event_log)).records_json()))

    measured = ratio("event log into the table / raw JSON", parsed, iterated)
    rows = table(tmp_path / "rows", "events").with_columns(pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"))
    made = rows.drop("artifact").iter_rows(named=True)
    decoded = (row | {"data": json.loads(row["data"]) if row["data"] else None} for row in made)
    assert unlike(decoded, plainly(event_log)) == []
    assert measured <= 3.0


# --- hives ------------------------------------------------------------------------------------------------------------


def by_pure_regipy(path: Path) -> Iterator[tuple[str, str, Any]]:
    """Each value of the catalogue's keys, as regipy's own reader in Python gives it."""
    hive = RegistryHive(str(path))  # type: ignore[no-untyped-call]
    for tree in trees():
        if tree.startswith(MACHINE + "\\"):
            try:
                top = hive.get_key(tree[len(MACHINE) :])  # type: ignore[no-untyped-call]
            except RegistryKeyNotFoundException:
                continue
            yield from _below(top, tree)


def _below(key: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    for value in key.iter_values():
        yield path, value.name, value.value
    for child in key.iter_subkeys():
        yield from _below(child, f"{path}\\{child.name}")


def test_the_catalogues_keys_cost_at_most_5_times_libregf_and_a_tenth_of_pure_regipy(
    software_hive: Path, tmp_path: Path
) -> None:
    parsed = parse(software_hive, "hive", tmp_path / "rows")
    fast = ratio("keys of a hive / libregf", parsed, lambda: exhausted(by_libregf(software_hive, MACHINE)))
    # it copies the rest of the hive for each value: all of them would take it minutes
    slow = ratio(
        "keys of a hive / the first 200 values by pure regipy",
        parsed,
        lambda: exhausted(islice(by_pure_regipy(software_hive), 200)),
        rounds=2,
    )
    rows = table(tmp_path / "rows", "registry").filter(pl.col("name").is_not_null())
    key = pl.concat_str("hive", "key", separator="\\")
    made = rows.select(key, "name", "value").rows()
    assert len(made) > 5_000
    theirs = ((path, name or "", text) for path, name, _, text in by_libregf(software_hive, MACHINE))
    assert unlike(sorted(made), sorted(theirs)) == []
    assert fast <= 5
    assert slow <= 0.1


# --- text logs --------------------------------------------------------------------------------------------------------


def by_grep(path: Path, tmp_path: Path) -> list[str]:
    """The numbers of the lines that hold a term, and of the five on either side, as GNU grep finds them."""
    terms = tmp_path / "terms.txt"
    terms.write_text("\n".join(office.TERMS) + "\n")
    environment = {**os.environ, "LC_ALL": "C"}
    command = ["grep", "--no-group-separator", "-n", "-F", "-C", "5", "-f", str(terms), str(path)]
    lines = subprocess.run(command, capture_output=True, check=True, env=environment).stdout.split(b"\n")
    numbers = (line[:12].replace(b"-", b":").partition(b":")[0].decode() for line in lines if line)
    return [f"line {number}" for number in numbers]


def test_a_scan_of_office_logs_costs_at_most_12_times_counting_lines(office_log: Path, tmp_path: Path) -> None:
    parsed = parse(office_log, "office_log", tmp_path / "rows")
    measured = ratio_of(
        "500 MB of an Office log / wc -l", lambda: cpu_s(parsed), lambda: child_cpu_s("wc", "-l", str(office_log))
    )
    assert unlike(table(tmp_path / "rows", "log_lines")["place"].to_list(), by_grep(office_log, tmp_path)) == []
    assert measured <= 12


def test_a_scan_in_utf_16_costs_at_most_30_times_counting_lines(
    office_log: Path, office_log_utf16: Path, tmp_path: Path
) -> None:
    parsed = parse(office_log_utf16, "office_log", tmp_path / "rows")
    measured = ratio_of(
        "500 MB in UTF-16 / wc -l", lambda: cpu_s(parsed), lambda: child_cpu_s("wc", "-l", str(office_log_utf16)), 3
    )
    places = table(tmp_path / "rows", "log_lines")["place"].to_list()
    assert len(places) > 1_000
    # where the shorter log ends, no neighbours follow
    assert unlike(places[:-20], by_grep(office_log, tmp_path)[: len(places) - 20]) == []
    assert measured <= 30


def test_a_scan_of_office_logs_holds_less_than_150_mb(office_log: Path, tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from analyzer.parsers import read_artifact
from tests.unit.parsers.stored import stored
rows = []
read_artifact(stored(Path({str(office_log)!r}), "office_log"), lambda *_: rows.append(1), strict=True)
assert rows
"""
    peak = spent(code, tmp_path).peak_bytes
    assert told("500 MB of an Office log / allowed memory", peak / MEGABYTE, 150, "MB") < 1
