from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from collectors import catalog, live, running
from collectors.__main__ import main
from collectors.case import Options
from collectors.collect import Collected, from_windows, machine_phase
from collectors.gathering import Budget
from collectors.windows import Windows
from tests.unit.collectors.fake_windows import ALICE, HELPDESK, TEMP_LOG, FakeWindows, affected_pc
from tests.unit.collectors.volumes import EVTX, HIVE, SILENT, left, members, paper

BOB = replace(ALICE, sid="S-1-5-21-1-2-3-1002", user="bob", folder="C:\\Users\\bob", temp="C:\\Users\\bob\\Temp")


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Live state has tests of its own: here it is a document that says what it was asked with."""

    def take(_windows: Windows, options: live.Options) -> dict[str, object]:
        return {
            "schema": "mailscope-state/1",
            "network": options.network,
            "person": options.person and options.person.sid,
        }

    monkeypatch.setattr(live, "take", take)


def collected(windows: FakeWindows, tmp_path: Path, **options: object) -> Collected:
    asked = Options(out=tmp_path / "PC-042.zip", **options)  # type: ignore[arg-type]
    return from_windows(cast("Windows", windows), asked, SILENT)


def methods(done: Collected) -> dict[str, str]:
    return {row.member: row.method for row in done.taken}


def ended(done: Collected) -> set[str]:
    return {row.artifact for row in done.taken} | {row.artifact for row in done.left}


def test_without_rights_everything_readable_is_delivered(tmp_path: Path) -> None:
    done = collected(affected_pc(), tmp_path)
    assert methods(done) == {
        "live/state.json": "api",
        "live/cmdkey_list.txt": "command",
        "C/Windows/System32/winevt/Logs/OAlerts.evtx": "event-export",
        "C/Windows/System32/winevt/Logs/System.evtx": "event-export",
        "registry/reg_user_office.reg": "reg-export",
        "registry/reg_user_office.keys.jsonl": "reg-export",
        "registry/reg_user_environment.reg": "reg-export",
        "registry/reg_user_environment.keys.jsonl": "reg-export",
        "C/Users/alice/AppData/Local/Temp/Outlook Logging/IMAP-a.log": "copy",
        "C/Windows/System32/drivers/etc/hosts": "copy",
    }
    assert ended(done) == {item.id for item in catalog.load().items}
    assert left(done, "user_hive")[0][0] == "denied"
    assert left(done, "system_hive")[0][0] == "denied"
    assert paper(done)["host"]["elevated"] is False


def test_windows_is_given_whole_paths_wherever_the_bundle_shall_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    windows = affected_pc(elevated=True)
    done = from_windows(cast("Windows", windows), Options(out=Path("../PC-042.zip")), SILENT)
    assert windows.targets
    assert {Path(target).parent for target in windows.targets} == {tmp_path / "PC-042.zip.work"}
    assert done.file == tmp_path / "PC-042.zip"


def test_a_folder_that_may_not_be_looked_into_keeps_no_log_from_being_exported(tmp_path: Path) -> None:
    windows = affected_pc(closed=("C:\\Windows\\System32\\winevt",))
    assert methods(collected(windows, tmp_path))["C/Windows/System32/winevt/Logs/System.evtx"] == "event-export"


def test_a_log_longer_than_is_taken_is_not_exported_first(tmp_path: Path) -> None:
    place = "C:\\Windows\\System32\\winevt\\Logs\\System.evtx"
    windows = affected_pc(lengths={place: (128 << 20) + 1})
    windows.files[place] = EVTX
    ((outcome, path, reason),) = left(collected(windows, tmp_path), "system_log")
    assert (outcome, path) == ("too_big", place)
    assert reason == "134,217,729 bytes, more than the 134,217,728 that are taken of it"
    assert "System" not in windows.exported
    assert "Application" in windows.exported


def test_the_elevated_half_ends_before_its_time_so_that_it_can_be_taken_over(tmp_path: Path) -> None:
    windows = affected_pc()
    collected(windows, tmp_path, budget=Budget(seconds=400, clock=lambda: 0.0))
    (arguments,) = windows.asked
    assert arguments[list(arguments).index("--seconds") + 1] == "300"


def test_elevation_is_asked_for_once_and_after_everything_else(tmp_path: Path) -> None:
    windows = affected_pc()
    collected(windows, tmp_path)
    (arguments,) = windows.asked
    assert arguments[0] == "--machine-phase"
    items = arguments[list(arguments).index("--items") + 1].split(",")
    assert {"system_hive", "software_hive", "security_log", "clicktorun_log", "user_hive"} <= set(items)
    assert "system_log" not in items
    assert arguments[list(arguments).index("--person") + 1] == ALICE.sid


def test_what_the_elevated_half_took_stands_in_place_of_what_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = affected_pc(elevated=True, sid=HELPDESK, logs={"Security": EVTX})

    def elevated(arguments: Sequence[str]) -> int:
        # what an administrator makes is an administrator's: the other half could not read it
        assert Path(arguments[1]).stat().st_size == 0
        monkeypatch.setattr("collectors.windows.running", lambda: admin)
        return main(arguments)

    done = collected(affected_pc(elevate_by=elevated), tmp_path)
    taken = methods(done)
    assert taken["C/Windows/System32/config/SYSTEM"] == "reg-save"
    assert taken["C/Windows/System32/winevt/Logs/Security.evtx"] == "event-export"
    assert taken["C/Users/alice/NTUSER.DAT"] == "reg-save"
    assert members(done)["C/Users/alice/NTUSER.DAT"] == HIVE + f"HKU\\{ALICE.sid}".encode()
    assert left(done, "user_hive") == left(done, "system_hive") == []
    (row,) = (row for row in done.taken if row.artifact == "user_hive")
    assert (row.user, row.sid) == ("alice", ALICE.sid)
    host = paper(done)["host"]
    assert (host["elevated"], host["collected_as_sid"]) == (True, ALICE.sid)
    rows = [(row.artifact, row.source_path) for row in done.left]
    assert sorted(rows) == sorted(set(rows))


def test_an_elevated_half_that_nobody_waits_for_leaves_nothing_behind(tmp_path: Path) -> None:
    windows = cast("Windows", affected_pc(elevated=True))
    with pytest.raises(FileNotFoundError):
        machine_phase(windows, tmp_path / "machine.zip", ("system_hive",), Options(), ALICE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [1, 0], ids=["failed", "ended well with nothing"])
def test_an_elevated_half_that_brings_nothing_costs_nothing_else(tmp_path: Path, ending: int) -> None:
    done = collected(affected_pc(elevate_by=lambda _: ending), tmp_path)
    assert "live/cmdkey_list.txt" in methods(done)
    assert ended(done) == {item.id for item in catalog.load().items}


def test_an_elevated_half_that_left_no_zip_counts_as_refused(tmp_path: Path) -> None:
    def broken(arguments: Sequence[str]) -> int:
        Path(arguments[1]).write_bytes(b"no zip")
        return 0

    done = collected(affected_pc(elevate_by=broken), tmp_path)
    assert left(done, "security_log")[0][0] == "missing"
    assert zipfile.ZipFile(done.file).testzip() is None


def test_with_rights_there_is_one_half(tmp_path: Path) -> None:
    windows = affected_pc(elevated=True)
    done = collected(windows, tmp_path)
    assert windows.asked == []
    assert methods(done)["C/Users/alice/NTUSER.DAT"] == "reg-save"
    assert paper(done)["host"]["elevated"] is True


def test_a_program_that_ends_well_and_prints_nothing_has_failed(tmp_path: Path) -> None:
    done = collected(affected_pc(), tmp_path)
    ((outcome, _, reason),) = left(done, "w32tm_status")
    assert outcome == "failed"
    assert "printed nothing" in reason
    assert [row[0] for row in left(done, "netsh_winhttp_proxy")] == ["missing"]


def test_a_log_whose_export_brings_no_file_is_copied_instead(tmp_path: Path) -> None:
    place = "C:\\Windows\\System32\\winevt\\Logs\\Application.evtx"
    windows = affected_pc()
    windows.files[place] = EVTX
    assert methods(collected(windows, tmp_path))["C/Windows/System32/winevt/Logs/Application.evtx"] == "copy"


def test_a_locked_file_is_taken_by_another_way_where_rights_allow(tmp_path: Path) -> None:
    assert (
        methods(collected(affected_pc(elevated=True, locked=frozenset({TEMP_LOG})), tmp_path))[
            "C/Users/alice/AppData/Local/Temp/Outlook Logging/IMAP-a.log"
        ]
        == "copy"
    )


def test_a_locked_file_that_no_way_opens_is_told_with_its_reason(tmp_path: Path) -> None:
    done = collected(affected_pc(locked=frozenset({TEMP_LOG})), tmp_path)
    assert left(done, "outlook_imap_log") == [("failed", TEMP_LOG, "in use by another process (32)")]


def test_keys_below_an_export_that_nobody_could_read_are_named(tmp_path: Path) -> None:
    done = collected(affected_pc(), tmp_path)
    assert left(done, "reg_user_office") == [
        ("denied", "HKCU\\Software\\Microsoft\\Office\\Closed", "a key below could not be read")
    ]


def test_only_the_affected_persons_profile_is_taken(tmp_path: Path) -> None:
    windows = affected_pc(elevated=True, people=(ALICE, BOB))
    windows.files[BOB.temp + "\\Outlook Logging\\IMAP-b.log"] = b"IMAP"
    done = collected(windows, tmp_path)
    assert not [name for name in methods(done) if "bob" in name]
    assert not [path for path in windows.opened if "bob" in path]
    assert paper(done)["case"]["user_sid"] == ALICE.sid


@pytest.mark.parametrize(
    ("windows", "sid", "expected"),
    [
        (affected_pc(), None, ALICE),
        (affected_pc(elevated=True, sid=HELPDESK), None, ALICE),
        (affected_pc(elevated=True, sid="S-1-5-18"), None, ALICE),
        (affected_pc(sid=BOB.sid, people=(ALICE, BOB)), None, BOB),
        (affected_pc(elevated=True, people=(ALICE, BOB)), BOB.sid, BOB),
        (affected_pc(elevated=True, sid="S-1-5-18", console_sid=None), None, None),
    ],
    ids=["the user", "an administrator for the screen", "the system", "another session", "as told", "nobody"],
)
def test_the_affected_person_is_whoever_has_the_trouble_not_whoever_helps(
    windows: FakeWindows, sid: str | None, expected: object
) -> None:
    assert running.affected(windows, sid) == expected


def test_when_nobody_is_known_to_be_affected_the_machine_is_collected_all_the_same(tmp_path: Path) -> None:
    done = collected(affected_pc(elevated=True, sid="S-1-5-18", console_sid=None), tmp_path)
    assert "C/Windows/System32/config/SYSTEM" in methods(done)
    for item in ("user_hive", "reg_user_office", "office_log"):
        assert [row[2] for row in left(done, item)] == ["the affected user is not known"]
    assert not [name for name in methods(done) if "reg_user" in name]


def test_a_profile_that_is_not_loaded_is_copied_with_its_logs(tmp_path: Path) -> None:
    away = replace(ALICE, loaded=False)
    windows = affected_pc(elevated=True, people=(away,), sid=HELPDESK)
    for name in ("NTUSER.DAT", "ntuser.dat.LOG1"):
        windows.files[f"{ALICE.folder}\\{name}"] = HIVE
    done = collected(windows, tmp_path)
    assert {name: method for name, method in methods(done).items() if "ntuser" in name.lower()} == {
        "C/Users/alice/NTUSER.DAT": "copy",
        "C/Users/alice/ntuser.dat.LOG1": "copy",
    }
    ((outcome, key, reason),) = left(done, "reg_user_office")
    assert (outcome, key) == ("skipped", "HKCU\\Software\\Microsoft\\Office")
    assert reason == "the affected user is not signed in: the keys are in the hive"


def test_no_network_is_said_in_the_manifest_and_passed_on(tmp_path: Path) -> None:
    windows = affected_pc()
    assert paper(collected(windows, tmp_path, network=False))["network"] == "off"
    assert "--no-network" in windows.asked[0]


def test_live_state_is_asked_for_the_affected_person(tmp_path: Path) -> None:
    done = collected(affected_pc(elevated=True, sid=HELPDESK), tmp_path, network=False)
    told = json.loads(members(done)["live/state.json"])
    assert (told["network"], told["person"]) == (False, ALICE.sid)


def test_nothing_stays_in_the_scratch_folder(tmp_path: Path) -> None:
    windows = affected_pc(elevated=True)
    collected(windows, tmp_path)
    assert windows.scratches
    assert not any(folder.exists() for folder in windows.scratches)


def test_windows_may_lie_on_another_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SystemRoot", "D:\\WINNT")
    windows = affected_pc(elevated=True)
    windows.files["D:\\WINNT\\System32\\drivers\\etc\\hosts"] = b"127.0.0.1"
    taken = methods(collected(windows, tmp_path))
    assert "D/WINNT/System32/drivers/etc/hosts" in taken
    assert "D/WINNT/System32/config/SYSTEM" in taken
