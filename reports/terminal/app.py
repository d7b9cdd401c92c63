"""The app: it opens the screens, walks between them and tells them what changed. It draws nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from reports.terminal import palette
from reports.terminal.chrome import VIEWS
from reports.terminal.investigation import Investigation
from reports.terminal.view import View

# Where each screen's class is; a screen is imported and made when it is first visited.
SCREENS: Mapping[str, str] = {}


class Mailscope(App[int]):
    """An investigation of one case."""

    TITLE = "mailscope"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "key.quit", id="app.quit"),
        Binding("escape", "back", "key.back", id="app.back"),
        Binding("question_mark", "keys", "key.keys", id="app.keys"),
        Binding("t", "clock", "key.clock", id="app.clock"),
        *(
            Binding(str(n), f"view('{name}')", f"view.{name}", id=f"view.{name}", show=False)
            for n, name in enumerate(VIEWS, 1)
        ),
    ]

    def __init__(self, investigation: Investigation) -> None:
        super().__init__()
        self.investigation = investigation
        self._views: dict[str, View] = {}
        self._visited: list[str] = []
        for theme in palette.THEMES:
            self.register_theme(theme)
        self.theme = palette.DARK.name

    def action_view(self, name: str) -> None:
        """Show a screen; it keeps its state while another is shown."""
        if name in SCREENS:
            self._visited.append(name)
            self.switch_screen(self.view(name))

    def view(self, name: str) -> View:
        """The screen of that name, made at the first call."""
        if name not in self._views:
            module, _, kind = SCREENS[name].partition(":")
            made: Callable[[Investigation], View] = getattr(import_module(module), kind)
            self._views[name] = made(self.investigation)
        return self._views[name]

    def action_clock(self) -> None:
        """Read times by the next clock."""
        self.investigation.next_mode()
        for view in self._views.values():
            view.clock_changed()
