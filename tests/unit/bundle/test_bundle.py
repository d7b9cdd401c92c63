"""A bundle opened: its members, what they are, whose they are, and what was left out and why."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from analyzer.bundle import open_bundle
from analyzer.model import Gap, Integrity, Omission, Stage
from tests.unit.bundles import (
    EVTX,
    HIVE,
    HIVE_LOG,
    LOG,
    SID,
    USER_HIVE,
    artifact,
    gaps,
    listed,
    manifest,
    opened,
    zipped,
)  # fmt: skip

# -- folder and ZIP


def test_a_folder_is_read_in_place_and_left_as_it_was(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {LOG: EVTX, USER_HIVE: HIVE})
    assert [m.name for m in bundle.members] == [USER_HIVE, LOG]
    assert artifact(bundle, LOG).path == tmp_path / "PC-042" / LOG
    bundle.close()
    assert (tmp_path / "PC-042" / LOG).read_bytes() == EVTX
    assert not (tmp_path / "spool").exists()


def test_a_folders_identity_is_the_hash_of_its_sorted_hash_lines(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"b.evtx": EVTX, "a.evtx": EVTX + b"a"})
    lines = f"{hashlib.sha256(EVTX + b'a').hexdigest()}  a.evtx\n{hashlib.sha256(EVTX).hexdigest()}  b.evtx\n"
    assert bundle.sha256 == hashlib.sha256(lines.encode()).hexdigest()


def test_a_wrapping_folder_changes_neither_names_nor_identity(tmp_path: Path) -> None:
    members = {"manifest.json": manifest(), LOG: EVTX}
    plain = opened(tmp_path / "1", members)
    wrapped = opened(tmp_path / "2", {f"INC1/{name}": data for name, data in members.items()})
    assert wrapped.members == plain.members
    assert wrapped.sha256 == plain.sha256


def test_a_wrapping_folder_stays_when_two_names_would_become_one(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"INC1/manifest.json": manifest(), "INC1/a.log": b"1", "A.log": b"2"})
    assert [m.name for m in bundle.members] == ["A.log", "INC1/a.log", "INC1/manifest.json"]


@pytest.mark.parametrize("zip_it", [False, True])
@pytest.mark.parametrize("machine", ["bundle-GoldPaperW11", "bundle-DESKTOP-2KGM189"])
def test_every_file_of_a_real_machine_is_a_member(tmp_path: Path, realdata: Path, machine: str, zip_it: bool) -> None:
    root = realdata / machine
    files = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    with open_bundle(zipped(tmp_path / "b.zip", files) if zip_it else root, tmp_path / "spool") as bundle:
        assert {m.name: m.sha256 for m in bundle.members} == {
            name: hashlib.sha256(data).hexdigest() for name, data in files.items()
        }
        assert (bundle.layout, bundle.manifest_state, bundle.refused) == ("bare", "absent", ())
        assert {m.user for m in bundle.members} == {None}
        formats = {m.name.rpartition(".")[2].lower(): m.format for m in bundle.members}
        assert (formats["evtx"], formats["dat"], formats["log1"]) == ("evtx", "hive", "hive_log")


def test_a_service_accounts_hive_of_a_real_machine_is_no_users(tmp_path: Path, realdata: Path) -> None:
    with open_bundle(realdata / "bundle-GoldPaperW11", tmp_path) as bundle:
        assert [a.member.name for a in bundle.artifacts() if a.member.item == "user_hive"] == ["registry/NTUSER.DAT"]
        assert "service account" in gaps(bundle, "registry/NetworkService/NTUSER.DAT")[0].reason
        assert "without its hive" in gaps(bundle, "registry/SYSTEM.LOG1")[0].reason
        log = artifact(bundle, "registry/NTUSER.DAT").beside(".LOG1")
        assert log is not None
        assert log.member.name == "registry/ntuser.dat.LOG1"
        assert {m.item for m in bundle.members} >= {"system_log", "time_service_log", "wininet_config_log", "aad_log"}


# -- manifest


def test_the_manifest_says_what_members_are_and_whose(tmp_path: Path) -> None:
    odd = "odd/place.bin"
    paper = manifest(
        listed("user_hive", odd.replace("/", "\\"), HIVE, user="alice", sid=SID),
        listed("system_log", LOG.upper(), EVTX + b"changed"),
        listed("security_log", "C/gone.evtx", EVTX),
        omissions=[{"artifact": "capi2_log", "source_path": "C:\\x", "outcome": "missing", "reason": "no log"}],
    )
    bundle = opened(tmp_path, {"manifest.json": b"\xef\xbb\xbf" + paper, odd: HIVE, LOG: EVTX, "C/new.evtx": EVTX})
    members = {m.name: m for m in bundle.members}
    assert bundle.manifest_state == "ok"
    assert (members[odd].item, members[odd].format, members[odd].user) == ("user_hive", "hive", SID)
    assert {name: m.integrity for name, m in members.items()} == {
        odd: Integrity.MATCHES, LOG: Integrity.DIFFERS, "C/new.evtx": Integrity.UNLISTED,
        "manifest.json": Integrity.UNLISTED,
    }  # fmt: skip
    assert gaps(bundle, LOG)[0].reason == "its bytes are not those that the manifest lists"
    assert gaps(bundle, "C/gone.evtx") == [
        Gap("C/gone.evtx", "security_log", Stage.OPEN, "", "listed in the manifest, not in the bundle")
    ]
    assert bundle.missing == ("C/gone.evtx",)
    assert bundle.omissions == (Omission("capi2_log", "C:\\x", "missing", "no log"),)


@pytest.mark.parametrize("sid", ["S-1-5-18", "S-1-5-21-1-2-3-503"])
def test_windows_own_accounts_in_the_manifest_are_no_users(tmp_path: Path, sid: str) -> None:
    members = {"manifest.json": manifest(listed("user_hive", USER_HIVE, HIVE, sid=sid)), USER_HIVE: HIVE}
    assert artifact(opened(tmp_path, members), USER_HIVE).member.user is None


def test_an_id_of_another_catalogue_falls_back_to_the_place(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"manifest.json": manifest(listed("system_log_v9", LOG, EVTX)), LOG: EVTX})
    assert {m.item for m in bundle.members} == {None, "system_log"}


def test_content_is_right_where_the_manifest_contradicts(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"manifest.json": manifest(listed("system_log", "live/x", HIVE)), "live/x": HIVE})
    assert [(m.item, m.format) for m in bundle.members if m.name == "live/x"] == [(None, "hive")]
    assert gaps(bundle, "live/x")[0].reason == "the manifest calls it system_log, its content is hive"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"schema": "other/1"}', b"\xff\xfe\x00", b"[" * 100_000])
def test_a_damaged_manifest_is_a_gap_and_the_bundle_is_read(tmp_path: Path, data: bytes) -> None:
    bundle = opened(tmp_path, {"manifest.json": data, LOG: EVTX})
    assert (bundle.manifest_state, bundle.manifest, bundle.layout) == ("damaged", None, "mailscope")
    assert len(gaps(bundle, "manifest.json")) == 1
    assert artifact(bundle, LOG).member.item == "system_log"


def test_the_manifest_is_no_artifact_of_the_machine(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"manifest.json": manifest(), LOG: EVTX})
    assert artifact(bundle, "manifest.json").member.format == "manifest"


# -- host and users

STATE = json.dumps(
    {"schema": "mailscope-state/1", "host": {"name": "PC-1", "sid": SID, "utc_bias_minutes": -60, "elevated": False}}
).encode()


def test_the_live_state_fills_what_the_manifest_leaves_open(tmp_path: Path) -> None:
    paper = manifest(host={"name": "PC-042", "oem_code_page": 850, "ansi_code_page": "x", "elevated": True})
    host = opened(tmp_path, {"manifest.json": paper, "live/state.json": STATE}).host
    assert (host.name, host.sid, host.oem_code_page, host.ansi_code_page) == ("PC-042", SID, 850, None)
    assert (host.utc_bias_minutes, host.elevated) == (-60, True)


def test_a_damaged_live_state_leaves_the_host_unknown(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"live/state.json": STATE[:-5]})
    assert bundle.host.name is None
    assert artifact(bundle, "live/state.json").member.format == "live_state"


def test_what_was_taken_live_for_a_user_is_the_collecting_users(tmp_path: Path) -> None:
    members = {
        "live/state.json": STATE, "live/cmdkey_list.txt": b"x", "live/w32tm_status.txt": b"x",
        "registry/reg_user_office.reg": b"Windows Registry Editor Version 5.00", USER_HIVE: HIVE,
    }  # fmt: skip
    bundle = opened(tmp_path, members)
    assert {m.name: (m.format, m.user) for m in bundle.members} == {
        "live/state.json": ("live_state", SID),
        "live/cmdkey_list.txt": ("command_text", SID),
        "live/w32tm_status.txt": ("command_text", None),
        "registry/reg_user_office.reg": ("reg_export", SID),
        USER_HIVE: ("hive", "alice"),
    }


# -- siblings, layouts, strays


def test_siblings_are_found_by_suffix_whatever_the_case(tmp_path: Path) -> None:
    members = {USER_HIVE: HIVE, "C/Users/alice/ntuser.dat.log2": HIVE_LOG, "C/Users/bob/NTUSER.DAT.LOG1": HIVE_LOG,
               "registry/x.reg": b"REGEDIT4", "registry/x.keys.jsonl": b"{}"}  # fmt: skip
    bundle = opened(tmp_path, members)
    hive = artifact(bundle, USER_HIVE)
    assert hive.beside(".LOG1") is None
    assert hive.beside(".LOG1", ".LOG2") == artifact(bundle, "C/Users/alice/ntuser.dat.log2")
    assert artifact(bundle, "registry/x.reg").beside(".keys.jsonl") == artifact(bundle, "registry/x.keys.jsonl")
    assert "without its hive" in gaps(bundle, "C/Users/bob/NTUSER.DAT.LOG1")[0].reason


def test_a_file_taken_twice_by_velociraptor_is_read_once(tmp_path: Path) -> None:
    auto, ntfs = "uploads/auto/C%3A/Windows/x/System.evtx", "uploads/ntfs/%5C%5C.%5CC%3A/Windows/x/System.evtx"
    logs = "Windows/System32/winevt/Logs"
    members = {name.replace("Windows/x", logs): EVTX for name in (auto, ntfs)}
    bundle = opened(tmp_path, {**members, "uploads/ntfs/%5C%5C.%5CC%3A/$J": b"", "uploads/auto/C%3A/$J": b"x"})
    assert len(bundle.members) == 4
    assert [a.original for a in bundle.artifacts()] == ["C/$J", f"C/{logs}/System.evtx"]
    assert all(a.member.name.startswith("uploads/auto/") for a in bundle.artifacts())
    assert "not read twice" in gaps(bundle, ntfs.replace("Windows/x", logs))[0].reason


def test_the_copy_that_is_not_empty_is_read_whatever_the_accessor(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"uploads/auto/C%3A/Users/alice/NTUSER.DAT": b"",
                               "uploads/ntfs/%5C%5C.%5CC%3A/Users/alice/NTUSER.DAT": HIVE})  # fmt: skip
    assert [a.member.size_bytes for a in bundle.artifacts()] == [4096]


def test_a_sparse_upload_is_not_whole_and_its_map_is_skipped(tmp_path: Path) -> None:
    name = "uploads/auto/C%3A/Windows/System32/winevt/Logs/System.evtx"
    bundle = opened(tmp_path, {name: EVTX, f"{name}.idx": b"{}"})
    assert [m.format for m in bundle.members] == ["evtx", "sparse_map"]
    assert "sparse" in artifact(bundle, name).damage[0].reason


def test_a_path_that_climbs_out_once_decoded_is_not_read(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"uploads/auto/C%3A/%2E%2E/%2E%2E/x.evtx": EVTX, "uploads/auto/C%3A/y.log": b"x"})
    assert [a.original for a in bundle.artifacts()] == ["C/y.log"]


def test_outlooktraces_credentials_are_nobodys_until_proven(tmp_path: Path) -> None:
    name = "Configuration/OS/cmdkey.txt"
    bundle = opened(tmp_path, {"ScriptInfo.xml": b"<Objs Version=", name: b"x"})
    member = artifact(bundle, name).member
    assert (bundle.layout, member.item, member.format, member.user) == (
        "outlooktrace", "cmdkey_list", "command_text", None,
    )  # fmt: skip
    (gap,) = gaps(bundle, name)
    assert (gap.item, gap.stage) == ("cmdkey_list", Stage.COLLECT)
    assert "whose it is, is not known" in gap.reason


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("C/Users/alice/Desktop/SYSTEM", HIVE),
        ("C/Users/alice/Desktop/old.evtx", EVTX),
        ("C/Users/alice/Desktop/backup.reg", b"REGEDIT4"),
        ("C/Users/alice/Desktop/c.txt", b"Target: LegacyGeneric:target=x"),
    ],
)
def test_a_state_of_unknown_age_on_the_disk_is_not_read(tmp_path: Path, name: str, data: bytes) -> None:
    bundle = opened(tmp_path, {LOG: EVTX, name: data})
    assert [a.member.name for a in bundle.artifacts()] == [LOG]
    assert "unknown age" in gaps(bundle, name)[0].reason


@pytest.mark.parametrize("name", ["VSS1/C/Windows/System32/config/SYSTEM", "C/Users/Default/NTUSER.DAT"])
def test_what_is_not_read_stands_for_no_item(tmp_path: Path, name: str) -> None:
    bundle = opened(tmp_path, {LOG: EVTX, name: HIVE})
    assert {m.name: m.item for m in bundle.members} == {LOG: "system_log", name: None}
    assert [(gap.item, gap.stage) for gap in gaps(bundle, name)] == [(None, Stage.OPEN)]


def test_a_bare_file_called_system_is_no_hive_unless_it_is_one(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"dump/system": b"notes", "dump/SOFTWARE": HIVE})
    assert {m.name: (m.item, m.format) for m in bundle.members} == {
        "system": (None, None),
        "SOFTWARE": ("software_hive", "hive"),
    }
