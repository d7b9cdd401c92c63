"""Outlook's own dialogs, as OAlerts kept them, and the errors of mail servers in them.

A dialog about sending and receiving carries the code, the server and the socket's error. Its words are in the language
of Office, its numbers and names are not::

    Account: '…', Server: 'imap.gmail.com', Protocol: IMAP, Port: 993, Secure(SSL): Yes, Socket Error: 10013,
    Error Number: 0x800CCC0E
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import polars as pl

from analyzer.measures.evidence import Element, Scene
from analyzer.measures.records import source
from analyzer.tables import Evidence

_CODE = re.compile(r"\b0x800CCC[0-9A-F]{2}\b", re.IGNORECASE)
_SERVER = re.compile(r"(?<![\w@.-])((?:imap|smtp|pop)\.(?:gmail|googlemail)\.com)\b", re.IGNORECASE)
# Winsock's errors; what is longer or shorter is a port or a size
_SOCKET = re.compile(r"(?<!\w)(10[01]\d\d|11001)(?!\w)")
_OFFICE = re.compile(r"microsoft office \d+ alerts")


def dialogs(evidence: Evidence, holds: pl.Expr) -> list[dict[str, Any]]:
    """Office's records of dialogs of Outlook whose ``text`` meets the condition, in order of time.

    Source: real OAlerts records, `Microsoft Office NN Alerts` 300; the first unnamed string is the window's title, the
    second its text in the language of Office.
    """
    rows = evidence.written_by(*filter(_OFFICE.fullmatch, evidence.providers))
    if rows is None:
        return []
    outlook = pl.col("text").str.contains(r"(?i)^\s*Microsoft Outlook\s*\n")
    told = rows.filter(pl.col("event_id") == 300, outlook, holds)
    return told.sort("at", "artifact", "record_id").collect().to_dicts()


def errors(evidence: Evidence, scene: Scene) -> Iterator[Element]:
    """One element a dialog that names an error of a mail server of Google's: ``code``, ``server``, ``socket_error``."""
    for row in dialogs(evidence, pl.col("text").str.contains(r"(?i)0x800CCC")):
        code, server = _CODE.search(row["text"]), _SERVER.search(row["text"])
        if code is None or server is None or not (row["user"] is None or scene.mine(row["user"])):
            continue
        texts = {"code": (f"0x{code[0][2:].upper()}",), "server": (server[0].lower(),)}
        socket = _SOCKET.search(row["text"])
        numbers = {"socket_error": float(socket[0])} if socket else {}
        yield Element(source(row), row["user"], None, texts, numbers)
