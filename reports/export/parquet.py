"""Parquet: the four tables as they are, one file each, for a notebook or another engine."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from analyzer.tables import BATCH_ROWS
from reports.export.rows import Stock, Tally


def write(stock: Stock, table: str, target: Path, tally: Tally) -> None:
    """All rows of a table in the order of the case, few in memory at a time; texts are evidence, not made inert."""
    rows = stock.evidence.tables[table]
    rows.sink_parquet(target, row_group_size=10 * BATCH_ROWS, maintain_order=True)
    tally.written[table] = int(pl.scan_parquet(target).select(pl.len()).collect().item())
