"""Probes: how far a connection to each host comes over each way, and which certificates are served on it.

A probe's ``stage`` is where it ended: ``dns``, ``tcp``, ``connect`` (the proxy's answer), ``tls``, ``http``. An
``error`` says why it went no further, or what Windows holds against the chain.
"""

from __future__ import annotations

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from collectors.instants import now, written
from collectors.live.certificates import described
from collectors.live.options import Options
from collectors.live.routes import DIRECT, in_force
from collectors.live.targets import PLAIN, TARGETS, Target
from collectors.live.wire import Head, asked, secured, served
from collectors.windows import NotTaken, Outcome, Windows

_METHOD = "CertGetCertificateChain"
_WORKERS = 20


def tls_probes(windows: Windows, options: Options) -> list[dict[str, Any]]:
    """All probes, by target, the way in force before the direct one; they run side by side."""
    if not options.network:
        raise NotTaken(Outcome.SKIPPED, "--no-network")
    with ThreadPoolExecutor(_WORKERS) as pool:
        ways = pool.map(partial(_ways, windows, options), TARGETS)
        journeys = [
            Journey(windows, options, target, via) for target, vias in zip(TARGETS, ways, strict=True) for via in vias
        ]
        return list(pool.map(Journey.told, journeys))


def _ways(windows: Windows, options: Options, target: Target) -> tuple[str, ...]:
    """The way in force, then the direct one where that is another. A proxy script may take its time to answer."""
    if not target.web:
        return (DIRECT,)
    return tuple(dict.fromkeys((in_force(windows, options, target.url), DIRECT)))


@dataclass(slots=True)
class Journey:
    """One probe on its way."""

    windows: Windows
    options: Options
    target: Target
    via: str
    row: dict[str, Any] = field(default_factory=dict)
    round_trip: timedelta = timedelta()

    def told(self) -> dict[str, Any]:
        """The probe as ``live/state.json`` holds it."""
        self.row = {
            "host": self.target.host,
            "port": self.target.port,
            "role": self.target.role,
            "local_utc": written(now()),
            "via": "direct" if self.via == DIRECT else self.via,
            "stage": "dns",
            "tcp_ok": False,
            **dict.fromkeys(("connect_status", "protocol", "trusted_by_windows", "trust_method", "error")),
            **dict.fromkeys(("http_status", "http_date_utc")),
            "chain": None,
        }
        try:
            with ExitStack() as opened:
                self._travel(opened)
        except (OSError, ValueError) as error:
            self.row["error"] = ("proxy: " if self._at_proxy() else "") + reason(error)
        return self.row

    def _at_proxy(self) -> bool:
        return self.via != DIRECT and self.row["stage"] in ("dns", "tcp", "connect")

    def _travel(self, opened: ExitStack) -> None:
        connection = opened.enter_context(self._connected())
        plain = self.target.port == PLAIN
        if not plain:
            if self.via != DIRECT and not self._admitted(connection):
                return
            self.row["stage"] = "tls"
            connection = opened.enter_context(secured(connection, self.target.host))
            self._seen(connection)
        if self.target.web:
            self.row["stage"] = "http"
            self._ask(connection, plain)

    def _connected(self) -> socket.socket:
        """A connection to the host, or to the proxy that is asked for it."""
        host, port = self.target.host, self.target.port
        if self.via != DIRECT:
            host, _, text = self.via.partition(" ")[2].rpartition(":")
            port = int(text)
        addresses = self.options.wire.resolve(host.strip("[]"))
        self.row["stage"] = "tcp"
        connection = self.options.wire.connect(addresses, port)
        self.row["tcp_ok"] = True
        return connection

    def _admitted(self, proxy: socket.socket) -> bool:
        """Whether the proxy lets it through; no credentials are offered to it."""
        self.row["stage"] = "connect"
        where = f"{self.target.host}:{self.target.port}"
        head = asked(proxy, f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n")
        self.row["connect_status"] = head.status
        if head.status == 200:
            return True
        self.row["error"] = f"{head.status} {head.reason}".strip()
        return False

    def _seen(self, connection: ssl.SSLSocket) -> None:
        """The chain as it was served, and what Windows thinks of it."""
        chain = served(connection)
        self.row["protocol"] = connection.version()
        self.row["chain"] = [described(data) for data in chain]
        if not chain:
            self.row["error"] = "no certificate was served"
            return
        try:
            trust = self.windows.trust(chain, self.target.host)
        except NotTaken as refused:
            self.row["error"] = refused.reason
            return
        self.row |= {"trusted_by_windows": trust.trusted, "trust_method": _METHOD, "error": trust.error}

    def _request(self, plain: bool) -> str:
        """A question without any account's data; a proxy wants the whole address of what is not encrypted."""
        path = "/connecttest.txt" if self.target.role == "control" else "/"
        where = f"http://{self.target.host}{path}" if plain and self.via != DIRECT else path
        return (
            f"HEAD {where} HTTP/1.1\r\nHost: {self.target.host}\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n"
        )

    def _ask(self, connection: socket.socket, plain: bool) -> None:
        """The question, and the machine's clock half way between asking and being answered."""
        before = now()
        head = asked(connection, self._request(plain))
        self.round_trip = now() - before
        self.row["local_utc"] = written(before + self.round_trip / 2)
        self.row["http_status"] = head.status
        self.row["http_date_utc"] = _date(head)


def _date(head: Head) -> str | None:
    """The server's clock; None when it does not say or when the answer was kept somewhere on the way."""
    if head.fields.get("age", "0") != "0":
        return None
    try:
        told = parsedate_to_datetime(head.fields["date"])
        # a date without a zone is in UTC too (RFC 9110, 5.6.7), never in this machine's
        return written(told if told.tzinfo else told.replace(tzinfo=UTC))
    except (KeyError, ValueError, OverflowError):
        return None


def reason(error: Exception) -> str:
    """Why a step failed, in the same words in every Windows language."""
    if isinstance(error, socket.gaierror):
        return "name not resolved"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionResetError):
        return "connection reset"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or 'failed'}"
    if isinstance(error, OSError):
        return f"error {getattr(error, 'winerror', None) or error.errno}"
    return str(error)
