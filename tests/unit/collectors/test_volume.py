from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collectors import catalog
from collectors.finds import Refused
from tests.unit.collectors.volumes import (
    EVTX,
    HIVE,
    SYSTEM,
    SYSTEM_LOG,
    TEMP,
    USER_HIVE,
    left,
    members,
    paper,
    taken,
    volume,
)


def test_files_are_found_whatever_the_case_of_their_names_and_keep_the_disks_own(tmp_path: Path) -> None:
    root = volume(tmp_path / "disk", {"WINDOWS/system32/Config/system": HIVE, "users/Alice/ntuser.dat": HIVE})
    assert sorted(members(taken(root))) == ["C/WINDOWS/system32/Config/system", "C/users/Alice/ntuser.dat"]


def test_a_hive_comes_with_its_logs_and_an_empty_log_is_no_failure(tmp_path: Path) -> None:
    files = {USER_HIVE: HIVE, "Users/alice/ntuser.dat.LOG1": b"log", "Users/alice/NTUSER.DAT.LOG2": b""}
    done = taken(volume(tmp_path / "disk", {**files, "Users/alice/NTUSER.DAT.LOG3": b"", "Users/alice/other": b"x"}))
    assert members(done) == {f"C/{name}": data for name, data in files.items()}
    assert {row.artifact for row in done.taken} == {"user_hive"}
    assert left(done, "user_hive") == []


def test_the_hives_of_all_users_are_taken_and_those_of_nobody_left(tmp_path: Path) -> None:
    people = ("alice", "Zoë Müller", "Default", "Public", "defaultuser0")
    done = taken(volume(tmp_path / "disk", {f"Users/{name}/NTUSER.DAT": HIVE for name in people}))
    assert sorted((row.user, row.member) for row in done.taken) == [
        ("Zoë Müller", "C/Users/Zoë Müller/NTUSER.DAT"),
        ("alice", "C/Users/alice/NTUSER.DAT"),
    ]


@pytest.mark.parametrize(
    "name",
    [f"{TEMP}/Outlook-Protokoll/IMAP-a.log", f"{TEMP}/2/Outlook Logging/IMAP-a.log"],
    ids=["translated folder", "session of Remote Desktop"],
)
def test_a_users_logs_are_found_in_their_temporary_folder(tmp_path: Path, name: str) -> None:
    done = taken(volume(tmp_path / "disk", {name: b"IMAP: 09:02:00 [tx]"}))
    assert [(row.artifact, row.user, row.member) for row in done.taken] == [("outlook_imap_log", "alice", f"C/{name}")]


def test_nothing_outside_the_catalogue_is_taken(tmp_path: Path) -> None:
    config = "Windows/System32/config"
    private = (
        f"{config}/SAM",
        f"{config}/SECURITY",
        f"{config}/RegBack/SYSTEM",
        "Users/alice/AppData/Roaming/Microsoft/Protect/S-1-5-21-1/key",
        "Users/alice/AppData/Local/Microsoft/Credentials/secret",
        "Users/alice/AppData/Local/Microsoft/TokenBroker/Cache/a.tbres",
        "Users/alice/AppData/Local/Microsoft/Outlook/alice@gmail.com.ost",
        "Users/alice/AppData/Local/Google/Chrome/User Data/Default/Cookies",
        "Users/alice/Documents/IMAP-letters.log",
    )
    done = taken(volume(tmp_path / "disk", {**dict.fromkeys(private, HIVE), SYSTEM: HIVE}))
    assert list(members(done)) == [f"C/{SYSTEM}"]


def test_what_only_a_running_windows_knows_is_skipped(tmp_path: Path) -> None:
    done = taken(volume(tmp_path / "disk", {SYSTEM: HIVE}))
    live = [item for item in catalog.load().items if item.method in ("api", "command")]
    assert [left(done, item.id) for item in live] == [
        [("skipped", item.command or item.place, "only a running Windows can tell")] for item in live
    ]
    assert not any(name.startswith("live/") for name in members(done))
    assert paper(done)["network"] == "off"


def test_of_a_mounted_disk_nothing_is_claimed_about_the_machine(tmp_path: Path) -> None:
    host = paper(taken(volume(tmp_path / "disk", {SYSTEM: HIVE})))["host"]
    assert "name" in host
    assert "console_user_sid" in host
    assert {value for value in host.values() if value is not None} == set()


def test_every_item_of_the_catalogue_is_taken_or_left_out_with_an_outcome(tmp_path: Path) -> None:
    told = paper(taken(volume(tmp_path / "disk", {SYSTEM: HIVE, SYSTEM_LOG: EVTX})))
    rows = (*told["artifacts"], *told["omissions"])
    assert {row["artifact"] for row in rows} == {item.id for item in catalog.load().items}
    assert {row["method"] for row in told["artifacts"]} == {"copy"}
    assert {row["outcome"] for row in told["omissions"]} == {"skipped", "missing"}


def test_a_row_tells_where_the_file_was_and_when_it_was_written(tmp_path: Path) -> None:
    root = volume(tmp_path / "disk", {USER_HIVE: HIVE})
    os.utime(root / USER_HIVE, (1_772_438_458.5, 1_772_438_458.5))
    (row,) = paper(taken(root, drive="d"))["artifacts"]
    assert row["member"] == "D/Users/alice/NTUSER.DAT"
    assert row["source_path"] == "D:\\Users\\alice\\NTUSER.DAT"
    assert row["modified_utc"] == "2026-03-02T08:00:58.500Z"
    assert (row["size"], row["user"]) == (512, "alice")
    assert "sid" not in row


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "NTUSER.DAT").write_bytes(HIVE)
    root = volume(tmp_path / "disk", {SYSTEM_LOG: EVTX, "Users/bob/.keep": b""})
    (root / "Users" / "alice").symlink_to(outside)
    (root / "Users" / "bob" / "NTUSER.DAT").symlink_to(outside / "NTUSER.DAT")
    (root / "Windows" / "System32" / "config").symlink_to(outside)
    done = taken(root)
    assert list(members(done)) == [f"C/{SYSTEM_LOG}"]
    link = "a link, which is never followed"
    assert left(done, "user_hive") == [
        ("skipped", "C:\\Users\\alice", link),
        ("skipped", "C:\\Users\\bob\\NTUSER.DAT", link),
    ]
    assert left(done, "system_hive") == [("skipped", "C:\\Windows\\System32\\config", link)]


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    root = volume(tmp_path / "disk", {f"{TEMP}/logs/.keep": b""})
    os.mkfifo(root / TEMP / "logs" / "opmlog.log")
    done = taken(root)
    assert done.taken == ()
    assert [row[0::2] for row in left(done, "outlook_opm_log")] == [("skipped", "not a regular file")]


def test_a_folder_in_a_files_place_is_not_the_file(tmp_path: Path) -> None:
    done = taken(volume(tmp_path / "disk", {f"{SYSTEM}/inner": HIVE}))
    assert left(done, "system_hive") == [("missing", "C:\\Windows\\System32\\config\\SYSTEM", "not there")]


def test_of_two_names_that_differ_in_case_alone_one_is_taken_and_the_other_named(tmp_path: Path) -> None:
    done = taken(volume(tmp_path / "disk", {USER_HIVE: HIVE, "Users/Alice/NTUSER.DAT": HIVE}))
    assert list(members(done)) == ["C/Users/Alice/NTUSER.DAT"]
    ((outcome, path, reason),) = left(done, "user_hive")
    assert (outcome, path) == ("failed", "C:\\Users\\alice\\NTUSER.DAT")
    assert "upper and lower case" in reason


def test_a_name_that_windows_does_not_allow_is_left_out(tmp_path: Path) -> None:
    done = taken(volume(tmp_path / "disk", {"Users/a\\..\\b/NTUSER.DAT": HIVE, "Users/c\nd/NTUSER.DAT": HIVE}))
    assert done.taken == ()
    assert [row[2] for row in left(done, "user_hive")] == ["a name that Windows does not allow"] * 2


def test_what_may_not_be_read_is_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = volume(tmp_path / "disk", {USER_HIVE: HIVE, SYSTEM: HIVE})
    closed = (str(root / USER_HIVE), str((root / SYSTEM).parent))
    monkeypatch.setattr(os, "open", guarded(os.open, closed))
    monkeypatch.setattr(os, "scandir", guarded(os.scandir, closed))
    done = taken(root)
    assert [(row[0], row[1]) for item in ("user_hive", "system_hive") for row in left(done, item)] == [
        ("denied", "C:\\Users\\alice\\NTUSER.DAT"),
        ("denied", "C:\\Windows\\System32\\config"),
    ]


def guarded(real: Callable[..., Any], closed: tuple[str, ...]) -> Callable[..., Any]:
    """The real function but for paths that nobody may enter, as tests may be run by an administrator."""

    def call(path: Any, *arguments: Any) -> Any:
        if str(path) in closed:
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments)

    return call


@pytest.mark.parametrize(
    ("folders", "drive", "refused"),
    [((), "C", "no_volume"), (("Program Files",), "C", "no_volume"), (("Users",), "CD", "no_drive")],
    ids=["empty", "another volume", "no letter"],
)
def test_what_is_no_windows_volume_is_refused(
    tmp_path: Path, folders: tuple[str, ...], drive: str, refused: str
) -> None:
    for name in folders:
        (tmp_path / "disk" / name).mkdir(parents=True)
    (tmp_path / "disk").mkdir(exist_ok=True)
    with pytest.raises(Refused) as error:
        taken(tmp_path / "disk", drive=drive)
    assert error.value.name == refused
    assert list(tmp_path.glob("*.zip*")) == []


def test_a_root_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as error:
        taken(tmp_path / "nowhere")
    assert error.value.name == "root_unreadable"


def test_users_alone_are_enough_in_any_case(tmp_path: Path) -> None:
    path = tmp_path / "disk" / "USERS" / "alice" / "NTUSER.DAT"
    path.parent.mkdir(parents=True)
    path.write_bytes(HIVE)
    assert [row.member for row in taken(tmp_path / "disk").taken] == ["C/USERS/alice/NTUSER.DAT"]


def test_collecting_changes_nothing_on_the_volume(tmp_path: Path) -> None:
    root = volume(tmp_path / "disk", {USER_HIVE: HIVE, SYSTEM: HIVE, SYSTEM_LOG: EVTX})

    def state() -> list[tuple[str, int, int]]:
        return sorted((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in root.rglob("*"))

    before = state()
    taken(root)
    assert state() == before


def test_the_sign_in_log_that_lies_in_the_temporary_folder_itself_is_taken(tmp_path: Path) -> None:
    name = f"{TEMP}/PC-042-20260302-0902.log"
    done = taken(volume(tmp_path / "disk", {name: b"Timestamp\tProcess\t", f"{TEMP}/setup-1.log": b"other"}))
    assert [(row.artifact, row.member) for row in done.taken] == [("office_log", f"C/{name}")]
