"""The sources of a net log's events, followed from a request to the socket it was sent through.

A request is handed to a controller, the controller starts jobs, a job is given a connection attempt, and that a socket;
each of them logs under a number of its own and names the next one. What is wanted of each is kept until it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from analyzer.tables import Fact

MOST_SOURCES = 100_000
MOST_CERTIFICATES = 10
_DEPTH = 6
_MOST_LEADS = 100
_MOST_TEXT = 300
_MOST_PEM = 20_000

# Source: the hosts that Google's support article names; its page is at `accounts.google.<country>` too.
_SIGN_IN = re.compile(
    r"accounts\.google\.(?:com|[a-z]{2}|com?\.[a-z]{2})|(?:apis|www)\.google\.com"
    r"|(?:oauth2|www)\.googleapis\.com|(?:ssl|www)\.gstatic\.com"
)

_BEGIN, _END = 1, 2

# Who names whom: the event's own source leads to the one it depends on, or is led to by it.
_LEADS = frozenset(
    {
        "HTTP_STREAM_JOB_CONTROLLER_BOUND",
        "HTTP_STREAM_REQUEST_STARTED_JOB",
        "SOCKET_POOL_BOUND_TO_CONNECT_JOB",
        "SOCKET_POOL_BOUND_TO_SOCKET",
        "CONNECT_JOB_SET_SOCKET",
    }
)
_LED = frozenset({"SOCKET_ALIVE"})
_TOLD = frozenset(
    {
        "URL_REQUEST_START_JOB",
        "PROXY_RESOLUTION_SERVICE_RESOLVED_PROXY_LIST",
        "PROXY_SERVICE_RESOLVED_PROXY_LIST",
        "HTTP_STREAM_JOB_CONTROLLER_PROXY_SERVER_RESOLVED",
        "HTTP_TRANSACTION_READ_RESPONSE_HEADERS",
        "HTTP_TRANSACTION_READ_TUNNEL_RESPONSE_HEADERS",
        "SSL_CERTIFICATES_RECEIVED",
        "TCP_CONNECT",
    }
)


class Constants(msgspec.Struct):
    """The tables of names at the head of a log."""

    logEventTypes: dict[str, int]  # noqa: N815  (Chromium's spelling)
    netError: dict[str, int]  # noqa: N815
    timeTickOffset: int | float | str  # noqa: N815


class _Source(msgspec.Struct):
    id: int


class _Params(msgspec.Struct):
    url: Any = None
    net_error: Any = None
    proxy_info: Any = None
    pac_string: Any = None
    proxy_chain: Any = None
    proxy_server: Any = None
    headers: Any = None
    certificates: Any = None
    address_list: Any = None
    source_dependency: Any = None


class Event(msgspec.Struct):
    """One line, as far as it is wanted."""

    type: int
    source: _Source
    time: int | str
    phase: int = 0
    params: _Params = msgspec.field(default_factory=_Params)


@dataclass(slots=True)
class _Known:
    """What a source told, and which sources it leads to."""

    host: str = ""
    line: int = 0
    at: datetime | None = None
    via: str = ""
    status: int | None = None
    tunnel: int | None = None
    certificates: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    leads: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Requests:
    """All that is under way, and the ``MOST_SOURCES`` sources that were heard of last."""

    constants: Constants
    began: datetime | None = None
    wanted: frozenset[int] = frozenset()
    _types: dict[int, str] = field(default_factory=dict)
    _errors: dict[int, str] = field(default_factory=dict)
    _known: dict[int, _Known] = field(default_factory=dict)
    _open: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        asked = _LEADS | _LED | _TOLD
        self._types = {number: name for name, number in self.constants.logEventTypes.items() if name in asked}
        self._errors = {number: name for name, number in self.constants.netError.items()}
        self.wanted = frozenset(self._types)

    def take(self, event: Event, line: int) -> Iterator[Fact]:
        """Learn from an event; the facts of the request that ends with it."""
        at = self._instant(event.time)
        self.began = self.began or at
        name, params = self._types.get(event.type, ""), event.params
        if name == "URL_REQUEST_START_JOB" and event.phase == _END:
            yield from self._finish(event.source.id, params.net_error)
            return
        if name == "URL_REQUEST_START_JOB" and event.phase == _BEGIN:
            self._start(event.source.id, _host(params.url), line, at)
        elif name in _LEADS or name in _LED:
            self._link(event, led=name in _LED)
        elif name:
            _learn(self._source(event.source.id), params, tunnel="TUNNEL" in name)

    def unfinished(self) -> Iterator[Fact]:
        """The facts of requests that were still under way when the log ended."""
        for number in tuple(self._open):
            yield from self._finish(number, None)

    def _source(self, number: int) -> _Known:
        if number not in self._known:
            self._forget()
            self._known[number] = _Known()
        return self._known[number]

    def _forget(self) -> None:
        """Make room: let go of the older half, the requests under way apart."""
        if len(self._known) < MOST_SOURCES:
            return
        oldest = list(self._known)[: MOST_SOURCES // 2]
        for number in oldest:
            if number not in self._open:
                del self._known[number]

    def _start(self, number: int, host: str, line: int, at: datetime | None) -> None:
        """Begin a request anew: one that is sent elsewhere keeps its number."""
        self._known.pop(number, None)
        if host and len(self._open) < MOST_SOURCES // 4:
            self._forget()
            self._known[number] = _Known(host=host, line=line, at=at)
            self._open[number] = line

    def _link(self, event: Event, *, led: bool) -> None:
        other = event.params.source_dependency
        number = other.get("id") if isinstance(other, dict) else None
        if isinstance(number, int):
            giver, given = (number, event.source.id) if led else (event.source.id, number)
            leads = self._source(giver).leads
            if len(leads) < _MOST_LEADS:
                leads.add(given)

    def _finish(self, number: int, error: Any) -> Iterator[Fact]:
        if self._open.pop(number, None) is None:
            return
        known = self._known[number]
        parts = tuple(self._reached(number))
        told: list[tuple[str, str | None, float | None]] = [("host", known.host, None)]
        via = next((part.via for part in parts if part.via), "")
        told += [("via", via, None)] if via else []
        told += [("address", address, None) for part in parts for address in part.addresses]
        for name in ("status", "tunnel"):
            status = next((getattr(part, name) for part in parts if getattr(part, name) is not None), None)
            told += [(f"{name}_code", str(status), float(status))] if status is not None else []
        if isinstance(error, int) and error:
            told.append(("error", self._errors.get(error, str(error)), float(error)))
        told += [("pem", pem, None) for pem in next((p.certificates for p in parts if p.certificates), ())]
        place = f"line {known.line}"
        for name, value, figure in told:
            yield Fact(place, f"page_requests.{name}", known.host, value, figure, at=known.at)

    def _reached(self, number: int) -> Iterator[_Known]:
        """The request and all that it led to, nearest first."""
        level, seen = [number], {number}
        for _ in range(_DEPTH):
            yield from (self._known[one] for one in level if one in self._known)
            after = {to for one in level if one in self._known for to in self._known[one].leads}
            level = sorted(after - seen)
            seen |= after

    def _instant(self, ticks: int | str) -> datetime | None:
        try:
            since = timedelta(milliseconds=int(ticks) + float(self.constants.timeTickOffset))
            return datetime(1970, 1, 1, tzinfo=UTC) + since
        except (ValueError, OverflowError):
            return None


def _learn(known: _Known, params: _Params, *, tunnel: bool) -> None:
    """Take what a source tells of itself; anything of another shape is nothing."""
    if route := next(
        (r for r in (params.proxy_chain, params.proxy_server, params.proxy_info, params.pac_string) if r), None
    ):
        known.via = _via(str(route)[:_MOST_TEXT])
    if isinstance(params.certificates, list):
        pems = [pem for pem in params.certificates[:MOST_CERTIFICATES] if isinstance(pem, str)]
        known.certificates = tuple(pem for pem in pems if _is_certificate(pem))
    if isinstance(params.address_list, list):
        known.addresses = tuple(
            _address(one) for one in params.address_list[:MOST_CERTIFICATES] if isinstance(one, str)
        )
    if isinstance(params.headers, list) and params.headers:
        # the first line of the answer; everything else of it is dropped
        status = re.match(r"HTTP/\d(?:\.\d)? (\d{3})\b", str(params.headers[0])[:_MOST_TEXT])
        if status and tunnel:
            known.tunnel = int(status[1])
        elif status:
            known.status = int(status[1])


def _is_certificate(pem: str) -> bool:
    return len(pem) <= _MOST_PEM and bool(
        re.fullmatch(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*", pem)
    )


def _address(text: str) -> str:
    """``142.250.74.45:443`` or ``[2a00:1450::5d]:443`` without the port."""
    return text[:_MOST_TEXT].rpartition(":")[0].strip("[]")


def _via(route: str) -> str:
    """``DIRECT``, ``[direct://]``, ``PROXY host:port;DIRECT`` or ``[https://host:port]`` as probes say it."""
    first = route.strip("[]").split(";")[0].split(",")[0].strip().strip("[]")
    kind, _, server = first.rpartition(" ")
    server = server.rpartition("/")[2] if "://" in first else server
    direct = first.lower().startswith("direct")
    return "direct" if direct else f"{kind.upper() or 'PROXY'} {server}"


def _host(url: Any) -> str:
    """The host of an address where it is one of the sign-in's; nothing for any other."""
    try:
        host = (urlsplit(str(url)[:_MOST_TEXT]).hostname or "").rstrip(".")
    except ValueError:
        return ""
    return host if _SIGN_IN.fullmatch(host) else ""
