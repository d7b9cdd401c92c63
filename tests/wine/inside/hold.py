"""Run in Wine: keep files open as other programs do until standard input ends; one JSON list of paths and sharing."""

from __future__ import annotations

import ctypes
import json
import sys

READ_WRITE, EXISTING = 0xC0000000, 3
INVALID = ctypes.c_void_p(-1).value


def main() -> None:
    """The first line says what to hold, the answer that it is held."""
    open_file = vars(ctypes)["WinDLL"]("kernel32").CreateFileW
    open_file.restype = ctypes.c_void_p
    open_file.argtypes = [
        ctypes.c_wchar_p,
        *[ctypes.c_uint32] * 2,
        ctypes.c_void_p,
        *[ctypes.c_uint32] * 2,
        ctypes.c_void_p,
    ]
    for path, shared in json.loads(sys.stdin.readline()):
        if open_file(path, READ_WRITE, shared, None, EXISTING, 0, None) in (None, INVALID):
            sys.exit(f"cannot hold {path}")
    sys.stdout.write("held\n")
    sys.stdout.flush()
    sys.stdin.read()


main()
