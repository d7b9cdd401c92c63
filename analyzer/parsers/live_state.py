r"""``live/state.json``: what only the running system knew, flattened into facts.

A sample, as a collector writes it::

    {"schema": "mailscope-state/1", "taken_utc": "2026-03-02T08:11:30Z",
     "sections": {"clock": "ok", "credentials": "denied"},
     "host": {"name": "PC-042", "sid": "S-1-5-21-…-1001", "utc_bias_minutes": -60},
     "clock": {"samples": [{"source": "http-date", "server": "accounts.google.com", "offset_seconds": 1.1}]},
     "tls_probes": [{"host": "accounts.google.com", "port": 443, "stage": "http", "chain": [{"subject": "CN=…"}]}]}

A fact's name is the path without indexes (``clock.samples.offset_seconds``), its place the object that holds it
(``clock.samples[0]``, ``tls_probes[0].chain[0]``): fields of one object share it. Its subject is what the nearest
element of a list is called by (target, server, host:port …). Lists of plain values become one fact a value.

``Covered`` names each section taken, and each object or list directly in it (``proxy.winhttp``, ``clock.samples``),
because a section may be there without one of its parts. A section that is missing or null was not taken. What has the
wrong type loses itself alone, is counted, and its section is no longer whole. Fields that nobody knows are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.damages import Damages
from analyzer.encodings import decode, sniff
from analyzer.model import Covered, Damage, Identified, utc
from analyzer.secrets import mask, mask_field
from analyzer.tables import Batch, PersonalFact, batches

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

_MOST_BYTES = 128 << 20
_DEEPEST = 12
_SCHEMA = "mailscope-state/"
_PAPERWORK = frozenset({"schema", "sections"})
# What each user has of their own; the clock, the network and the programs are the machine's, whoever looked.
_PERSONAL = frozenset({"credentials", "proxy", "mail_stores"})

_OBJECTS = frozenset(
    {"host", "host.daylight", "clock", "proxy", "proxy.winhttp", "proxy.user", "proxy.environment", "webview2"}
)
_LISTS = frozenset(
    {
        *("credentials", "clock.samples", "proxy.resolved", "tls_probes", "tls_probes.chain", "dns", "mail_domain"),
        *("webview2.looked_in", "webview2.listed", "webview2.runtimes", "processes", "volumes", "services"),
        *("security_products", "mail_stores", "adapters"),
    }
)
_VALUE_LISTS = frozenset({"webview2.listed.entries", "dns.addresses", "dns.cached", "dns.servers", "mail_domain.mx"})
_NUMBERS = frozenset(
    {
        *("host.utc_bias_minutes", "host.daylight.bias_minutes", "clock.samples.offset_seconds"),
        *("clock.samples.round_trip_ms", "credentials.blob_bytes", "tls_probes.port", "tls_probes.connect_status"),
        *("tls_probes.http_status", "processes.pid", "processes.parent_pid", "volumes.free_bytes", "mail_stores.size"),
    }
)
_FLAGS = frozenset(
    {
        *("host.elevated", "proxy.user.auto_detect", "webview2.runtimes.exists", "tls_probes.tcp_ok"),
        *("tls_probes.trusted_by_windows", "processes.elevated", "volumes.holds_profile", "adapters.up"),
    }
)
_UNITS = {"seconds": "s", "ms": "ms", "minutes": "minutes", "bytes": "bytes", "size": "bytes"}
_KEYS = ("target", "server", "host", "place", "path", "url", "name", "domain")
_TIMES = ("last_written_utc", "local_utc", "taken_utc", "started_utc", "modified_utc")


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where in the document: what facts found here share."""

    section: str
    name: str
    place: str
    user: str | None
    subject: str | None = None
    at: datetime | None = None
    depth: int = 0

    def child(self, key: str, place: str, content: Mapping[str, Any]) -> _Spot:
        """The spot of an object found here; its own user and time go before those around it."""
        user = content.get("user_sid")
        return replace(
            self,
            name=_joined(self.name, key),
            place=place,
            user=user if isinstance(user, str) else self.user,
            at=_own_time(content) or self.at,
            depth=self.depth + 1,
        )

    def damage(self, place: str, reason: str) -> Damage:
        """The loss of one thing in this section."""
        return Damage(place, reason, lost_at_least=1, part=self.section)


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """All facts, section by section; a document that cannot be decoded gives none."""
    with artifact.open() as stream:
        data = stream.read(_MOST_BYTES + 1)
    document = _decoded(data)
    if isinstance(document, Damage):
        yield document
        return
    yield Identified("live_state")
    host = document.get("host")
    sid = host.get("sid") if isinstance(host, dict) else None
    owner = sid if isinstance(sid, str) else artifact.host.sid or artifact.member.user
    outcomes = document.get("sections") or {}
    if not isinstance(outcomes, dict):
        yield Damage("sections", "how the sections ended cannot be read")
        outcomes = {}
    for section in sorted({*document, *outcomes} - _PAPERWORK):
        theirs = owner if section in _PERSONAL else None
        yield from _section(section, document.get(section), outcomes.get(section, "ok"), theirs)


def _decoded(data: bytes) -> dict[str, Any] | Damage:
    if len(data) > _MOST_BYTES:
        return Damage("end", f"longer than {_MOST_BYTES} bytes: not read")
    encoding, mark = sniff(data)
    text = decode(data, oem=None, ansi=None)[0] if encoding not in {None, "utf-8"} else data[mark:]
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return Damage("the whole file", f"not readable as JSON: {str(error) or type(error).__name__}"[:200])
    if not isinstance(document, dict) or not str(document.get("schema", "")).startswith(_SCHEMA):
        return Damage("schema", f"not a document of {_SCHEMA}1")
    return document


def _section(section: str, content: Any, outcome: Any, owner: str | None) -> Iterator[Batch | Damage | Covered]:
    """One section's facts, losses, and what was read whole of it."""
    root = _Spot(section, "", "", owner)
    users: dict[str | None, None] = {}
    damages = Damages()

    def facts() -> Iterator[PersonalFact]:
        for told in _told(root, section, content) if content is not None else ():
            if isinstance(told, Damage):
                damages.add(told)
            else:
                users.setdefault(told.user)
                yield told

    yield from batches("facts", facts())
    if outcome not in ("ok", "skipped"):
        damages.add(Damage(section, f"the collector's attempt ended as {mask(str(outcome))[:80]}", part=section))
    yield from damages
    if content is not None and outcome == "ok" and not damages:
        for user in users or {owner: None}:
            yield from (Covered(part, user=user) for part in _parts(section, content))


def _parts(section: str, content: Any) -> Iterator[str]:
    yield section
    if isinstance(content, dict):
        yield from (f"{section}.{key}" for key, value in content.items() if isinstance(value, dict | list))


def _told(spot: _Spot, key: str, value: Any) -> Iterator[PersonalFact | Damage]:
    """What one field says: itself, or everything in it."""
    name = _joined(spot.name, key)
    place = _joined(spot.place, key)
    if value is not None and not _fits(name, value):
        yield spot.damage(place, "not of the type that this field has")
    elif spot.depth > _DEEPEST:
        yield spot.damage(place, "nested too deeply")
    elif isinstance(value, dict):
        inner = spot.child(key, place, value)
        for field, content in value.items():
            yield from _told(inner, field, content)
    elif isinstance(value, list):
        yield from _elements(spot, key, value)
    else:
        yield from _scalar(spot, key, value)


def _elements(spot: _Spot, key: str, values: list[Any]) -> Iterator[PersonalFact | Damage]:
    name = _joined(spot.name, key)
    for index, value in enumerate(values):
        place = f"{_joined(spot.place, key)}[{index}]"
        if isinstance(value, dict) and name not in _VALUE_LISTS:
            inner = spot.child(key, place, value)
            inner = replace(inner, subject=_called(value) or spot.subject)
            for field, content in value.items():
                yield from _told(inner, field, content)
        elif isinstance(value, dict | list) or name in _LISTS:
            yield spot.damage(place, "not of the type that this list holds")
        else:
            yield from _scalar(spot, key, value)


def _scalar(spot: _Spot, key: str, value: Any) -> Iterator[PersonalFact | Damage]:
    number = float(value) if isinstance(value, bool | float) or _is_whole(value) else None
    if number is None and isinstance(value, int):
        yield spot.damage(_joined(spot.place, key), "a number beyond any meaning")
        return
    unit = _UNITS.get(key.rsplit("_", 1)[-1]) if number is not None else None
    yield PersonalFact(
        place=spot.place or key,
        at=spot.at or (_time(value) if not spot.name and key.endswith("_utc") else None),
        user=spot.user,
        name=_joined(spot.name, key),
        subject=spot.subject,
        value=_text(key, value),
        number=number,
        unit=unit,
    )


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and abs(value) < 1 << 63


def _text(key: str, value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    text = str(value)
    # a certificate is public, and its base64 may look like anything
    return text if text.startswith("-----BEGIN CERTIFICATE-----") else mask_field(key, text)


def _fits(name: str, value: Any) -> bool:
    if name in _NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if name in _FLAGS:
        return isinstance(value, bool)
    if name in _LISTS or name in _VALUE_LISTS:
        return isinstance(value, list)
    return name not in _OBJECTS or isinstance(value, dict)


def _called(element: Mapping[str, Any]) -> str | None:
    """The name by which an element of a list is known; a probe's is its host and port."""
    found = next((key for key in _KEYS if isinstance(element.get(key), str) and element[key]), None)
    if found is None:
        return None
    port = element.get("port")
    return mask(element[found]) + (f":{port}" if found == "host" and isinstance(port, int) else "")


def _own_time(content: Mapping[str, Any]) -> datetime | None:
    return next((moment for key in _TIMES if (moment := _time(content.get(key)))), None)


def _time(value: Any) -> datetime | None:
    try:
        return utc(value) if isinstance(value, str) else None
    except OverflowError:
        # the first or the last day that Python knows, in another zone
        return None
