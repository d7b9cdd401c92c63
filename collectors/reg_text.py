r"""The registry as ``reg export`` writes it, and beside it the last-written times that ``reg export`` loses.

Written here and not by ``reg.exe``: a policy may forbid that program, and one walk gives values and times together::

    Windows Registry Editor Version 5.00

    [HKEY_CURRENT_USER\Environment]
    "Path"=hex(2):25,00,55,00,53,00,45,00,52,00,50,00,52,00,4f,00,46,00,49,00,4c,00,\
      45,00,25,00,00,00
    "Retries"=dword:0000000a

Source: Microsoft, "How to add, modify, or delete registry subkeys and values by using a .reg file"; output of
``reg.exe export`` on Windows 10 and 11 (UTF-16LE with BOM, CRLF, an empty line after each key, octets wrapped at 80).
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from collectors.instants import written
from collectors.secrets import blanked
from collectors.windows import Value

HEADER = "Windows Registry Editor Version 5.00"
_ROOTS = {"HKCU": "HKEY_CURRENT_USER", "HKLM": "HKEY_LOCAL_MACHINE", "HKU": "HKEY_USERS"}
_SZ, _BINARY, _DWORD = 1, 3, 4
_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Key:
    """A key on the walk: ``path`` as the catalogue writes it, ``HKCU\\…``."""

    path: str
    written_utc: datetime | None
    values: tuple[Value, ...]


def write(keys: Iterable[Key], reg: BinaryIO, times: BinaryIO) -> int:
    """Write the keys as they come; how many there were. A walk that raises on its first key leaves nothing behind."""
    count = 0
    for key in keys:
        if not count:
            reg.write(codecs.BOM_UTF16_LE + _encoded(f"{HEADER}\r\n\r\n"))
        count += 1
        root, slash, rest = key.path.partition("\\")
        name = _ROOTS.get(root, root) + slash + rest
        lines = (f"[{name}]", *(_line(blanked(key.path, value)) for value in key.values))
        reg.write(_encoded("\r\n".join(lines) + "\r\n\r\n"))
        row = {"key": name, "last_written_utc": written(key.written_utc)}
        times.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    return count


def _encoded(text: str) -> bytes:
    # Windows allows halves of surrogate pairs in names
    return text.encode("utf-16-le", "surrogatepass")


def _line(value: Value) -> str:
    label = f'"{_escaped(value.name)}"=' if value.name else "@="
    if value.kind == _DWORD and len(value.data) == 4:
        return f"{label}dword:{value.number:08x}"
    if value.kind == _SZ and (text := _plain(value.data)) is not None:
        return f'{label}"{_escaped(text)}"'
    kind = "hex:" if value.kind == _BINARY else f"hex({value.kind:x}):"
    return label + kind + _octets(value.data, len(label) + len(kind))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _plain(data: bytes) -> str | None:
    """The text of a well-formed string; None for what only octets can show."""
    try:
        text = data.decode("utf-16-le")
    except UnicodeDecodeError:
        return None
    return text[:-1] if text.endswith("\0") and not {"\0", "\r", "\n"} & set(text[:-1]) else None


def _octets(data: bytes, column: int) -> str:
    """``01,02,…`` wrapped with a backslash at the end of a line, each further line set in by two."""
    if not data:
        return ""
    lines = [""]
    for octet in data.hex(" ").split():
        if column + 4 > _WIDTH:
            lines.append("  ")
            column = 2
        lines[-1] += octet + ","
        column += 3
    return "\\\r\n".join(lines)[:-1]
