"""Registry exports: the same rows as from a hive, and no absence out of a file that is not whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analyzer.model import Covered
from fixtures.forge import reg_text
from fixtures.forge.hive import build_hive
from fixtures.forge.registry import tree
from tests.unit.parsers.stored import USER, Told, stored, told, with_siblings, written

WRITTEN = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)
OFFICE = r"Software\Microsoft\Office"
HEAD = "Windows Registry Editor Version 5.00\r\n\r\n"


def read(folder: Path, text: str | bytes, times: str | None = None) -> Told:
    data = text if isinstance(text, bytes) else b"\xff\xfe" + text.encode("utf-16-le")
    beside = {"registry/x.keys.jsonl": written(folder, "times", times.encode())} if times is not None else {}
    artifact = stored(written(folder, "x.reg", data), "reg_export", original="registry/x.reg", user=USER)
    return told(with_siblings(artifact, beside))


def by_place(answer: Told) -> dict[str, tuple[str | None, str | None, int | None]]:
    return {row["place"]: (row["kind"], row["value"], row["number"]) for row in answer.rows}


def body(*lines: str) -> str:
    return HEAD + "\r\n".join([*lines, "", ""])


def test_every_kind_of_value_is_read(tmp_path: Path) -> None:
    answer = read(
        tmp_path,
        body(
            r"[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft]",
            '@="default"',
            r'"quo\"ted=\\"="C:\\x \"y\""',
            '"n"=dword:0000001f',
            '"q"=hex(b):01,00,00,00,00,00,00,00',
            '"e"=hex(2):25,00,41,00,25,00,00,00',
            '"m"=hex(7):61,00,00,00,62,00,00,00,00,00',
            r'"b"=hex:01,\ '.rstrip(),
            r"  02,\ ".rstrip(),
            "  ff",
            '"nothing"=hex(0):',
            '"IMAP Password"=hex:02,01,00',
            '"two lines"="one',
            'two"',
            "; a remark",
        ),
    )
    place = r"HKLM\SOFTWARE\Policies\Microsoft"
    assert by_place(answer) == {
        place: (None, None, None),
        f"{place}!(Default)": ("REG_SZ", "default", None),
        f'{place}!quo"ted=\\': ("REG_SZ", 'C:\\x "y"', None),
        f"{place}!n": ("REG_DWORD", "31", 31),
        f"{place}!q": ("REG_QWORD", "1", 1),
        f"{place}!e": ("REG_EXPAND_SZ", "%A%", None),
        f"{place}!m": ("REG_MULTI_SZ", "a\nb", None),
        f"{place}!b": ("REG_BINARY", "0102ff", None),
        f"{place}!nothing": ("REG_NONE", "", None),
        f"{place}!IMAP Password": ("REG_BINARY", "(masked, 3 bytes)", None),
        f"{place}!two lines": ("REG_SZ", "one\r\ntwo", None),
    }
    assert answer.gaps == ()
    assert {row["user"] for row in answer.rows} == {None}
    assert answer.reading.member.item == "reg_machine_policies"
    assert answer.reading.covered == (Covered(place),)


def test_a_value_of_very_many_lines_comes_to_an_end(tmp_path: Path) -> None:
    opening = f'"{"n" * 100_000}"="'
    answer = read(tmp_path, body(r"[HKEY_CURRENT_USER\Environment]", opening, *["b"] * 20_000, '"'))
    assert [len(row["value"]) for row in answer.rows if row["name"]] == [20_000 * 3 + 2]
    assert answer.gaps == ()


def test_a_file_of_nothing_but_damage_is_told_by_its_beginning_and_counted(tmp_path: Path) -> None:
    answer = read(tmp_path, body(r"[HKEY_CURRENT_USER\Environment]", *["damaged"] * 2_000))
    assert len(answer.gaps) < 1_000
    assert answer.reading.lost_at_least == 2_000
    assert answer.reading.covered == ()


def test_an_export_and_its_hive_give_equal_rows(tmp_path: Path) -> None:
    values = {
        "": ("sz", "default"),
        'quo"ted\\': ("sz", 'C:\\x "y"'),
        "lines": ("sz", "a\r\nb\r\n\r\nc"),
        "n": ("dword", 0xFFFFFFFF),
        "q": ("qword", 1 << 50),
        "e": ("expand_sz", "%A%"),
        "m": ("multi_sz", ["a", "b"]),
        "b": ("binary", bytes(range(256)) * 400),
        "bad": ("dword", b"\x01"),
        "cut": ("sz", b"a\0b\0"),
        "none": ("none", b"\x07"),
        "IMAP Password": ("binary", b"\x01" * 40),
        "\u00e9t\u00e9 \u65e5\u672c": ("sz", "\u65e5\u672c"),
        "token": ("sz", "Bearer ya29." + "k" * 50),
    }
    root = tree(
        {
            OFFICE: {"values": values, "written": WRITTEN},
            OFFICE + "\\\u00e9t\u00e9": {"written": WRITTEN},
            OFFICE + "\\\u65e5\u672c\\[a]": {"values": {"x": ("sz", "y")}},
            "Environment": {},
        }
    )
    key = reg_text.find(root, OFFICE)
    assert key is not None
    path = rf"HKCU\{OFFICE}"
    export = read(tmp_path, reg_text.export(key, path), reg_text.times(key, path).decode())
    hive = told(stored(written(tmp_path, "hive", build_hive(root)), "hive", original="NTUSER.DAT", user=USER))

    def rows(answer: Told) -> list[dict[str, Any]]:
        found = ({**row, "artifact": ""} for row in answer.rows if row["key"].startswith(OFFICE))
        return sorted(found, key=lambda row: str(row["place"]))

    assert rows(export) == rows(hive)
    assert len(rows(export)) == 4 + len(values) + 1
    assert export.gaps == ()
    assert export.reading.covered == (Covered(path, user=USER),)


def test_the_times_lie_beside_under_either_name_of_the_root(tmp_path: Path) -> None:
    times = json.dumps({"key": r"HKCU\ENVIRONMENT", "last_written_utc": "2026-03-02T08:00:00.1234567Z"})
    answer = read(tmp_path, body(r"[HKEY_CURRENT_USER\Environment]", '"a"="b"'), times)
    assert [row["at"] for row in answer.rows] == [WRITTEN, WRITTEN]
    assert answer.gaps == ()


def test_without_times_there_is_no_time_and_no_gap(tmp_path: Path) -> None:
    answer = read(tmp_path, body(r"[HKEY_CURRENT_USER\Environment]"))
    assert ([row["at"] for row in answer.rows], answer.gaps) == ([None], ())


def test_a_torn_line_of_the_times_is_told_and_the_keys_stay_whole(tmp_path: Path) -> None:
    answer = read(tmp_path, body(r"[HKEY_CURRENT_USER\Environment]"), '{"key": "HKEY_CURR\n')
    assert answer.reasons == ["line 1 of the times: malformed"]
    assert answer.reading.covered == (Covered("HKCU\\Environment", user=USER),)


def test_a_key_that_has_a_time_but_is_not_there_shows_that_the_file_is_cut(tmp_path: Path) -> None:
    times = "\n".join(json.dumps({"key": rf"HKEY_CURRENT_USER\Environment{rest}"}) for rest in ("", r"\lost"))
    answer = read(tmp_path, body(r"[HKEY_CURRENT_USER\Environment]"), times)
    assert answer.reasons == ["the end: 1 keys that were exported are not in the file"]
    assert answer.reading.covered == ()


def test_a_users_root_names_its_user(tmp_path: Path) -> None:
    sid = "S-1-5-21-9-8-7-1002"
    answer = read(tmp_path, body(rf"[HKEY_USERS\{sid}\Environment]", '"a"="b"', "", rf"[HKEY_USERS\{sid}_Classes\x]"))
    assert [(row["place"], row["user"]) for row in answer.rows] == [
        ("HKCU\\Environment", sid),
        ("HKCU\\Environment!a", sid),
    ]
    assert answer.reading.member.user == sid
    assert answer.reading.covered == (Covered("HKCU\\Environment", user=sid),)
    assert answer.reasons == [rf"line 6: HKEY_USERS\{sid}_Classes is not read: no diagnosis asks for it"]


@pytest.mark.parametrize("root", ["HKEY_CLASSES_ROOT", r"HKEY_USERS\.DEFAULT", r"HKEY_USERS\S-1-5-18"])
def test_roots_that_nobody_asks_for_are_named_once(root: str, tmp_path: Path) -> None:
    answer = read(tmp_path, body(rf"[{root}\a]", '"x"="y"', "", rf"[{root}\b]"))
    assert answer.rows == []
    assert len(answer.gaps) == 1
    assert "is not read" in answer.gaps[0].reason


def test_the_catalogues_keys_are_spelled_its_way_and_numbered_control_sets_stay(tmp_path: Path) -> None:
    text = body(r"[HKEY_CURRENT_USER\SOFTWARE\policies\Acme]", "", r"[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Select]")
    assert [row["place"] for row in read(tmp_path, text).rows] == [
        r"HKCU\Software\Policies\Acme",
        r"HKLM\SYSTEM\ControlSet001\Select",
    ]


def test_each_topmost_key_is_covered(tmp_path: Path) -> None:
    keys = (r"Software\Policies", r"Software\Policies\a", r"Software\Policies\a\b", "Environment")
    answer = read(tmp_path, body(*(rf"[HKEY_CURRENT_USER\{key}]" for key in keys)))
    assert [covered.part for covered in answer.reading.covered] == [r"HKCU\Software\Policies", r"HKCU\Environment"]


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ('"a"="b', "line 4"),
        ('"a"=dword:xyz', "line 4"),
        ('"a"=hex:0', "line 4"),
        ('"a"=hex:01,\\', "line 4"),
        ("nonsense", "line 4"),
        ("[HKEY_CURRENT_USER\\Env", "line 4"),
        ("[-HKEY_CURRENT_USER\\Gone]", "line 4"),
        ('"a"=-', "line 4"),
    ],
)
def test_a_malformed_line_is_told_and_the_rest_is_read(broken: str, place: str, tmp_path: Path) -> None:
    text = body(r"[HKEY_CURRENT_USER\Environment]", broken, "", r"[HKEY_CURRENT_USER\Software\Policies]", '"z"="1"')
    answer = read(tmp_path, text)
    assert r"HKCU\Software\Policies!z" in by_place(answer)
    assert [gap.place for gap in answer.gaps] == [place]
    assert answer.reading.covered == ()


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_cut_file_covers_nothing(cut: int, tmp_path: Path) -> None:
    whole = body(r"[HKEY_CURRENT_USER\Environment]", '"a"="b"', '"c"=hex:01,02')
    data = b"\xff\xfe" + whole.encode("utf-16-le")
    assert read(tmp_path, data).reading.covered
    # the empty line at the end says that the last key is whole: without its line end it still does
    assert read(tmp_path, data[: -2 - cut]).reading.covered == () or cut < 3


def test_a_file_with_a_hole_of_nuls_covers_nothing(tmp_path: Path) -> None:
    whole = body(r"[HKEY_CURRENT_USER\Environment]", '"HTTPS_PROXY"="b"', '"c"="d"')
    answer = read(tmp_path, whole.replace('"HTTPS_PROXY"="b"', "\0" * 17))
    assert "line 4: NULs stand where text was to be written" in answer.reasons
    assert answer.reading.covered == ()


def test_a_file_cut_at_the_end_of_a_line_covers_nothing(tmp_path: Path) -> None:
    whole = body(r"[HKEY_CURRENT_USER\Environment]", '"a"="b"', '"c"="d"')
    assert read(tmp_path, whole).gaps == ()
    assert read(tmp_path, whole.removesuffix('"c"="d"\r\n\r\n') + "\r\n").gaps == ()
    answer = read(tmp_path, whole.partition('"c"')[0])
    assert answer.reasons == ["line 4: the file ends before its end: what should follow is not known"]
    assert answer.reading.covered == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_other_encodings_are_read(encoding: str, tmp_path: Path) -> None:
    text = body(r"[HKEY_CURRENT_USER\Environment]", '"na\u00efve"="caf\u00e9"')
    assert by_place(read(tmp_path, text.encode(encoding)))["HKCU\\Environment!na\u00efve"] == (
        "REG_SZ",
        "caf\u00e9",
        None,
    )


def test_the_older_format_is_in_the_ansi_code_page_hexadecimal_texts_too(tmp_path: Path) -> None:
    text = body(r"[HKEY_CURRENT_USER\Environment]", '"n"="caf\u00e9"', '"e"=hex(2):25,e9,25,00', '"b"=hex:e9')
    data = text.replace(HEAD, "REGEDIT4\r\n\r\n").encode("cp1252")
    rows = by_place(read(tmp_path, data))
    assert rows["HKCU\\Environment!n"][1] == "caf\u00e9"
    assert rows["HKCU\\Environment!e"] == ("REG_EXPAND_SZ", "%\u00e9%", None)
    assert rows["HKCU\\Environment!b"][1] == "e9"


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xfe", bytes(5000), b"[" * 5000])
def test_what_is_no_export_is_damage_and_never_an_error(data: bytes, tmp_path: Path) -> None:
    answer = read(tmp_path, data)
    assert answer.gaps
    assert answer.reading.covered == ()
