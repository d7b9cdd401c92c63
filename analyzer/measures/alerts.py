"""Errors of mail servers in Outlook's own dialogs, as OAlerts kept them.

A dialog about sending and receiving carries the code, the server and the socket's error. Its words are in the language
of Office, its numbers and names are not::

    Account: '…', Server: 'imap.gmail.com', Protocol: IMAP, Port: 993, Secure(SSL): Yes, Socket Error: 10013,
    Error Number: 0x800CCC0E
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from analyzer.measures.evidence import Element, Scene
from analyzer.measures.records import source
from analyzer.tables import Evidence

_CODE = re.compile(r"\b0x800CCC[0-9A-F]{2}\b", re.IGNORECASE)
_SERVER = re.compile(r"(?<![\w@.-])((?:imap|smtp|pop)\.(?:gmail|googlemail)\.com)\b", re.IGNORECASE)
# Winsock's errors; what is longer or shorter is a port or a size
_SOCKET = re.compile(r"(?<!\w)(10[01]\d\d|11001)(?!\w)")
# What makes a dialog Outlook's: its title, the first string. Source: real OAlerts records, 300 of Office NN Alerts.
OF_OUTLOOK = (
    pl.col("provider").str.contains(r"(?i)^Microsoft Office \d+ Alerts$"),
    pl.col("event_id") == 300,
    pl.col("text").str.contains(r"(?i)^\s*Microsoft Outlook\s*\n"),
)


def errors(evidence: Evidence, scene: Scene) -> Iterator[Element]:
    """One element a dialog that names an error of a mail server of Google's: ``code``, ``server``, ``socket_error``."""
    rows = evidence.events.filter(*OF_OUTLOOK, pl.col("text").str.contains(r"(?i)0x800CCC"))
    for row in rows.sort("at", "artifact", "record_id").collect().to_dicts():
        code, server = _CODE.search(row["text"]), _SERVER.search(row["text"])
        if code is None or server is None or not (row["user"] is None or scene.mine(row["user"])):
            continue
        texts = {"code": (f"0x{code[0][2:].upper()}",), "server": (server[0].lower(),)}
        socket = _SOCKET.search(row["text"])
        numbers = {"socket_error": float(socket[0])} if socket else {}
        yield Element(source(row), row["user"], None, texts, numbers)
