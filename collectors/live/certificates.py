"""A certificate's names and dates, read out of DER; nothing about it is believed or checked.

Source: RFC 5280 (the structure), X.690 (DER), RFC 4514 (names as text, last part first, here with ``, `` between).
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from collectors.instants import written

_VERSION, _UTC_TIME = 0xA0, 0x17
_WIDE = {0x1E: "utf-16-be", 0x1C: "utf-32-be"}
_LABELS = {
    "55 04 03": "CN",
    "55 04 06": "C",
    "55 04 07": "L",
    "55 04 08": "ST",
    "55 04 0a": "O",
    "55 04 0b": "OU",
    "09 92 26 89 93 f2 2c 64 01 19": "DC",
    "2a 86 48 86 f7 0d 01 09 01": "E",
}


def described(data: bytes) -> dict[str, Any]:
    """One certificate of a chain as ``live/state.json`` holds it; what cannot be read of it is null."""
    told: dict[str, Any] = dict.fromkeys(("subject", "issuer", "not_before", "not_after"))
    try:
        told |= _fields(data)
    except (ValueError, IndexError, UnicodeDecodeError):
        told["error"] = "not readable as a certificate"
    return told | {"sha256": hashlib.sha256(data).hexdigest(), "pem": ssl.DER_cert_to_PEM_cert(data)}


def _fields(data: bytes) -> dict[str, Any]:
    (_, certificate), *_ = _parts(data)
    (_, body), *_ = _parts(certificate)
    parts = [part for part in _parts(body) if part[0] != _VERSION]
    issuer, validity, subject = parts[2][1], parts[3][1], parts[4][1]
    before, after = (_time(*part) for part in _parts(validity))
    return {
        "subject": _name(subject),
        "issuer": _name(issuer),
        "not_before": written(before),
        "not_after": written(after),
    }


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of one element after the other."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise ValueError("an element goes beyond its end")
        yield tag, data[at : at + length]
        at += length


def _name(data: bytes) -> str:
    found = []
    for _, relative in _parts(data):
        for _, pair in _parts(relative):
            (_, kind), (tag, text) = _parts(pair)
            label = _LABELS.get(kind.hex(" "), "OID." + kind.hex())
            found.append(f"{label}={text.decode(_WIDE.get(tag, 'utf-8'), 'replace')}")
    return ", ".join(reversed(found))


def _time(tag: int, data: bytes) -> datetime:
    """UTCTime has two digits of a year: 50 to 99 are of the last century."""
    text = data.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text >= "5" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
