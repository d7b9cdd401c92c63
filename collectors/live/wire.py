"""Connections: names, sockets, TLS without trust, and the little HTTP that a probe needs.

No account data is sent, and nothing that a server says is believed: a certificate is read whatever its dates or its
issuer, so that a wrong clock or an inspecting proxy does not hide it.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

_BLOCK_BYTES = 64 << 10
_MOST_HEAD = 64 << 10
_MOST_BODY = 4 << 20
_MOST_S = 20.0
"""How long a whole answer may take: what comes a byte at a time never outlasts the time-out of a single step."""

_NO_NAME = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]*))?")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an HTTP answer; names of fields in lower case."""

    status: int
    reason: str
    fields: dict[str, str]


class Wire:
    """The machine's own network. ``timeout_s`` bounds each step by itself."""

    timeout_s = 6.0

    def resolve(self, name: str) -> tuple[str, ...]:
        """Addresses of a name, in the system's order; OSError when there are none."""
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        return tuple(dict.fromkeys(str(told[4][0]) for told in found))

    def alias(self, name: str) -> str | None:
        """The name that another name leads to; empty when it leads to none, None when nobody could be asked."""
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
        except socket.gaierror as error:
            return "" if error.errno in _NO_NAME else None
        except (OSError, UnicodeError):
            # the second is for what no name can be, such as one with two dots side by side
            return None
        leads_to = next((told[3] for told in found if told[3]), "")
        return "" if leads_to.lower() == name.lower() else leads_to

    def connect(self, addresses: tuple[str, ...], port: int) -> socket.socket:
        """A connection to the first address that takes one; the last one's OSError when none does."""
        failed: OSError = OSError("no address")
        for address in _alternating(addresses)[:3]:
            try:
                return socket.create_connection((address, port), self.timeout_s)
            except OSError as error:
                failed = error
        raise failed


def _alternating(addresses: tuple[str, ...]) -> list[str]:
    """Both families by turns: where one of them leads nowhere, the other must have its try."""
    families = [[a for a in addresses if ":" in a], [a for a in addresses if ":" not in a]]
    return [address for pair in zip_longest(*families) for address in pair if address]


def secured(connection: socket.socket, host: str) -> ssl.SSLSocket:
    """TLS over a connection, for ``host``, believing nobody; ssl.SSLError, OSError when the handshake fails."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # what is served is kept and shown to Windows, which knows what this machine trusts
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=host)


def served(connection: ssl.SSLSocket) -> tuple[bytes, ...]:
    """The certificates as they were served, leaf first, in DER.

    ``get_unverified_chain`` is public since Python 3.13 and stands on the inner object since 3.10.
    """
    inner: Any = connection if hasattr(connection, "get_unverified_chain") else getattr(connection, "_sslobj", None)
    ask = getattr(inner, "get_unverified_chain", None)
    if ask is None:
        leaf = connection.getpeercert(binary_form=True)
        return (leaf,) if leaf else ()
    return tuple(_der(certificate) for certificate in ask() or ())


def _der(certificate: Any) -> bytes:
    """A certificate of the inner object writes itself: 1 is PEM, 2 is DER."""
    return certificate if isinstance(certificate, bytes) else bytes(certificate.public_bytes(2))


def asked(connection: socket.socket, request: str) -> Head:
    """Send a request's head and read the answer's; ValueError when what answers speaks no HTTP."""
    return _exchanged(connection, request, body=False)[0]


def fetched(connection: socket.socket, request: str) -> tuple[Head, bytes]:
    """The same with the answer's body, up to 4 MiB, as it comes until the other side closes."""
    return _exchanged(connection, request, body=True)


def _exchanged(connection: socket.socket, request: str, *, body: bool) -> tuple[Head, bytes]:
    connection.sendall(request.encode("ascii", "replace"))
    until = time.monotonic() + _MOST_S
    data = b""
    while b"\r\n\r\n" not in data and len(data) < _MOST_HEAD and (more := _received(connection, until)):
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    while body and len(rest) < _MOST_BODY and (more := _received(connection, until)):
        rest += more
    return _read(head), rest


def _received(connection: socket.socket, until: float) -> bytes:
    """What comes next, nothing at the end; TimeoutError when the answer as a whole takes too long."""
    if time.monotonic() > until:
        raise TimeoutError
    return connection.recv(_BLOCK_BYTES)


def _read(head: bytes) -> Head:
    first, *lines = head.split(b"\r\n")
    found = _STATUS.match(first)
    if found is None:
        raise ValueError("the answer is not HTTP")
    parted = (line.decode("latin-1").partition(":") for line in lines)
    fields = {name.strip().lower(): text.strip() for name, _, text in parted}
    return Head(int(found[1]), (found[2] or b"").decode("latin-1").strip(), fields)
