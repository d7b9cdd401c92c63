"""What could not be read, which verdicts that weakens, and what to collect next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analyzer.model import Gap, Need
from reports.page.blocks import Block, Cell, Code, Link, Prose, Section, Steps, Table, Task
from reports.page.draft import Draft
from reports.page.inert import anchor, inert
from reports.page.wording import Wording

_ROWS = 200
_NAMED = 3


def gaps(draft: Draft) -> Section:
    """Every gap of the evidence: those that leave a signal open, then, to look up, the others."""
    words, found = draft.words, draft.diagnosis.gaps
    title = words("section.gaps")
    if not found:
        return Section("gaps", title, (Prose(words("gaps.none")),))
    blinds = draft.diagnosis.blinds
    blinding = tuple(gap for gap in found if blinds.get(gap))
    harmless = tuple(gap for gap in found if not blinds.get(gap))
    blocks: list[Block] = [Prose(words("gaps.rule"), "note")]
    if blinding:
        blocks.append(table(draft, blinding, "gaps.caption"))
    if harmless:
        blocks.append(table(draft, harmless, "gaps.harmless", folded=bool(blinding)))
    return Section("gaps", title, tuple(blocks))


def table(draft: Draft, found: Sequence[Gap], caption: str, *, folded: bool = False) -> Table:
    """Gaps with what each is of, where, why, and which causes wait for it; ``caption`` is the name of a text."""
    words, left = draft.words, len(found) - _ROWS
    columns = tuple(words(f"gaps.{name}") for name in ("what", "place", "reason", "blinds"))
    rows = tuple(_gap(draft, gap) for gap in found[:_ROWS])
    return Table(words(caption), columns, rows, words.count("gaps.more", left) if left > 0 else "", folded)


def _gap(draft: Draft, gap: Gap) -> tuple[Cell, ...]:
    words = draft.words
    what, place = gap.artifact or gap.item or "", gap.place
    if not what:
        what, place = place, ""
    told = why(words, gap)
    if gap.lost_at_least:
        told = f"{told} ({words('gaps.at_least', n=gap.lost_at_least)})"
    return Code(inert(what)), Code(inert(place)) if place else "", told, _open(draft, gap)


def why(words: Wording, gap: Gap) -> str:
    """At which stage it was lost, and for what reason."""
    return words("value.pair", name=words(f"stage.{gap.stage}"), value=inert(words.reason(gap.reason)))


def _open(draft: Draft, gap: Gap) -> str:
    """The causes that wait for it."""
    return _named(draft, (blinded.partition(".")[0] for blinded in draft.diagnosis.blinds.get(gap, ())))


def _named(draft: Draft, causes: Iterable[str]) -> str:
    """The first of the causes by their titles, each once, and how many more there are."""
    titles, once = _titles(draft), tuple(dict.fromkeys(causes))
    named = " · ".join(inert(titles.get(cause, cause)) for cause in once[:_NAMED])
    return f"{named} (+{len(once) - _NAMED})" if len(once) > _NAMED else named


def _titles(draft: Draft) -> Mapping[str, str]:
    return {verdict.cause: verdict.title for verdict in draft.diagnosis.verdicts}


def needs(draft: Draft) -> Section:
    """The evidence that would move the ranking most, each with its command and a sentence for the customer.

    Then what the tool that made a foreign bundle never takes: no further bundle of its kind would answer more.
    """
    words, found, beyond = draft.words, draft.diagnosis.needs, draft.diagnosis.never
    blocks: list[Block] = []
    if found:
        tasks = tuple(_need(draft, number, need) for number, need in enumerate(found, 1))
        blocks += [Prose(words("next.caption"), "note"), Steps(tasks)]
    if beyond:
        columns = tuple(words(f"next.{name}") for name in ("item", "ask", "leaves_open"))
        rows = tuple(_beyond(draft, need) for need in beyond)
        blocks += [Prose(words("next.never_rule"), "note"), Table(words("next.never"), columns, rows)]
    return Section("next", words("section.next"), tuple(blocks) or (Prose(words("next.none")),))


def _beyond(draft: Draft, need: Need) -> tuple[Cell, ...]:
    return (Code(inert(need.item)), inert(need.ask), _named(draft, need.would_decide))


def _need(draft: Draft, number: int, need: Need) -> Task:
    titles = _titles(draft)
    places = dict(zip((v.cause for v in reversed(draft.diagnosis.verdicts)), reversed(draft.anchors), strict=True))
    causes = tuple(
        Link(inert(titles.get(cause, cause)), f"#{places[cause]}" if cause in places else "")
        for cause in need.would_decide
    )
    return Task(
        anchor=anchor("next", str(number)),
        id=inert(need.item),
        do=inert(need.ask),
        brief=inert(need.ask),
        command=inert(need.command or ""),
        tags=(),
        notes=(),
        because=causes,
        why=draft.words("next.would_decide"),
    )
