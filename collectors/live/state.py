"""``live/state.json``, section by section; each is taken alone and says how it ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from collectors.instants import now, written
from collectors.live.clock import clock
from collectors.live.machine import (
    adapters,
    boot_utc,
    host,
    mail_stores,
    processes,
    security_products,
    services,
    volumes,
)
from collectors.live.names import dns, mail_domain
from collectors.live.options import Options
from collectors.live.probes import tls_probes
from collectors.live.routes import proxy
from collectors.live.store import credentials
from collectors.live.webview2 import webview2
from collectors.windows import NotTaken, Outcome, Windows

SCHEMA = "mailscope-state/1"
Section = Callable[[Windows, Options], Any]

# In the order in which they are taken: what changes by itself comes first, and what the DNS client keeps before
# anything is asked of it.
SECTIONS: Mapping[str, Section] = {
    "host": host,
    "processes": processes,
    "dns": dns,
    "clock": clock,
    "credentials": credentials,
    "proxy": proxy,
    "tls_probes": tls_probes,
    "webview2": webview2,
    "services": services,
    "boot_utc": boot_utc,
    "adapters": adapters,
    "volumes": volumes,
    "security_products": security_products,
    "mail_domain": mail_domain,
    "mail_stores": mail_stores,
}


def take(windows: Windows, options: Options, sections: Mapping[str, Section] = SECTIONS) -> dict[str, Any]:
    """The whole document. ``sections`` says how each ended, ``reasons`` why where it did not end well.

    A section that was not taken is null, not empty. One that does not end within ``options.section_s`` is left
    behind and has failed; a defect in one shows on standard error, and the others are taken.
    """
    document: dict[str, Any] = {"schema": SCHEMA, "taken_utc": written(now())}
    attempts = {name: _Attempt(name, section, windows, options) for name, section in sections.items()}
    for attempt in attempts.values():
        attempt.start()
        attempt.join(options.section_s)
    endings = {name: attempt.ending() for name, attempt in attempts.items()}
    document |= {name: ending.content for name, ending in endings.items()}
    document["sections"] = {name: ending.outcome for name, ending in endings.items()}
    document["reasons"] = {name: ending.reason for name, ending in endings.items() if ending.reason}
    return document


class _Ending(NamedTuple):
    content: Any
    outcome: str
    reason: str = ""


class _Attempt(threading.Thread):
    """One section in a thread of its own: neither a call that never returns nor a defect can stop the others."""

    def __init__(self, name: str, section: Section, windows: Windows, options: Options) -> None:
        super().__init__(name=f"section {name}", daemon=True)
        self._take = partial(section, windows, options)
        self._ended = _Ending(None, "failed", "a defect of the collector")

    def ending(self) -> _Ending:
        """How it stands now; what ends later is not looked at again."""
        return _Ending(None, "failed", "not ended in time") if self.is_alive() else self._ended

    def run(self) -> None:
        """Take the section; what is neither done nor refused is a defect and ends the thread."""
        try:
            self._ended = _Ending(self._take(), "ok")
        except NotTaken as refusal:
            self._ended = _Ending(None, _word(refusal.outcome), refusal.reason)
        except OSError as error:
            self._ended = _Ending(None, "failed", str(error))


def _word(outcome: Outcome) -> str:
    """The four words that a section may end in: what is not there could not be asked."""
    return outcome.value if outcome in (Outcome.DENIED, Outcome.SKIPPED) else "failed"
