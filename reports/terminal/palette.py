"""Colours of the terminal: two themes, and the style of each meaning. A colour never says what a symbol does not.

Few: the ground is quiet, one accent leads the eye to what is chosen, and the tones of the report's badges keep their
meaning. Contrast of every text against its ground is 4.5 : 1 at the least.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme
from textual.widget import Widget

from reports.page.blocks import Tone

DARK = Theme(
    name="mailscope-dark",
    dark=True,
    primary="#6cb6e0",
    secondary="#8fa3b8",
    accent="#6cb6e0",
    warning="#e0b050",
    error="#f07878",
    success="#7cc77c",
    foreground="#d4dae2",
    background="#14181d",
    surface="#14181d",
    panel="#1e242c",
    variables={"border": "#3a4552", "border-blurred": "#2a323c", "footer-key-foreground": "#6cb6e0"},
)
LIGHT = Theme(
    name="mailscope-light",
    dark=False,
    primary="#0b5c8a",
    secondary="#4a5866",
    accent="#0b5c8a",
    warning="#8a5a00",
    error="#b3261e",
    success="#1e6b2c",
    foreground="#1b2026",
    background="#fbfbf9",
    surface="#fbfbf9",
    panel="#ecedea",
    variables={"border": "#a9b0b6", "border-blurred": "#d3d6d8", "footer-key-foreground": "#0b5c8a"},
)
THEMES = (DARK, LIGHT)

# By meaning: the tones of a badge, then what the terminal itself has to say.
_STYLES: Mapping[bool, Mapping[str, str]] = {
    True: {
        Tone.BAD: "bold #f07878",
        Tone.WARN: "#e0b050",
        Tone.UNSURE: "#c79be0",
        Tone.GOOD: "#7cc77c",
        Tone.QUIET: "#8b97a5",
        "key": "bold #6cb6e0",
        "label": "#8fa3b8",
        "rule": "#3a4552",
        "heading": "bold #d4dae2",
        "cited": "bold #6cb6e0",
        "near": "#e0b050",
        "hit": "#14181d on #e0b050",
        "bar": "#8fa3b8 on #1e242c",
        "cursor": "bold #ffffff on #24506c",
        "cursor-blurred": "#d4dae2 on #242c35",
    },
    False: {
        Tone.BAD: "bold #b3261e",
        Tone.WARN: "#8a5a00",
        Tone.UNSURE: "#74389e",
        Tone.GOOD: "#1e6b2c",
        Tone.QUIET: "#5b6670",
        "key": "bold #0b5c8a",
        "label": "#4a5866",
        "rule": "#a9b0b6",
        "heading": "bold #1b2026",
        "cited": "bold #0b5c8a",
        "near": "#8a5a00",
        "hit": "#ffffff on #8a5a00",
        "bar": "#4a5866 on #ecedea",
        "cursor": "bold #ffffff on #0b5c8a",
        "cursor-blurred": "#1b2026 on #dfe3e6",
    },
}


def style(widget: Widget, meaning: str) -> str:
    """The rich style of a meaning (a ``Tone``, ``key``, ``cited``, ``near``, ``cursor`` …) in the theme in force."""
    return _STYLES[widget.app.current_theme.dark][meaning]
