"""A server on the loopback that is whatever stands on the way to a host: the host itself, or a proxy that opens TLS.

It answers TLS for any name with a certificate of a forged authority, HTTP with a date, and CONNECT with a status.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from collectors.live.wire import Wire
from fixtures.forge.certificates import KEYS, served_chain

DATE = "Mon, 02 Mar 2026 08:00:00 GMT"


@dataclass
class Roadside:
    """``heard`` is the first line of each request, ``authority`` who signs what is served."""

    folder: Path
    authority: str = "inspection"
    connect: str = "200 Connection established"
    answer: str = f"HTTP/1.1 200 OK\r\nDate: {DATE}\r\nContent-Length: 0\r\n\r\n"
    port: int = 0
    heard: list[str] = field(default_factory=list)

    def serve(self, listening: socket.socket) -> None:
        """Take connections until the socket is closed."""
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._attend, args=(connection,), daemon=True).start()

    def _attend(self, connection: socket.socket) -> None:
        with suppress(OSError), ExitStack() as opened:
            opened.enter_context(connection)
            connection.settimeout(5)
            if connection.recv(8, socket.MSG_PEEK).startswith(b"CONNECT"):
                self._read(connection)
                connection.sendall(f"HTTP/1.1 {self.connect}\r\n\r\n".encode())
            if connection.recv(1, socket.MSG_PEEK) == b"\x16":
                connection = opened.enter_context(self._secured(connection))
            self._read(connection)
            connection.sendall(self.answer.encode())

    def _read(self, connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(4096)
            if not more:
                raise ConnectionResetError
            data += more
        self.heard.append(data.split(b"\r\n")[0].decode())

    def _secured(self, connection: socket.socket) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = self._named
        context.load_cert_chain(self._chain("localhost"), KEYS / "leaf.pem")
        return context.wrap_socket(connection, server_side=True)

    def _named(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._chain(name or "localhost"), KEYS / "leaf.pem")
        connection.context = context

    def _chain(self, host: str) -> Path:
        file = self.folder / f"{self.authority}-{host}.pem"
        if not file.exists():
            pems = "".join(told["pem"] for told in served_chain(self.authority, host))
            made = self.folder / f"{threading.get_ident()}.part"
            made.write_text(pems, "ascii")
            made.replace(file)
        return file


@contextmanager
def standing(place: Roadside) -> Iterator[Roadside]:
    """The server on a port of its own, for as long as the context lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        place.port = listening.getsockname()[1]
        threading.Thread(target=place.serve, args=(listening,), daemon=True).start()
        yield place


class Detour(Wire):
    """Every name is on the loopback, every port is the roadside's; names in ``unknown`` are not answered."""

    timeout_s = 5.0

    def __init__(self, port: int, unknown: tuple[str, ...] = (), dead: tuple[int, ...] = ()) -> None:
        self.port = port
        self.unknown = unknown
        self.dead = dead

    def resolve(self, name: str) -> tuple[str, ...]:
        """The loopback, or nothing."""
        if name in self.unknown:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return ("127.0.0.1",)

    def alias(self, name: str) -> str | None:
        """Where the name is said to lead."""
        return f"{name}.outlook.com"

    def connect(self, addresses: tuple[str, ...], port: int) -> socket.socket:
        """The roadside, whichever port is asked for."""
        if port in self.dead:
            raise ConnectionRefusedError
        return super().connect(addresses, self.port)
