"""Looking for a secret in a bundle in every form that a careless collector might have written it in."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path


def forms(secret: bytes) -> set[bytes]:
    """The secret raw, in UTF-16, in hexadecimal digits however they are set, in base64 wherever it begins, escaped."""
    found = set()
    for plain in {secret, b"".join(bytes((byte, 0)) for byte in secret)}:
        for text in (plain.hex(), plain.hex(",").upper(), plain.hex(","), plain.hex(" "), plain.hex().upper()):
            found |= {text.encode(), text.encode("utf-16-le")}
        for text in (*_in_base64(plain), _escaped(plain), "".join(f"\\x{byte:02x}" for byte in plain)):
            found |= {text.encode(), text.encode("utf-16-le")}
        found.add(plain)
    return found


def _in_base64(data: bytes) -> Iterator[str]:
    """The letters that do not depend on what stands before and behind."""
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + data).decode("ascii")
        yield text[4 if shift else 0 : len(text) // 4 * 4 - 4]
        yield base64.urlsafe_b64encode(bytes(shift) + data).decode("ascii")[4 if shift else 0 : -4]


def _escaped(data: bytes) -> str:
    return json.dumps(data.decode("latin-1"))[1:-1]


def places(bundle: Path, secret: bytes) -> list[str]:
    """Members that hold the secret in some form; line wraps of an export and their commas do not hide it."""
    wanted = forms(secret)
    with zipfile.ZipFile(bundle) as archive:
        names = archive.namelist()
        held = [name for name in names if any(form in data for data in _views(archive.read(name)) for form in wanted)]
        named = [name for name in names if any(form in name.encode() for form in wanted)]
    return held + named


def _views(data: bytes) -> Iterator[bytes]:
    yield data
    wrapped = "\\\r\n  "
    yield data.replace(wrapped.encode("utf-16-le"), b"").replace(wrapped.encode(), b"")
