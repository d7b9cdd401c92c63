"""Elastic Common Schema: one document a line, for ``_bulk`` loaders, Logstash and Filebeat.

Only fields of the schema are used, what it has no field for stands below ``mailscope``. ``event.kind`` is *event*
for what happened and *state* for what was found so. ``@timestamp`` is demanded of every document: rows without a
time are left out.

    {"@timestamp":"2026-03-02T08:02:00.000000Z","ecs":{"version":"8.11.0"},"message":"…",
     "event":{"kind":"event","module":"mailscope","dataset":"mailscope.events","code":"4625", …}, …}

Source: "ECS field reference", elastic.co, version 8.11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from reports.export.rows import Row, Stock, Tally, message, path
from reports.page.inert import iso

_VERSION = "8.11.0"
# Windows' own levels; 0 is "log always". Source: winmeta.xml of the Windows SDK.
_LEVELS = {0: "information", 1: "critical", 2: "error", 3: "warning", 4: "information", 5: "verbose"}


def lines(stock: Stock, tally: Tally) -> Iterator[bytes]:
    """Every row with a time as a line that ends in a line feed."""
    encoder = msgspec.json.Encoder()
    for table, row in stock.timed(tally):
        own = _OWN[table](row)
        shared = {
            "@timestamp": iso(row["at"]),
            "ecs": {"version": _VERSION},
            "message": message(table, row),
            "tags": stock.signals(row),
            "host": {"name": own.pop("computer", None) or stock.host},
            "user": _user(row["user"]),
            "file": {"path": row["artifact"], "hash": {"sha256": stock.hashes.get(row["artifact"])}},
            "event": {"module": "mailscope", "dataset": f"mailscope.{table}"} | own.pop("event"),
            "mailscope": {"place": row["place"]} | own.pop("mailscope", {}),
        }
        yield encoder.encode(tally.fitted(shared | own)) + b"\n"


def _user(label: str | None) -> dict[str, str]:
    if not label:
        return {}
    return {"id": label} if label.upper().startswith("S-1-") else {"name": label}


def _event(row: Row) -> dict[str, Any]:
    code, record = row["event_id"], row["record_id"]
    return {
        "computer": row["computer"],
        "event": {
            "kind": "event",
            "provider": row["provider"],
            "code": None if code is None else str(code),
            "sequence": record,
            "severity": row["level"],
        },
        "log": {"level": _LEVELS.get(row["level"])},
        "mailscope": {"channel": row["channel"], "strings": row["text"], "event_data": row["data"]},
    }


def _key(row: Row) -> dict[str, Any]:
    registry = {"hive": row["hive"], "key": row["key"], "path": path(row)}
    if row["name"] is not None:
        registry |= {"value": row["name"] or "(Default)"}
        registry |= {"data": {"type": row["kind"], "strings": [row["value"]] if row["value"] else []}}
    event = {"kind": "state", "category": ["registry"]}
    return {"event": event, "registry": registry, "mailscope": {"value_number": row["number"]}}


def _line(row: Row) -> dict[str, Any]:
    log = {"level": row["level"], "logger": row["component"], "file": {"path": row["artifact"]}}
    return {"event": {"kind": "event"}, "log": log}


def _fact(row: Row) -> dict[str, Any]:
    fact = {name: row[name] for name in ("name", "subject", "value", "number", "unit")}
    return {"event": {"kind": "state"}, "mailscope": {"fact": fact}}


_OWN: dict[str, Callable[[Row], dict[str, Any]]] = {
    "events": _event,
    "registry": _key,
    "log_lines": _line,
    "facts": _fact,
}
