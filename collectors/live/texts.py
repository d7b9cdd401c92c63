"""The live members beside ``state.json``: what commands print, the proxy script, and what the firewall dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import islice
from typing import BinaryIO
from urllib.parse import SplitResult, unquote, urlsplit

from collectors.catalog import Item
from collectors.live.drops import of_mail_programs
from collectors.live.options import Options
from collectors.live.probes import reason
from collectors.live.wire import fetched, secured
from collectors.windows import NotTaken, Outcome, Windows

# Commands that ask another machine.
_ON_THE_NETWORK = frozenset({"w32tm_stripchart"})
_USUAL_S = 60.0
_LONGER_S = {"systeminfo": 120.0, "gpresult": 120.0, "wfp_netevents": 120.0}
_BLOCK_BYTES, _MOST_BLOCKS = 1 << 20, 16
_NO_RIGHTS = b"0x80070005"
"""E_ACCESSDENIED, which ``w32tm /query`` prints for a standard user, in every language."""


def text(windows: Windows, item: Item, options: Options) -> bytes:
    """The bytes of one live member of the catalogue, in whatever code page Windows chose. NotTaken otherwise.

    What a command says about its own failure is evidence too (``w32tm`` names the error): only silence has failed.
    That rights were missing is none, and is tried again with more.
    """
    if item.id in _ON_THE_NETWORK and not options.network:
        raise NotTaken(Outcome.SKIPPED, "--no-network")
    if item.id in _SPECIAL:
        return _SPECIAL[item.id](windows, item, options)
    return _printed(windows, item)


def _printed(windows: Windows, item: Item) -> bytes:
    if item.command is None:
        raise NotTaken(Outcome.SKIPPED, f"{item.id} is not taken from the running system")
    output = windows.run(item.command.split(), _LONGER_S.get(item.id, _USUAL_S))
    if not output.stdout.strip():
        raise NotTaken(Outcome.FAILED, f"{item.command} ended with code {output.code} and printed nothing")
    if output.code and _NO_RIGHTS in output.stdout:
        raise NotTaken(Outcome.DENIED, f"{item.command}: access denied ({_NO_RIGHTS.decode()})")
    return output.stdout


def _drops(windows: Windows, item: Item, _options: Options) -> bytes:
    if not windows.identity().elevated:
        raise NotTaken(Outcome.DENIED, "the filters' records need elevation")
    return of_mail_programs(_printed(windows, item))


def _policies(windows: Windows, _item: Item, _options: Options) -> bytes:
    """``gpresult`` writes its report to a file; what it prints, if anything, is in the user's language."""
    with windows.scratch() as folder:
        file = f"{folder}\\gpresult.xml"
        try:
            windows.run(("gpresult", "/x", file, "/f"), _LONGER_S["gpresult"])
        except NotTaken as refused:
            if refused.outcome is not Outcome.FAILED:
                raise
        data = _whole(windows.open_file(file)) if windows.find(file) else b""
    if b"<\0R\0s\0o\0p" not in data and b"<Rsop" not in data:
        raise NotTaken(Outcome.FAILED, "gpresult ended, but no report came out")
    return data


def _whole(stream: BinaryIO) -> bytes:
    with stream:
        return b"".join(islice(iter(partial(stream.read, _BLOCK_BYTES), b""), _MOST_BLOCKS))


def _script(windows: Windows, _item: Item, options: Options) -> bytes:
    """The proxy script as it is served to whoever runs."""
    url = windows.user_proxy().auto_config_url
    if not url:
        raise NotTaken(Outcome.MISSING, "no proxy script is set")
    try:
        parts = urlsplit(url)
        if parts.scheme == "file":
            return _whole(windows.open_file(_local(parts)))
        if not options.network:
            raise NotTaken(Outcome.SKIPPED, "--no-network")
        return _fetched(options, parts)
    except (OSError, ValueError) as error:
        raise NotTaken(Outcome.FAILED, f"the proxy script: {reason(error)}") from error


def _local(url: SplitResult) -> str:
    """The Windows path of a ``file:`` address. SKIPPED for another machine's: asking there would sign in there."""
    path = unquote(url.path).replace("/", "\\")
    if url.netloc.endswith(":"):
        return url.netloc + path
    if url.netloc not in ("", "localhost") or path.startswith("\\\\"):
        raise NotTaken(Outcome.SKIPPED, "a proxy script on another machine's share is not read")
    return path.lstrip("\\")


def _fetched(options: Options, url: SplitResult) -> bytes:
    """A script is fetched directly: the way through a proxy is what it has yet to tell."""
    host, secure = url.hostname, url.scheme == "https"
    if url.scheme not in ("http", "https") or not host:
        raise NotTaken(Outcome.FAILED, f"a proxy script by {url.scheme or 'no'} scheme is not fetched")
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    with ExitStack() as opened:
        port = url.port or (443 if secure else 80)
        connection = opened.enter_context(options.wire.connect(options.wire.resolve(host), port))
        if secure:
            connection = opened.enter_context(secured(connection, host))
        head, body = fetched(connection, f"GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    if head.status != 200 or not body.strip():
        raise NotTaken(Outcome.FAILED, f"the proxy script: the server answered {head.status} with {len(body)} bytes")
    return body


_SPECIAL: Mapping[str, Callable[[Windows, Item, Options], bytes]] = {
    "wfp_netevents": _drops,
    "gpresult": _policies,
    "pac_file": _script,
}
