"""What a file is: its first bytes first, its name only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.bundle.formats import command, sniff

HIVE = b"regf" + bytes(4092)


def hive_of_type(kind: int) -> bytes:
    return b"regf" + bytes(24) + kind.to_bytes(4, "little") + bytes(4064)


@pytest.mark.parametrize(
    ("head", "name", "form"),
    [
        (b"ElfFile\x00", "C/x.txt", "evtx"),
        (HIVE, "C/x.evtx", "hive"),
        (hive_of_type(1), "C/anything", "hive_log"),
        (hive_of_type(2), "C/anything", "hive_log"),
        (hive_of_type(6), "C/anything", "hive_log"),
        (b"", "C/NTUSER.DAT.LOG2", "hive_log"),
        (bytes(72) + b"\x02\x00\x02\xc0", "C/x", "etl"),
        ("\ufeffWindows Registry Editor Version 5.00\r\n".encode("utf-16-le"), "x", "reg_export"),
        ("Windows Registry Editor".encode("utf-16-le"), "x", "reg_export"),
        (b"REGEDIT4\r\n", "x", "reg_export"),
        (b'<Objs Version="1.1.0.1" xmlns="x">', "x", "clixml"),
        ("\ufeff<Objs Version=".encode("utf-16-le"), "x", "clixml"),
        (b'\xef\xbb\xbf{"taken_utc": "x", "schema": "mailscope-state/1"', "x", "live_state"),
        (b'{"constants": {"activeFieldTrialGroups":', "x", "netlog"),
        (b"Timestamp\tProcess\tTID\tArea\t", "x", "office_log"),
        (b"03/17/2023 07:31:31.046\tEXCEL (0x4F8)\t0x2194\t", "x", "office_log"),
        (b'IMAP: 11:40:24 [tx] wk2e SELECT "Drafts"', "x", "mail_log"),
        (b"whatever", "C/t/OPMLog.log", "mail_log"),
        ("\ufeff[03/02/26 08:00:00.123][MicrosoftEdgeUpdate:msedge".encode("utf-16-le"), "x", "edge_update_log"),
        (b"# Copyright (c) 1993-2009 Microsoft Corp.\r\n#\r\n# This is a sample HOSTS file", "x", "hosts"),
        (b"10.0.0.1 x", "C/Windows/System32/drivers/etc/hosts", "hosts"),
        (b'<?xml version="1.0"?><netEvents>', "x", "wfp"),
        (b"garbage", "C/Logs/System.evtx", "evtx"),
        (b"", "C/Logs/System.evtx", "evtx"),
        (b"{}", "registry/x.keys.jsonl", "reg_times"),
        (b"ElfFile\x00", "uploads/auto/C%3A/x.evtx.idx", "sparse_map"),
        (b"x", "2026_CopyLog.csv", "tool_paper"),
        (b"x", "__MACOSX/._x.evtx", "litter"),
        (b"hello", "C/readme.txt", None),
        (bytes(100), "C/readme.bin", None),
    ],
)  # fmt: skip
def test_content_decides_and_the_name_only_where_content_is_silent(head: bytes, name: str, form: str | None) -> None:
    assert sniff(head, name) == form


CMDKEY_FR = (
    "\r\nInformations d'identification actuellement stock\u00e9es\xa0:\r\n\r\n"
    "    Cible\xa0: LegacyGeneric:target=MicrosoftOffice16_Data:SSPI:a@b.c\r\n    Type\xa0: G\u00e9n\u00e9rique \r\n"
)
STATUS_DE = (
    "Sprungindikator: 0(keine Warnung)\r\nStratum: 4 (Sekund\u00e4rreferenz)\r\n"
    "Pr\u00e4zision: -23 (119.209ns pro Tick)\r\nStammverz\u00f6gerung: 0.0062216s\r\n"
    "Stammabweichung: 7.7702346s\r\nReferenz-ID: 0x14653909 (Quell-IP: 20.101.57.9)\r\n"
)


@pytest.mark.parametrize(
    ("text", "encoding", "item"),
    [
        (CMDKEY_FR, "cp850", "cmdkey_list"),
        (CMDKEY_FR, "utf-16", "cmdkey_list"),
        (STATUS_DE, "cp1252", "w32tm_status"),
        ("Tracking x [1.2.3.4:123].\r\n10:11:12, +00.0123456s\r\n", "ascii", "w32tm_stripchart"),
        (
            "#Peers: 1\r\n\r\nPeer: time.windows.com,0x9\r\nState: Active\r\nTime Remaining: 1s\r\n",
            "ascii",
            "w32tm_peers",
        ),
        ("|  AzureAdJoined : NO\r\n", "ascii", "dsregcmd_status"),
        (
            "\r\nParam\u00e8tres de proxy WinHTTP actuels\xa0:\r\n\r\n    Acc\u00e8s direct\r\n",
            "cp850",
            "netsh_winhttp_proxy",
        ),
        ("Version du syst\u00e8me:   10.0.22631 N/A version 22631\r\n", "cp850", "systeminfo"),
        ("   Suffixe DNS . . . . . . . . : x\r\n", "ascii", "ipconfig_all"),
        ('root "x"\r\n================ Certificat 0 ================\r\n', "ascii", "certutil_root"),
        ("Dear all, see you at 10:11:12, bring 0x80070005 cakes.\r\n", "ascii", None),
    ],
)
def test_a_commands_output_is_known_in_any_language(text: str, encoding: str, item: str | None) -> None:
    head = text.encode(encoding)
    assert command(head) == item
    assert sniff(head, "out.txt") == ("command_text" if item else None)


def test_real_files_are_known_under_a_meaningless_name(realdata: Path) -> None:
    for path in sorted(p for p in realdata.rglob("*") if p.is_file() and p.stat().st_size):
        with path.open("rb") as stream:
            form = sniff(stream.read(4096), "C/x")
        expected = {".evtx": "evtx", ".etl": "etl"}.get(path.suffix.lower())
        if expected:
            assert form == expected, path.name
        elif path.suffix.lower() in (".log1", ".log2"):
            assert form == "hive_log", path.name
