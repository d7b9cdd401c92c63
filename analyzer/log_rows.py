"""Rows of text logs and of what their lines mean, gathered the same way whichever program wrote the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from analyzer.encodings import Block, Line
from analyzer.model import Damage
from analyzer.tables import BATCH_ROWS, Batch, Fact, LogLine, batches


@dataclass(slots=True)
class LogRows:
    """Collects lines and facts until there are enough for a batch."""

    lines: list[LogLine] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def full(self) -> Iterator[Batch]:
        """What has gathered, once it is worth a batch."""
        if len(self.lines) + len(self.facts) >= BATCH_ROWS:
            yield from self.rest()

    def rest(self) -> Iterator[Batch]:
        """What is left."""
        yield from batches("log_lines", self.lines)
        yield from batches("facts", self.facts)
        self.lines, self.facts = [], []


def lack(number: int, piece: Block | Line) -> Damage | None:
    """Why the line of that number, or the block that begins with it, is not all that was written; None if it is.

    NUL is no character of a log: where room was made in a file and the machine stopped before it was written, NULs
    are read, and a program that is started again goes on behind them.

    Source: learn.microsoft.com, "SetFileValidData" (what lies between the valid data and the end of a file is zeros).
    """
    if piece.cut_bytes:
        return Damage(f"line {number}", f"too long: {piece.cut_bytes} bytes of it are left out")
    if not piece.ended:
        return Damage(f"line {number}", "the log stops inside this line", lost_at_least=1)
    before, hole, _ = piece.data.partition(b"\0") if isinstance(piece, Block) else piece.text.partition("\0")
    if not hole:
        return None
    number += before.count(b"\n") if isinstance(before, bytes) else 0
    return Damage(f"line {number}", "NULs stand where text was to be written", lost_at_least=1)
