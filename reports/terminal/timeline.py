"""The screen of everything that has a time: the rows of all four tables, oldest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from reports.terminal.fields import AT, TIMELINE, Field
from reports.terminal.filters import Timed
from reports.terminal.selection import Selection, Sorting
from reports.terminal.store import Part, parts
from reports.terminal.table_view import TableView

_SAID = pl.when(pl.col("text").fill_null("") == "").then("data").otherwise("text")
_NAME = pl.col("name").replace("", "(Default)")
# of each table: who speaks, and what it says
_TOLD: Mapping[str, tuple[pl.Expr, pl.Expr]] = {
    "events": (pl.col("provider"), _SAID),
    "registry": (
        pl.col("hive") + "\\" + pl.col("key"),
        pl.concat_str(_NAME, pl.col("value"), separator=" = ", ignore_nulls=True),
    ),
    "log_lines": (pl.col("component"), pl.col("text")),
    "facts": (pl.col("name"), pl.concat_str("subject", "value", separator=" = ", ignore_nulls=True)),
}


class Timeline(TableView):
    """What the machine wrote down, whatever wrote it. A key of the registry stands where it was last written."""

    name_ = "timeline"
    fields: ClassVar[tuple[Field, ...]] = TIMELINE
    first = Selection((Timed(),), Sorting(AT))

    def parts(self) -> tuple[Part, ...]:
        """The four tables, each put into the same columns."""
        case = self.investigation
        return tuple(_alike(part) for table in _TOLD for part in parts(case.evidence, case.folder, table))


def _alike(part: Part) -> Part:
    """The part with the columns of the timeline; what it had stays beside."""
    what, text = _TOLD[part.table]
    named = ("artifact", "place", "at", "user")
    alike = part.rows.select(*named, pl.lit(part.table).alias("table"), what.alias("what"), text.alias("text"))
    return Part(alike, part.raw, part.table)
