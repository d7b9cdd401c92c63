"""Scenarios become bundles: names, hashes, owners, layouts, damage; and the same text gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors import catalog
from fixtures.forge import variations
from fixtures.forge.bundle import build_bundle, bundle_files, write_folder
from fixtures.forge.scenario import Machine, Scenario, load_scenario, parse_scenario, registry_value
from tests.unit.forge.evtx_readers import json_by_rust
from tests.unit.forge.hive_readers import libregf, meant

FIELD = Path(__file__).parents[3] / "fixtures/scenarios/field_bundle"
AT = datetime(2026, 3, 2, 8, 2, tzinfo=UTC)
SID = "S-1-5-21-1-2-3-1001"
USER_HIVE = "C/Users/alice/NTUSER.DAT"
SYSTEM_HIVE = "C/Windows/System32/config/SYSTEM"
OALERTS = "C/Windows/System32/winevt/Logs/OAlerts.evtx"
IDENTITY = r"Software\Microsoft\Office\16.0\Common\Identity"


def small(**parts: Any) -> Scenario:
    return parse_scenario({"title": "small", "machine": {"sid": SID, "started_utc": AT}, **parts})


def manifest_of(scenario: Scenario) -> Any:
    return json.loads(bundle_files(scenario)["manifest.json"])


def names_of(data: bytes) -> list[str]:
    return [entry.filename for entry in zipfile.ZipFile(io.BytesIO(data)).infolist()]


def test_the_same_scenario_gives_the_same_bytes() -> None:
    assert build_bundle(load_scenario(FIELD)) == build_bundle(load_scenario(FIELD / "scenario.toml"))


def test_no_byte_of_a_bundle_comes_from_the_clock_of_this_machine() -> None:
    entries = zipfile.ZipFile(io.BytesIO(build_bundle(load_scenario(FIELD)))).infolist()
    assert {entry.date_time for entry in entries} == {(2024, 1, 1, 0, 0, 0)}
    assert {(entry.create_system, entry.compress_type) for entry in entries} == {(3, zipfile.ZIP_STORED)}


def test_the_manifest_has_every_members_true_hash_and_every_catalogue_item() -> None:
    files = bundle_files(load_scenario(FIELD))
    manifest = json.loads(files["manifest.json"])
    hashes = {row["member"]: (row["sha256"], row["size"]) for row in manifest["artifacts"]}
    members = {name: data for name, data in files.items() if name != "manifest.json"}
    assert hashes == {name: (hashlib.sha256(data).hexdigest(), len(data)) for name, data in members.items()}
    told = {row["artifact"] for row in (*manifest["artifacts"], *manifest["omissions"])}
    assert told == {item.id for item in catalog.load().items}


def test_members_carry_the_catalogue_id_and_their_owner() -> None:
    rows = {row["member"]: row for row in manifest_of(load_scenario(FIELD))["artifacts"]}
    sid = "S-1-5-21-1004336348-1177238915-682003330-1001"
    hive = rows[USER_HIVE]
    assert (hive["artifact"], hive["user"], hive["sid"]) == ("user_hive", "alice", sid)
    assert hive["source_path"] == r"C:\Users\alice\NTUSER.DAT"
    assert rows[OALERTS]["artifact"] == "oalerts_log"
    assert "sid" not in rows[OALERTS]
    cmdkey = rows["live/cmdkey_list.txt"]
    assert (cmdkey["artifact"], cmdkey["sid"], cmdkey["source_path"]) == ("cmdkey_list", sid, "cmdkey /list")


def test_what_an_administrator_took_is_the_administrators() -> None:
    text = {"member": "live/cmdkey_list.txt", "body": ""}
    scenario = small(machine={"sid": SID, "collected_as": "admin"}, text=[text])
    manifest = manifest_of(scenario)
    assert manifest["artifacts"][0]["sid"] == "S-1-5-21-1-2-3-500"
    assert manifest["host"]["collected_as_sid"] == "S-1-5-21-1-2-3-500"
    assert manifest["host"]["console_user_sid"] == SID


def test_a_named_omission_keeps_its_outcome_and_the_rest_was_skipped() -> None:
    omission = {"item": "security_log", "outcome": "denied", "reason": "access denied (5)"}
    outcomes = {row["artifact"]: row["outcome"] for row in manifest_of(small(omission=[omission]))["omissions"]}
    assert outcomes["security_log"] == "denied"
    assert outcomes["system_log"] == "skipped"


def test_the_console_takes_the_nearest_letter_it_has() -> None:
    text = {"member": "live/cmdkey_list.txt", "encoding": "cp850", "body": "d’identification stockées\u00a0:\n"}
    data = bundle_files(small(text=[text]))["live/cmdkey_list.txt"]
    # 82 is é and FF the no-break space in code page 850
    assert data == b"d'identification stock\x82es\xff:\r\n"
    utf16 = bundle_files(small(text=[{**text, "encoding": "utf-16"}]))["live/cmdkey_list.txt"]
    assert utf16.decode("utf-16") == "d’identification stockées\u00a0:\r\n"


def test_the_state_is_written_word_for_word() -> None:
    state = {"taken_utc": "2026-03-02T08:11:30Z", "credentials": []}
    assert json.loads(bundle_files(small(state=state))["live/state.json"]) == {"schema": "mailscope-state/1", **state}
    assert "live/state.json" not in bundle_files(small())


def test_registry_values_are_written_as_toml_has_them() -> None:
    assert registry_value("x") == ("sz", "x")
    assert registry_value(6) == ("dword", 6)
    assert registry_value(["a"]) == ("multi_sz", ["a"])
    assert registry_value({"expand_sz": "%A%"}) == ("expand_sz", "%A%")
    assert registry_value({"binary": "01 ff"}) == ("binary", b"\x01\xff")
    assert registry_value({"utf16": "a"}) == ("binary", b"a\0\0\0")
    assert registry_value({"dwords": [1, 2]}) == ("binary", b"\1\0\0\0\2\0\0\0")
    assert registry_value({"zeros": 3}) == ("binary", b"\0\0\0")
    with pytest.raises(ValueError, match="no registry value"):
        registry_value({"dwrod": 5})


def test_a_misspelt_field_is_refused() -> None:
    with pytest.raises(TypeError, match="membr"):
        small(text=[{"membr": "live/x.txt", "body": ""}])


HIVE = {"member": USER_HIVE, "written": AT, "keys": {IDENTITY: {"@": "d", "@written": AT, "IdP": 6}}}


def test_a_hive_holds_the_keys_of_its_table_with_their_times() -> None:
    content = libregf(bundle_files(small(hive=[HIVE]))[USER_HIVE])
    # 2026-03-02T08:02:00Z in steps of 100 ns since 1601
    assert content[tuple(IDENTITY.split("\\"))] == (
        134_169_121_200_000_000,
        {"": (1, b"d\0\0\0"), "IdP": (4, b"\6\0\0\0")},
    )


@pytest.mark.parametrize("dirty", ["log1", "log2", "both", "old", "spoiled", "no_log"])
def test_a_dirty_hive_shows_the_old_state_and_brings_its_logs(dirty: str) -> None:
    scenario = small(hive=[{**HIVE, "newest": {IDENTITY: {"IdP": 1}}, "dirty": dirty}])
    files = bundle_files(scenario)
    assert libregf(files[USER_HIVE]) == meant(scenario.hives[0].root)
    empty = {ending: not files.get(USER_HIVE + ending) for ending in (".LOG1", ".LOG2")}
    assert empty == {".LOG1": dirty in ("log2", "no_log"), ".LOG2": dirty not in ("log2", "both")}


def test_a_stale_log_lies_beside_a_hive_that_is_up_to_date() -> None:
    scenario = small(hive=[{**HIVE, "newest": {IDENTITY: {"IdP": 1}}, "dirty": "stale"}])
    files = bundle_files(scenario)
    assert scenario.hives[0].newest is not None
    assert libregf(files[USER_HIVE]) == meant(scenario.hives[0].newest)
    assert files[USER_HIVE + ".LOG1"][512:516] == b"HvLE"


def test_without_administrator_rights_the_registry_comes_as_exports_of_the_catalogues_keys() -> None:
    files = bundle_files(small(hive=[{**HIVE, "form": "reg"}]))
    assert sorted(name for name in files if name.startswith("registry/")) == [
        "registry/reg_user_office.keys.jsonl",
        "registry/reg_user_office.reg",
    ]
    assert "[HKEY_CURRENT_USER\\Software\\Microsoft\\Office\\16.0" in files["registry/reg_user_office.reg"].decode(
        "utf-16"
    )
    rows = {row["member"]: row for row in manifest_of(small(hive=[{**HIVE, "form": "reg"}]))["artifacts"]}
    exported = rows["registry/reg_user_office.reg"]
    assert (exported["artifact"], exported["method"], exported["sid"]) == ("reg_user_office", "reg-export", SID)
    assert exported["source_path"] == r"HKCU\Software\Microsoft\Office"


def test_the_current_control_set_is_stored_by_number_and_exported_by_name() -> None:
    keys = {r"CurrentControlSet\Control\TimeZoneInformation": {"RealTimeIsUniversal": 1}}
    hive = {"member": SYSTEM_HIVE, "keys": keys}
    content = libregf(bundle_files(small(hive=[hive]))[SYSTEM_HIVE])
    assert ("ControlSet001", "Control", "TimeZoneInformation") in content
    assert content[("Select",)][1]["Current"] == (4, b"\1\0\0\0")
    exported = bundle_files(small(hive=[{**hive, "form": "reg"}]))["registry/reg_time_zone.reg"].decode("utf-16")
    assert r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\TimeZoneInformation]" in exported


EVENT = {"at": AT, "provider": "P", "id": 7}


def test_a_log_lies_where_windows_keeps_it_and_holds_its_events() -> None:
    log = {
        "channel": "Microsoft-Windows-Time-Service/Operational",
        "first_record_id": 40,
        "level": 3,
        "events": [EVENT],
    }
    files = bundle_files(small(log=[log]))
    data = files["C/Windows/System32/winevt/Logs/Microsoft-Windows-Time-Service%4Operational.evtx"]
    (record,) = json_by_rust(data).values()
    system = record["System"]
    assert [system[name] for name in ("EventRecordID", "Level", "Computer")] == [40, 3, "PC-042"]


def test_event_data_may_say_its_types_and_a_series_is_one_table() -> None:
    event = {**EVENT, "data": {"Code": {"hex32": 0x80090325}, "When": AT, "On": True}, "repeat": 3, "every_s": 60}
    files = bundle_files(small(log=[{"channel": "System", "events": [event]}]))
    records = json_by_rust(files["C/Windows/System32/winevt/Logs/System.evtx"])
    data = {"Code": "0x80090325", "When": "2026-03-02T08:02:00.000000Z", "On": True}
    assert [record["EventData"] for record in records.values()] == [data] * 3
    times = [record["System"]["TimeCreated"]["#attributes"]["SystemTime"] for record in records.values()]
    assert [time[11:19] for time in times] == ["08:02:00", "08:03:00", "08:04:00"]


def test_user_data_is_nested_as_the_table_is() -> None:
    content = {"Certificate": {"@subjectName": "accounts.google.com"}, "Result": {"@value": "800B0109"}}
    event = {**EVENT, "user_data": {"root": "Chain", "content": content}}
    files = bundle_files(small(log=[{"channel": "System", "events": [event]}]))
    (record,) = json_by_rust(files["C/Windows/System32/winevt/Logs/System.evtx"]).values()
    assert record["UserData"]["Chain"]["Certificate"] == {"#attributes": {"subjectName": "accounts.google.com"}}


def test_damage_in_a_log_was_there_when_the_manifest_was_written() -> None:
    log = {"channel": "OAlerts", "events": [EVENT], "damage": "truncated"}
    files = bundle_files(small(log=[log]))
    assert len(files[OALERTS]) == 4096 + 12288
    row = json.loads(files["manifest.json"])["artifacts"][0]
    assert row["sha256"] == hashlib.sha256(files[OALERTS]).hexdigest()


def test_damage_on_the_way_leaves_the_manifest_as_it_was() -> None:
    parts: dict[str, Any] = {"log": [{"channel": "OAlerts", "events": [EVENT]}], "hive": [HIVE]}
    whole = bundle_files(small(**parts))
    files = bundle_files(
        small(**parts, damage={OALERTS: {"cut": 5000, "flip": [0], "zero": [8, 16]}, USER_HIVE: {"drop": True}})
    )
    assert files["manifest.json"] == whole["manifest.json"]
    assert files[OALERTS] == b"\xbalfFile\0" + bytes(8) + whole[OALERTS][16:5000]
    assert USER_HIVE not in files
    with pytest.raises(ValueError, match="no such member"):
        bundle_files(small(damage={"C/nothing": {"drop": True}}))


def test_each_layout_puts_the_files_where_its_tool_does() -> None:
    log = {"channel": "Microsoft-Windows-CAPI2/Operational", "events": [EVENT]}
    scenario = small(hive=[HIVE], log=[log], text=[{"member": "live/cmdkey_list.txt", "body": ""}])
    assert names_of(build_bundle(scenario, "velociraptor")) == [
        "uploads/auto/C%3A/Users/alice/NTUSER.DAT",
        "uploads/auto/C%3A/Windows/System32/winevt/Logs/Microsoft-Windows-CAPI2%254Operational.evtx",
    ]
    assert names_of(build_bundle(scenario, "kape")) == [
        r"PC-042\C\Users\alice\NTUSER.DAT",
        r"PC-042\C\Windows\System32\winevt\Logs\Microsoft-Windows-CAPI2%4Operational.evtx",
    ]
    assert names_of(build_bundle(scenario, "cylr"))[0] == USER_HIVE
    assert names_of(build_bundle(scenario, "bare")) == ["Microsoft-Windows-CAPI2%4Operational.evtx", "NTUSER.DAT"]


def test_hives_of_several_people_do_not_collide_in_a_bare_folder() -> None:
    other = {**HIVE, "member": "C/Users/bob/NTUSER.DAT"}
    scenario = small(hive=[HIVE, other], log=[{"channel": "OAlerts", "events": [EVENT]}])
    assert names_of(build_bundle(scenario, "bare")) == ["OAlerts.evtx", "alice/NTUSER.DAT", "bob/NTUSER.DAT"]


def test_the_order_of_a_zip_can_be_chosen() -> None:
    scenario = load_scenario(FIELD)
    names = names_of(build_bundle(scenario))
    assert names == sorted(names)
    assert names_of(build_bundle(scenario, order="reversed")) == names[::-1]
    assert names_of(build_bundle(scenario, order=["manifest.json"]))[:2] == ["manifest.json", names[0]]


def test_a_folder_holds_what_the_zip_holds(tmp_path: Path) -> None:
    scenario = load_scenario(FIELD)
    for layout in ("mailscope", "kape"):
        write_folder(scenario, tmp_path / layout, layout)
        written = {path.relative_to(tmp_path / layout): path.read_bytes() for path in (tmp_path / layout).rglob("*.*")}
        files = bundle_files(scenario, layout)
        assert written == {Path(name.replace("\\", "/")): data for name, data in files.items()}


def test_a_renamed_machine_has_no_trace_of_the_old_names() -> None:
    names = {"alice": "bruno", "PC-042": "TEST-7", "1004336348": "1999999999"}
    files = bundle_files(variations.renamed(load_scenario(FIELD), names))
    assert "C/Users/bruno/NTUSER.DAT" in files
    everything = b"".join(name.encode() + data for name, data in files.items())
    for old in names:
        assert old.encode() not in everything
        assert old.encode("utf-16-le") not in everything


def test_variations_leave_the_given_scenario_as_it_was() -> None:
    scenario = load_scenario(FIELD)
    before = build_bundle(scenario)
    told_otherwise = [
        variations.in_code_page(scenario, 437),
        variations.recoded(scenario, "utf-16"),
        variations.in_time_zone(scenario, 300, "Eastern Standard Time"),
        variations.noisy(scenario),
        variations.reordered(scenario),
        replace(scenario, machine=replace(scenario.machine, name="OTHER")),
    ]
    assert build_bundle(scenario) == before
    assert len({build_bundle(each) for each in told_otherwise} | {before}) == 7


def test_a_reordered_scenario_holds_the_same_keys_and_credentials() -> None:
    scenario = load_scenario(FIELD)
    again = variations.reordered(scenario)
    assert libregf(bundle_files(again)[USER_HIVE]) == libregf(bundle_files(scenario)[USER_HIVE])
    assert variations.reordered(again) == scenario


def test_noise_comes_after_the_last_event_and_takes_nothing_away() -> None:
    scenario = load_scenario(FIELD)
    quiet, loud = (json_by_rust(bundle_files(each)[OALERTS]) for each in (scenario, variations.noisy(scenario, 5)))
    assert {number: loud[number] for number in quiet} == quiet
    assert len(loud) == len(quiet) + 5


def test_the_field_bundle_reads_as_it_is_told() -> None:
    files = bundle_files(load_scenario(FIELD))
    alerts = json_by_rust(files[OALERTS])
    assert list(alerts) == [211, 212]
    assert alerts[212]["EventData"]["Data"]["#text"][1].startswith(
        "We couldn't log on to the incoming (POP/IMAP) server."
    )
    identity = (*IDENTITY.split("\\"), "Identities", "alice.pc042_gmail.com_tp_google_imap_OAuth2")
    written, values = libregf(files[USER_HIVE])[identity]
    # 2024-09-14T07:00:00Z
    assert written == 133_707_708_000_000_000
    assert values["IdP"] == (4, b"\6\0\0\0")
    assert b"_tp_google_imap_oauth2\r\n" in files["live/cmdkey_list.txt"]


def test_defaults_make_a_machine_of_their_own() -> None:
    assert Machine().sid_of("alice") == Machine().sid
    assert Machine(profiles={"bob": "S-1-5-21-9"}).sid_of("bob") == "S-1-5-21-9"
    assert Machine().sid_of("Public") is None
