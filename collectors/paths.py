"""Windows paths as text, on whatever platform they are read."""

from __future__ import annotations

import os
import re


def placed(setting: str, home: str, usual: str) -> str:
    """Where a setting of the person whose profile is ``home`` puts a folder; ``usual`` where it names no drive of ours.

    A share is not followed: asking for it would use the network.
    """
    mine = re.sub("%USERPROFILE%", lambda _: home, setting, flags=re.IGNORECASE)
    path = os.path.expandvars(mine).rstrip("\\")
    return path if re.match(r"[A-Za-z]:\\.", path) else usual


def extended(path: str) -> str:
    r"""A path without the limit of 260 characters: ``\\?\C:\…``, ``\\?\UNC\server\share\…``.

    Source: Microsoft, "Maximum Path Length Limitation": such a path is taken literally, so it must be absolute and
    hold no ``/``, ``.`` or ``..``.
    """
    if path.startswith(("\\\\?\\", "\\\\.\\")):
        return path
    if path.startswith("\\\\"):
        return "\\\\?\\UNC\\" + path[2:]
    return "\\\\?\\" + path
