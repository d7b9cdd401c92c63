"""Names that a PC answers itself are read from active lines alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.model import Integrity
from analyzer.parsers.hosts import read
from tests.unit.parsers.artifacts import Said, artifact, said

HOSTS = """# Copyright (c) 1993-2009 Microsoft Corp.
#	::1             localhost
#	142.250.1.1     www.google.com

127.0.0.9 Accounts.Google.com   # added by somebody
10.0.0.7	imap.gmail.com smtp.gmail.com.
fe80::1%3 printer
not-an-address oauth2.googleapis.com
127.0.0.1
"""


def of(text: str, integrity: Integrity = Integrity.MATCHES) -> Said:
    source = artifact(text.replace("\n", "\r\n").encode("cp1252"), "C/Windows/System32/drivers/etc/hosts", "hosts_file")
    return said(read, replace(source, member=replace(source.member, integrity=integrity)))


def test_each_name_of_an_active_line_is_a_fact() -> None:
    found = of(HOSTS)
    assert [(row["name"], row["subject"], row["value"], row["place"]) for row in found.table("facts")] == [
        ("hosts.address", "accounts.google.com", "127.0.0.9", "line 5"),
        ("hosts.address", "imap.gmail.com", "10.0.0.7", "line 6"),
        ("hosts.address", "smtp.gmail.com", "10.0.0.7", "line 6"),
        ("hosts.address", "printer", "fe80::1%3", "line 7"),
    ]
    assert [told.user for told in found.covered] == [None]
    assert {row["user"] for row in found.table("facts")} == {None}


def test_a_file_without_active_lines_is_whole_and_names_nothing() -> None:
    found = of("# nothing\n")
    assert found.whole
    assert found.table("facts") == []


def test_a_last_line_without_an_end_is_whole_only_where_the_manifest_vouches_for_it() -> None:
    cut = HOSTS + "0.0.0.0 www.googleapis.co"
    assert of(cut).whole
    found = of(cut, Integrity.UNLISTED)
    assert not found.whole
    assert found.damages[0].doubts == ("line 10",)


@pytest.mark.parametrize(("integrity", "whole"), [(Integrity.MATCHES, True), (Integrity.UNLISTED, False)])
def test_an_empty_file_is_whole_only_where_the_manifest_vouches_for_it(integrity: Integrity, whole: bool) -> None:
    assert of("", integrity).whole is whole


def test_a_binary_file_is_not_whole() -> None:
    assert not of("regf\0\0\0").whole


def test_a_file_of_very_many_names_is_bounded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.parsers.hosts._MOST_NAMES", 5)
    found = of("127.0.0.1 a b\n" * 4)
    assert found.facts("hosts.address") == ["127.0.0.1"] * 5
    assert [told.lost_at_least for told in found.damages] == [3]


@given(st.integers(0, len(HOSTS) - 1))
def test_a_cut_file_is_whole_only_at_the_end_of_a_line(at: int) -> None:
    found = of(HOSTS[:at], Integrity.UNLISTED)
    assert not found.whole or HOSTS[:at].endswith("\n")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    found = said(read, artifact(data))
    assert found.damages or found.covered
