"""What differs between the two sides, of any two machines: values and builds, credentials, events, verdicts.

A thing counts as gone only where the side that lacks it was read whole there. What concerns an accused cause of either
side comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from analyzer.compare.nouns import Change, Move, Side, Tally
from analyzer.compare.passage import Passage
from analyzer.compare.steps import counterpart
from analyzer.compare.tokens import Fate, Token
from analyzer.knowledge import Knowledge
from analyzer.model import ACCUSED, Sight, Source, Verdict
from analyzer.vocabulary import MEASURED

_KINDS = ("credential", "clock", "build", "webview2", "proxy", "measured", "setting")
# States that a measure puts in one fact; what happened, and whose account it is, are told elsewhere.
_STATES = (
    "proxy_", "machine_proxy_dead", "tls12_", "tls13_", "winhttp_mask", "user_mask", "own_root", "webview2_keys_read",
    "webview2_present", "webview2_unregistered", "webview2_not_on_disk", "webview2_gone", "webview2_install_forbidden",
    "google_name_in_hosts", "outbound_block", "vault_disabled", "mail_setting", "google_pop_account", "outlook_by_msi",
)  # fmt: skip
_ASKED = ("proxy.", "services.state", "services.start")


def moves(before: Side, after: Side) -> tuple[Move, ...]:
    """Every cause whose status differs, and every accused one; the accused first, as BEFORE ranks them."""
    found = [_move(verdict, counterpart(after, verdict)) for verdict in before.diagnosis.verdicts]
    seen = {(move.cause, move.account) for move in found}
    new = (v for v in after.diagnosis.verdicts if (v.cause, v.account) not in seen)
    found += [Move(v.cause, v.account, None, v.status) for v in new if v.status in ACCUSED]
    told = [m for m in dict.fromkeys(found) if m.before is not m.after or m.before in ACCUSED]
    return tuple(sorted(told, key=lambda m: not ({m.before, m.after} & set(ACCUSED))))


def _move(was: Verdict, now: Verdict | None) -> Move:
    return Move(was.cause, was.account, was.status, now.status if now else None)


# --- values -------------------------------------------------------------------------------------------------------


def changes(before: Side, after: Side, some: tuple[Token, ...], pages: Knowledge) -> tuple[Change, ...]:
    """Every value that differs, those that bear on an accused cause first, then by kind and name."""
    bearing = _Bearing(before, after, pages)
    found = [*_credentials(some), *_details(before, after), *_facts(before, after, bearing)]
    found += [*_settings(before, after, bearing)]
    return tuple(sorted(dict.fromkeys(found), key=bearing.order))


class _Bearing:
    """Which accused causes rest on a place or a fact, on either side; and which places any cause cites at all."""

    def __init__(self, before: Side, after: Side, pages: Knowledge) -> None:
        self._places: dict[str, set[str]] = {}
        self._facts: dict[str, set[str]] = {}
        both = (*before.diagnosis.verdicts, *after.diagnosis.verdicts)
        self._cited = {s.place.lower() for v in both for o in v.observations for s in o.sources}
        for verdict in (v for v in both if v.status in ACCUSED):
            self._learn(verdict, pages)

    def order(self, change: Change) -> tuple[int, int, str, str, str]:
        """What concerns an accused cause first, then what any cause speaks of, then the rest."""
        first = bool(change.bears) or change.kind == "credential"
        weight = 0 if first else 1 if change.kind != "setting" or change.name.lower() in self._cited else 2
        return weight, _KINDS.index(change.kind), change.name.lower(), change.before or "", change.after or ""

    def _learn(self, verdict: Verdict, pages: Knowledge) -> None:
        page = pages.find(verdict.cause)
        for signal in page.signals if page else ():
            names = (c.value for c in signal.where if c.column == "name" and isinstance(c.value, str))
            for name in names:
                self._facts.setdefault(name, set()).add(verdict.cause)
        for o in (o for o in verdict.observations if o.sight is Sight.SEEN):
            for source in o.sources:
                self._places.setdefault(source.place.lower(), set()).add(verdict.cause)

    def of_place(self, place: str) -> tuple[str, ...]:
        return tuple(sorted(self._places.get(place.lower(), ())))

    def of_fact(self, name: str) -> tuple[str, ...]:
        return tuple(sorted(self._facts.get(name, ())))


def _credentials(some: Iterable[Token]) -> Iterator[Change]:
    """Google's tokens; one that stayed as it was is no change."""
    for token in some:
        if token.fate in (Fate.GONE, Fate.NEW, Fate.RENEWED):
            was = _written(token.before) if token.before else None
            now = _written(token.after) if token.after else None
            yield Change("credential", token.target, was, now, (), token.before, token.after)


def _written(source: Source) -> str:
    return f"{source.at:%Y-%m-%d %H:%M:%S} UTC" if source.at else "listed"


def _details(before: Side, after: Side) -> Iterator[Change]:
    """Builds, versions, zone: what the report tells of the machine."""
    was, now = _by_name(before), _by_name(after)
    for name in sorted(was.keys() & now.keys()):
        values = [tuple(dict.fromkeys(d.value for d in some[name])) for some in (was, now)]
        if values[0] != values[1]:
            sources = [next((s for d in some[name] for s in d.sources), None) for some in (was, now)]
            yield Change("build", name, ", ".join(values[0]), ", ".join(values[1]), (), *sources)


def _by_name(side: Side) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for detail in side.diagnosis.machine:
        if not detail.name.startswith(("computer", "left_", "clock_", "largest_", "people_", "set_not")):
            found.setdefault(detail.name, []).append(detail)
    return found


def _facts(before: Side, after: Side, bearing: _Bearing) -> Iterator[Change]:
    """States that were measured or asked of the running system, by name and subject."""
    was, now = _states(before), _states(after)
    for key in sorted(was.keys() | now.keys()):
        (old, old_source), (new, new_source) = was.get(key, (None, None)), now.get(key, (None, None))
        gone = (old is None and not _answered(before, key[0])) or (new is None and not _answered(after, key[0]))
        if old != new and not gone:
            name = f"{key[0]} ({key[1]})" if key[1] else key[0]
            yield Change(_kind(key[0]), name, old, new, bearing.of_fact(key[0]), old_source, new_source)


def _kind(name: str) -> str:
    family = name.partition("_")[0].partition(".")[0]
    return family if family in ("proxy", "webview2") else "measured"


def _answered(side: Side, name: str) -> bool:
    """Whether a state that is not told is not there: measured ones rest on what was read, and are told by it only."""
    section = name.partition(".")[0]
    return name in MEASURED or bool(side.evidence.covering("live_state", section))


def _states(side: Side) -> dict[tuple[str, str], tuple[str, Source]]:
    found: dict[tuple[str, str], list[tuple[str, Source]]] = {}
    for _, measured in side.surveys:
        names = [name for name in measured.fact_names() if name.startswith((*_STATES, *_ASKED))]
        for row in measured.named(*names).iter_rows(named=True):
            told = row["value"] if row["value"] is not None else row["number"]
            if told is not None:
                source = Source(row["artifact"] or "", row["place"] or "", row["at"])
                found.setdefault((row["name"], row["subject"] or ""), []).append((str(told), source))
    return {key: (", ".join(sorted({text for text, _ in some})), some[0][1]) for key, some in found.items()}


def _settings(before: Side, after: Side, bearing: _Bearing) -> Iterator[Change]:
    """Values of the registry by key and name, the judged person's and the machine's."""
    was, now = _values(before), _values(after)
    for key in sorted(was.keys() | now.keys()):
        old, new = was.get(key), now.get(key)
        texts = [None if row is None else str(row["value"]) for row in (old, new)]
        lacking = before if old is None else after if new is None else None
        if texts[0] != texts[1] and (lacking is None or _read_there(lacking, old or new)):
            place = str((old or new or {})["place"])
            sources = [Source(r["artifact"], r["place"], r["at"]) if r else None for r in (old, new)]
            yield Change("setting", place, texts[0], texts[1], bearing.of_place(place), sources[0], sources[1])


def _read_there(side: Side, row: dict[str, Any] | None) -> bool:
    """Whether the key of a value was read whole on the side that lacks it."""
    key = f"{row['hive']}\\{row['key']}" if row else ""
    return bool(side.evidence.covering("", key))


def _values(side: Side) -> dict[tuple[str, str, str], dict[str, Any]]:
    people = {alias for scene, _ in side.surveys for alias in scene.person.aliases}
    user = pl.col("user").str.to_lowercase()
    theirs = (pl.col("hive") == "HKLM") | user.is_null() | user.is_in(sorted(people))
    rows = side.evidence.registry.filter(pl.col("name").is_not_null(), theirs).sort("artifact", "place").collect()
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault((row["hive"], row["key"].lower(), row["name"].lower()), row)
    return found


# --- events -------------------------------------------------------------------------------------------------------


def events(before: Side, after: Side, passage: Passage | None) -> tuple[Tally, ...]:
    """Errors, warnings and what the verdicts cite, by provider and id: how often on either side, how often newly."""
    cited = {s.place for side in (before, after) for v in side.diagnosis.verdicts for o in v.observations
             for s in o.sources if s.place.startswith("record ")}  # fmt: skip
    was, now = _counted(before, cited), _counted(after, cited)
    new = _newly(after, cited, passage) if passage and passage.clocks.since and not passage.clocks.moved else None
    kinds = sorted(was.keys() | now.keys())
    tallies = (Tally(p, i, was.get((p, i), 0), now.get((p, i), 0), new.get((p, i), 0) if new is not None else None)
               for p, i in kinds)  # fmt: skip
    return tuple(t for t in tallies if t.before != t.after or t.new)


def _worth(side: Side, cited: set[str]) -> pl.LazyFrame:
    rows = side.evidence.events.filter(pl.col("provider").is_not_null(), pl.col("event_id").is_not_null())
    kinds = rows.filter(pl.col("level").is_between(1, 3) | pl.col("place").is_in(sorted(cited)))
    return rows.join(kinds.select("provider", "event_id").unique(), on=["provider", "event_id"], how="semi")


def _counted(side: Side, cited: set[str], newer: pl.Expr | None = None) -> dict[tuple[str, int], int]:
    rows = _worth(side, cited)
    counts = (rows if newer is None else rows.filter(newer)).group_by("provider", "event_id").len().collect()
    return {(provider, event_id): number for provider, event_id, number in counts.rows()}


def _newly(side: Side, cited: set[str], passage: Passage) -> dict[tuple[str, int], int]:
    return _counted(side, cited, pl.col("at") > passage.clocks.since)
