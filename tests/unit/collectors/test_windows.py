from __future__ import annotations

import os

import pytest

from collectors import windows
from collectors.windows import NotTaken, Outcome, Value, extended


@pytest.mark.parametrize(
    ("path", "long"),
    [
        ("C:\\Users\\alice", "\\\\?\\C:\\Users\\alice"),
        ("\\\\nas\\share\\x", "\\\\?\\UNC\\nas\\share\\x"),
        ("\\\\?\\C:\\x", "\\\\?\\C:\\x"),
        ("\\\\.\\PHYSICALDRIVE0", "\\\\.\\PHYSICALDRIVE0"),
    ],
)
def test_a_path_is_made_one_without_a_limit_once(path: str, long: str) -> None:
    assert extended(path) == long
    assert extended(extended(path)) == long


def test_a_text_ends_at_its_first_nul_and_may_miss_half_a_character() -> None:
    assert Value("n", 1, "é\0more\0".encode("utf-16-le")).text == "é"
    assert Value("n", 1, "ab".encode("utf-16-le") + b"c").text == "ab"
    assert Value("n", 4, b"\x0a\x01\0\0").number == 266


@pytest.mark.skipif(os.name == "nt", reason="this is Windows")
def test_elsewhere_there_is_no_windows_to_ask() -> None:
    with pytest.raises(NotTaken) as refused:
        windows.running()
    assert refused.value.outcome is Outcome.FAILED
