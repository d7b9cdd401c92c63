"""Sections of the report as styled text. What they say is decided by ``reports.page``; here is only how it looks."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text
from textual.widget import Widget

from reports.page.blocks import Section, Tone
from reports.page.linear import Line, Role, lines
from reports.page.wording import Wording
from reports.terminal.palette import style

_MEANINGS = {
    Role.HEADING: "heading",
    Role.TITLE: "heading",
    Role.COMMAND: "key",
    Role.SOURCE: "label",
    Role.NOTE: Tone.QUIET,
}


def section(widget: Widget, told: Section, words: Wording) -> RenderableType:
    """All of a section."""
    return paragraphs(widget, lines(told, words))


def paragraphs(widget: Widget, told: Iterable[Line]) -> RenderableType:
    """Lines as paragraphs with hanging indents."""
    parts: list[RenderableType] = []
    for line in told:
        if line.role is Role.TITLE and parts:
            parts.append(Text(""))
        parts.append(Padding(_text(widget, line), (0, 0, 0, 2 * line.level)))
    return Group(*parts)


def _text(widget: Widget, line: Line) -> Text:
    meaning = _MEANINGS.get(line.role)
    text = Text(line.text, style(widget, meaning) if meaning else "", overflow="fold")
    if line.lead and line.text.startswith(line.lead):
        text.stylize(style(widget, line.tone or "label"), 0, len(line.lead))
    return text
