"""Folders that Outlook's IMAP log shows as subscribed after the failure: proof that a cured account works on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from analyzer.measures.evidence import Element, Fact, Scene
from analyzer.measures.logins import after_failure, earliest
from analyzer.model import Source
from analyzer.tables import Evidence

# Source: RFC 3501, 6.3.9: the server answers LSUB with one line for each subscribed name.
_SUBSCRIBED = r"(^|\d\d:\d\d:\d\d )\* LSUB \("
_LOCAL = re.compile(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)")


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """One fact for the first folder that a server listed as subscribed after the last failure."""
    rows = evidence.log_lines.filter(pl.col("level") == "rx", pl.col("text").str.contains(_SUBSCRIBED))
    for row in rows.sort("artifact", pl.col("place").str.len_chars(), "place").collect().iter_rows(named=True):
        stamp = _LOCAL.match(row["text"] or "")
        local = {"local_time": (f"{stamp[1]}T{stamp[2]}",)} if stamp else {}
        line = Element(Source(row["artifact"], row["place"], row["at"]), row["user"], None, local)
        at = earliest(scene, line)
        theirs = row["user"] is None or scene.mine(row["user"])
        if theirs and scene.failure.known and after_failure(scene, at):
            yield Fact("imap_folder_subscribed", (line.source,), None, row["text"], None, at, row["user"])
            return
