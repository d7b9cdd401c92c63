"""The evidence on one cause, sorted by what it says."""

from __future__ import annotations

from analyzer.model import Gap, Observation, Sight, Spread, Strength, Verdict
from reports.page import badges
from reports.page.blocks import Badge, Entry, Ledger, Side
from reports.page.draft import Draft
from reports.page.inert import anchor, inert
from reports.page.wording import Wording

_CITED = 20


def side(observation: Observation) -> Side | None:
    """Where an observation stands in the ledger; None for what was looked for and is not there."""
    if observation.sight is Sight.BLIND:
        return Side.BLIND
    if observation.sight is Sight.ABSENT:
        return None
    if observation.strength is Strength.CONTEXT:
        return Side.CONTEXT
    return Side(observation.means)


def on(verdict: Verdict, wanted: Side) -> tuple[Observation, ...]:
    """The observations on one side, in the order of the verdict."""
    return tuple(observation for observation in verdict.observations if side(observation) is wanted)


def ledgers(draft: Draft, verdict: Verdict, place: str) -> tuple[Ledger, ...]:
    """All sides that hold anything; ``place`` is the anchor of the cause."""
    books = []
    names = _Names(place)
    for wanted in Side:
        entries = tuple(_entry(draft, observation, names) for observation in on(verdict, wanted))
        if entries:
            books.append(Ledger(wanted, draft.words(f"side.{wanted}"), badges.SIDES[wanted], entries))
    return tuple(books)


def entry_anchor(place: str, signal: str) -> str:
    """The deep link of a signal's answer on the cause at ``place`` (``cause-stale_token``)."""
    return anchor("ev", place.removeprefix("cause-"), signal)


class _Names:
    """Anchors of the entries of one cause; a signal that answers more than once is numbered."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._times: dict[str, int] = {}

    def of(self, signal: str) -> str:
        """The next anchor of that signal."""
        name = entry_anchor(self._place, signal)
        self._times[name] = self._times.get(name, 0) + 1
        return name if self._times[name] == 1 else f"{name}.{self._times[name]}"


def _entry(draft: Draft, observation: Observation, names: _Names) -> Entry:
    words = draft.words
    name = names.of(observation.signal)
    cited = observation.sources[:_CITED]
    return Entry(
        anchor=name,
        signal=inert(observation.signal),
        weight=_weight(draft, observation),
        text=stated(draft, observation),
        note=_note(draft, observation),
        citations=draft.cite(name, cited),
        more=_more(draft, observation, len(cited)),
        unread=tuple(unread(words, gap) for gap in observation.gaps),
    )


def _more(draft: Draft, observation: Observation, cited: int) -> str:
    """How many rows there are beyond those that are cited, and in which files all of them stand."""
    if observation.total <= cited:
        return ""
    told = [draft.words("ledger.more", total=observation.total, cited=cited)]
    told += [_in_file(draft, one) for one in observation.spread]
    return " ".join(told)


def _in_file(draft: Draft, one: Spread) -> str:
    return draft.words(
        "ledger.spread",
        total=one.total,
        member=inert(one.artifact),
        sha256=draft.hashes.get(one.artifact, ""),
        first=inert(one.first),
        last=inert(one.last),
    )


def stated(draft: Draft, observation: Observation) -> str:
    """What the signal says; a blind one's, unless it is a question already, is marked as not known."""
    text = inert(observation.text)
    if observation.sight is not Sight.BLIND or text.endswith("?"):
        return text
    return draft.words("ledger.open", text=text)


def _weight(draft: Draft, observation: Observation) -> Badge:
    if observation.sight is Sight.BLIND:
        return badges.blind(draft.words)
    return badges.strength(draft.words, observation.strength)


def _note(draft: Draft, observation: Observation) -> str:
    """What a reader must know of this answer beside its strength."""
    words = draft.words
    notes = []
    if observation.sight is Sight.BLIND:
        notes.append(words(f"ledger.would_be.{observation.means}", strength=_lower(words, observation.declared)))
    elif observation.strength is not observation.declared:
        notes.append(
            words(
                "ledger.lowered", now=_lower(words, observation.strength), declared=_lower(words, observation.declared)
            )
        )
    if observation.reported:
        notes.append(words("ledger.reported"))
    return " · ".join(notes)


def _lower(words: Wording, value: Strength) -> str:
    return words(f"strength.{value}").lower()


def unread(words: Wording, gap: Gap) -> str:
    """A gap in one line: what, where in it, why."""
    why = inert(words.reason(gap.reason))
    what = inert(gap.artifact or gap.item or "")
    place = f" ({inert(gap.place)})" if gap.place else ""
    return words("value.pair", name=f"{what}{place}", value=why) if what else why
