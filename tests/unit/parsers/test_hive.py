"""Hives made by the forge: the catalogue's keys and nothing else, and no absence out of a hive that is not whole."""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.bundle import Artifact
from analyzer.model import Covered, Integrity
from analyzer.parsers import hive
from analyzer.parsers.hive import tree as stored_tree
from analyzer.tables import Batch
from analyzer.transaction_logs import replay
from fixtures.forge.hive import BASE_BLOCK_BYTES, PLAIN, Style, build_hive, sealed
from fixtures.forge.hive_log import ALL_IN_LOG1, LogPlan, build_dirty, spoil_entry, stale_log
from fixtures.forge.registry import Key, tree
from tests.unit.parsers.stored import USER, Told, stored, told, with_siblings, written

WRITTEN = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)
OFFICE = r"Software\Microsoft\Office"
HOME: dict[str, dict[str, Any]] = {"Environment": {}, r"Software\Elsewhere": {"values": {"x": ("sz", "y")}}}
SELECT = {"Select": {"values": {"Current": ("dword", 2), "Default": ("dword", 1)}}}


def read(folder: Path, keys: Mapping[str, Mapping[str, Any]], style: Style = PLAIN, **given: Any) -> Told:
    data = build_hive(tree(keys, name=given.pop("root", "ROOT")), style)
    return told(stored(written(folder, "hive", data), "hive", **({"original": "C/Users/a/NTUSER.DAT"} | given)))


def by_place(answer: Told) -> dict[str, tuple[str | None, str | None, int | None]]:
    return {row["place"]: (row["kind"], row["value"], row["number"]) for row in answer.rows}


def test_each_kind_of_value_is_read_as_windows_means_it(tmp_path: Path) -> None:
    values = {
        "": ("sz", "default"),
        "text": ("sz", "caf\u00e9 \u65e5\u672c"),
        "after": ("sz", "shown\0hidden"),
        "expand": ("expand_sz", "%TEMP%"),
        "list": ("multi_sz", ["one", "two"]),
        "small": ("dword", 31),
        "all": ("dword", 0xFFFFFFFF),
        "big": ("dword_be", 258),
        "quad": ("qword", 1 << 40),
        "huge": ("qword", (1 << 64) - 1),
        "bytes": ("binary", b"\x00\xff\x10"),
        "nothing": ("none", b""),
        "short": ("dword", b"\x01\x02"),
        "odd": (0x200000, b"\x01"),
        "long": ("binary", bytes(range(256)) * 128),
    }
    answer = read(tmp_path, HOME | {OFFICE: {"values": values, "written": WRITTEN}}, user=USER)
    place = rf"HKCU\{OFFICE}"
    assert by_place(answer) == {
        "HKCU\\Environment": (None, None, None),
        place: (None, None, None),
        f"{place}!(Default)": ("REG_SZ", "default", None),
        f"{place}!text": ("REG_SZ", "caf\u00e9 \u65e5\u672c", None),
        f"{place}!after": ("REG_SZ", "shown", None),
        f"{place}!expand": ("REG_EXPAND_SZ", "%TEMP%", None),
        f"{place}!list": ("REG_MULTI_SZ", "one\ntwo", None),
        f"{place}!small": ("REG_DWORD", "31", 31),
        f"{place}!all": ("REG_DWORD", "4294967295", 4294967295),
        f"{place}!big": ("REG_DWORD_BIG_ENDIAN", "258", 258),
        f"{place}!quad": ("REG_QWORD", "1099511627776", 1 << 40),
        f"{place}!huge": ("REG_QWORD", "18446744073709551615", None),
        f"{place}!bytes": ("REG_BINARY", "00ff10", None),
        f"{place}!nothing": ("REG_NONE", "", None),
        f"{place}!short": ("REG_DWORD", "0102", None),
        f"{place}!odd": ("REG_0x200000", "01", None),
        f"{place}!long": ("REG_BINARY", (bytes(range(256)) * 128).hex(), None),
    }
    assert {row["at"] for row in answer.rows if row["key"] == OFFICE} == {WRITTEN}
    assert {row["user"] for row in answer.rows} == {USER}
    assert {(row["hive"], row["name"]) for row in answer.rows if row["place"] == f"{place}!(Default)"} == {("HKCU", "")}
    assert [row["name"] for row in answer.rows if row["place"] == place] == [None]
    assert answer.reading.member.item == "user_hive"
    assert answer.reading.covered == (Covered("HKCU", user=USER),)


@pytest.mark.parametrize("unicode_names", [False, True])
def test_names_outside_ascii_come_out_right_however_they_are_stored(unicode_names: bool, tmp_path: Path) -> None:
    keys = HOME | {OFFICE + "\\Identit\u00e9": {"values": {"na\u00efve": ("sz", "x")}}}
    answer = read(tmp_path, keys, Style(unicode_names=unicode_names))
    assert rf"HKCU\{OFFICE}" + "\\Identit\u00e9!na\u00efve" in by_place(answer)


def test_passwords_and_protected_data_are_masked(tmp_path: Path) -> None:
    blob = bytes.fromhex("01000000d08c9ddf0115d1118c7a00c04fc297eb") + bytes(80)
    values = {
        "IMAP Password": ("binary", b"\x02" + bytes(229)),
        "Blob": ("binary", blob),
        "Token": ("binary", ("ya29." + "k" * 60).encode("utf-16-le")),
        "Prompt for Password": ("dword", 1),
    }
    rows = by_place(read(tmp_path, HOME | {OFFICE: {"values": values}}))
    assert rows[rf"HKCU\{OFFICE}!IMAP Password"][1] == "(masked, 230 bytes)"
    assert "d08c9ddf" not in str(rows[rf"HKCU\{OFFICE}!Blob"][1])
    assert rows[rf"HKCU\{OFFICE}!Token"][1] == "(masked, 130 bytes)"
    assert rows[rf"HKCU\{OFFICE}!Prompt for Password"][1] == "1"


def test_a_variable_that_is_named_after_a_secret_is_masked_and_a_proxy_loses_its_password(tmp_path: Path) -> None:
    values = {
        "DB_PASSWORD": ("sz", "correct horse battery"),
        "AWS_SECRET_ACCESS_KEY": ("sz", "abc"),
        "HTTPS_PROXY": ("sz", "bob:hunter2@proxy.corp:8080"),
        "PATH": ("sz", "C:\\Windows"),
    }
    rows = by_place(read(tmp_path, HOME | {"Environment": {"values": values}}))
    assert {place.partition("!")[2]: row[1] for place, row in rows.items() if "!" in place} == {
        "DB_PASSWORD": "(masked, 44 bytes)",
        "AWS_SECRET_ACCESS_KEY": "(masked, 8 bytes)",
        "HTTPS_PROXY": "bob:(masked password, 7 characters)@proxy.corp:8080",
        "PATH": "C:\\Windows",
    }


def test_a_secret_is_masked_in_the_name_of_a_key_and_of_a_value_and_in_data_of_the_wrong_length(tmp_path: Path) -> None:
    cached = OFFICE + "\\Server Cache\\https:%%bob:hunter2@sp.corp".replace("%", "/")
    values = {"ya29." + "k" * 60: ("sz", "x"), "number": ("dword", b"ya29." + b"k" * 60)}
    answer = read(tmp_path, HOME | {cached: {"values": values}})
    assert len(answer.rows) >= 3
    told = str(answer.rows)
    assert "hunter2" not in told
    assert "ya29" not in told
    assert b"ya29.".hex() not in told


def test_the_control_set_in_force_is_the_one_that_select_names(tmp_path: Path) -> None:
    zone = r"Control\TimeZoneInformation"
    keys = SELECT | {
        rf"ControlSet001\{zone}": {"values": {"TimeZoneKeyName": ("sz", "wrong")}},
        rf"ControlSet002\{zone}": {"values": {"TimeZoneKeyName": ("sz", "Romance Standard Time")}},
    }
    answer = read(tmp_path, keys, user=USER, original="C/Windows/System32/config/SYSTEM")
    assert by_place(answer) == {
        rf"HKLM\SYSTEM\CurrentControlSet\{zone}": (None, None, None),
        rf"HKLM\SYSTEM\CurrentControlSet\{zone}!TimeZoneKeyName": ("REG_SZ", "Romance Standard Time", None),
    }
    assert answer.rows[0]["key"] == rf"SYSTEM\CurrentControlSet\{zone}"
    assert {row["user"] for row in answer.rows} == {None}
    assert answer.reading.member.item == "system_hive"
    assert answer.reading.covered == (Covered("HKLM\\SYSTEM"),)


def test_a_system_hive_that_does_not_say_which_control_set_is_not_whole(tmp_path: Path) -> None:
    answer = read(tmp_path, {"Select": {}, r"ControlSet001\Services\W32Time": {}})
    assert [row["place"] for row in answer.rows] == [r"HKLM\SYSTEM\CurrentControlSet\Services\W32Time"]
    assert answer.reading.covered == ()


def test_a_software_hive_is_known_by_its_root(tmp_path: Path) -> None:
    keys: dict[str, dict[str, Any]] = {"Classes": {}, r"Policies\Microsoft\Edge": {}, "Microsoft": {}}
    answer = read(tmp_path, keys, original="C/somewhere/x")
    assert [row["place"] for row in answer.rows] == [
        r"HKLM\SOFTWARE\Policies\Microsoft",
        r"HKLM\SOFTWARE\Policies\Microsoft\Edge",
    ]
    assert answer.reading.member.item == "software_hive"
    assert answer.reading.covered == (Covered("HKLM\\SOFTWARE"),)


def test_a_part_of_a_users_hive_covers_that_part_alone(tmp_path: Path) -> None:
    keys: dict[str, dict[str, Any]] = {r"Microsoft\Office\16.0": {}, r"Policies\x": {}}
    answer = read(tmp_path, keys, root="Software", original="C/x", user=USER)
    assert rf"HKCU\{OFFICE}\16.0" in by_place(answer)
    assert answer.reading.member.item == "user_hive"
    assert answer.reading.covered == (Covered("HKCU\\Software", user=USER),)


@pytest.mark.parametrize(
    ("saved_as", "original"),
    [
        ("temRoot\\System32\\Config\\DEFAULT", "x"),
        ("files\\NetworkService\\NTUSER.DAT", "x"),
        ("", "C/Windows/ServiceProfiles/LocalService/NTUSER.DAT"),
        ("\\??\\C:\\Users\\Default\\NTUSER.DAT", "x"),
    ],
)
def test_the_hive_of_a_service_or_of_users_to_be_is_no_persons(saved_as: str, original: str, tmp_path: Path) -> None:
    answer = read(tmp_path, HOME | {OFFICE: {}}, Style(file_name=saved_as), original=original, item="user_hive")
    assert answer.rows == []
    assert answer.reading.member.item is None
    assert answer.reasons == [": identified, not decoded: no diagnosis asks for what it holds"]


def test_a_hive_that_no_diagnosis_asks_for_is_named(tmp_path: Path) -> None:
    answer = read(tmp_path, {"SAM": {}}, original="C/SAM")
    assert (answer.rows, answer.reading.member.item, len(answer.gaps)) == ([], None, 1)


def test_a_dirty_hive_gives_evidence_and_proves_no_absence(tmp_path: Path) -> None:
    answer = read(tmp_path, HOME | {OFFICE: {}}, Style(sequences=(8, 7)))
    assert answer.rows
    assert answer.reasons == ["base block: dirty: its transaction logs were not replayed"]
    assert (answer.reading.covered, answer.reading.doubts) == ((), frozenset())


def changed(folder: Path, data: bytes) -> Told:
    return told(stored(written(folder, "hive", data), "hive", original="NTUSER.DAT"))


def test_a_base_block_whose_checksum_is_wrong_proves_no_absence(tmp_path: Path) -> None:
    data = bytearray(build_hive(tree(HOME)))
    data[12] ^= 1
    answer = changed(tmp_path, bytes(data))
    assert answer.rows
    assert answer.reasons == ["base block: it fails its checksum"]


def test_a_hive_shorter_than_it_says_proves_no_absence(tmp_path: Path) -> None:
    data = build_hive(tree(HOME | {OFFICE: {"values": {"b": ("binary", bytes(9000))}}}))
    answer = changed(tmp_path, data[:-4096])
    assert any(reason == "the end: 4096 bytes are missing" for reason in answer.reasons)
    assert answer.reading.covered == ()


def test_a_key_with_a_broken_value_keeps_the_others_and_counts_it(tmp_path: Path) -> None:
    values = {"first": ("sz", "one"), "second": ("sz", "two")}
    data = build_hive(tree(HOME | {OFFICE: {"values": values}}))
    at = data.index(b"second") - 20
    assert data[at : at + 2] == b"vk"
    answer = changed(tmp_path, data[:at] + b"xx" + data[at + 2 :])
    assert rf"HKCU\{OFFICE}!first" in by_place(answer)
    assert rf"HKCU\{OFFICE}!second" not in by_place(answer)
    assert answer.reading.lost_at_least == 1
    assert answer.reading.covered == ()


def test_a_key_that_holds_itself_ends(tmp_path: Path) -> None:
    data = bytearray(build_hive(tree(HOME | {rf"{OFFICE}\Deep\Deeper": {}})))
    office, deeper = (data.index(name) - 76 for name in (b"Office", b"Deeper"))
    # the lowest key takes over the list of sub-keys of one above it
    data[deeper + 20 : deeper + 32] = data[office + 20 : office + 32]
    answer = changed(tmp_path, bytes(data))
    assert any("holds itself" in reason for reason in answer.reasons)
    assert len(answer.rows) < 20


def test_nesting_is_followed_only_so_far(tmp_path: Path) -> None:
    deep = "\\".join(["k"] * 80)
    answer = read(tmp_path, HOME | {rf"{OFFICE}\{deep}": {}})
    assert any("nested too deeply" in reason for reason in answer.reasons)
    assert len([row for row in answer.rows if row["key"].startswith(OFFICE)]) == stored_tree.MAX_DEPTH + 1


def test_the_number_of_keys_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_tree, "MAX_KEYS", 50)
    answer = read(
        tmp_path, HOME | {rf"{OFFICE}\{n}": {} for n in range(40)} | {rf"{OFFICE}\{n}\x": {} for n in range(40)}
    )
    assert any("more than 50 keys" in reason for reason in answer.reasons)
    assert answer.reading.covered == ()


def test_a_hive_whose_root_is_not_whole_stays_what_it_was_taken_for(tmp_path: Path) -> None:
    data = build_hive(tree(HOME))
    path = written(tmp_path, "hive", data.replace(b"lh\2\0", b"xx\2\0"))
    answer = told(stored(path, "hive", item="software_hive"))
    assert (answer.rows, answer.reading.member.item, answer.reading.covered) == ([], "software_hive", ())
    assert answer.reasons == ["root key: only 0 of its 2 sub-keys can be read"]


@pytest.mark.parametrize("data", [b"", b"regf", b"regf" + bytes(4092), b"regf" + b"\xff" * 9000, b"\0" * 9000])
def test_what_is_no_hive_is_damage_and_never_an_error(data: bytes, tmp_path: Path) -> None:
    answer = changed(tmp_path, data)
    assert answer.gaps
    assert answer.reading.covered == ()


def test_what_the_library_logs_is_damage_and_does_not_reach_the_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened = hive.fast_root

    def grumbling(path: Path) -> Any:
        logging.getLogger("regipy.registry").error("Could not parse VK at %d", 4711)
        return opened(path)

    monkeypatch.setattr(hive, "fast_root", grumbling)
    answer = read(tmp_path, HOME)
    assert answer.reasons == ["the whole hive: the reader says: Could not parse VK at 4711"]
    assert answer.reading.covered == ()
    assert caplog.records == []
    assert logging.getLogger("regipy").propagate


@pytest.mark.parametrize("index", ["lf", "lh", "li"])
@pytest.mark.parametrize("root", [hive.fast_root, hive.pure_root])
def test_both_libraries_read_every_kind_of_list(index: str, root: Any, tmp_path: Path) -> None:
    keys = HOME | {rf"{OFFICE}\{n:03}": {"values": {"n": ("dword", n)}} for n in range(200)}
    path = written(tmp_path, "hive", build_hive(tree(keys), Style(index=index, leaf_capacity=50)))
    batches = [part for part in hive.read_with(stored(path, "hive"), root) if isinstance(part, Batch)]
    assert sum(len(batch) for batch in batches) == 1 + 1 + 2 * 200


def test_a_hive_of_the_older_format_keeps_long_data_in_one_cell(tmp_path: Path) -> None:
    long = bytes(range(256)) * 80
    keys = HOME | {OFFICE: {"values": {"long": ("binary", long)}}}
    assert by_place(read(tmp_path, keys, Style(minor_version=3)))[rf"HKCU\{OFFICE}!long"][1] == long.hex()


def test_a_time_that_no_calendar_has_is_null(tmp_path: Path) -> None:
    data = bytearray(build_hive(tree(HOME)))
    key = data.index(b"Environment") - 76
    struct.pack_into("<Q", data, key + 4, (1 << 64) - 1)
    assert [row["at"] for row in changed(tmp_path, bytes(data)).rows] == [None]


def test_the_seal_of_the_forge_is_the_checksum_that_is_expected() -> None:
    block = sealed(build_hive(Key("ROOT"))[:BASE_BLOCK_BYTES])
    assert replay(block + bytes(4096), None, None).damages == ()


# -- hives copied while they were in use --------------------------------------------------------------------------

IDENTITY = rf"{OFFICE}\16.0\Common\Identity"
STALE = HOME | {IDENTITY: {"values": {"kept": ("sz", "k"), "changed": ("sz", "old")}, "written": WRITTEN}}
HALFWAY = HOME | {IDENTITY: {"values": {"kept": ("sz", "k"), "changed": ("sz", "half")}, "written": WRITTEN}}
NEWEST = HOME | {
    IDENTITY: {"values": {"kept": ("sz", "k"), "changed": ("sz", "new"), "added": ("dword", 6)}, "written": WRITTEN}
}


def with_logs(folder: Path, data: Mapping[str, bytes], **given: Any) -> Artifact:
    """A hive with its logs beside it, named as Windows names them."""
    files = {name: written(folder, name, content) for name, content in data.items()}
    hive_file = stored(files["NTUSER.DAT"], "hive", original="C/Users/a/NTUSER.DAT", user=USER, **given)
    return with_siblings(hive_file, {f"C/Users/a/{name}": file for name, file in files.items()})


def forged(*states: Mapping[str, Mapping[str, Any]], plan: LogPlan = ALL_IN_LOG1) -> dict[str, bytes]:
    dirty = build_dirty(*map(tree, states), plan=plan)
    return {"NTUSER.DAT": dirty.hive, "ntuser.dat.LOG1": dirty.log1, "ntuser.dat.LOG2": dirty.log2}


def registry(answer: Told) -> dict[str, str | None]:
    return {row["place"]: row["value"] for name, part in answer.frames if name == "registry" for row in part.to_dicts()}


def facts(answer: Told, name: str) -> list[tuple[str, str | None, str]]:
    rows = (row for table, part in answer.frames if table == "facts" for row in part.to_dicts())
    return sorted((row["place"], row["subject"], row["value"]) for row in rows if row["name"] == name)


def test_a_hive_becomes_whole_by_its_logs_and_each_row_says_what_it_owes_to_them(tmp_path: Path) -> None:
    answer = told(with_logs(tmp_path, forged(STALE, HALFWAY, NEWEST, plan=LogPlan(in_first=1))))
    place = rf"HKCU\{IDENTITY}"
    assert registry(answer)[f"{place}!changed"] == "new"
    assert (answer.reasons, answer.reading.covered) == ([], (Covered("HKCU", user=USER),))
    assert facts(answer, "hive.replayed") == [("base block", None, "LOG1 6-6, LOG2 7-7")]
    log2 = "C/Users/a/ntuser.dat.LOG2"
    assert facts(answer, "hive.found_in") == [(f"{place}!added", log2, "LOG2"), (f"{place}!changed", log2, "LOG2")]


def test_a_row_of_the_earlier_log_is_not_the_later_ones(tmp_path: Path) -> None:
    answer = told(with_logs(tmp_path, forged(STALE, HALFWAY, HALFWAY | {rf"{OFFICE}\x": {}}, plan=LogPlan(in_first=1))))
    found = [(place, log) for place, _, log in facts(answer, "hive.found_in")]
    assert (rf"HKCU\{IDENTITY}!changed", "LOG1") in found
    assert (rf"HKCU\{OFFICE}\x", "LOG2") in found
    assert rf"HKCU\{IDENTITY}!kept" not in [place for place, _ in found]


def test_a_key_that_was_deleted_in_a_log_is_gone(tmp_path: Path) -> None:
    answer = told(with_logs(tmp_path, forged(NEWEST, HOME)))
    assert [place for place in registry(answer) if IDENTITY in place] == []
    assert answer.reading.covered == (Covered("HKCU", user=USER),)


def test_a_clean_hive_owes_nothing_to_its_logs(tmp_path: Path) -> None:
    clean = {"NTUSER.DAT": build_hive(tree(NEWEST), Style(sequences=(9, 9)))}
    answer = told(with_logs(tmp_path, clean | {"ntuser.dat.LOG1": stale_log(tree(NEWEST), tree(STALE))}))
    assert (answer.reasons, {name for name, _ in answer.frames}) == ([], {"registry"})


def test_what_a_damaged_log_still_gives_is_evidence_and_no_proof_of_absence(tmp_path: Path) -> None:
    files = forged(STALE, HALFWAY, NEWEST)
    answer = told(with_logs(tmp_path, files | {"ntuser.dat.LOG1": spoil_entry(files["ntuser.dat.LOG1"], 1)}))
    assert registry(answer)[rf"HKCU\{IDENTITY}!changed"] == "half"
    assert answer.reasons == ["LOG1: write 7 fails its checksum: it and what follows are not replayed"]
    assert answer.reading.covered == ()


def test_a_log_whose_bytes_are_not_those_collected_proves_no_absence(tmp_path: Path) -> None:
    artifact = with_logs(tmp_path, forged(STALE, NEWEST))
    shelf = {f"c/users/a/ntuser.dat{end}": log for end in (".log1", ".log2") if (log := artifact.beside(end))}
    log1 = shelf["c/users/a/ntuser.dat.log1"]
    shelf["c/users/a/ntuser.dat.log1"] = replace(log1, member=replace(log1.member, integrity=Integrity.DIFFERS))
    answer = told(replace(artifact, _shelf=shelf))
    assert registry(answer)[rf"HKCU\{IDENTITY}!changed"] == "new"
    assert answer.reasons == ["LOG1: its bytes are not those that were collected"]


def test_of_a_log_that_is_too_long_no_more_is_read_than_shows_it(tmp_path: Path) -> None:
    artifact = with_logs(tmp_path, forged(STALE, NEWEST))
    log1 = artifact.beside(".LOG1")
    assert log1
    os.truncate(log1.path, 1 << 40)
    assert "LOG1: it is larger than 64 MiB: not replayed" in told(artifact).reasons


def test_a_log_by_itself_is_read_beside_its_hive_and_is_no_gap(tmp_path: Path) -> None:
    log = written(tmp_path, "ntuser.dat.LOG1", forged(STALE, NEWEST)["ntuser.dat.LOG1"])
    answer = told(stored(log, "hive_log"))
    assert (answer.gaps, answer.rows, answer.reading.covered) == ((), [], ())


def test_the_hive_of_nobody_stays_unasked_for_when_it_is_dirty(tmp_path: Path) -> None:
    artifact = with_logs(tmp_path, forged({"SAM": {}}, {"SAM": {}, "SAM\\Domains": {}}))
    assert told(artifact).reasons == [": identified, not decoded: no diagnosis asks for what it holds"]


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_no_changed_byte_of_a_log_gives_rows_of_no_state_without_a_word(tmp_path: Path, data: st.DataObject) -> None:
    states = (STALE, HALFWAY, NEWEST)
    files = forged(*states)
    log = bytearray(files["ntuser.dat.LOG1"])
    log[data.draw(st.integers(0, len(log) - 1))] ^= data.draw(st.integers(1, 255))
    answer = told(with_logs(tmp_path, files | {"ntuser.dat.LOG1": bytes(log)}))
    shown = [registry(read(tmp_path, keys, user=USER)) for keys in states]
    assert registry(answer) in (shown if answer.gaps else shown[-1:])
