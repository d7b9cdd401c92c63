"""Names: what the DNS client keeps, what it answers now, whom it asks, and where an account's mail goes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from collectors.live.options import Options
from collectors.live.probes import reason
from collectors.live.targets import TARGETS
from collectors.windows import NotTaken, Outcome, Windows

_HOSTS = tuple(dict.fromkeys(target.host for target in TARGETS))


def dns(windows: Windows, options: Options) -> list[dict[str, Any]]:
    """Each host, first in the cache: asking for it would put it there. ``addresses`` is null without the network."""
    servers = sorted({server for adapter in windows.adapters() if adapter.up for server in adapter.servers})
    cached = {host: _cached(windows, host) for host in _HOSTS}
    # side by side: where no server answers, each takes as long as Windows is willing to wait
    with ThreadPoolExecutor(len(_HOSTS)) as pool:
        answers = pool.map(partial(_answer, options), _HOSTS)
        return [answer | {"cached": cached[answer["name"]], "servers": servers} for answer in answers]


def _cached(windows: Windows, host: str) -> list[str] | None:
    try:
        return list(windows.cached_addresses(host))
    except NotTaken:
        return None


def _answer(options: Options, host: str) -> dict[str, Any]:
    if not options.network:
        return {"name": host, "addresses": None, "error": None}
    try:
        return {"name": host, "addresses": list(options.wire.resolve(host)), "error": None}
    except OSError as error:
        return {"name": host, "addresses": [], "error": reason(error)}


def mail_domain(windows: Windows, options: Options) -> list[dict[str, Any]]:
    """Where the mail of the account's domain is received, and where its autodiscover name leads to."""
    domain = (options.account or "").rpartition("@")[2].strip().lower()
    if not domain:
        raise NotTaken(Outcome.SKIPPED, "no account was named")
    if not options.network:
        raise NotTaken(Outcome.SKIPPED, "--no-network")
    leads_to = options.wire.alias(f"autodiscover.{domain}")
    return [{"domain": domain, "mx": list(windows.mail_exchangers(domain)), "autodiscover": leads_to}]
