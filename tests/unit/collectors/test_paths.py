from __future__ import annotations

import pytest

from collectors.paths import extended, placed


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


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("%USERPROFILE%\\AppData\\Local\\Temp", "C:\\Users\\alice\\AppData\\Local\\Temp"),
        ("%UserProfile%\\Temp\\", "C:\\Users\\alice\\Temp"),
        ("D:\\Temp", "D:\\Temp"),
        ("", "C:\\usual"),
        ("\\\\nas\\alice", "C:\\usual"),
        ("%SOMETHING%\\Temp", "C:\\usual"),
    ],
)
def test_a_folder_lies_where_a_persons_setting_puts_it_on_this_machine(setting: str, path: str) -> None:
    assert placed(setting, "C:\\Users\\alice", "C:\\usual") == path
