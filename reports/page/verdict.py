"""The first page: the verdict in one sentence, its proof, what speaks against it, and what to do, on one sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analyzer.model import STANDING, Observation, Outcome, Sight, Status, Strength, Verdict
from reports.page import badges, course
from reports.page.blocks import (
    Block,
    Cell,
    Citation,
    Headline,
    Link,
    Pairs,
    Points,
    Prose,
    Section,
    Side,
    Steps,
    Strip,
    Tone,
)
from reports.page.draft import Draft
from reports.page.inert import anchor, inert, moment, quoted
from reports.page.ledger import on, stated, unread
from reports.page.plan import tasks
from reports.page.wording import Wording

_PROOFS = 3
_OTHERS = 2
_NAMED = 5
_STEPS = 8


def section(draft: Draft) -> Section:
    """The verdict and its summary."""
    blocks: list[Block] = [_headline(draft)]
    accused = tuple(verdict for verdict in draft.diagnosis.verdicts if draft.accused(verdict))
    if len(accused) == 1:
        blocks.append(Prose(inert(accused[0].summary), "lead"))
    blocks.append(Pairs(_facts(draft)))
    blocks += _broken(draft)
    blocks += [block for side in (Side.FOR, Side.AGAINST, Side.BLIND) if (block := _points(draft, accused, side))]
    if not accused and draft.diagnosis.verdicts:
        blocks.append(_standing(draft))
    blocks += _outlook(draft)
    blocks.append(Prose(draft.words("verdict.misleading")))
    return Section("verdict", draft.words("section.verdict"), tuple(blocks))


def _headline(draft: Draft) -> Headline:
    head = draft.diagnosis.head
    links = tuple(
        Link(_title(draft, verdict), f"#{place}")
        for place, verdict in zip(draft.anchors, draft.diagnosis.verdicts, strict=True)
        if draft.accused(verdict)
    )
    return Headline(badges.outcome(draft.words, head.status), draft.sentence(head), links)


def _broken(draft: Draft) -> list[Block]:
    """The last attempt of which it is known where it broke, without its traces."""
    strips = (block for block in course.attempts(draft).blocks if isinstance(block, Strip))
    known = [strip for strip in strips if any(station.tone is Tone.BAD for station in strip.stations)]
    return [
        Strip("last-attempt", draft.words("verdict.attempt", span=last.label), last.stations, notes=(), citations=())
        for last in known[-1:]
    ]


def _title(draft: Draft, verdict: Verdict) -> str:
    subject = draft.subject(verdict)
    return f"{inert(verdict.title)} ({inert(subject)})" if subject else inert(verdict.title)


def _facts(draft: Draft) -> tuple[tuple[str, Cell], ...]:
    """Whose machine, which account, when: what tells one ticket from another."""
    words, bundle, diagnosis = draft.words, draft.result.bundle, draft.diagnosis
    unknown = words("value.unknown")
    # one that several people of the machine use is told once
    accounts = ", ".join(dict.fromkeys(inert(account.address) for account in diagnosis.accounts))
    failed = ", ".join(moment(at) for at in diagnosis.failure.times[:3])
    person = diagnosis.person
    rows: list[tuple[str, Cell]] = [
        (words("fact.host"), inert(draft.result.machine or unknown)),
        (words("fact.accounts"), accounts or unknown),
        (
            words("fact.failed"),
            f"{failed} ({words.known('failure_basis', diagnosis.failure.basis)})" if failed else unknown,
        ),
        (words("fact.user"), _person(person.name, person.sid) or words.known("user_basis", person.basis)),
        (words("fact.collected"), moment(bundle.collected_utc) if bundle.collected_utc else unknown),
    ]
    if bundle.ticket:
        rows.insert(0, (words("fact.ticket"), inert(bundle.ticket)))
    return tuple(rows)


def _person(name: str | None, sid: str | None) -> str:
    if name and sid:
        return f"{inert(name)} ({inert(sid)})"
    return inert(name or sid or "")


def _points(draft: Draft, accused: Sequence[Verdict], side: Side) -> Points | None:
    """The strongest few statements of one side over all accused causes; None where nobody is accused."""
    if not accused:
        return None
    words = draft.words
    found = sorted(
        ((verdict.title if len(accused) > 1 else "", seen) for verdict in accused for seen in on(verdict, side)),
        key=lambda one: list(Strength).index(_force(one[1], side)),
    )
    limit = _PROOFS if side is Side.FOR else _OTHERS
    items = tuple(
        _point(draft, title, seen, anchor("proof", side, str(n))) for n, (title, seen) in enumerate(found[:limit], 1)
    )
    if not items:
        return Points(words(f"side.{side}"), badges.SIDES[side], ((words(f"side.none.{side}"), ()),))
    rest = len(found) - len(items)
    return Points(words(f"side.{side}"), badges.SIDES[side], items, _more(words, rest, "why"))


def _standing(draft: Draft) -> Points:
    """Where nobody is accused: how many causes stand how, each by its best status; then by name what is possible."""
    words = draft.words
    best: dict[str, Verdict] = {}
    for verdict in draft.diagnosis.verdicts:
        best.setdefault(verdict.cause, verdict)
    number = Counter(verdict.status for verdict in best.values())
    counted = " · ".join(_pair(words, status, number[status]) for status in Status if number[status])
    named = [_pair(words, v.status, inert(v.title)) for v in best.values() if v.status in STANDING]
    items = tuple((text, ()) for text in (counted, *named[:_NAMED]))
    return Points(words("verdict.standing"), "?", items, _more(words, len(named) - _NAMED, "why"))


def _pair(words: Wording, status: Status, value: object) -> str:
    return words("value.pair", name=words(f"status.{status}"), value=value)


def _more(words: Wording, left: int, section: str) -> Link | None:
    return Link(words.count("points.more", left), f"#{section}") if left > 0 else None


def _force(observation: Observation, side: Side) -> Strength:
    return observation.declared if side is Side.BLIND else observation.strength


def _point(draft: Draft, title: str, seen: Observation, name: str) -> tuple[str, tuple[Citation, ...]]:
    """The statement with its first source; it names its cause where several are accused."""
    text = quoted(stated(draft, seen))
    if title:
        text = draft.words("value.pair", name=inert(title), value=text)
    if seen.sight is Sight.BLIND and seen.gaps:
        text = f"{text} {unread(draft.words, seen.gaps[0])}"
    return quoted(text), draft.cite(name, seen.sources[:1])


def _outlook(draft: Draft) -> list[Block]:
    """What to do now: the steps in short; without any, what to collect."""
    words = draft.words
    steps = tuple(task for place, verdict in draft.to_be_fixed() for task in tasks(draft, place, verdict))
    if steps:
        rest = len(steps) - _STEPS
        more = words.count("points.more", rest) if rest > 0 else ""
        return [Steps(steps[:_STEPS], brief=True, title=words("verdict.fix"), more=more)]
    if draft.diagnosis.needs:
        asked = draft.diagnosis.needs
        items = tuple((inert(need.ask), ()) for need in asked[:_PROOFS])
        return [Points(words("verdict.next"), "→", items, _more(words, len(asked) - len(items), "next"))]
    if draft.diagnosis.head.status is Outcome.NO_FAULT_FOUND:
        return [Prose(words("verdict.no_fault"), "lead")]
    return []
