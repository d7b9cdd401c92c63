"""The first sheet: the answer, whose machines, what proves it, what speaks against it, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.compare import Answer, Clocks, Comparison, Judgement, Machines, Statement
from reports.page.blocks import Block, Cell, Citation, Headline, Link, Page, Pairs, Points, Section
from reports.page.comparison.material import Drafts, answer, cite, said, sentence, value, what
from reports.page.inert import anchor, inert, moment, quoted
from reports.page.linear import Role, drawn, wrapped
from reports.page.wording import Wording, load

# How to get what is missing, by the second part of its key.
_HOWS = {
    "login": "login",
    "password": "login",
    "doubtful": "login",
    "later": "login",
    "token_old": "sign_in",
    "token_gone": "sign_in",
    "token_undated": "tokens",
    "token_unread": "tokens",
    "restart": "restart",
    "restart_outlook": "restart_outlook",
    "user": "user",
    "account": "account",
}
# What makes the answer comes first; what is missing does not matter once it is known to fail.
_ORDER = {
    Answer.CURED: ("proofs", "contrary"),
    Answer.NOT_CURED: ("contrary", "proofs"),
    Answer.CANNOT_TELL: ("missing", "contrary", "proofs"),
}
_SYMBOLS = {"proofs": "+", "contrary": "−", "missing": "?"}
_FIRST = 6
_WIDTH = 100
_HOW_ORDER = ("user", "account", "restart", "restart_outlook", "sign_in", "login", "tokens", "alerts")


def section(drafts: Drafts) -> Section:
    """The answer and its summary."""
    words, found = drafts.words, drafts.found
    blocks: list[Block] = [Headline(answer(words, found.answer), sentence(words, found.reason)), Pairs(_facts(drafts))]
    concerned = _concerned(found)
    for name in _ORDER[found.answer]:
        some = [(judgement, statement) for judgement in concerned for statement in getattr(judgement, name)]
        if some or (name == "contrary" and found.answer is Answer.CURED):
            blocks.append(_points(drafts, name, _SYMBOLS[name], some))
    if hows := tuple(next_steps(words, found)):
        blocks.append(Points(words("comparison.next"), "→", tuple((how, ()) for how in hows)))
    if found.machines is not Machines.SAME:
        blocks.append(_first_changes(drafts))
    return Section("verdict", words("section.verdict"), tuple(blocks))


def _concerned(found: Comparison) -> tuple[Judgement, ...]:
    """The judgements that make the answer: those that share it, else all."""
    return tuple(j for j in found.judgements if j.answer is found.answer) or found.judgements


def next_steps(words: Wording, found: Comparison) -> Iterator[str]:
    """How to get what is missing, each way once, in the order of doing it."""
    if found.answer is not Answer.CANNOT_TELL:
        return
    if found.machines is Machines.UNKNOWN:
        yield words("comparison.how.machine")
    keys = [s.key.split(".") for j in _concerned(found) for s in j.missing]
    hows = {_how(parts) for parts in keys}
    yield from (words(f"comparison.how.{how}") for how in _HOW_ORDER if how in hows)


def _how(parts: list[str]) -> str:
    if parts[1] == "unread":
        return "alerts" if parts[2] == "oalerts_log" else "login"
    return _HOWS[parts[1]]


def _facts(drafts: Drafts) -> tuple[tuple[str, Cell], ...]:
    words, found, clocks = drafts.words, drafts.found, drafts.found.clocks
    unknown = words("value.unknown")
    machines = f"{words(f'comparison.machines.{found.machines}')}, {words(f'comparison.why.{found.why_machines}')}"
    rows: list[tuple[str, Cell]] = [(words("comparison.fact.machines"), machines)]
    sides = (("before", drafts.before, clocks.before), ("after", drafts.after, clocks.after))
    names = {side: inert(draft.result.machine or unknown) for side, draft, _ in sides}
    if found.machines is Machines.SAME:
        rows.insert(0, (words("fact.host"), names["after"]))
    else:
        rows += [(words(f"comparison.fact.machine_{side}"), name) for side, name in names.items()]
    rows += [(words(f"comparison.fact.collected_{side}"), moment(at) if at else unknown) for side, _, at in sides]
    rows += [
        (words(f"comparison.fact.verdict_{side}"), draft.sentence(draft.diagnosis.head)) for side, draft, _ in sides
    ]
    if accounts := [j for j in found.judgements if j.account]:
        told = (words("value.pair", name=inert(j.account or ""), value=answer(words, j.answer).word) for j in accounts)
        rows.insert(1, (words("comparison.fact.accounts"), " · ".join(told)))
    if clocks.before_error_s is not None or clocks.after_error_s is not None:
        errors = {"before": _seconds(words, clocks.before_error_s), "after": _seconds(words, clocks.after_error_s)}
        rows.append((words("comparison.fact.clock"), words("comparison.fact.clock_value", **errors)))
    if found.machines is Machines.SAME:
        rows.append((words("comparison.fact.newer"), _newer(words, clocks)))
    return tuple(rows)


def _newer(words: Wording, clocks: Clocks) -> str:
    """By what a record of AFTER is known to be newer than BEFORE."""
    if clocks.moved or clocks.since is None:
        return words("comparison.fact.newer_moved")
    return words("comparison.fact.newer_since", at=moment(clocks.since))


def _seconds(words: Wording, error_s: float | None) -> str:
    if error_s is None:
        return words("value.unknown")
    return words("comparison.fact.seconds", seconds=f"{error_s:+.1f}".replace("-", "−"))


def _points(drafts: Drafts, name: str, symbol: str, some: Sequence[tuple[Judgement, Statement]]) -> Points:
    words = drafts.words
    items = tuple(_item(drafts, anchor(name, str(n)), *one) for n, one in enumerate(some, 1))
    return Points(words(f"comparison.{name}"), symbol, items or ((words("comparison.none"), ()),))


def _item(drafts: Drafts, name: str, judgement: Judgement, one: Statement) -> tuple[str, tuple[Citation, ...]]:
    """The statement with its places; it names its account where several are judged."""
    words, text = drafts.words, said(drafts.words, one)
    if judgement.account and len(drafts.found.judgements) > 1:
        text = quoted(words("value.pair", name=inert(judgement.account), value=text))
    return text, (*cite(drafts, "before", name, one.before), *cite(drafts, "after", name, one.after))


def _first_changes(drafts: Drafts) -> Points:
    """Of two machines: the first differences that bear on an accused cause."""
    words = drafts.words
    bearing = [change for change in drafts.found.changes if change.bears]
    items = tuple(
        (quoted(f"{what(drafts, one)}: {value(words, one.before)} → {value(words, one.after)}"), ())
        for one in bearing[:_FIRST]
    )
    more = Link(words("comparison.and_more"), "#changes") if len(bearing) > _FIRST else None
    return Points(words("comparison.differences"), "≠", items or ((words("comparison.no_difference"), ()),), more)


def first_lines(page: Page) -> str:
    """What a run ends with on a terminal: the answer, what proves it, what speaks against it, what is missing."""
    words, out = load(page.lang), []
    for block in page.section("verdict").blocks:
        if isinstance(block, Headline | Points):
            for line in drawn(block, words):
                out += wrapped(line, _WIDTH) if line.role is not Role.NOTE else []
    return "\n".join(out) + "\n"
