"""Run in Wine: take the sections of live state that use the network, every name and port on the loopback."""

from __future__ import annotations

import json
import socket
import sys

ROOT = sys.argv[1]
sys.path.insert(0, ROOT)

from collectors import windows  # noqa: E402 - the repository is on the path from here on
from collectors.live import Options, take  # noqa: E402
from collectors.live.state import SECTIONS  # noqa: E402
from collectors.live.wire import Wire  # noqa: E402


class Detour(Wire):
    """Everything is where standard input says."""

    def __init__(self, port: int) -> None:
        self.port = port

    def resolve(self, name: str) -> tuple[str, ...]:
        """The loopback."""
        if "." not in name:
            raise socket.gaierror(11001, "unknown")
        return ("127.0.0.1",)

    def connect(self, addresses: tuple[str, ...], port: int) -> socket.socket:
        """The one server there is."""
        if port < 1:
            raise ConnectionRefusedError
        return super().connect(addresses, self.port)


def main() -> None:
    """The document, with the sections asked for."""
    told = json.load(sys.stdin)
    options = Options(person=windows.running().profiles()[0], wire=Detour(told["port"]))
    state = take(windows.running(), options, {name: SECTIONS[name] for name in told["sections"]})
    sys.stdout.write(json.dumps(state))


main()
