"""What befalls an artifact on its way: where it is cut, and which of its bytes turn."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

CHUNK = re.compile(rb"ElfChnk\x00")
RECORD = re.compile(rb"\*\*\x00\x00")
LINE = re.compile(rb"\n\x00?")
PAGE_BYTES = 4096


def edges(data: bytes) -> list[int]:
    """Where one thing ends and the next begins: chunks and records of a log, pages of a hive, lines of a text."""
    if data.startswith(b"ElfFile\x00"):
        found = [match.start() for pattern in (CHUNK, RECORD) for match in pattern.finditer(data)]
    elif data.startswith(b"regf"):
        found = list(range(PAGE_BYTES, len(data), PAGE_BYTES))
    else:
        found = [match.end() for match in LINE.finditer(data)]
    return sorted({0, *(edge for edge in found if edge < len(data))})


def cuts(data: bytes) -> st.SearchStrategy[bytes]:
    """The beginning of the data, as often as not up to an edge, where a loss is hardest to see."""
    return st.one_of(st.sampled_from(edges(data)), st.integers(0, len(data) - 1)).map(lambda end: data[:end])


@st.composite
def flips(draw: Any, data: bytes) -> bytes:
    """The data with one to four bytes changed, half of them near its beginning."""
    place = st.one_of(st.integers(0, len(data) - 1), st.integers(0, min(len(data), PAGE_BYTES) - 1))
    changed = bytearray(data)
    for offset in draw(st.lists(place, min_size=1, max_size=4, unique=True)):
        changed[offset] ^= draw(st.integers(1, 255))
    return bytes(changed)
