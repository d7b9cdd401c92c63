from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from analyzer.version import VERSION
from collectors import case, manifest
from collectors.finds import Refused
from tests.unit.collectors.volumes import EVTX, HIVE, SYSTEM, SYSTEM_LOG, paper, taken, volume


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    return volume(tmp_path / "disk", {SYSTEM: HIVE, SYSTEM_LOG: EVTX})


def test_the_closing_line_tells_where_the_bundle_is_its_hash_and_the_counts(disk: Path, tmp_path: Path) -> None:
    done = taken(disk, out=tmp_path / "PC 042.zip")
    digest = hashlib.sha256((tmp_path / "PC 042.zip").read_bytes()).hexdigest()
    counts = "files=2 missing=28 denied=0 failed=0 too_big=0 skipped=37"
    assert done.closing() == f"{tmp_path / 'PC 042.zip'} sha256={digest} {counts}"


def test_the_manifest_tells_the_ticket_and_what_was_said(disk: Path) -> None:
    said = (("password_prompt", "no"), ("google_page_text", "This app = blocked"))
    told = paper(
        taken(
            disk,
            ticket="INC0012345",
            account="alice@gmail.com",
            failure_at="2026-03-02T09:02:00+01:00",
            reported=said,
        )
    )
    ticket = told["case"]
    assert (ticket["ticket"], ticket["account"], ticket["failure_utc"]) == (
        "INC0012345",
        "alice@gmail.com",
        "2026-03-02T08:02:00.000Z",
    )
    assert [(row["key"], row["value"], row["by"]) for row in ticket["reported"]] == [
        ("password_prompt", "no", "user"),
        ("google_page_text", "This app = blocked", "user"),
    ]
    assert told["schema"] == "mailscope-bundle/1"
    assert told["started_utc"] <= told["finished_utc"]


def test_two_collections_are_two_cases(disk: Path, tmp_path: Path) -> None:
    ids = {paper(taken(disk, out=tmp_path / f"{number}.zip"))["case"]["id"] for number in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        ({"failure_at": "yesterday"}, "no_time"),
        ({"failure_at": "2026-03-02T09:02"}, "no_offset"),
        ({"reported": (("pasword_prompt", "no"),)}, "no_key"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused_before_anything_is_written(
    disk: Path, tmp_path: Path, options: dict[str, object], refused: str
) -> None:
    with pytest.raises(Refused) as error:
        taken(disk, **options)
    assert error.value.name == refused
    assert list(tmp_path.glob("*.zip*")) == []


@pytest.mark.parametrize(
    "out",
    [
        lambda disk, _: disk / "PC-042.zip",
        lambda disk, _: disk / "Windows" / "Temp" / "a-20260302-0802.log",
        lambda disk, around: around / "elsewhere" / ".." / disk.name / "PC-042.zip",
    ],
    ids=["at its root", "where the catalogue looks", "by a roundabout way"],
)
def test_nothing_is_written_to_the_volume_that_is_collected(
    disk: Path, tmp_path: Path, out: Callable[[Path, Path], Path]
) -> None:
    (disk / "Windows" / "Temp").mkdir()
    (tmp_path / "elsewhere").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Refused) as error:
        taken(disk, out=out(disk, tmp_path))
    assert error.value.name == "out_inside"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_does_not_hide_that_the_volume_would_be_written_to(disk: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(disk / "Windows")
    with pytest.raises(Refused) as error:
        taken(disk, out=tmp_path / "link" / "PC-042.zip")
    assert error.value.name == "out_inside"


def test_without_a_given_name_the_bundle_may_not_lie_in_the_volume_either(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(disk)
    with pytest.raises(Refused) as error:
        taken(Path(), out=None)
    assert error.value.name == "out_inside"
    assert [path.name for path in disk.iterdir()] == ["Windows"]


@pytest.mark.parametrize("out", [".", "..", "/"])
def test_a_folder_is_no_name_for_a_bundle(disk: Path, out: str) -> None:
    with pytest.raises(Refused) as error:
        taken(disk, out=Path(out))
    assert error.value.name == "file_exists"


def test_half_of_what_the_disk_has_free_is_left_free(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.collect.shutil.disk_usage", lambda _: SimpleNamespace(free=2 * len(HIVE) + 1))
    done = taken(disk)
    assert [row.artifact for row in done.taken] == ["system_hive"]
    assert {row.outcome for row in done.left if row.artifact == "system_log"} == {"skipped"}


def test_a_share_that_does_not_say_what_it_has_free_is_written_to(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def untold(_: Path) -> None:
        raise OSError(1, "Incorrect function")

    monkeypatch.setattr("collectors.collect.shutil.disk_usage", untold)
    assert [row.artifact for row in taken(disk).taken] == ["system_hive", "system_log"]


def test_a_time_without_offset_is_local_to_the_machine_it_is_collected_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    found = case.instant("2026-03-02T09:02", local=True)
    monkeypatch.undo()
    time.tzset()
    assert found is not None
    assert found.isoformat() == "2026-03-02T08:02:00+00:00"


@pytest.mark.parametrize("text", ["password_prompt", "=no", "password_prompt="])
def test_what_was_said_needs_a_key_and_a_value(text: str) -> None:
    with pytest.raises(Refused) as error:
        case.said([text])
    assert error.value.name == "no_value"


def test_the_version_is_the_analyzers() -> None:
    assert manifest.VERSION == VERSION


@pytest.mark.parametrize(
    ("machine", "start"), [("PC-042", "PC-042-"), ("", "mailscope-"), ("/", "mailscope-"), ("a b", "a-b-")]
)
def test_a_bundle_without_a_given_name_is_called_by_machine_and_time(machine: str, start: str) -> None:
    name = case.default_name(machine)
    assert name.startswith(start)
    assert name.endswith("Z.zip")


def test_rows_survive_being_handed_over(disk: Path) -> None:
    for name in (SYSTEM, SYSTEM_LOG):
        os.utime(disk / name, (1_772_438_458, 1_772_438_458))
    done = taken(disk)
    told = json.dumps(paper(done)).encode()
    assert manifest.decode_rows(told) == (tuple(sorted(done.taken, key=lambda row: row.member)), done.left)
