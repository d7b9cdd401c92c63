"""How wrong the machine's clock is, and was at the failure.

An error is local minus true time in seconds: positive when the machine's clock runs ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import polars as pl

from analyzer.measures.evidence import Element, Fact, Scene, elements
from analyzer.measures.records import records, source
from analyzer.model import CLOCK_ERROR_MAX_S, Source, utc
from analyzer.tables import Evidence

RIGHT_S = 300.0  # below this no reader of a clock matters to TLS or OAuth
DAY_S = 86_400.0
AGREE_S = 600.0  # two references read minutes apart on the same clock
HOST_GOOGLE = (
    "accounts.google.com",
    "oauth2.googleapis.com",
    "www.googleapis.com",
    "apis.google.com",
    "ssl.gstatic.com",
    "imap.gmail.com",
    "smtp.gmail.com",
)
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_SET = 52  # the only record of the time service's that is written by the clock it has just set
_SYNC_LOCAL = ("local cmos clock", "free-running system clock", "")


@dataclass(frozen=True, slots=True)
class Reference:
    """One comparison of the machine's clock with something outside it.

    ``kind`` keeps references apart that can be wrong for the same reason: two samples of one server are one.
    ``outside`` is false where the reference is the machine's own time source, which may share its error.
    """

    error_s: float
    kind: str
    source: Source
    outside: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """A step of the clock after the failure. ``shift_s`` is new minus old time."""

    shift_s: float
    source: Source


def clock_error_s(evidence: Evidence) -> float | None:
    """The error at collection, by the median of the outside references; None without any."""
    errors = sorted(r.error_s for r in _at_collection(evidence) if r.outside)
    return errors[len(errors) // 2] if errors else None


def references(evidence: Evidence, scene: Scene) -> tuple[Reference, ...]:
    """Every reference that tells the error at the failure: those of now, and what the logs say since then."""
    changes = _changes(evidence, scene)
    before = tuple(Reference(-c.shift_s, "Kernel-General", c.source, outside=False) for c in changes)
    return _at_collection(evidence) + before + _told_by_service(evidence, scene)


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Clock errors by every reference, what two of them agree on, and changes since the failure."""
    now = _at_collection(evidence)
    changes = _changes(evidence, scene) + _set_by_service(evidence, scene)
    every = references(evidence, scene)
    for reference in every:
        yield Fact("clock_error_s", (reference.source,), reference.kind, None, reference.error_s, reference.source.at)
        yield _size("clock_error_size_s", reference)
    yield from _agreements(every)
    yield from _zone_biases(evidence, now)
    yield from _right(now, scene, changes)
    for change in changes:
        yield Fact("clock_changed_s", (change.source,), None, None, change.shift_s, change.source.at)
    yield from _certificate_errors(evidence)


def _size(name: str, reference: Reference) -> Fact:
    return Fact(name, (reference.source,), reference.kind, None, abs(reference.error_s), reference.source.at)


def _agreements(references: tuple[Reference, ...]) -> Iterator[Fact]:
    for one, other in combinations(references, 2):
        if one.kind != other.kind and abs(one.error_s - other.error_s) <= AGREE_S:
            smaller = min(one, other, key=lambda r: abs(r.error_s))
            both = tuple(sorted((one.source, other.source), key=lambda s: (s.artifact, s.place)))
            yield Fact("clock_error_agreed_s", both, f"{one.kind}, {other.kind}", None, abs(smaller.error_s))


def _right(references: tuple[Reference, ...], scene: Scene, changes: tuple[Change, ...]) -> Iterator[Fact]:
    """A clock that is right now. One that was set since the failure says nothing about it."""
    outside = [r for r in references if r.outside]
    if changes or any(abs(r.error_s) >= RIGHT_S for r in outside):
        return
    for reference in outside:
        yield _size("clock_right_s", reference)
        if scene.failure.known:
            yield _size("clock_right_since_failure_s", reference)


# --- references at collection -------------------------------------------------------------------------------------


def _at_collection(evidence: Evidence) -> tuple[Reference, ...]:
    samples = (_sample(e) for e in elements(evidence, "clock.samples"))
    probes = (_probe_date(e) for e in elements(evidence, "tls_probes"))
    return tuple(r for r in (*samples, *probes, *_status(evidence)) if r)


def _sample(sample: Element) -> Reference | None:
    local, true = utc(sample.text("local_utc")), utc(sample.text("reference_utc"))
    error = _plausible(sample.numbers.get("offset_seconds"))
    if error is None and local and true:
        error = (local - true).total_seconds()
    if error is None:
        return None
    return Reference(error, _kind(sample.text("source"), sample.text("server") or sample.subject or ""), sample.source)


def _probe_date(probe: Element) -> Reference | None:
    """A probe's HTTP Date has whole seconds; that is far below what matters."""
    local, true = utc(probe.text("local_utc")), utc(probe.text("http_date_utc"))
    if local is None or true is None:
        return None
    return Reference((local - true).total_seconds(), _kind("http-date", probe.text("host")), probe.source)


def _kind(source: str, server: str) -> str:
    return f"{source or 'stripchart'} {server}".strip().lower()


def _status(evidence: Evidence) -> Iterator[Reference]:
    """The time service's own phase offset, where it is synchronised with something that is not this machine."""
    statuses: dict[str, dict[str, Element]] = {}
    for element in elements(evidence, "w32tm"):
        for name in (*element.texts, *element.numbers):
            statuses.setdefault(element.source.artifact, {})[name] = element
    for status in statuses.values():
        told = status.get("phase_offset_s")
        offset = _plausible(told.numbers.get("phase_offset_s")) if told else None
        if told and offset is not None and _synchronised(status):
            yield Reference(-offset, "W32Time", told.source, outside=False)


def _synchronised(status: dict[str, Element]) -> bool:
    leap, error, source = (status.get(name) for name in ("leap", "last_sync_error", "source"))
    return (
        leap is not None
        and leap.numbers.get("leap") in (0.0, 1.0, 2.0)
        and error is not None
        and error.numbers.get("last_sync_error") == 0.0
        and source is not None
        and source.text("source").lower() not in _SYNC_LOCAL
    )


# --- what the event logs tell of the time of the failure ----------------------------------------------------------


def _since(scene: Scene) -> datetime | None:
    """From when on a record speaks of the failure, or of the present where no failure is known.

    A narrow window lies evenly around the failure: its middle is the failure itself. In a wide one it may have been
    at any instant.
    """
    if not scene.failure.known:
        return scene.collected - timedelta(days=1) if scene.collected else None
    start, end = min(scene.failure.windows)
    return start + (end - start) / 2 if end - start <= timedelta(minutes=30) else start


def _changes(evidence: Evidence, scene: Scene) -> tuple[Change, ...]:
    """Steps of five minutes and more after the failure that were neither a wake nor a change of the zone.

    Source: Microsoft-Windows-Kernel-General 1 (Reason 1 = a component set the time, 2 = resynchronised with the
    hardware clock on wake, 3 = zone), Security 4616, Time-Service 283; field names from the Windows 11 manifests.
    """
    since = _since(scene)
    if since is None or not scene.failure.known:
        return ()
    told = [
        (row, _step(row["fields"], new, old))
        for provider, ids, new, old in (
            ("Microsoft-Windows-Kernel-General", (1,), "newtime", "oldtime"),
            ("Microsoft-Windows-Security-Auditing", (4616,), "newtime", "previoustime"),
            ("Microsoft-Windows-Time-Service", (283,), "actualsystemtimeutc", "expectedsystemtimeutc"),
        )
        for row in records(evidence, provider, ids)
        if row["event_id"] != 1 or row["fields"].get("reason") == "1"
    ]
    return tuple(
        Change(shift, source(row))
        for row, shift in told
        if shift is not None and abs(shift) >= RIGHT_S and _after(row["at"], shift, scene, since)
    )


def _set_by_service(evidence: Evidence, scene: Scene) -> tuple[Change, ...]:
    """Steps that the time service says it made; kept apart, because ``_told_by_service`` has them as references.

    Source: Time-Service 52, TimeOffsetSeconds.
    """
    since = _since(scene)
    if since is None or not scene.failure.known:
        return ()
    return tuple(
        Change(shift, source(row))
        for row in records(evidence, "Microsoft-Windows-Time-Service", (_SET,))
        if (shift := _service_offset(row)) is not None
        and abs(shift) >= RIGHT_S
        and _after(row["at"], shift, scene, since)
    )


def _after(new: datetime | None, shift: float, scene: Scene, since: datetime) -> bool:
    """Whether the clock was set after the failure. The record carries the new time.

    A clock that is set back lives through the same hours twice. A failure in them is later than the change only if
    it is nearer to the new time than to the old, and not later than the collection itself.
    """
    if new is None:
        return False
    old = new - timedelta(seconds=shift)
    if not new < since <= old:
        return since <= min(new, old)
    return old - since <= since - new or (scene.collected is not None and since > scene.collected)


def _step(fields: dict[str, str], new: str, old: str) -> float | None:
    after, before = utc(fields.get(new, "")), utc(fields.get(old, ""))
    return (after - before).total_seconds() if after and before else None


def _told_by_service(evidence: Evidence, scene: Scene) -> tuple[Reference, ...]:
    """Offsets that the time service wrote down since the failure.

    Source: Time-Service 34 (SystemTimeChangeSeconds it refused to make), 52 (TimeOffsetSeconds it made), 260
    (PhaseOffset; no measurement while the source is the local clock or was never reached).
    """
    since = _since(scene)
    if since is None:
        return ()
    told = tuple(
        Reference(-offset, "W32Time", source(row), outside=False)
        for row in records(evidence, "Microsoft-Windows-Time-Service", (34, 52, 260))
        if (offset := _service_offset(row)) is not None and _tells(row, offset, scene, since)
    )
    return told + tuple(_secure_time(evidence, since))


def _tells(row: dict[str, Any], offset: float, scene: Scene, since: datetime) -> bool:
    """Whether an offset that the service wrote down was still there at the failure.

    What it put right must have been put right afterwards; what it only saw, or refused to correct, stays for a day.
    """
    if row["event_id"] == _SET:
        return _after(row["at"], offset, scene, since)
    return row["at"] is not None and row["at"] >= since - timedelta(days=1)


def _secure_time(evidence: Evidence, since: datetime) -> Iterator[Reference]:
    """The time that Windows inferred from TLS handshakes, against the clock that wrote it down.

    Source: W32Time\\SecureTimeLimits!SecureTimeEstimated, a FILETIME; from memory, so it only ever seconds another
    reference.
    """
    key = r"system\currentcontrolset\services\w32time\securetimelimits"
    rows = evidence.registry.filter(
        pl.col("key").str.to_lowercase() == key, pl.col("name").str.to_lowercase() == "securetimeestimated"
    )
    for row in rows.collect().to_dicts():
        if row["at"] and row["at"] >= since and row["number"]:
            estimated_s = row["number"] / 10_000_000
            error = _plausible((row["at"] - _FILETIME_EPOCH).total_seconds() - estimated_s)
            if error is not None:
                yield Reference(error, "SecureTimeLimits", source(row), outside=False)


def _service_offset(row: dict[str, Any]) -> float | None:
    fields: dict[str, str] = row["fields"]
    if row["event_id"] == 260:
        never = fields.get("lastsuccessfulsynctime", "").startswith("1601-")
        if never or fields.get("source", "").lower() in _SYNC_LOCAL:
            return None
        return _number(fields.get("phaseoffset", "").rstrip("s"))
    return _number(fields.get("systemtimechangeseconds" if row["event_id"] == 34 else "timeoffsetseconds", ""))


def _number(text: str) -> float | None:
    try:
        return _plausible(float(text))
    except ValueError:
        return None


def _plausible(error_s: float | None) -> float | None:
    """An error that a clock can have; what is none, or no number, is damage or made up."""
    return error_s if error_s is not None and abs(error_s) <= CLOCK_ERROR_MAX_S else None


# --- certificates and the zone ------------------------------------------------------------------------------------


def _certificate_errors(evidence: Evidence) -> Iterator[Fact]:
    """How far local time lies outside the leaf that Google itself served.

    Source: diagnosis.md 4; the issuer's name suffices, as a wrong clock is judged by the dates and not by trust.
    """
    probes = {(p.source.artifact, p.source.place): p for p in elements(evidence, "tls_probes")}
    for leaf in elements(evidence, "tls_probes.chain"):
        probe = probes.get((leaf.source.artifact, leaf.source.place.removesuffix(".chain[0]")))
        if probe is None or probe.text("host").lower() not in HOST_GOOGLE:
            continue
        local = utc(probe.text("local_utc"))
        start, end = utc(leaf.text("not_before")), utc(leaf.text("not_after"))
        if local and start and end and "google trust services" in leaf.text("issuer").lower():
            yield from _outside(leaf, probe, (local, start, end))


def _outside(leaf: Element, probe: Element, dates: tuple[datetime, datetime, datetime]) -> Iterator[Fact]:
    local, start, end = dates
    seconds = max((start - local).total_seconds(), (local - end).total_seconds())
    if seconds > 0:
        sources = (Source(probe.source.artifact, leaf.source.place, local),)
        yield Fact("certificate_time_error_s", sources, probe.text("host"), None, seconds, local)


def _zone_biases(evidence: Evidence, references: tuple[Reference, ...]) -> Iterator[Fact]:
    """Errors that equal the zone's distance from UTC, give or take daylight saving: the hardware clock keeps UTC."""
    biases = {
        abs(e.numbers["utc_bias_minutes"]) * 60 for e in elements(evidence, "host") if "utc_bias_minutes" in e.numbers
    }
    steps = sorted({abs(bias + shift) for bias in biases for shift in (-3600.0, 0.0, 3600.0)} - {0.0})
    for reference in references:
        if any(abs(abs(reference.error_s) - step) <= 60 for step in steps):
            yield _size("clock_error_zone_bias_s", reference)
