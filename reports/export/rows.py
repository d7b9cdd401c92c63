"""The rows of a case on their way out: one at a time, inert, of a bounded length, and every loss counted.

Whatever leaves here is text that cannot act in the program that opens it; only the Parquet export hands the tables
on as they are. A row is cut, never dropped, for its length; it is left out only where the target demands a time
that the row does not have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analyzer.model import Sight
from analyzer.tables import BATCH_ROWS, Evidence
from reports.page.inert import inert

if TYPE_CHECKING:
    from analyzer.pipeline import Reopened, Result

Row = Mapping[str, Any]

# Lucene takes no term above 32,766 bytes, and a spreadsheet no cell above 32,767 characters: below both.
# Source: Lucene's IndexWriter.MAX_TERM_LENGTH; "Excel specifications and limits", support.microsoft.com.
MAX_BYTES = 32_765
_MARK = "…"
# what one character becomes at most: ⟨U+10FFFF⟩
_SPELLED_CHARS = 10


@dataclass(slots=True)
class Tally:
    """What an export did, by table: rows ``written``, rows left out as ``untimed``; and how many texts were ``cut``."""

    written: Counter[str] = field(default_factory=Counter)
    untimed: Counter[str] = field(default_factory=Counter)
    cut: int = 0

    def fit(self, text: str) -> str:
        """The text inert, in less than 32,766 bytes of UTF-8; one that is longer is cut, marked and counted."""
        if len(text) * 4 <= MAX_BYTES and text.isprintable():
            return text
        shown = inert(text[:MAX_BYTES], MAX_BYTES * _SPELLED_CHARS)
        encoded = shown.encode()
        if len(text) <= MAX_BYTES and len(encoded) <= MAX_BYTES:
            return shown
        self.cut += 1
        return encoded[: MAX_BYTES - len(_MARK.encode())].decode(errors="ignore") + _MARK

    def fitted(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The record with every text in it fit, at any depth; what is null or empty is left out."""
        fit = ((key, self._value(value)) for key, value in record.items())
        return {key: value for key, value in fit if value is not None and value not in ("", {}, [])}

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.fit(value)
        if isinstance(value, dict):
            return self.fitted(value)
        return [self._value(one) for one in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Stock:
    """A reopened case as the writers need it: ``cited`` names, for a row's artifact and place, the signals it fed."""

    evidence: Evidence
    host: str | None
    hashes: Mapping[str, str]
    cited: Mapping[tuple[str | None, str | None], list[str]]

    @classmethod
    def of(cls, opened: Reopened) -> Stock:
        """The stock of a case."""
        bundle = opened.result.bundle
        hashes = {reading.member.name: reading.member.sha256 for reading in bundle.readings}
        return cls(opened.evidence, bundle.host, hashes, _cited(opened.result))

    def rows(self, table: str) -> Iterator[Row]:
        """Every row of a table in the order of the case, few in memory at a time."""
        for batch in self.evidence.tables[table].collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
            yield from batch.iter_rows(named=True)

    def timed(self, tally: Tally) -> Iterator[tuple[str, Row]]:
        """Every row that has a time, with the name of its table; the others are counted."""
        for table in self.evidence.tables:
            for row in self.rows(table):
                if row["at"] is None:
                    tally.untimed[table] += 1
                    continue
                tally.written[table] += 1
                yield table, row

    def signals(self, row: Row) -> list[str]:
        """What the row was cited for, as ``cause.signal``."""
        return self.cited.get((row["artifact"], row["place"]), [])


def _cited(result: Result) -> dict[tuple[str | None, str | None], list[str]]:
    found: dict[tuple[str | None, str | None], dict[str, None]] = {}
    for verdict in result.diagnosis.verdicts:
        for seen in verdict.observations:
            for source in seen.sources if seen.sight is Sight.SEEN else ():
                found.setdefault((source.artifact, source.place), {})[f"{verdict.cause}.{seen.signal}"] = None
    return {row: sorted(signals) for row, signals in found.items()}


def message(table: str, row: Row) -> str:
    """A row in one line, as a person would read it out."""
    match table:
        case "events":
            said = row["text"] or row["data"]
            return f"{row['provider'] or row['channel'] or 'event'} {row['event_id']}" + (f": {said}" if said else "")
        case "registry":
            return f"{path(row)} = {row['value'] or ''}" if row["name"] is not None else path(row)
        case "log_lines":
            return row["text"] or ""
        case _:
            measured = row["value"] if row["value"] is not None else row["number"]
            parts = (row["name"], row["subject"], "=", measured, row["unit"])
            return " ".join(str(part) for part in parts if part is not None)


def path(row: Row) -> str:
    """Hive, key and value of a row of the registry."""
    key = f"{row['hive']}\\{row['key']}"
    return key if row["name"] is None else f"{key}\\{row['name'] or '(Default)'}"
