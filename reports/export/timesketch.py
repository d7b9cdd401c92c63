"""Timesketch: one JSON object a line, as its importer takes them.

``message``, ``datetime`` and ``timestamp_desc`` are what it demands, ``timestamp`` is whole microseconds since 1970.
Names that Plaso gives to the same things are used, so that saved searches and rules find them. Fields of an event
stay together in one text: names out of evidence must not become fields of an index. Rows without a time are left
out. ``tag`` lists what a row was cited for.

    {"message":"…","datetime":"2026-03-02T08:02:00.000000+00:00","timestamp":1772438520000000,
     "timestamp_desc":"Recorded Time","data_type":"windows:evtx:record","event_identifier":4625, …}

Source: "Import from JSON or CSV", timesketch.org; field names of Plaso's winevtx and winreg parsers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from reports.export.rows import Row, Stock, Tally, message, path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIMES = {
    "events": "Recorded Time",
    "registry": "Content Modification Time",
    "log_lines": "Recorded Time",
    "facts": "Observed Time",
}


def lines(stock: Stock, tally: Tally) -> Iterator[bytes]:
    """Every row with a time as a line that ends in a line feed."""
    encoder = msgspec.json.Encoder()
    for table, row in stock.timed(tally):
        shared = {
            "message": message(table, row) or row["place"] or table,
            "datetime": row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
            "timestamp": (row["at"] - _EPOCH) // _MICROSECOND,
            "timestamp_desc": _TIMES[table],
            "tag": stock.signals(row),
            "source_file": row["artifact"],
            "source_sha256": stock.hashes.get(row["artifact"]),
            "place": row["place"],
            "user": row["user"],
        }
        yield encoder.encode(tally.fitted(shared | _OWN[table](row))) + b"\n"


def _event(row: Row) -> dict[str, Any]:
    return {
        "data_type": "windows:evtx:record",
        "channel": row["channel"],
        "source_name": row["provider"],
        "event_identifier": row["event_id"],
        "event_level": row["level"],
        "record_number": row["record_id"],
        "computer_name": row["computer"],
        "strings": row["text"],
        "event_data": row["data"],
    }


def _key(row: Row) -> dict[str, Any]:
    return {
        "data_type": "windows:registry:key_value",
        "key_path": f"{row['hive']}\\{row['key']}",
        "value_path": path(row),
        "value_name": row["name"],
        "value_type": row["kind"],
        "value": row["value"],
        "value_number": row["number"],
    }


def _line(row: Row) -> dict[str, Any]:
    own = {"component": row["component"], "log_level": row["level"], "body": row["text"]}
    return {"data_type": "mailscope:log:line"} | own


def _fact(row: Row) -> dict[str, Any]:
    own = {"fact": row["name"], "subject": row["subject"], "fact_value": row["value"], "fact_number": row["number"]}
    return {"data_type": "mailscope:fact", "unit": row["unit"]} | own


_OWN: dict[str, Callable[[Row], dict[str, Any]]] = {
    "events": _event,
    "registry": _key,
    "log_lines": _line,
    "facts": _fact,
}
