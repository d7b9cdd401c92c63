"""What the answer rests on: control points, steps, verdicts, values, events, gaps, provenance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analyzer.compare import Change, Machines, Move, Point, StepCheck, StepState
from analyzer.model import STANDING
from reports.page import badges
from reports.page.blocks import Badge, Block, Cell, Code, Prose, Section, Table, Tone
from reports.page.comparison.material import Drafts, answer, said, sentence, step_of, titles_of, value, what
from reports.page.inert import anchor, inert
from reports.page.loss import table
from reports.page.plan import brief
from reports.page.wording import Wording

_STATES = {
    StepState.VERIFIED: ("✓", Tone.GOOD),
    StepState.NOT_VERIFIED: ("✕", Tone.BAD),
    StepState.CANNOT_TELL: ("?", Tone.UNSURE),
}
_SHOWN = 6
_ROWS = 200


def _titled(drafts: Drafts, section: str, blocks: Iterable[Block]) -> Section:
    return Section(section, drafts.words(f"comparison.section.{section}"), tuple(blocks))


def _columns(words: Wording, section: str, *names: str) -> tuple[str, ...]:
    return tuple(words(f"comparison.{section}.{name}") for name in names)


def control(drafts: Drafts) -> Section | None:
    """The control points of each affected account, then the article's; none for two machines."""
    if not drafts.found.points:
        return None
    words = drafts.words
    columns = _columns(words, "control", "point", "answer", "account", "sources")
    rows = tuple(_point(drafts, n, point) for n, point in enumerate(drafts.found.points, 1))
    rule = Prose(words("comparison.control.rule"), "note")
    return _titled(drafts, "control", (rule, Table(words("comparison.control.caption"), columns, rows)))


def _point(drafts: Drafts, number: int, point: Point) -> tuple[Cell, ...]:
    words = drafts.words
    return (
        pointed(words, point),
        badges.answer(words, point.answer),
        inert(point.account or ""),
        drafts.after.cite(anchor("control", str(number)), point.sources),
    )


def pointed(words: Wording, point: Point) -> str:
    """What a control point asks; the article's have their words in the checklist."""
    own = f"comparison.point.{point.id}"
    return words(own) if own in words.texts else words(f"check.{point.id}")


def steps(drafts: Drafts) -> Section | None:
    """The plan of BEFORE: what records verify, then what only a person knows."""
    words, found = drafts.words, drafts.found
    if found.machines is not Machines.SAME:
        return None
    if not found.steps:
        return _titled(drafts, "steps", (Prose(words("comparison.steps.none")),))
    blocks: list[Block] = [Prose(words("comparison.steps.rule"), "note")]
    silent = [one for one in found.steps if any(statement.key == "step.no_trace" for statement in one.why)]
    for caption, some in (("caption", [s for s in found.steps if s not in silent]), ("asked", silent)):
        if some:
            blocks.append(_step_table(drafts, caption, some))
    return _titled(drafts, "steps", blocks)


def _step_table(drafts: Drafts, caption: str, some: Sequence[StepCheck]) -> Table:
    words, asked = drafts.words, caption == "asked"
    names = ("step", "why") if asked else ("step", "state", "why", "was", "now")
    rows = tuple(_step(drafts, one)[: 1 if asked else None] for one in some)
    if asked:
        rows = tuple((*row, said(words, one.why[0])) for row, one in zip(rows, some, strict=True))
    return Table(words(f"comparison.steps.{caption}"), _columns(words, "steps", *names), rows, folded=asked)


def _step(drafts: Drafts, one: StepCheck) -> tuple[Cell, ...]:
    words, name = drafts.words, anchor("step", one.step, one.account or "")
    told = step_of(drafts, one)
    return (
        brief(inert(told.do)) if told else inert(one.step),
        Badge(words(f"comparison.state.{one.state}"), *_STATES[one.state]),
        " ".join(dict.fromkeys(said(words, why) for why in one.why)),
        drafts.before.cite(anchor(name, "was"), tuple(s for why in one.why for s in why.before)),
        drafts.after.cite(anchor(name, "now"), tuple(s for why in one.why for s in why.after)),
    )


def judgements(drafts: Drafts) -> Section | None:
    """The answer of each account, where there are several."""
    words, judgements = drafts.words, drafts.found.judgements
    if len(judgements) < 2:
        return None
    columns = _columns(words, "judgements", "account", "user", "answer", "why")
    unknown = words("value.unknown")
    rows = tuple(
        (
            inert(one.account or unknown),
            inert(one.user or unknown),
            answer(words, one.answer),
            sentence(words, one.reason),
        )
        for one in judgements
    )
    return _titled(drafts, "judgements", (Table(words("comparison.judgements.caption"), columns, rows),))


def moves(drafts: Drafts) -> Section:
    """How the statuses of the causes differ."""
    words, found = drafts.words, drafts.found
    if not found.moves:
        return _titled(drafts, "moves", (Prose(words("comparison.moves.none")),))
    columns = (
        *_columns(words, "moves", "cause", "account"),
        words("comparison.before"),
        words("comparison.after"),
    )
    standing = [move for move in found.moves if {move.before, move.after} & set(STANDING)]
    others = [move for move in found.moves if move not in standing]
    rule = Prose(words("comparison.moves.rule"), "note")
    tables = [
        Table(words(f"comparison.moves.{caption}"), columns, _moved(drafts, some), folded=caption == "others")
        for caption, some in (("caption", standing), ("others", others))
        if some
    ]
    return _titled(drafts, "moves", (rule, *tables))


def _moved(drafts: Drafts, some: Sequence[Move]) -> tuple[tuple[Cell, ...], ...]:
    words = drafts.words
    titles = titles_of(drafts)
    none = words("comparison.moves.not_judged")
    return tuple(
        (
            inert(titles.get(move.cause, move.cause)),
            inert(move.account or ""),
            *(badges.status(words, status) if status else none for status in (move.before, move.after)),
        )
        for move in some
    )


def changes(drafts: Drafts) -> Section:
    """The values that differ: first those that bear on a cause."""
    words, found = drafts.words, drafts.found.changes
    if not found:
        return _titled(drafts, "changes", (Prose(words("comparison.changes.none")),))
    first = [change for change in found if change.bears or change.kind in ("credential", "build")]
    rest = [change for change in found if change not in first]
    blocks: list[Block] = [Prose(words("comparison.changes.rule"), "note")]
    for caption, some in (("bearing", first), ("others", rest)):
        if some:
            blocks.append(_change_table(drafts, caption, some))
    return _titled(drafts, "changes", blocks)


def _change_table(drafts: Drafts, caption: str, some: Sequence[Change]) -> Table:
    words, left = drafts.words, len(some) - _ROWS
    columns = (
        words("comparison.changes.what"),
        words("comparison.before"),
        words("comparison.after"),
        words("comparison.changes.bears"),
    )
    titles = titles_of(drafts)
    rows = tuple(
        (
            Code(what(drafts, one)),
            value(words, one.before),
            value(words, one.after),
            " · ".join(inert(titles.get(cause, cause)) for cause in one.bears),
        )
        for one in some[:_ROWS]
    )
    more = words.count("room.more", left) if left > 0 else ""
    return Table(words(f"comparison.changes.{caption}"), columns, rows, more, folded=caption == "others")


def events(drafts: Drafts) -> Section:
    """Kinds of events by their counts."""
    words, found = drafts.words, drafts.found.events
    if not found:
        return _titled(drafts, "events", (Prose(words("comparison.events.none")),))
    timed = any(one.new is not None for one in found)
    last = (words("comparison.events.new"),) if timed else ()
    columns = (
        *_columns(words, "events", "provider", "event"),
        words("comparison.before"),
        words("comparison.after"),
        *last,
    )
    rows = tuple(
        (inert(one.provider), *(str(n) for n in (one.event_id, one.before, one.after, one.new)[: 4 if timed else 3]))
        for one in found[:_ROWS]
    )
    left = len(found) - _ROWS
    more = words.count("room.more", left) if left > 0 else ""
    grid = Table(words("comparison.events.caption"), columns, rows, more, folded=len(rows) > _SHOWN)
    return _titled(drafts, "events", (Prose(words("comparison.events.rule"), "note"), grid))


def gaps(drafts: Drafts) -> Section:
    """What leaves the accused causes open on either side."""
    words, found = drafts.words, drafts.found
    sides = (("before", drafts.before, found.gaps_before), ("after", drafts.after, found.gaps_after))
    tables = [table(draft, some, f"comparison.gaps.caption_{side}", folded=True) for side, draft, some in sides if some]
    if not tables:
        return _titled(drafts, "gaps", (Prose(words("comparison.gaps.none")),))
    return _titled(drafts, "gaps", (Prose(words("comparison.gaps.rule"), "note"), *tables))


def provenance(drafts: Drafts) -> Section:
    """Both bundles, and by what they were read."""
    words = drafts.words
    columns = (words("comparison.changes.what"), words("comparison.before"), words("comparison.after"))
    both = [draft.result for draft in (drafts.before, drafts.after)]
    rows: tuple[tuple[Cell, ...], ...] = (
        (words("fact.bundle"), *(inert(one.bundle.name) for one in both)),
        (words("fact.sha256"), *(Code(one.bundle.sha256) for one in both)),
        (words("fact.layout"), *(one.bundle.layout for one in both)),
        (words("fact.manifest"), *(words.known("manifest", one.bundle.manifest) for one in both)),
        (words("fact.ticket"), *(inert(one.bundle.ticket or words("value.none")) for one in both)),
        (words("fact.tool"), *(f"mailscope {one.tool.version}" for one in both)),
        (words("fact.knowledge"), *(one.tool.knowledge_date for one in both)),
        (words("fact.knowledge_sha256"), *(Code(one.tool.knowledge_sha256) for one in both)),
    )
    return _titled(drafts, "provenance", (Table(words("comparison.provenance.caption"), columns, rows),))
