"""Rows of text logs and of what their lines mean, gathered the same way whichever program wrote the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

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


def cut(number: int, cut_bytes: int) -> Damage:
    """The loss of a line that is too long to be kept whole, by so many bytes, or else of one that does not end."""
    if cut_bytes:
        return Damage(f"line {number}", f"too long: {cut_bytes} bytes of it are left out")
    return Damage(f"line {number}", "the log stops inside this line", lost_at_least=1)
