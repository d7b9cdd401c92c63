"""The collection: from where it is taken, in which order, and the bundle that comes of it.

On Windows it has two halves. The *user's*, in this process, takes everything that needs no rights. The *machine's*,
after one request for elevation, takes the rest into a small archive of its own in the scratch folder, which this
process then takes over; where the request is refused, the rest is tried without rights, and the bundle delivered.
"""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from collectors import catalog, manifest, running, volume, windows
from collectors.archive import BLOCK_BYTES, Archive, workroom
from collectors.case import Options, default_name, opened
from collectors.catalog import Item
from collectors.console import Console
from collectors.finds import COPY, Refused, Source
from collectors.gathering import Budget, Gathering
from collectors.manifest import Case, Left, Manifest, Taken
from collectors.running import Running
from collectors.windows import NotTaken, Outcome, Profile, Windows

MACHINE_PHASE = "--machine-phase"
_PAPER_BYTES = 1 << 30
_MORE_RIGHTS = (Outcome.DENIED, Outcome.FAILED)
"""What ends so is tried again with more rights."""
_ITS_SHARE = 0.75
"""Of the time that is left, the elevated half's part."""


@dataclass(frozen=True, slots=True)
class Collected:
    """A finished bundle."""

    file: Path
    sha256: str
    taken: tuple[Taken, ...]
    left: tuple[Left, ...]

    def closing(self) -> str:
        """The last line on standard output: path, SHA-256, counts. It is the same in every language."""
        told = " ".join(f"{name}={count}" for name, count in manifest.counts(self.taken, self.left).items())
        return f"{self.file} sha256={self.sha256} {told}"


def collect(options: Options, console: Console) -> Collected:
    """Collect as the options say. Raises ``Refused``; then there is no bundle, and no half of one."""
    done = from_volume(options.root, options, console) if options.root else _from_here(options, console)
    console.tell_left(done.left)
    console.say("done")
    return done


def refuse(options: Options) -> None:
    """Raise ``Refused`` for what can be seen to be wrong before anybody is asked anything."""
    opened(options, local=options.root is None)
    if options.out is not None:
        _target(options, "")


def from_volume(root: Path, options: Options, console: Console) -> Collected:
    """Collect from a mounted volume."""
    case = opened(options, local=False)
    source = volume.mount(root, options.drive)
    target = _target(options, root.resolve().name)
    if _is_inside(target, root):
        raise Refused("out_inside", file=target, root=root)
    bundle = _Bundle(case, source, target, options.budget)
    with bundle.begun() as gathering:
        gathering.take(source, catalog.load().items, console)
        return bundle.finished(gathering)


def _from_here(options: Options, console: Console) -> Collected:
    try:
        here = windows.running()
    except NotTaken as why:
        raise Refused("not_windows") from why
    return from_windows(here, options, console)


def from_windows(here: Windows, options: Options, console: Console) -> Collected:
    """Collect from a running Windows: the user's half, then the machine's."""
    case = opened(options, local=True)
    person = running.affected(here)
    case = replace(case, user_sid=person.sid if person else None)
    target = _target(options, here.machine().name)
    with workroom(target) as folder:
        source = Running(here, folder, person, options.account, "probed" if options.network else "off")
        bundle = _Bundle(case, source, target, options.budget)
        with bundle.begun() as gathering:
            _Halves(here, source, gathering, console).take()
            return bundle.finished(gathering)


def _target(options: Options, machine: str) -> Path:
    """The new bundle's whole path, without ``..``: Windows takes no other for a long one. Raises ``Refused``."""
    target = Path(os.path.abspath(options.out or default_name(machine)))  # noqa: PTH100 - links stay as they were given
    if target.exists():
        raise Refused("file_exists", file=target)
    return target


def _is_inside(file: Path, folder: Path) -> bool:
    """Whether it would lie in that folder, by whatever name or link either is reached."""
    place = file.parent.resolve()
    return any(above.samefile(folder) for above in (place, *place.parents) if above.exists())


@dataclass(slots=True)
class _Bundle:
    """One bundle from its first byte to its name."""

    case: Case
    source: Source
    target: Path
    budget: Budget
    started: datetime | None = None

    def begun(self) -> Gathering:
        """A context of the collection; leaving it unfinished leaves nothing. It never fills the disk it writes to."""
        self.started = datetime.now(UTC)
        archive = Archive(self.target)
        # not every share tells
        with suppress(OSError):
            self.budget.size = min(self.budget.size, shutil.disk_usage(self.target.parent).free // 2)
        self.budget.start()
        return Gathering(archive, self.budget)

    def finished(self, gathering: Gathering) -> Collected:
        """The manifest over everything, and the name."""
        taken, left = tuple(gathering.taken), tuple(gathering.left)
        now = datetime.now(UTC)
        paper = Manifest(self.case, self.source.host(), self.source.network, self.started or now, now, taken, left)
        gathering.archive.add(manifest.NAME, [manifest.encode(paper)], _PAPER_BYTES)
        return Collected(self.target, gathering.archive.finish(), taken, left)


@dataclass(slots=True)
class _Halves:
    """The user's half and the machine's on a running Windows."""

    windows: Windows
    source: Running
    gathering: Gathering
    console: Console

    def take(self) -> None:
        """All items; those for administrators last."""
        items = catalog.load().items
        if self.windows.identity().elevated:
            self.gathering.take(self.source, items, self.console)
            return
        self.gathering.take(self.source, tuple(item for item in items if not item.needs_admin), self.console)
        rest = tuple(item for item in items if item.needs_admin or self._wants_rights(item))
        self.console.say("elevation")
        try:
            self._take_over(rest)
        except (NotTaken, OSError, ValueError, KeyError, zipfile.BadZipFile) as why:
            self.console.say("not_elevated", reason=why)
            self.gathering.take(self.source, tuple(item for item in rest if item.needs_admin), self.console)

    def _wants_rights(self, item: Item) -> bool:
        """Whether more rights may bring more of it: of what is one piece, only where nothing was taken yet."""
        refused = any(row.artifact == item.id and row.outcome in _MORE_RIGHTS for row in self.gathering.left)
        return refused and (item.method == COPY or all(row.artifact != item.id for row in self.gathering.taken))

    def _take_over(self, items: tuple[Item, ...]) -> None:
        """What the elevated process took, in place of what was left here of the same items."""
        left_s = self.gathering.budget.left_s()
        # the rest is for what the other half does last, and for taking it over
        its_s = left_s * _ITS_SHARE
        # not beside the bundle: an elevated process may not see the drives that this user has mapped
        with ExitStack() as opened_here:
            target = Path(opened_here.enter_context(self.windows.scratch())) / "machine.zip"
            target.touch()
            code = self.windows.elevate(self._arguments(target, items, its_s), left_s)
            if code:
                raise NotTaken(Outcome.FAILED, f"the elevated half ended with {code}")
            made = opened_here.enter_context(zipfile.ZipFile(target))
            taken, left = manifest.decode_rows(made.read(manifest.NAME))
            self.gathering.left = [row for row in self.gathering.left if row.artifact not in {i.id for i in items}]
            self.gathering.left.extend(left)
            self.source.helped = True
            for row in taken:
                self.gathering.adopt(row, _member(made, row.member))

    def _arguments(self, target: Path, items: tuple[Item, ...], its_s: float) -> list[str]:
        person = self.source.person
        network = [] if self.source.network == "probed" else ["--no-network"]
        named = ["--items", ",".join(item.id for item in items), "--seconds", str(int(its_s))]
        return [MACHINE_PHASE, str(target), *named, *network, *(["--person", person.sid] if person else [])]


def _member(made: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    try:
        with made.open(name) as stream:
            yield from iter(partial(stream.read, BLOCK_BYTES), b"")
    except (KeyError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise NotTaken(Outcome.FAILED, f"could not be taken over: {error}") from error


def machine_phase(
    here: Windows, target: Path, items: tuple[str, ...], options: Options, person: Profile | None
) -> None:
    """The elevated half: these items into a small archive with a manifest of its own, for ``_take_over``.

    ``target`` is there already and is only filled: whoever made it stays its owner, and can read it. Where it is gone
    because nobody waits any more, nothing is left behind.
    """
    own = target.with_name("own.zip")
    with workroom(own) as folder:
        source = Running(here, folder, person, network="probed" if options.network else "off")
        bundle = _Bundle(Case(""), source, own, options.budget)
        with bundle.begun() as gathering:
            wanted = tuple(item for item in catalog.load().items if item.id in items)
            gathering.take(source, wanted, Console("en", None))
            bundle.finished(gathering)
    try:
        with own.open("rb") as made, target.open("r+b") as handed:
            shutil.copyfileobj(made, handed, BLOCK_BYTES)
    finally:
        own.unlink()
