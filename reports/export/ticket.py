"""The case as a comment for a ticket system, in Markdown or in Jira's wiki markup, drawn from the page of the report.

A comment has room for about 32,000 characters (Source: Jira's default of ``jira.text.field.character.limit``, 32,767):
what is too much is left out from the end, and counted. Evidence is text here too: whatever a dialect would take for
markup, a link or a command of its own is written so that it is shown, and commands stand in blocks to be copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from reports.page.blocks import Card, Cautions, Citation, Entry, Headline, Page, Pairs, Side, Steps, Task
from reports.page.inert import inert
from reports.page.room import ROOMS, trimmed
from reports.page.wording import Wording, load

MOST_CHARS = 30_000
_SIDES = (Side.FOR, Side.AGAINST, Side.BLIND)


class Dialect(Protocol):
    """How a ticket system writes things. Every ``text`` is evidence and is escaped; what comes back is markup."""

    def plain(self, text: str) -> str:
        """The text as it is."""

    def strong(self, text: str) -> str:
        """The text in bold."""

    def mono(self, text: str) -> str:
        """The text letter by letter, within a line."""

    def heading(self, text: str) -> str:
        """A line that heads what follows."""

    def item(self, markup: str, depth: int = 1) -> str:
        """A line of a list."""

    def command(self, text: str) -> str:
        """A block to be copied."""


class Markdown:
    """CommonMark with GitHub's extensions, which turn bare addresses into links."""

    _SPECIAL = re.compile(
        r"[\\`*{}\[\]<>#|~$]"
        r"|(?<![^\W_])_|_(?![^\W_])"  # between letters it is no emphasis
        r"|&(?=#?\w+;)"
        r"|(?<=\w):(?=//)|(?<=www)\."
        r"|^\s*[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]",
        re.IGNORECASE,
    )

    def plain(self, text: str) -> str:
        """Every letter that could begin markup escaped."""
        return self._SPECIAL.sub(lambda found: f"\\{found[0]}", text.strip())

    def strong(self, text: str) -> str:
        """Bold."""
        return f"**{self.plain(text).strip()}**"

    def mono(self, text: str) -> str:
        """A code span whose fence is longer than any within."""
        fence = "`" * (_longest_fence(text) + 1)
        space = " " if text.startswith("`") or text.endswith("`") else ""
        return f"{fence}{space}{text}{space}{fence}" if text.strip() else ""

    def heading(self, text: str) -> str:
        """A heading of the third rank: a comment stands below a ticket's own."""
        return f"### {self.plain(text)}"

    def item(self, markup: str, depth: int = 1) -> str:
        """A bullet."""
        return f"{'  ' * (depth - 1)}- {markup}"

    def command(self, text: str) -> str:
        """A fenced block."""
        fence = "`" * max(3, _longest_fence(text) + 1)
        return f"{fence}\n{text}\n{fence}"


class Jira:
    """The wiki markup of Jira. Source: "Text Formatting Notation Help", which each Jira shows beside its editor."""

    _SPECIAL = re.compile(
        r"[{}\[\]*^~+|!]"
        r"|(?<!\w)[-_]|[-_](?!\w)"  # between letters they are no emphasis
        r"|\?(?=\?)|(?<=\?)\?"
        r"|\((?=(?:[xyi!?/+*-]|on|off|\*[rgby])\))|(?<=[:;])[()DP]"  # little pictures
        r"|^#"
    )

    def plain(self, text: str) -> str:
        """Markup escaped by backslashes; backslashes themselves, and what would make an address, by entities."""
        text = text.strip().replace("&", "&#38;").replace("\\", "&#92;").replace("://", "&#58;//")
        return self._SPECIAL.sub(lambda found: f"\\{found[0]}", text)

    def strong(self, text: str) -> str:
        """Bold."""
        return f"*{self.plain(text).strip()}*"

    def mono(self, text: str) -> str:
        """Monospaced; its content is markup like any other."""
        return f"{{{{{self.plain(text)}}}}}" if text.strip() else ""

    def heading(self, text: str) -> str:
        """A heading of the third rank."""
        return f"h3. {self.plain(text)}"

    def item(self, markup: str, depth: int = 1) -> str:
        """A bullet."""
        return f"{'*' * depth} {markup}"

    def command(self, text: str) -> str:
        """A block in which nothing is markup but its own end."""
        return self.mono(text) if "{noformat" in text.lower() else f"{{noformat}}\n{text}\n{{noformat}}"


def _longest_fence(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


DIALECTS: dict[str, Dialect] = {"md": Markdown(), "jira": Jira()}


def render(page: Page, dialect: str) -> str:
    """The comment, ending in a line feed."""
    drawn = ""
    for some in (page, *(trimmed(page, room) for room in ROOMS)):
        drawn = "\n\n".join(_blocks(some, DIALECTS[dialect]))
        if len(drawn) < MOST_CHARS:
            return drawn + "\n"
    return shortened(drawn, load(page.lang)) + "\n"


def shortened(drawn: str, words: Wording) -> str:
    """Whole blocks while they fit, then how many are left out."""
    blocks, kept, length = drawn.split("\n\n"), 0, 0
    while length + len(blocks[kept]) + 2 < MOST_CHARS:
        length += len(blocks[kept]) + 2
        kept += 1
    return "\n\n".join([*blocks[:kept], f"({words('notes.more', n=len(blocks) - kept)})"])


def _blocks(page: Page, to: Dialect) -> Iterator[str]:
    words = load(page.lang)
    headline = next(block for block in page.section("verdict").blocks if isinstance(block, Headline))
    facts = next(block for block in page.section("verdict").blocks if isinstance(block, Pairs))
    yield to.heading(page.title)
    yield f"{to.strong(headline.badge.word)} {to.plain(headline.sentence)}"
    yield "\n".join(to.item(to.plain(words("value.pair", name=name, value=value))) for name, value in facts.rows)
    accused = [card for card in page.cards() if card.accused]
    for card in accused:
        yield from _evidence(card, words, to)
    if not accused:
        yield from _causes(page, words, to)
    if more := page.section("why").more:
        yield to.plain(more)
    yield from _plan(page, words, to)
    yield from _next(page, to)
    yield to.plain(page.colophon)


def _evidence(card: Card, words: Wording, to: Dialect) -> Iterator[str]:
    """The ledger of an accused cause: for, against, not judged."""
    yield to.heading(f"{card.title}: {card.badge.word} ({card.cause})")
    by_side = {ledger.side: ledger for ledger in card.ledgers}
    for side in _SIDES:
        ledger = by_side.get(side)
        lines = [line for entry in (ledger.entries if ledger else ()) for line in _entry(entry, words, to)]
        lines += [to.item(to.plain(ledger.more))] if ledger and ledger.more else []
        yield "\n".join(
            [to.strong(words(f"side.{side}")), "", *(lines or [to.item(to.plain(words(f"side.none.{side}")))])]
        ).replace("\n\n", "\n" if isinstance(to, Jira) else "\n\n")


def _entry(entry: Entry, words: Wording, to: Dialect) -> Iterator[str]:
    note = f" · {entry.note}" if entry.note else ""
    yield to.item(f"{to.strong(entry.weight.word)} {to.plain(entry.text)} {to.mono(entry.signal)}{to.plain(note)}")
    for citation in entry.citations:
        yield to.item(_cited(citation, words, to), 2)
    for reason in entry.unread[:1] + ((entry.more,) if entry.more else ()):
        yield to.item(to.plain(reason), 2)


def _cited(citation: Citation, words: Wording, to: Dialect) -> str:
    member = f" {to.plain(words('ledger.record_file'))} {to.mono(citation.member)}" if citation.member else ""
    at = f", {to.plain(citation.at)}" if citation.at else ""
    return f"{to.mono(citation.place)}{member}{at}"


def _causes(page: Page, words: Wording, to: Dialect) -> Iterator[str]:
    """Where nobody is accused: how the causes stand."""
    yield to.heading(words("why.all"))
    yield "\n".join(
        to.item(f"{to.strong(card.badge.word)} {to.plain(card.title)} ({to.plain(card.tally)})")
        for card in page.cards()
    )


def _plan(page: Page, words: Wording, to: Dialect) -> Iterator[str]:
    yield to.heading(page.section("plan").title)
    number = 0
    for block in page.section("plan").blocks:
        if isinstance(block, Steps):
            for task in block.tasks:
                number += 1
                yield from _task(task, str(number), to)
            if block.more:
                yield to.plain(block.more)
        elif isinstance(block, Cautions):
            yield to.strong(block.title)
            yield "\n".join(to.item(to.plain(item)) for item in block.items)
    if not number:
        yield to.plain(words("plan.none"))
    if more := page.section("plan").more:
        yield to.plain(more)


def _task(task: Task, number: str, to: Dialect) -> Iterator[str]:
    """What to do and by whom, its command, and its notes."""
    tags = " · ".join(badge.word for badge in task.tags)
    yield " ".join(
        filter(None, [to.strong(number), to.plain(task.do), to.mono(task.id), to.plain(f"({tags})") if tags else ""])
    )
    if task.command:
        yield to.command(inert(task.command))
    if task.notes:
        yield "\n".join(to.item(f"{to.plain(name)}: {to.plain(text)}") for name, text in task.notes)


def _next(page: Page, to: Dialect) -> Iterator[str]:
    section = page.section("next")
    tasks = [task for block in section.blocks if isinstance(block, Steps) for task in block.tasks]
    if tasks:
        yield to.heading(section.title)
    for number, task in enumerate(tasks, 1):
        yield from _task(task, str(number), to)
