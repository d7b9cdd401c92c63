"""Run in Wine: a collection with the network on, every name and every port of it on the loopback."""

from __future__ import annotations

import json
import socket
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from collectors import catalog, collect, live, windows
from collectors.case import Options
from collectors.console import Console
from collectors.live.wire import Wire


class Detour(Wire):
    """Every name is the loopback, every port the one server there is."""

    def __init__(self, port: int) -> None:
        self.port = port

    def resolve(self, name: str) -> tuple[str, ...]:
        """The loopback."""
        if "." not in name:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return ("127.0.0.1",)

    def alias(self, name: str) -> str | None:
        """No name leads to another."""
        return None if "." not in name else ""

    def connect(self, addresses: tuple[str, ...], port: int) -> socket.socket:
        """The server."""
        return super().connect(addresses, self.port if port else 0)


def main() -> None:
    """Collect the items that standard input names."""
    told = json.load(sys.stdin)
    vars(live)["Options"] = partial(live.Options, wire=Detour(told["port"]))
    whole = catalog.load()
    some = tuple(item for item in whole.items if item.id in told["items"])
    vars(catalog)["load"] = lambda: catalog.Catalog(whole.version, some)
    done = collect.from_windows(windows.running(), Options(out=Path(told["out"])), Console("en", None))
    json.dump(done.sha256, sys.stdout)


main()
