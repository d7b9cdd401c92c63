"""Is it cured? BEFORE and AFTER of one machine, or two machines side by side.

Absence of a failure in AFTER cures nothing: it may be that nobody tried. The answer rests on logins that Google
accepted since, on both tokens being newer, and on everything having been read that could tell of a later failure.
Of two machines only the differences are told, those first that bear on an accused cause.
"""

from __future__ import annotations

from dataclasses import replace

from analyzer.compare.changes import changes, events, moves
from analyzer.compare.force import not_in_force
from analyzer.compare.judging import account_of, judge
from analyzer.compare.nouns import (
    Answer,
    Change,
    Clocks,
    Comparison,
    Judgement,
    Machines,
    Move,
    Point,
    Side,
    Statement,
    StepCheck,
    StepState,
    Tally,
)
from analyzer.compare.passage import Passage, clocks, host, machines, refuse_wrong_order
from analyzer.compare.retries import tries
from analyzer.compare.steps import Later, checks
from analyzer.compare.tokens import Pair, tokens
from analyzer.knowledge import Knowledge
from analyzer.measures import Inquiry, Scene, survey
from analyzer.model import BundleInfo, Check, Diagnosis, Gap, Refusal
from analyzer.tables import Evidence

__all__ = [
    "Answer", "Change", "Clocks", "Comparison", "Judgement", "Machines", "Move", "Point", "Side", "Statement",
    "StepCheck", "StepState", "Tally", "compare", "host", "side_of",
]  # fmt: skip

_NEW_CHECKS = ("status_bar_clean",)


def side_of(bundle: BundleInfo, diagnosis: Diagnosis, evidence: Evidence, inquiry: Inquiry) -> Side:
    """A side out of a bundle's diagnosis and the tables it was made of."""
    return Side(bundle, diagnosis, evidence, survey(evidence, inquiry))


def compare(before: Side, after: Side, pages: Knowledge) -> Comparison:
    """Both sides compared. Raises ``Refusal`` for one bundle twice, and for the newer one given first."""
    if before.bundle.sha256 == after.bundle.sha256:
        raise Refusal(
            f"BEFORE and AFTER are the same bundle (SHA-256 {before.bundle.sha256[:16]}…): nothing to compare"
        )
    told, found = machines(before, after), clocks(before, after)
    if told[0] is not Machines.SAME:
        return _two_machines(before, after, pages, told, found)
    refuse_wrong_order(found)
    passage = Passage(before, after, found)
    pairs, lost = _pairs(before, after)
    listed = tuple(token for pair in pairs for token in tokens(pair, passage))
    judgements = (*(j for pair in pairs for j in _judged(pair, passage)), *lost)
    affected = _affected(before, judgements)
    if waiting := tuple(not_in_force(before, after)):
        judgements = tuple(_waiting(j, waiting) for j in judgements)
        affected = _affected(before, judgements)
    answer, reason = _answer(before, affected)
    return Comparison(
        answer,
        reason,
        *told,
        found,
        judgements,
        _points(after, passage, affected),
        checks(before, Later(after, passage, listed, judgements)),
        moves(before, after),
        changes(before, after, listed, pages),
        events(before, after, passage),
        _open_gaps(before, before),
        _open_gaps(before, after),
    )


def _two_machines(before: Side, after: Side, pages: Knowledge, told: tuple[Machines, str], found: Clocks) -> Comparison:
    """Two machines side by side: nothing is cured, and no step of one was taken on the other."""
    reason = "two_machines" if told[0] is Machines.TWO else "machine_unknown"
    return Comparison(
        Answer.CANNOT_TELL,
        reason,
        *told,
        replace(found, since=None),
        (),
        (),
        (),
        moves(before, after),
        changes(before, after, (), pages),
        events(before, after, None),
        _open_gaps(before, before),
        _open_gaps(before, after),
    )


# --- whose accounts -----------------------------------------------------------------------------------------------


def _pairs(before: Side, after: Side) -> tuple[tuple[Pair, ...], tuple[Judgement, ...]]:
    """Each judged person of BEFORE with themselves in AFTER; the accounts of those whom AFTER does not judge."""
    pairs, lost = [], []
    for one in before.surveys:
        twin = next((two for two in after.surveys if _same_person(one[0], two[0])), None)
        if twin:
            pairs.append(Pair(one, twin))
        else:
            missing = (Statement("missing.user", (("user", one[0].person.label or ""),)),)
            user = one[0].person.label
            lost += [_nothing(address, user, "other_user", missing) for address in one[0].accounts or (None,)]
    return tuple(pairs), tuple(lost)


def _same_person(one: Scene, two: Scene) -> bool:
    """By SID where both have one; nobody known on either side is one and the same nobody."""
    if one.person.sid and two.person.sid:
        return one.person.sid.lower() == two.person.sid.lower()
    return one.person.aliases == two.person.aliases or bool(one.person.aliases & two.person.aliases)


def _nothing(account: str | None, user: str | None, reason: str, missing: tuple[Statement, ...]) -> Judgement:
    return Judgement(account, user, Answer.CANNOT_TELL, reason, missing=missing)


def _judged(pair: Pair, passage: Passage) -> tuple[Judgement, ...]:
    """Each account that BEFORE knows; where it knows none, the nameless one that was to be added."""
    made, some = tries(pair, passage), tokens(pair, passage)
    addresses = pair.before[0].accounts or (None,)
    user = pair.before[0].person.label
    return tuple(judge(account_of(address, user, pair, some, made)) for address in addresses)


def _affected(before: Side, judgements: tuple[Judgement, ...]) -> tuple[Judgement, ...]:
    """Those of the accounts that failed in BEFORE, where its attempts name any; else all."""
    failed = {attempt.account for attempt in before.diagnosis.attempts if attempt.account}
    return tuple(j for j in judgements if j.account in failed) or judgements


# --- the answer over all ------------------------------------------------------------------------------------------


def _answer(before: Side, affected: tuple[Judgement, ...]) -> tuple[Answer, str]:
    """Cured is what every affected account is; one that is not speaks for all. What never failed cannot be cured."""
    for answer in (Answer.NOT_CURED, Answer.CANNOT_TELL):
        found = next((j for j in affected if j.answer is answer), None)
        if found:
            return answer, found.reason
    if not before.diagnosis.failure.known and not before.diagnosis.head.causes:
        return Answer.CANNOT_TELL, "no_fault_before"
    return Answer.CURED, "accepted"


def _waiting(one: Judgement, waiting: tuple[Statement, ...]) -> Judgement:
    """What was changed is not in force yet: a failure since then says nothing, while a cure is one all the same."""
    if one.answer is Answer.CURED:
        return one
    return replace(one, answer=Answer.CANNOT_TELL, reason="restart", missing=(*waiting, *one.missing))


def _points(after: Side, passage: Passage, affected: tuple[Judgement, ...]) -> tuple[Point, ...]:
    """The control points of each affected account, then the article's, as far as anything newer answers them."""
    own = tuple(point for judgement in affected for point in judgement.points)
    article = (check for check in after.diagnosis.checklist if check.group == "after")
    return (*own, *(_article_point(check, passage, affected) for check in article))


def _article_point(check: Check, passage: Passage, affected: tuple[Judgement, ...]) -> Point:
    """A line of the article's list; what only older records answer is asked again."""
    if check.id in _NEW_CHECKS:
        answers = {point.answer for j in affected for point in j.points if point.id.startswith(("login", "quiet"))}
        answer = "fail" if "fail" in answers else "pass" if answers == {"pass"} else "ask"
        return Point(check.id, answer)
    fresh = tuple(s for s in check.sources if passage.is_new(s, s.at))
    settled = check.answer in ("pass", "fail") and fresh
    return Point(check.id, check.answer if settled else "ask", None, fresh if settled else ())


def _open_gaps(before: Side, side: Side) -> tuple[Gap, ...]:
    """What leaves a signal of an accused cause without an answer on a side."""
    accused = before.diagnosis.head.causes
    blinds = side.diagnosis.blinds
    return tuple(gap for gap, names in blinds.items() if any(name.partition(".")[0] in accused for name in names))
