"""The app: it opens the screens, walks between them and tells them what changed. It draws nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import ClassVar

from rich.text import Text
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.screen import Screen

from analyzer.citations import tables_of
from analyzer.model import Refusal, Source
from reports.page.inert import inert
from reports.page.wording import Wording
from reports.terminal import languages, palette
from reports.terminal.chrome import VIEWS
from reports.terminal.clock import Mode
from reports.terminal.dialogs import Keys, Listed
from reports.terminal.investigation import Investigation
from reports.terminal.opening import Opened, Opener, Opening
from reports.terminal.view import NotesChanged, View

# Where each screen's class is; a screen is imported and made when it is first visited.
SCREENS: Mapping[str, str] = {
    "diagnosis": "reports.terminal.diagnosis:Diagnosis",
    "evidence": "reports.terminal.evidence:Evidence",
    "timeline": "reports.terminal.timeline:Timeline",
    "events": "reports.terminal.events:Events",
    "registry": "reports.terminal.registry:Registry",
    "logs": "reports.terminal.logs:Logs",
    "query": "reports.terminal.query:Query",
    "gaps": "reports.terminal.gaps:Gaps",
    "notes": "reports.terminal.notes:Notes",
}
# The screen that shows a table's rows.
_TABLES = {"events": "events", "registry": "registry", "log_lines": "logs"}
# Another process may write notes; looking for them costs one stat.
_NOTES_EVERY_S = 2.0
_DEEDS = 200


class Mailscope(App[None]):
    """An investigation of one case.

    ``opener`` makes the investigation in a thread while ``Opening`` tells how far it is. A ``Refusal`` that it raises
    ends the app and stands in ``refusal``.
    """

    TITLE = "mailscope"
    CSS_PATH = "terminal.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "clock", "key.clock", id="app.clock"),
        Binding("T", "theme", "key.theme", id="app.theme", show=False),
        Binding("at", "audit", "key.audit", id="app.audit", show=False),
        Binding("ctrl+p", "command_palette", "key.palette", id="app.palette", show=False),
        Binding("escape", "go_back", "key.back", id="app.back", show=False),
        Binding("question_mark", "keys", "key.keys", id="app.keys"),
        Binding("q", "quit", "key.quit", id="app.quit"),
        *(
            Binding(str(n), f"view('{name}')", f"view.{name}", id=f"view.{name}", show=False)
            for n, name in enumerate(VIEWS, 1)
        ),
    ]

    def __init__(self, opener: Opener, lang: str = "en", keymap: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.words: Wording = languages.load(lang)
        self.refusal: Refusal | None = None
        self.investigation: Investigation | None = None
        self._opener = opener
        self._views: dict[str, View] = {}
        self._visited: list[str] = []
        for theme in palette.THEMES:
            self.register_theme(theme)
        self.theme = palette.DARK.name
        self.set_keymap(keymap or {})

    # --- opening --------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Open the case while the screen tells how far it is."""
        self.push_screen(Opening(self._opener, self.words))

    def on_opened(self, event: Opened) -> None:
        """Begin the investigation, or end with what the user can act on."""
        if event.refusal is not None:
            self.refusal = event.refusal
            self.exit()
        elif event.investigation is not None:
            self.investigation = event.investigation
            self.words = event.investigation.words
            event.investigation.did("opened", event.investigation.result.bundle.name)
            self.action_view(VIEWS[0])
            self.set_interval(_NOTES_EVERY_S, self.look_for_notes)

    # --- screens --------------------------------------------------------------------------------------------------

    def action_view(self, name: str) -> None:
        """Show a screen; it keeps its state while another is shown."""
        if self.investigation is None or name not in SCREENS or isinstance(self.screen, Keys | Listed):
            return
        if not self._visited or self._visited[-1] != name:
            self._visited.append(name)
            self._show(name)

    def _show(self, name: str) -> None:
        known = name in self._views
        view = self.view(name)
        if not known:
            self.install_screen(view, name)
        self.switch_screen(name)

    def view(self, name: str) -> View:
        """The screen of that name, made at the first call."""
        if name not in self._views and self.investigation is not None:
            module, _, kind = SCREENS[name].partition(":")
            made: Callable[[Investigation], View] = getattr(import_module(module), kind)
            self._views[name] = made(self.investigation)
        return self._views[name]

    def action_go_back(self) -> None:
        """One pane back, else the screen before; on the first there is nothing behind."""
        if isinstance(self.screen, View) and self.screen.go_back():
            return
        if len(self._visited) > 1:
            self._visited.pop()
            self._show(self._visited[-1])

    def show_row(self, row: Source) -> None:
        """Go to a row of evidence in the screen of its table."""
        for table in tables_of(row.place):
            name = _TABLES.get(table, "")
            if name in SCREENS:
                self.action_view(name)
                self.call_after_refresh(self.view(name).show_place, row.artifact, row.place)
                return
        if self.investigation is not None:
            self.notify(self.investigation.words("told.no_table"), markup=False)

    # --- changes --------------------------------------------------------------------------------------------------

    def tell_views(self, what: str) -> None:
        """Call ``clock_changed``, ``notes_changed`` or ``supposed`` on every screen that was shown."""
        for view in self._views.values():
            if view.is_mounted:
                getattr(view, what)()
                view.redraw_frame()

    def on_notes_changed(self, event: NotesChanged) -> None:
        """A mark was made on some screen."""
        event.stop()
        self.tell_views("notes_changed")

    def look_for_notes(self) -> None:
        """Hear what another process noted on this case."""
        if self.investigation is not None and self.investigation.notebook.refresh():
            self.tell_views("notes_changed")

    def action_clock(self) -> None:
        """Read times by the next clock that this machine can be read by."""
        case = self.investigation
        if case is None:
            return
        told = f"clock.told.{case.next_mode()}" if len(case.clock.modes()) > 1 else "clock.told.only"
        error = case.clock.error.total_seconds() if case.mode is Mode.CORRECTED and case.clock.error else 0.0
        self.tell_views("clock_changed")
        self.notify(case.words(told, error=f"{error:+.0f} s"), markup=False)

    def action_theme(self) -> None:
        """Light on dark, or dark on light."""
        self.theme = palette.LIGHT.name if self.current_theme.dark else palette.DARK.name
        self.tell_views("theme_changed")

    # --- overlays -------------------------------------------------------------------------------------------------

    def action_keys(self) -> None:
        """Every key that acts where the focus is."""
        self.push_screen(Keys(self.screen, self.words))

    def action_audit(self) -> None:
        """What was done in this case so far."""
        if self.investigation is not None:
            deeds = self.investigation.audit.deeds()[-_DEEDS:]
            told = (
                Text(f"{deed.at_utc}  {self.words.known('deed', deed.what)}  {inert(deed.on, 300)}") for deed in deeds
            )
            self.push_screen(Listed(self.words("audit.title"), told))

    def action_command_palette(self) -> None:
        """Everything that can be done, by typing a part of its name."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder=self.words("palette.hint"), id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: the screens, then what acts where the focus is."""
        for number, name in enumerate(VIEWS, 1):
            if name in SCREENS:
                yield SystemCommand(
                    self.words(f"view.{name}"),
                    self.words("palette.view", key=number),
                    lambda n=name: self.action_view(n),
                )
        for active in screen.active_bindings.values():
            told = self.words.texts.get(active.binding.description, "")
            if told and active.binding.description.startswith("key."):
                yield SystemCommand(
                    told,
                    self.words("palette.key", key=self.get_key_display(active.binding)),
                    lambda b=active: self.call_later(self.run_action, b.binding.action, b.node),
                )
