"""The Windows that this process runs on, as a source of evidence. It is asked through ``collectors.windows`` alone.

Files that exist only while they are taken (exports, saved hives, copies out of a shadow) lie in the scratch folder and
are removed one by one. Of several people's profiles only the affected person's is taken.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import BinaryIO, Self

from collectors import live
from collectors.archive import unread
from collectors.catalog import Item
from collectors.finds import COPY, Find, Way
from collectors.manifest import Host, Left
from collectors.tree import SESSION, Names, Owner, Search, path, split
from collectors.windows import Entry, Export, Identity, NotTaken, Outcome, People, Profile, Windows

_LOG_S = 120.0
"""How long one event log may take to be exported."""

_SHOWN_REFUSED = 20
"""So many refused keys of one export are named; the rest are counted."""

Opening = Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(slots=True)
class Running:
    """A running Windows. ``scratch`` is a folder of this collection alone; ``person`` is the affected user.

    ``helped`` is set once an elevated half has done its part.
    """

    windows: Windows
    scratch: Path
    person: Profile | None
    account: str | None = None
    network: str = "probed"
    helped: bool = False
    _identity: Identity = field(init=False)
    _numbers: Iterator[int] = field(init=False, default_factory=count)

    def __post_init__(self) -> None:
        self._identity = self.windows.identity()

    def host(self) -> Host:
        """The machine as the manifest names it."""
        machine, who = self.windows.machine(), self._identity
        return Host(
            name=machine.name or None,
            os_build=machine.os_build or None,
            architecture=machine.architecture or None,
            ui_locale=machine.ui_locale or None,
            oem_code_page=machine.oem_code_page or None,
            ansi_code_page=machine.ansi_code_page or None,
            time_zone=machine.time_zone or None,
            elevated=who.elevated or self.helped,
            collected_as_sid=who.sid,
            console_user_sid=who.console_sid,
        )

    def look(self, item: Item) -> Iterator[Find | Left]:
        """The item by the method of the catalogue, and by what helps where that fails."""
        looks = {
            "api": self._told,
            "command": self._told,
            "reg-export": self._key,
            "reg-save": self._hive,
            "event-export": self._log,
            "copy": self._files,
        }
        return looks[item.method](item)

    # -- what is asked of Windows --------------------------------------------------------------------------------

    def _told(self, item: Item) -> Iterator[Find | Left]:
        """The live state, a command's output: as whoever runs this sees it."""
        way = Way(item.method, partial(self._answer, item))
        sid = self._identity.sid if item.user else None
        yield Find(item, item.place, item.command or item.place, (way,), sid=sid)

    def _answer(self, item: Item) -> BinaryIO:
        options = live.Options(self.network == "probed", self.person, self.account)
        if item.format == "live_state":
            told = live.take(self.windows, options)
            return io.BytesIO(json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "replace"))
        return io.BytesIO(live.text(self.windows, item, options))

    def _key(self, item: Item) -> Iterator[Find | Left]:
        """A key and all below it as text, then the times of its keys, which the text loses."""
        if item.user and not self._affected().loaded:
            raise NotTaken(Outcome.SKIPPED, "the affected user is not signed in: the keys are in the hive")
        owner = self._owner(item)
        key = item.key or ""
        with _Exported(self.windows, key, owner.sid, self._target) as exported:
            reg = Find(item, item.place, key, (Way("reg-export", exported.text),), user=owner.user, sid=owner.sid)
            yield reg
            if exported.done is None:
                return
            name = item.place.removesuffix(".reg") + ".keys.jsonl"
            times = (Way("reg-export", exported.times),)
            yield Find(item, name, key, times, user=owner.user, sid=owner.sid, companion=True)
            yield from _refused(item, exported.done)

    def _hive(self, item: Item) -> Iterator[Find | Left]:
        """A hive saved by Windows itself, which is whole; or the file, where nobody has it loaded."""
        if not item.user:
            key = "HKLM\\" + split(item.place)[-1]
            yield from self._one(item, split(_here(item.place)), Way("reg-save", self._saved(key)))
            return
        person = self._affected()
        if person.loaded:
            names = (*split(person.folder), "NTUSER.DAT")
            yield from self._one(item, names, Way("reg-save", self._saved(f"HKU\\{person.sid}")))
        else:
            yield from Search(self, item, self._owner(item)).below(split(person.folder), ("NTUSER.DAT",))

    def _log(self, item: Item) -> Iterator[Find | Left]:
        export = partial(self.windows.export_log, item.channel or "", timeout_s=_LOG_S)
        yield from self._one(item, split(_here(item.place)), Way("event-export", self._made(export)))

    def _files(self, item: Item) -> Iterator[Find | Left]:
        for place in item.places:
            yield from self._files_at(place, Search(self, item, self._owner(item)))

    def _files_at(self, place: str, search: Search) -> Iterator[Find | Left]:
        if not place.startswith("%TEMP%"):
            names = split(_here(place))
            yield from search.below(names[:1], names[1:])
            return
        rest = split(place)[1:]
        for patterns in (rest, (SESSION, *rest)):
            yield from search.below(split(self._affected().temp), patterns)

    def _one(self, item: Item, names: Names, first: Way) -> Iterator[Find | Left]:
        """One file that must be there, taken by the way given and then as a file.

        How long it is tells what a log's export would fill the disk with; a saved hive may be shorter than its file.
        """
        entry = self._seen(names)
        found = Search(self, item, self._owner(item)).find(names, entry or Entry(names[-1], 0, None, folder=False))
        ways = (first, *(found.ways if entry and not entry.link else ()))
        yield replace(found, ways=ways, size=found.size if item.format == "evtx" else None)

    def _seen(self, names: Names) -> Entry | None:
        """The file, None where it is not there; nor may everybody look into the folder of what Windows exports."""
        try:
            return self.windows.find(path(names))
        except NotTaken:
            return None

    def _affected(self) -> Profile:
        """Whoever has the trouble. Where that is not known nothing of a person is taken, not even of who runs this."""
        if self.person is None:
            raise NotTaken(Outcome.FAILED, "the affected user is not known")
        return self.person

    def _owner(self, item: Item) -> Owner:
        """The affected user, for what belongs to one."""
        return Owner(self.person.user, self.person.sid) if item.user and self.person else Owner()

    # -- files -----------------------------------------------------------------------------------------------------

    def entries(self, folder: Names) -> Sequence[Entry]:
        """What a folder holds."""
        return self.windows.entries(path(folder))

    def ways(self, file: Names) -> tuple[Way, ...]:
        """Opened beside whoever has it open; with backup rights; out of a shadow of the volume."""
        place = path(file)
        plain = Way(COPY, partial(self.windows.open_file, place))
        backup = Way(COPY, partial(self.windows.open_backup, place))
        shadow = Way("shadow-copy", self._made(partial(self.windows.copy_shadow, place)))
        return (plain, backup, shadow) if self._identity.elevated else (plain, backup)

    def _saved(self, key: str) -> Opening:
        return self._made(partial(self.windows.save_key, key))

    def _made(self, make: Callable[[str], None]) -> Opening:
        """A way over a file that is made for it and goes with it."""

        @contextmanager
        def opened() -> Iterator[BinaryIO]:
            target = self._target()
            try:
                make(str(target))
                with _reading(target) as stream:
                    yield stream
            finally:
                target.unlink(missing_ok=True)

        return opened

    def _target(self) -> Path:
        return self.scratch / f"{next(self._numbers)}.tmp"


class _Exported:
    """A key's export, made when its text is first asked for; ``done`` is None until then."""

    def __init__(self, windows: Windows, key: str, sid: str | None, target: Callable[[], Path]) -> None:
        self._export = partial(windows.export_key, key, sid)
        self._text, self._times = target(), target()
        self.done: Export | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self._text, self._times):
            file.unlink(missing_ok=True)

    def text(self) -> AbstractContextManager[BinaryIO]:
        """Make the export; its text."""
        with self._text.open("wb") as reg, self._times.open("wb") as times:
            self.done = self._export(reg, times)
        return _reading(self._text)

    def times(self) -> AbstractContextManager[BinaryIO]:
        """The times of the keys in it."""
        return _reading(self._times)


def _refused(item: Item, export: Export) -> Iterator[Left]:
    """Keys below the exported one that nobody could read."""
    for key in export.refused[:_SHOWN_REFUSED]:
        yield Left(item.id, key, Outcome.DENIED, "a key below could not be read", ("reg-export",))
    more = len(export.refused) - _SHOWN_REFUSED
    if more > 0:
        yield Left(
            item.id, item.key or "", Outcome.DENIED, f"{more} more keys below could not be read", ("reg-export",)
        )


def _reading(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except FileNotFoundError as error:
        raise NotTaken(Outcome.FAILED, "ended without a file") from error
    except OSError as error:
        raise unread(error) from error


def _here(place: str) -> str:
    """A place of the catalogue on this machine: Windows need not lie on drive C."""
    for standard, variable in (("C:\\Windows", "SystemRoot"), ("C:\\ProgramData", "ProgramData")):
        if place.startswith(standard + "\\"):
            return os.environ.get(variable, standard) + place.removeprefix(standard)
    return place


def affected(windows: People, sid: str | None = None) -> Profile | None:
    """Whose evidence is taken: the profile of that SID, else of whoever runs this, else of who sits at the screen.

    A helpdesk's administrator who is not the person at the screen collects for that person.
    """
    who = windows.identity()
    profiles = {profile.sid: profile for profile in windows.profiles()}
    console = who.console_sid if who.elevated else None
    return next((profiles[one] for one in (sid, console, who.sid, who.console_sid) if one in profiles), None)
