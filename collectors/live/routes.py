"""The proxy in force, and over which way an address is reached."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

from collectors.live.options import Options
from collectors.live.targets import GOOGLE_URL
from collectors.secrets import without_login
from collectors.windows import NotTaken, Outcome, Proxy, Windows

DIRECT = "DIRECT"
_POLICY = "SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"
_WORD = re.compile(r"^(?:PROXY|HTTPS?)\s+", re.IGNORECASE)
_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


def proxy(windows: Windows, options: Options) -> dict[str, Any]:
    """Both stacks' settings, the policies, the variables, and what they come to for Google."""
    winhttp = windows.winhttp_proxy()
    return {
        "winhttp": {
            "access": "named" if winhttp.server else "direct",
            "server": without_login(winhttp.server),
            "bypass": winhttp.bypass,
        },
        "user": _user(windows),
        "policy": {"per_machine": _per_machine(windows)},
        "environment": _environment(),
        "resolved": _resolved(windows, options),
    }


def _user(windows: Windows) -> dict[str, Any]:
    told = windows.user_proxy()
    return {
        "user_sid": windows.identity().sid,
        "auto_detect": told.auto_detect,
        "auto_config_url": without_login(told.auto_config_url),
        "server": without_login(told.server),
        "bypass": told.bypass,
    }


def _per_machine(windows: Windows) -> bool | None:
    """Whether a policy makes the machine's settings count for every user; None when there is no such policy."""
    value = windows.value(f"HKLM\\{_POLICY}", "ProxySettingsPerUser")
    return None if value is None else value.number == 0


def _environment() -> dict[str, str]:
    """The variables that are set, whatever their case."""
    given = {name.upper(): text for name, text in os.environ.items()}
    return {name: without_login(given[name]) for name in _VARIABLES if name in given}


def _resolved(windows: Windows, options: Options) -> list[dict[str, str]] | None:
    """What the settings come to for Google's sign-in page; None when only the network could tell."""
    try:
        return [{"url": GOOGLE_URL, "via": in_force(windows, options, GOOGLE_URL)}]
    except NotTaken:
        return None


def in_force(windows: Windows, options: Options, url: str) -> str:
    """``DIRECT`` or ``PROXY host:port`` for an address, for whoever runs.

    Automatic detection goes first, then the script, then the named proxy, as in WinINet and WebView2. Without the
    network the first two cannot be asked: SKIPPED.
    """
    told = windows.user_proxy()
    scripts = ([None] if told.auto_detect else []) + ([told.auto_config_url] if told.auto_config_url else [])
    if scripts and not options.network:
        raise NotTaken(Outcome.SKIPPED, "the proxy script is not asked without the network")
    for script in scripts:
        with suppress(NotTaken):
            return _first(windows.proxy_for(url, script))
    return _named(told, url)


def _first(answer: str) -> str:
    """The first way of several, parted by semicolons or blanks; a server without a word before it is a proxy."""
    first = _parts(_WORD.sub("", answer.strip()))[0]
    return f"PROXY {_address(first)}" if first.upper() != DIRECT else DIRECT


def _parts(text: str) -> list[str]:
    """A list of servers or of exceptions taken apart; ``[""]`` of an empty one.

    Source: Microsoft, WINHTTP_PROXY_INFO: "separated by semicolons or white space".
    """
    return re.split(r"[;\s]+", text.strip())


def _named(told: Proxy, url: str) -> str:
    """The named proxy for an address: one for all, or ``http=…;https=…``."""
    scheme, host = url.split("://", 1)
    host = host.partition("/")[0].partition(":")[0]
    if not told.server or bypassed(host, told.bypass):
        return DIRECT
    servers = _parts(told.server)
    by_scheme = dict(part.lower().split("=", 1) for part in servers if "=" in part)
    server = by_scheme.get(scheme, "") if by_scheme else servers[0]
    return f"PROXY {_address(server)}" if server else DIRECT


def _address(server: str) -> str:
    """``host:port`` of a proxy, however it is written; port 80 where none is named."""
    text = server.rpartition("://")[2].rpartition("@")[2].strip("/")
    return text if re.search(r":\d+$", text) else f"{text}:80"


def bypassed(host: str, bypass: str) -> bool:
    """Whether a list of exceptions names a host: patterns with ``*``, and ``<local>`` for names without a dot."""
    for word in _parts(bypass.lower()):
        pattern = word.partition("://")[2] or word
        if (pattern == "<local>" and "." not in host) or (pattern and fnmatchcase(host.lower(), pattern)):
            return True
    return False
