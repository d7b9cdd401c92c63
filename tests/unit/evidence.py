"""A vocabulary to write machines down in a few lines: rows, readings and gaps, put together by ``holding``.

Everything is about one Monday, 2 March 2026. Alice's sign-in failed at 08:02 UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from analyzer.knowledge import Cause, Condition, FixStep, Judges, Knowledge, Needed, Operator, Signal
from analyzer.measures import Scene
from analyzer.model import (
    Covered,
    Failure,
    Gap,
    Integrity,
    Means,
    Member,
    Observation,
    Person,
    Reading,
    Role,
    Sight,
    Status,
    Strength,
    Verdict,
)
from analyzer.tables import SCHEMAS, Evidence, frame

ALICE = "S-1-5-21-1-2-3-1001"
BOB = "S-1-5-21-1-2-3-1002"
HELPDESK = "S-1-5-21-1-2-3-500"
SYSTEM = "S-1-5-18"
MAIL = "alice@gmail.com"
OTHER_MAIL = "second@gmail.com"

FAILED = "2026-03-02T08:02:00Z"
STATE = "live/state.json"
CMDKEY = "live/cmdkey_list.txt"
STRIPCHART = "live/w32tm_stripchart.txt"
OALERTS = "C/Windows/System32/winevt/Logs/OAlerts.evtx"
SYSTEM_LOG = "C/Windows/System32/winevt/Logs/System.evtx"
IMAP_LOG = "C/Users/alice/AppData/Local/Temp/Outlook Logging/IMAP-1.log"
HIVE = "C/Users/alice/NTUSER.DAT"
MANIFEST = "manifest.json"

IMAP_TARGET = "MicrosoftOffice16_Data:OAUTH2:1_tp_google_imap_oauth2"
SMTP_TARGET = "MicrosoftOffice16_Data:OAUTH2:1_tp_google_smtp_oauth2"


def when(text: str) -> datetime:
    """An instant out of ISO 8601 text with Z or an offset."""
    return datetime.fromisoformat(text).astimezone(UTC)


def stamp(moment: datetime) -> str:
    """An instant as Windows writes it, with seven digits."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"


# --- rows ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    table: str
    cells: dict[str, Any]


Rows = tuple[Row, ...]


def row(table: str, artifact: str | None, place: str, **cells: Any) -> Row:
    """A row of any table; ``at`` may be given as text."""
    if isinstance(cells.get("at"), str):
        cells["at"] = when(cells["at"])
    return Row(table, {"artifact": artifact, "place": place, **cells})


def fact(name: str, value: str | float | None = None, *, artifact: str = STATE, place: str = "", **cells: Any) -> Row:
    """A fact; a number goes where numbers go."""
    if isinstance(value, (int, float)):
        cells["number"] = float(value)
    return row("facts", artifact, place or name, name=name, value=None if value is None else str(value), **cells)


def event(provider: str, event_id: int, at: str | datetime, *, artifact: str = SYSTEM_LOG, **cells: Any) -> Row:
    """A record; its number is taken from the time, so that each has its own."""
    moment = when(at) if isinstance(at, str) else at
    record = cells.pop("record_id", int(moment.timestamp()) % 10_000_000)
    data = json.dumps(cells.pop("data", {}))
    told = {"at": moment, "provider": provider, "event_id": event_id, "record_id": record, "data": data}
    return row("events", artifact, f"record {record}", **told | cells)


def setting(path: str, name: str | None = None, value: str | int | None = None, **cells: Any) -> Row:
    """A value (or, without a name, the key itself) of a path that begins with HKCU or HKLM."""
    hive, _, key = path.partition("\\")
    number = value if isinstance(value, int) else None
    text = None if value is None else str(value)
    told = {"hive": hive, "key": key, "name": name, "value": text, "number": number}
    artifact = cells.pop("artifact", HIVE)
    return row("registry", artifact, path if name is None else f"{path}!{name}", **told | cells)


def section(prefix: str, place: str, fields: dict[str, Any], **cells: Any) -> Rows:
    """One element of a list of live/state.json or of a command: its fields share place, subject, time and user."""
    return tuple(fact(f"{prefix}.{name}", value, place=place, **cells) for name, value in fields.items())


def sample(offset_s: float, server: str = "time.windows.com", line: int = 5) -> Rows:
    """A line of a strip chart; the offset is local minus true already."""
    fields = {"source": "stripchart", "server": server, "offset_seconds": offset_s}
    return section("clock.samples", f"line {line}", fields, artifact=STRIPCHART, subject=server)


def probe(host: str, number: int = 0, **fields: Any) -> Rows:
    """A look at one host; ``local_utc`` and ``http_date_utc`` make it a reference of the clock."""
    return section("tls_probes", f"tls_probes[{number}]", {"host": host, **fields}, subject=host)


def leaf(number: int, issuer: str, not_before: str, not_after: str) -> Rows:
    """The first certificate that probe ``number`` was served."""
    fields = {"issuer": issuer, "not_before": not_before, "not_after": not_after}
    return section("tls_probes.chain", f"tls_probes[{number}].chain[0]", fields)


def credential(target: str = IMAP_TARGET, written: str | None = None, **cells: Any) -> Rows:
    """An entry of Credential Manager by the API, which tells its time; ``user_name`` is the account."""
    number = cells.pop("number", 0)
    fields = {"target": target, "user_name": cells.pop("user_name", MAIL)}
    if written:
        fields["last_written_utc"] = written
    owned = {"user": ALICE, "at": written, "subject": target} | cells
    return section("credentials", f"credentials[{number}]", fields, **owned)


def identity(key: str = "1", address: str | None = MAIL, at: str = "2025-11-01T07:00:00Z", **cells: Any) -> Rows:
    """An identity of Office of the type OAuth2."""
    path = rf"HKCU\Software\Microsoft\Office\16.0\Common\Identity\Identities\{key}"
    cells = {"user": ALICE} | cells
    rows = [setting(path, at=at, **cells), setting(path, "IdP", 6, at=at, **cells)]
    return (*rows, setting(path, "EmailAddress", address, at=at, **cells)) if address else tuple(rows)


def dialog(at: str = FAILED, text: str = "We couldn't log on to the incoming (POP/IMAP) server.", **cells: Any) -> Row:
    """Office's record of a dialog."""
    title = cells.pop("title", "Microsoft Outlook")
    strings = f"{title}\n{text}\nP1: 1\nP2: 16.0.17928.20114"
    return event("Microsoft Office 16 Alerts", 300, at, artifact=OALERTS, text=strings, channel="OAlerts", **cells)


def login(answer: str, at: str | None = FAILED, line: int = 10, **fields: Any) -> Rows:
    """What Google answered to XOAUTH2 in a transport log; ``status`` is the one in its JSON."""
    said = {"account": fields.pop("account", MAIL), "method": fields.pop("method", "xoauth2"), "answer": answer}
    if "status" in fields:
        said["oauth_status"] = fields.pop("status")
    place = {"artifact": IMAP_LOG, "at": at, "user": fields.pop("user", ALICE)}
    told = {name: value for name, value in (said | fields).items() if value is not None}
    return section("mail_login", f"line {line}", told, **place)


def reported(key: str, value: str, number: int = 0) -> Row:
    """What a person said."""
    return fact(f"reported.{key}", value, artifact=MANIFEST, place=f"case.reported[{number}]")


def case(**told: str) -> Rows:
    """What the manifest says of the case."""
    return tuple(fact(f"case.{name}", value, artifact=MANIFEST) for name, value in told.items())


# --- readings -----------------------------------------------------------------------------------------------------


def reading(name: str, item: str | None, *covered: Covered, **more: Any) -> Reading:
    """A member that was read; what it covers was read whole."""
    integrity = more.get("integrity", Integrity.MATCHES)
    member = Member(name, 1, "0" * 64, integrity, item, None, more.get("user"))
    doubts = frozenset(more.get("doubts", ()))
    return Reading(member, 1, 0, bool(covered), tuple(covered), doubts)


def state(*parts: str, user: str = ALICE) -> Reading:
    """live/state.json with these sections taken; credentials are the user's."""
    return reading(STATE, "live_state", *(Covered(p, None, user if p == "credentials" else None) for p in parts))


def log(name: str, item: str, since: str | None = None) -> Reading:
    """An event log read whole, back to an instant."""
    return reading(name, item, Covered("", when(since) if since else None))


def user_hive(user: str | None = ALICE, **more: Any) -> Reading:
    """A user's hive, read whole."""
    return reading(HIVE, "user_hive", Covered("HKCU", None, user), user=user, **more)


def holding(*parts: Row | Reading | Gap | Iterable[Row]) -> Evidence:
    """All of it as evidence."""
    single = [p for p in parts if isinstance(p, (Row, Reading, Gap))]
    many = [r for p in parts if not isinstance(p, (Row, Reading, Gap)) for r in p]
    rows = [p for p in single if isinstance(p, Row)] + many
    tables = {}
    for table in SCHEMAS:
        cells = [r.cells for r in rows if r.table == table]
        names = sorted({name for one in cells for name in one})
        tables[table] = frame(table, {name: [one.get(name) for one in cells] for name in names})
    return Evidence.of(
        [p for p in single if isinstance(p, Reading)], [p for p in single if isinstance(p, Gap)], **tables
    )


# --- scenes and questions -----------------------------------------------------------------------------------------


def failed(*times: str, basis: str = "dialog", minutes: float = 15) -> Failure:
    """A known failure with its windows."""
    near = timedelta(minutes=minutes)
    instants = tuple(when(t) for t in times or (FAILED,))
    return Failure(basis, instants, tuple((t - near, t + near) for t in instants))


def scene(failure: Failure = Failure(), **more: Any) -> Scene:
    """Alice, and what is known of her failure."""
    return Scene(more.pop("person", Person(ALICE, "alice")), failure, **more)


def asking(table: str = "facts", *needs: str, **more: Any) -> Signal:
    """A signal; other columns than a signal's own fields are compared by ``is``. A need is written as on a page."""
    own = {f: more.pop(f) for f in ("none", "near_failure", "with_failure", "yields", "group", "id") if f in more}
    means, strength = more.pop("means", Means.FOR), more.pop("strength", Strength.STRONG)
    text = more.pop("text", "It was seen.")
    where = tuple(Condition(column, Operator.IS, value) for column, value in more.items())
    needed = tuple(tuple(Needed(*part.split("/", 1)) for part in need.split(" | ")) for need in needs)
    return Signal(own.pop("id", "asked"), needed, table, where, means, strength, text, "Was it?", **own)


# --- pages and verdicts -------------------------------------------------------------------------------------------


def page(cause_id: str, *signals: Signal, core: tuple[str, ...] = ("asked",), **more: Any) -> Cause:
    """A page about a cause, with as little text as a page may have."""
    told: dict[str, Any] = {
        "family": "token",
        "role": Role.CAUSE,
        "judges": Judges.MACHINE,
        "title": f"About {cause_id}",
        "summary": "It is so.",
        "references": ("https://example.org",),
        "not_this_when": "It is not so.",
        "do_not": (),
        "fix": (),
    }
    return Cause(id=cause_id, core=core, signals=signals, **told | more)


def pages(*causes: Cause) -> Knowledge:
    """Pages as a whole knowledge."""
    return Knowledge("en", causes, {}, "0" * 64, "2026-03-02")


def step(step_id: str, *because: str, **more: Any) -> FixStep:
    """A step of a fix plan."""
    told: dict[str, Any] = {
        "per": "machine",
        "risk": "low",
        "reversible": True,
        "owner": "user",
        "do": "Do it.",
        "check": "It is done.",
        "elevated": False,
    }
    return FixStep(id=step_id, because=because, **told | more)


def observation(means: str, strength: str, sight: str = "seen", **more: Any) -> Observation:
    """One signal's answer; its declared strength is the effective one unless told."""
    declared = Strength(more.pop("declared", strength))
    signal, group = more.pop("signal", "asked"), more.pop("group", None)
    return Observation(signal, Sight(sight), Means(means), Strength(strength), declared, group, "It was seen.", **more)


def verdict(cause_id: str, status: str, *observations: Observation, **more: Any) -> Verdict:
    """What is thought of one cause."""
    role = Role(more.pop("role", "cause"))
    return Verdict(cause_id, "token", role, Status(status), "It is so", "It is so.", observations, **more)
