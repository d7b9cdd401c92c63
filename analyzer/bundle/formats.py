"""What a file is, from its first bytes and only then from its name: the catalogue's formats and the papers around.

A name can be anybody's invention; ``ElfFile`` at the start of a file is an event log whatever it is called.
"""

from __future__ import annotations

import codecs
import re

COMPANIONS = frozenset({"manifest", "hive_log", "reg_times", "sparse_map", "tool_paper", "litter"})
"""Formats that no parser reads by itself: they are read beside another member, or say nothing about the machine."""

EVTX_MAGIC = b"ElfFile\x00"
HIVE_MAGIC = b"regf"
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")

_HIVE_LOG_TYPES = (1, 2, 6)
"""The base block's file type of a transaction log; 0 is the hive itself.

Source: "Windows registry file format specification", M. Suhanov: offset 28, 1 and 2 for the old logs, 6 for the new.
"""
_ETL_HEADERS = (b"\x02\x00\x02\xc0", b"\x02\x00\x01\xc0")
"""Behind the first buffer's 72-byte header: version 2, system trace header of 64-bit and of 32-bit Windows.

Source: SYSTEM_TRACE_HEADER as PerfView and etl-parser read it.
"""

# What a text begins with, first match wins. Sources: the formats' own parsers tell theirs.
_TEXT_STARTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("reg_export", r"(?:Windows Registry Editor|REGEDIT4)"),
        ("clixml", r"(?:#< CLIXML\s*)?(?:<\?xml[^>]*>\s*)?<Objs\b"),
        ("wfp", r"(?:<\?xml[^>]*>\s*)?<(?:netEvents|wfpdiag|wfpstate)\b"),
        ("xml", r"(?:<\?xml[^>]*>\s*)?<Rsop\b"),
        ("netlog", r'\{\s*"constants"\s*:'),
        ("live_state", r'(?s)\{.*"mailscope-state/'),
        ("manifest", r'(?s)\{.*"mailscope-bundle/'),
        ("office_log", r"Timestamp\t+Process\t|\d\d/\d\d/\d{4} \d\d:\d\d:\d\d\.\d{2,3}\s*\t"),
        ("mail_log", r"(?s)(?:.{0,400}\n)?(?:IMAP|POP3|SMTP): \d\d:\d\d:\d\d \[(?:tx|rx|db)\]"),
        ("edge_update_log", r"\[\d\d/\d\d/\d\d \d\d:\d\d:\d\d\.\d{3}\]\[Microsoft ?Edge"),
        ("hosts", r"(?s)# Copyright \(c\) 1993-\d{4} Microsoft Corp\..{0,200}\bHOSTS\b"),
    )
)

_NAMES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("litter", r"(?:.*/)?(?:__macosx/.*|\.ds_store|\._[^/]*|thumbs\.db|desktop\.ini)"),
        ("manifest", r"manifest\.json"),
        ("sparse_map", r"uploads/.*\.idx"),
        ("tool_paper", r"(?:uploads|client_info|collection_context|log|logs|requests)\.json(?:\.index)?|results/.*"),
        ("tool_paper", r"(?:.*/)?(?:[^/]*_(?:copylog|skiplog)\.csv|[^/]*_consolelog\.txt|cylr[^/]*\.log|log\.csv)"),
        ("reg_times", r".*\.keys\.jsonl"),
        ("hive_log", r".*\.log[12]"),
        ("evtx", r".*\.evtx"),
        ("etl", r".*\.etl"),
        ("reg_export", r".*\.reg"),
        ("mail_log", r"(?:.*/)?(?:opmlog|imap-[^/]*)\.log"),
        ("edge_update_log", r"(?:.*/)?microsoftedgeupdate\.log(?:\.bak)?"),
        ("hosts", r"(?:.*/)?hosts(?:\.txt)?"),
        ("one_auth", r"(?:.*/)?oneauth/accounts/[^/]+"),
    )
)

# Which command printed a text: tokens that Windows does not translate. Source: samples of each command in several
# languages, see the parser of command_text.
_COMMANDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (item, re.compile(pattern))
    for item, pattern in (
        ("cmdkey_list", r"(?im)^[^\n]{0,60}[:=]\s*(?:LegacyGeneric|Domain|WindowsLive|MicrosoftAccount):[\w]*="),
        ("w32tm_stripchart", r"(?m)^\d\d:\d\d:\d\d, (?:[+-]\d\d\.\d{7}s|error: 0x[0-9A-Fa-f]{8})"),
        ("w32tm_peers", r"(?m)^#[^\n:]{1,40}: \d+\s*\n\s*\n[^\n:]+: [^\n]+\n[^\n:]+: [^\n]+\n[^\n:]+:"),
        ("w32tm_status", r"(?ms)^[^\n:]{3,60}: ?[0-3] ?\([^\n]*\n.{0,400}0x[0-9A-F]{8} \("),
        ("dsregcmd_status", r"\bAzureAdJoined\s*:"),
        ("netsh_winhttp_proxy", r"(?i)^\s*[^\n]{0,80}WinHTTP[^\n]{0,80}:?\s*\n"),
        ("systeminfo", r"\b10\.0\.\d{5} \S+ \w+ \d{5}|\[0?1\]: KB\d{6,7}"),
        ("ipconfig_all", r"(?m)^[ \t]+[^\n]{3,50}(?: \.){3,} ?:"),
        ("certutil_root", r"(?m)^={16} .*\d+ ={16}"),
    )
)  # fmt: skip


def sniff(head: bytes, name: str) -> str | None:
    """The format of a file by its first 4 KiB, else by its name (canonical path, or the member's); None when unknown.

    A text that only a command can have printed is ``command_text``: see ``command``.
    """
    lowered = name.lower()
    named = next((form for form, pattern in _NAMES if pattern.fullmatch(lowered)), None)
    if named in ("litter", "sparse_map", "tool_paper"):
        return named
    return _by_magic(head, named) or _by_text(head) or named or ("command_text" if command(head) else None)


def is_evidence(head: bytes, name: str) -> bool:
    """Whether the file is of a format that says something about a machine."""
    return sniff(head, name) not in (None, *COMPANIONS)


def is_zip(head: bytes) -> bool:
    """Whether the file is itself an archive, which is not opened inside a bundle."""
    return head.startswith(_ZIP_MAGIC)


def command(head: bytes) -> str | None:
    """The catalogue id of the command whose output this is, by tokens that no language changes."""
    text = _text(head)
    return next((item for item, pattern in _COMMANDS if pattern.search(text)), None) if text else None


def _by_magic(head: bytes, named: str | None) -> str | None:
    if head.startswith(EVTX_MAGIC):
        return "evtx"
    if head.startswith(HIVE_MAGIC):
        kind = int.from_bytes(head[28:32], "little") if len(head) >= 32 else 0
        return "hive_log" if kind in _HIVE_LOG_TYPES or named == "hive_log" else "hive"
    return "etl" if head[72:76] in _ETL_HEADERS else None


def _by_text(head: bytes) -> str | None:
    text = _text(head).lstrip()
    return next((form for form, pattern in _TEXT_STARTS if pattern.match(text)), None)


def _text(head: bytes) -> str:
    """The beginning as text, for patterns of ASCII letters alone; empty for binary data.

    An OEM code page and UTF-8 agree on those letters, so none is guessed here.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace").replace("\r\n", "\n")
    if head[1:8:2] == b"\x00\x00\x00\x00"[: len(head[1:8:2])] and len(head) >= 8 and head[0]:
        return head.decode("utf-16-le", "replace").replace("\r\n", "\n")
    if b"\x00" in head:
        return ""
    return head.removeprefix(codecs.BOM_UTF8).decode("latin-1").replace("\r\n", "\n")
