"""Other tools' member names, back to the paths of the machine: judged by names alone."""

from __future__ import annotations

import pytest

from analyzer.layouts import Kind, Layout, is_service_account, item_of, recognise, user_of
from analyzer.model import Refusal

LOGS = "Windows/System32/winevt/Logs"


def test_a_root_manifest_makes_it_ours() -> None:
    assert recognise(["manifest.json", "C/Users/alice/NTUSER.DAT"]) == Layout(Kind.MAILSCOPE)


@pytest.mark.parametrize("name", ["live/state.json", "live/cmdkey_list.txt", "registry/reg_schannel.reg"])
def test_ours_is_known_without_its_manifest(name: str) -> None:
    assert recognise([name, "C/Windows/System32/config/SYSTEM"]).kind is Kind.MAILSCOPE


def test_a_wrapping_folder_is_stripped() -> None:
    layout = recognise(["INC1/PC-042/manifest.json", "INC1/PC-042/C/Users/alice/NTUSER.DAT", "INC1/note.txt"])
    assert layout == Layout(Kind.MAILSCOPE, "INC1/PC-042/")
    assert layout.unwrap("inc1/pc-042/C/Users/alice/NTUSER.DAT") == "C/Users/alice/NTUSER.DAT"
    assert layout.unwrap("INC1/note.txt") == "INC1/note.txt"


def test_a_user_named_live_is_no_second_bundle() -> None:
    names = ["manifest.json", "C/Users/live/state.json", "C/Users/x/manifest.json", "C/live/state.json"]
    assert recognise(names) == Layout(Kind.MAILSCOPE)


@pytest.mark.parametrize(
    "names",
    [
        ["PC1/manifest.json", "PC2/manifest.json"],
        ["PC1/C/Windows/System32/config/SYSTEM", "PC2/C/Windows/System32/config/SYSTEM"],
        ["Collection-A/uploads/auto/C%3A/x", "Collection-B/uploads/auto/C%3A/x"],
        ["Outlook_A/ScriptInfo.xml", "Outlook_B/ScriptInfo.xml"],
        ["a/System.evtx", "b/system.EVTX"],
        ["a/SOFTWARE", "b/SOFTWARE"],
    ],
)
def test_two_machines_in_one_input_are_refused_naming_batch(names: list[str]) -> None:
    with pytest.raises(Refusal, match=r"several machines.*mailscope batch"):
        recognise(names)


def test_two_profiles_in_a_bare_folder_are_one_machine() -> None:
    assert recognise(["a/NTUSER.DAT", "b/NTUSER.DAT"]).kind is Kind.BARE


# -- Velociraptor

VELOCIRAPTOR = Layout(Kind.VELOCIRAPTOR)


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("uploads/auto/C%3A/Users/alice/NTUSER.DAT", "C/Users/alice/NTUSER.DAT"),
        ("uploads/ntfs/%5C%5C.%5CC%3A/Users/alice/NTUSER.DAT", "C/Users/alice/NTUSER.DAT"),
        ("uploads/lazy_ntfs/%5C%5C.%5Cd%3A/x", "D/x"),
        ("uploads/mft/C%3A/$MFT", "C/$MFT"),
        (f"uploads/auto/C%3A/{LOGS}/A%254Operational.evtx", f"C/{LOGS}/A%4Operational.evtx"),
        (f"uploads/auto/C%3A/{LOGS}/A%25254B.evtx", f"C/{LOGS}/A%254B.evtx"),
        ("uploads/auto/C%3A/Users/a%20b/%2Ex", "C/Users/a b/.x"),
        ("uploads.json", "uploads.json"),
    ],
)
def test_velociraptor_names_are_decoded_exactly_once(name: str, original: str) -> None:
    assert VELOCIRAPTOR.place(name).original == original


def test_velociraptor_shadow_copies_are_kept_apart_and_not_read() -> None:
    device = "%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy12"
    place = VELOCIRAPTOR.place(f"uploads/ntfs_vss/{device}/Users/alice/NTUSER.DAT")
    assert place.original == "VSS12/Users/alice/NTUSER.DAT"
    assert place.accessor == "ntfs_vss"
    assert "earlier state" in place.unread


def test_velociraptor_is_known_below_its_own_folder() -> None:
    names = ["Collection-X/uploads/auto/C%3A/x", "Collection-X/client_info.json"]
    assert recognise(names) == Layout(Kind.VELOCIRAPTOR, "Collection-X/")


# -- KAPE, CyLR


@pytest.mark.parametrize(
    ("names", "layout"),
    [
        (["tout/C/Users/alice/NTUSER.DAT"], Layout(Kind.KAPE, "tout/")),
        (["C/Windows/x", "2026-03-02T080000_CopyLog.csv"], Layout(Kind.KAPE)),
        (["C/Windows/x", "VSS1/C/Windows/x"], Layout(Kind.KAPE)),
        (["C/Windows/System32/config/SYSTEM", "C/$MFT"], Layout(Kind.CYLR)),
        (["c/users/alice/ntuser.dat"], Layout(Kind.CYLR)),
    ],
)
def test_trees_of_a_drive_are_kapes_or_cylrs(names: list[str], layout: Layout) -> None:
    assert recognise(names) == layout


@pytest.mark.parametrize(
    "name",
    [
        "C/Windows.old/Windows/System32/config/SYSTEM",
        "C/Windows.old.000/Users/alice/NTUSER.DAT",
        "VSS3/C/Windows/System32/config/SYSTEM",
        "C/Windows/System32/config/RegBack/SYSTEM",
    ],
)
def test_an_earlier_state_of_the_machine_is_not_read(name: str) -> None:
    assert "earlier state" in Layout(Kind.KAPE).place(name).unread


@pytest.mark.parametrize(
    "name",
    [
        "C/Users/Default/NTUSER.DAT",
        "C/Users/Default/AppData/Local/Microsoft/Windows/UsrClass.dat.LOG1",
        "C/Windows/ServiceProfiles/NetworkService/NTUSER.DAT",
        "C/Windows/System32/config/systemprofile/ntuser.dat",
        "C/Windows/System32/config/DEFAULT",
    ],
)
def test_a_service_accounts_profile_is_not_read(name: str) -> None:
    assert "service account" in Layout(Kind.CYLR).place(name).unread


@pytest.mark.parametrize("name", ["C/Users/alice/NTUSER.DAT", "C/Windows/System32/config/SYSTEM", "C/x/default"])
def test_the_present_state_is_read(name: str) -> None:
    assert Layout(Kind.CYLR).place(name).unread == ""


# -- OutlookTrace, bare


@pytest.mark.parametrize(
    "name", ["ScriptInfo.xml", "Configuration/OS/cmdkey.txt", "Configuration/EventLog/System.evtx"]
)
def test_outlooktrace_is_known_by_its_folders(name: str) -> None:
    assert recognise([f"Outlook_PC_2026/{name}"]) == Layout(Kind.OUTLOOKTRACE, "Outlook_PC_2026/")


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("Configuration/OS/cmdkey.txt", "cmdkey_list"),
        ("Configuration/Network/hosts.txt", "hosts_file"),
        ("Configuration/Network/ipconfig -all.txt", "ipconfig_all"),
        ("Configuration/EventLog/Microsoft-Windows-AAD_Operational.evtx", "aad_log"),
        ("Configuration/EventLog/Application.evtx", "application_log"),
        ("Configuration/Registry/HKCU_Software_Microsoft_Office.reg", "reg_user_office"),
        ("Configuration/Registry/HKEY_USERS_S-1-5-21-1-2-3-1001_Software_Microsoft_Office.reg", "reg_user_office"),
        ("WebView2/netlog_1.json", "webview2_netlog"),
        ("Outlook/Outlook-1.etl", "outlook_etl"),
        ("Configuration/OS/Service.xml", None),
    ],
)
def test_outlooktrace_files_are_known_by_name(name: str, item: str | None) -> None:
    assert item_of(name, Kind.OUTLOOKTRACE) == item


def test_the_sid_in_the_name_of_a_registry_export_is_whose_it_is() -> None:
    name = "Configuration/Registry/HKEY_USERS_S-1-5-21-1-2-3-1001_Software_Microsoft_Office.reg"
    assert user_of(name) == "S-1-5-21-1-2-3-1001"
    assert user_of("Configuration/Registry/HKCU_Software_Microsoft_Office.reg") is None


def test_the_common_folder_of_a_bare_input_is_stripped() -> None:
    assert recognise(["case/dump/x.evtx", "case/dump/c/y.evtx"]) == Layout(Kind.BARE, "case/dump/")
    assert recognise(["NetworkService/NTUSER.DAT"]) == Layout(Kind.BARE)


# -- items and users


@pytest.mark.parametrize(
    ("original", "item"),
    [
        ("C/Windows/System32/config/SYSTEM", "system_hive"),
        ("d/windows/system32/CONFIG/software", "software_hive"),
        ("C/Users/alice/NTUSER.DAT", "user_hive"),
        (f"C/{LOGS}/OAlerts.evtx", "oalerts_log"),
        (f"C/{LOGS}/Microsoft-Windows-AppLocker%4EXE and DLL.evtx", "applocker_log"),
        ("live/state.json", "live_state"),
        ("registry/reg_schannel.reg", "reg_schannel"),
        ("C/Users/a/AppData/Local/Temp/Outlook Logging/opmlog.log", "outlook_opm_log"),
        ("C/Users/a/AppData/Local/Temp/Outlook-Protokoll/OPMLog.log", "outlook_opm_log"),
        ("D/moved/IMAP-alicegmailcom-03_02_2026-08_01_02_003.log", "outlook_imap_log"),
        ("C/Users/a/AppData/Local/Temp/Diagnostics/OUTLOOK/Outlook1_{x}.log", "office_log"),
        ("C/Users/a/AppData/Local/Temp/Diagnostics/OUTLOOK/Additional/Additional1_x.log", "office_log"),
        ("C/Users/a/AppData/Local/Temp/PC-042-20260302-0802.log", "office_log"),
        ("C/Users/a/AppData/Local/Temp/2/PC-042-20260302-0802a.log", "office_log"),
        ("C/Users/a/AppData/Local/Temp/Diagnostics/EXCEL/x.log", None),
        ("C/Windows/Temp/PC-042-20260302-0802.log", "clicktorun_log"),
        ("C/ProgramData/Microsoft/EdgeUpdate/Log/MicrosoftEdgeUpdate.log", "edge_update_log"),
        ("C/Users/a/AppData/Local/Temp/MicrosoftEdgeUpdate.log", "edge_update_user_log"),
        ("C/Windows/System32/drivers/etc/hosts", "hosts_file"),
        ("C/Users/a/Desktop/hosts", None),
        ("C/Users/a/Desktop/SYSTEM", None),
        ("C/Windows/System32/config/SYSTEM.LOG1", None),
    ],
)
def test_a_path_of_the_machine_is_its_catalogue_item(original: str, item: str | None) -> None:
    assert item_of(original, Kind.MAILSCOPE) == item


@pytest.mark.parametrize(
    ("original", "user"),
    [
        ("C/Users/alice/NTUSER.DAT", "alice"),
        ("D/users/Alice.CORP/AppData/x", "Alice.CORP"),
        ("C/Documents and Settings/bob/x", "bob"),
        ("Users/alice/NTUSER.DAT", "alice"),
        ("C/Users/Public/x", None),
        ("C/Users/defaultuser0/NTUSER.DAT", None),
        ("C/Windows/System32/x", None),
        ("registry/NTUSER.DAT", None),
    ],
)
def test_the_profile_folder_names_the_user(original: str, user: str | None) -> None:
    assert user_of(original) == user


@pytest.mark.parametrize(
    "label",
    [
        "S-1-5-18", "s-1-5-19", "S-1-5-20", "S-1-5-80-956008885-3418522649", "S-1-5-82-1", "S-1-5-83-1", "S-1-5-90-0-1",
        "S-1-5-96-0-0", "S-1-5-18_Classes", "S-1-5-21-1-2-3-503", ".DEFAULT", "Default", "Default User", "Public",
        "systemprofile", "LocalService", "NETWORK SERVICE", "NT AUTHORITY\\SYSTEM", "NT SERVICE\\TrustedInstaller",
        "defaultuser0", "defaultuser100001", "WDAGUtilityAccount", "DWM-1", "Font Driver Host\\UMFD-0", "PC-042$",
    ],
)  # fmt: skip
def test_windows_own_accounts_are_no_persons(label: str) -> None:
    assert is_service_account(label)


@pytest.mark.parametrize(
    "label",
    ["alice", "PC-042\\alice", "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-500", "S-1-12-1-1-2-3-4", "publican", "Systems"],
)
def test_persons_are_no_service_accounts(label: str) -> None:
    assert not is_service_account(label)
