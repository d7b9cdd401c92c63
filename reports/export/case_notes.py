"""The case in a few lines of plain text, to paste into a ticket. It draws the same page as the report."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import accumulate

from reports.page.blocks import (
    Card,
    Cautions,
    Citation,
    Entry,
    Headline,
    Page,
    Pairs,
    Points,
    Prose,
    Side,
    Steps,
    Task,
)
from reports.page.inert import inert
from reports.page.wording import Wording, load

WIDTH = 100
MOST_LINES = 25
# The lines each part may take. What to collect next comes last and takes what the others leave, two at the least.
_ROOM = {"verdict": 2, "case": 2, "for": 6, "against": 2, "blind": 3, "causes": 4, "fix": 5, "do_not": 1, "next": 3}
_ROOM_OF_MEANING = 4

# lines that belong together: shown whole, or counted as left out
Group = list[str]


def render(page: Page) -> str:
    """The notes: at most 25 lines of at most 100 characters, without control characters, ending in a line feed."""
    words = load(page.lang)
    head, body, origin = _head(page, words), _body(page, words), _lines(words, page.colophon, label="")
    room = min(_ROOM["next"], MOST_LINES - len(head) - len(body) - len(origin))
    body += _part(words, "next", list(_next(page, words)), room)
    meaning = _part(words, "meaning", [_lines(words, text) for text in _meaning(page)], _ROOM_OF_MEANING)
    if len(head) + len(meaning) + len(body) + len(origin) > MOST_LINES:
        meaning = []
    return "\n".join([*head, *meaning, *body, *origin]) + "\n"


def first_lines(page: Page) -> str:
    """What a run ends with on a terminal: the verdict, the case, and the proof; without one, what to collect."""
    words = load(page.lang)
    accused = [card for card in page.cards() if card.accused]
    if accused:
        told = _side(words, accused, Side.FOR)
    else:
        standing = [_lines(words, text) for text in _standing(page, words)]
        told = _part(words, "causes", standing, _ROOM["causes"])
        told += _part(words, "next", list(_next(page, words)), _ROOM["next"])
    return "\n".join([*_head(page, words), *told]) + "\n"


def _head(page: Page, words: Wording) -> list[str]:
    section = page.section("verdict")
    headline = next(block for block in section.blocks if isinstance(block, Headline))
    facts = next(block for block in section.blocks if isinstance(block, Pairs))
    verdict = _lines(words, f"{headline.badge.word}. {headline.sentence}")
    case = _lines(words, " · ".join(words("value.pair", name=name, value=value) for name, value in facts.rows))
    return [*_part(words, "verdict", [verdict], _ROOM["verdict"]), *_part(words, "case", [case], _ROOM["case"])]


def _body(page: Page, words: Wording) -> list[str]:
    accused = [card for card in page.cards() if card.accused]
    lines: list[str] = []
    if accused:
        for side in (Side.FOR, Side.AGAINST, Side.BLIND):
            lines += _side(words, accused, side)
    else:
        lines += _causes(page, words)
    lines += _part(words, "fix", _fix(page, words), _ROOM["fix"])
    lines += _part(words, "do_not", [_lines(words, text) for text in _do_not(page)], _ROOM["do_not"])
    return lines


def _meaning(page: Page) -> Iterator[str]:
    return (
        block.text for block in page.section("verdict").blocks if isinstance(block, Prose) and block.kind == "plain"
    )


def _causes(page: Page, words: Wording) -> list[str]:
    """Where nobody is accused: how many causes stand how, then each by rank."""
    cards = [f"[{card.badge.word}] {card.title} ({card.tally})" for card in page.cards()]
    texts = [*_standing(page, words)[:1], *cards]
    return _part(words, "causes", [_lines(words, text) for text in texts], _ROOM["causes"])


def _standing(page: Page, words: Wording) -> list[str]:
    """How the causes stand as the first sheet tells it: their numbers, then what is possible."""
    title = words("verdict.standing")
    points = (block for block in page.section("verdict").blocks if isinstance(block, Points) and block.title == title)
    return [text for block in points for text, _ in block.items]


def _side(words: Wording, accused: Sequence[Card], side: Side) -> list[str]:
    """One side of the evidence; each statement names its cause where several are accused."""
    groups = [
        _entry(words, entry, card.title if len(accused) > 1 else "")
        for card in accused
        for ledger in card.ledgers
        if ledger.side is side
        for entry in ledger.entries
    ]
    return _part(words, side, groups or [_lines(words, words(f"side.none.{side}"))], _ROOM[side])


def _entry(words: Wording, entry: Entry, title: str) -> Group:
    text = words("value.pair", name=title, value=entry.text) if title else entry.text
    if entry.unread:
        return _lines(words, f"{text} {entry.unread[0]}")
    note = f" ({entry.note})" if entry.note else ""
    cited = [line for citation in entry.citations[:1] for line in _lines(words, _cited(words, citation))]
    return [*_lines(words, f"[{entry.weight.word}] {text}{note}"), *cited]


def _cited(words: Wording, citation: Citation) -> str:
    at = f", {citation.at}" if citation.at else ""
    member = f" {words('ledger.record_file')} {citation.member}" if citation.member else ""
    return f"→ {citation.place}{member}{at}"


def _fix(page: Page, words: Wording) -> list[Group]:
    """The steps in short; with their commands only where all of them fit."""
    tasks = _tasks(page, "plan")
    brief = [_step(words, n, task) for n, task in enumerate(tasks, 1)]
    whole = [
        [*group, *(_lines(words, f"   {task.command}") if task.command else [])]
        for group, task in zip(brief, tasks, strict=True)
    ]
    return whole if sum(map(len, whole)) <= _ROOM["fix"] else brief


def _tasks(page: Page, section: str) -> list[Task]:
    return [task for block in page.section(section).blocks if isinstance(block, Steps) for task in block.tasks]


def _step(words: Wording, number: int, task: Task) -> Group:
    """One line, cut before its owner."""
    owner = f" ({task.tags[0].word})"
    room = WIDTH - _margin(words) - len(owner)
    return [" " * _margin(words) + inert(f"{number}. {task.brief}", room) + owner]


def _do_not(page: Page) -> Iterator[str]:
    cautions = (block for block in page.section("plan").blocks if isinstance(block, Cautions))
    return (item for block in cautions for item in block.items)


def _next(page: Page, words: Wording) -> Iterator[Group]:
    for task in _tasks(page, "next"):
        yield _lines(words, task.do)
        # a command that was cut would still be pasted, so it is a group of its own
        if task.command:
            yield _lines(words, task.command)


def _part(words: Wording, name: str, groups: Sequence[Group], room: int) -> list[str]:
    """A labelled part of at most ``room`` lines: whole groups while they fit, then how many are left out."""
    taken = _fitting(groups, room)
    shown = _joined(groups, taken, room)
    if taken < len(groups):
        shown = _counted(words, groups, taken, room)
    label = words(f"notes.label.{name}").ljust(_margin(words))
    return [label + shown[0][len(label) :], *shown[1:]] if shown else []


def _fitting(groups: Sequence[Group], room: int) -> int:
    """How many of the groups fit whole; at least the first, which is cut when it must be."""
    lines = accumulate(map(len, groups))
    return max(sum(total <= room for total in lines), min(1, len(groups)))


def _joined(groups: Sequence[Group], taken: int, room: int) -> list[str]:
    lines = [line for group in groups[:taken] for line in group]
    if len(lines) <= room:
        return lines
    return [*lines[: room - 1], f"{lines[room - 1][: WIDTH - 2].rstrip()} …"]


def _counted(words: Wording, groups: Sequence[Group], taken: int, room: int) -> list[str]:
    """The groups and the number of those left out, which takes the place of a group where there is no other."""
    shown = _joined(groups, taken, room)
    more = f" ({words('notes.more', n=len(groups) - taken)})"
    if len(shown[-1]) + len(more) <= WIDTH:
        return [*shown[:-1], shown[-1] + more]
    if len(shown) < room:
        return [*shown, " " * (_margin(words) - 1) + more]
    return _counted(words, groups, taken - 1, room) if taken > 1 else shown


def _lines(words: Wording, text: str, label: str | None = None) -> Group:
    """The text wrapped beside the labels; with an empty ``label`` from the first column on."""
    margin = " " * (_margin(words) if label is None else 0)
    indent = margin + " " * (len(text) - len(text.lstrip(" ")))
    return textwrap.wrap(
        inert(text.lstrip(" ")), WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def _margin(words: Wording) -> int:
    """The width of the column of labels."""
    return max(len(text) for name, text in words.texts.items() if name.startswith("notes.label")) + 2
