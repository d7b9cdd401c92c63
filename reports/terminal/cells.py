"""Texts in cells: cut to a width, what a search found set apart. A width is that of the terminal, not of letters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from reports.terminal.fields import Kind

_CUT = "…"


def fitted(text: str, width: int, kind: Kind = Kind.TEXT) -> str:
    """Exactly ``width`` wide: filled up with blanks, or cut where the kind can best spare it."""
    if width <= 0:
        return ""
    if kind is Kind.PATH:
        return _tail(text, width)
    if (length := cell_len(text)) > width:
        if kind is Kind.TIME:
            # what is left of a time needs no sign that it goes on
            return text[:width]
        return set_cell_size(text, width - 1) + _CUT
    blanks = " " * (width - length)
    return blanks + text if kind is Kind.NUMBER else text + blanks


def _tail(text: str, width: int) -> str:
    """The end of a path says what it is of."""
    if cell_len(text) <= width:
        return fitted(text, width)
    room, kept = width - 1, ""
    for letter in reversed(text):
        if (room := room - cell_len(letter)) < 0:
            break
        kept = letter + kept
    return fitted(_CUT + kept, width)


def parted(text: str, pieces: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The text in parts: those that a search found, and what stands between. ``pieces`` in the order of the text."""
    start = 0
    for piece in pieces:
        found = text.find(piece, start) if piece else -1
        if found < 0:
            continue
        if found > start:
            yield text[start:found], False
        yield piece, True
        start = found + len(piece)
    if start < len(text):
        yield text[start:], False


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most that width, broken at blanks where that can be; an empty text is one empty line."""
    width = max(2, width)
    if text.isascii():
        return textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    broken = textwrap.wrap(text, width, break_on_hyphens=False)
    # letters that are two wide may need more lines
    return [part for line in broken for part in chop_cells(line, width)] or [""]
