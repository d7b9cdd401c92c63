r"""Registry hives: the catalogue's keys, out of whatever the hive still holds.

The first bytes of a hive (shortened)::

    72 65 67 66  regf             0c 00 00 00  secondary sequence number (08)
    0c 00 00 00  primary (04)     20 00 00 00  offset of the root key's cell (24)

Keys are found by regipy; values are read here (``tree``), because the library decodes them by its own rules: Latin-1
names lose their letters, and one bad value ends its key without a word. Left out are all keys that the catalogue does
not name, class names and security descriptors.

A hive that was copied while it was in use is read as its transaction logs make it, and ``origins`` tells which rows
it owes to them.

Source: M. Suhanov, "Windows registry file format specification" (base block, cells, vk, db).
"""

from __future__ import annotations

import logging
import mmap
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.model import Covered, Damage, Identified, Integrity
from analyzer.parsers.hive.origins import Origins
from analyzer.parsers.hive.origins import replayed as replay_fact
from analyzer.parsers.hive.tree import FAULTS, Hive, Node, words, written
from analyzer.registry_rows import RegistryRows, trees
from analyzer.tables import Batch
from analyzer.transaction_logs import MAX_LOG_BYTES, Outcome, Replay, replayed

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

_Told = Batch | Damage | Covered | Identified


# hives of services and of users to be: they look like a user's
_NOBODY = re.compile(
    r"serviceprofiles\\|(?:network|local)service\\ntuser|systemprofile\\|config\\default$|users\\default\\",
    re.IGNORECASE,
)
_HOME = {"control panel", "environment", "console", "appevents", "eudc", "keyboard layout", "network", "printers"}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a hive is: its catalogue id, and the path its root stands for."""

    item: str
    part: str


def read(artifact: Artifact) -> Iterator[_Told]:
    """The catalogue's keys of a hive of the system, of the software or of a user; other hives are only named."""
    yield from read_with(artifact, fast_root)


def read_with(artifact: Artifact, open_root: Callable[[Path], Node]) -> Iterator[_Told]:
    """``read`` with a library of choice."""
    logs = [artifact.beside(ending) for ending in (".LOG1", ".LOG2")]
    try:
        contents = (_content(log) if log else None for log in logs)
        with replayed(artifact.path, *contents) as (replay, states):
            reading = _Reading(artifact, open_root, (*replay.damages, *_changed(replay, logs)))
            yield from _traced(reading, replay, states, _members(replay, logs))
    except FAULTS as error:
        yield Damage("base block", f"the hive cannot be opened: {words(error, artifact.path)}")


def _content(log: Artifact) -> bytes:
    """The log's bytes; of one that is too long to be replayed as many as show it."""
    with log.open() as stream:
        return stream.read(MAX_LOG_BYTES + 1)


def _traced(
    reading: _Reading, replay: Replay, states: list[tuple[str, Path]], members: dict[str, str]
) -> Iterator[_Told]:
    """What the newest state holds, and which of it comes from the logs."""
    *earlier, (newest, path) = states
    origins = Origins.of(((state, reading.batches(file)) for state, file in earlier), newest)
    for told in reading.read(path):
        yield told
        if isinstance(told, Batch) and members:
            yield from origins.found_in(told, members)
        elif isinstance(told, Identified) and told.item and members:
            yield from replay_fact(replay)


def _members(replay: Replay, logs: list[Artifact | None]) -> dict[str, str]:
    """The logs that were replayed, by their names in the bundle."""
    used = {log.name for log in replay.used}
    return {name: log.member.name for name, log in zip(("LOG1", "LOG2"), logs, strict=True) if log and name in used}


def _changed(replay: Replay, logs: list[Artifact | None]) -> Iterator[Damage]:
    for name, log in zip(("LOG1", "LOG2"), logs, strict=True):
        unsafe = log and (log.member.integrity is Integrity.DIFFERS or log.damage)
        if unsafe and replay.outcome is not Outcome.CLEAN:
            yield Damage(name, "its bytes are not those that were collected")


@dataclass(frozen=True, slots=True)
class _Reading:
    """How each state of a hive is read; ``troubles`` is why absence from the newest one proves nothing."""

    artifact: Artifact
    open_root: Callable[[Path], Node]
    troubles: tuple[Damage, ...]

    def read(self, path: Path) -> Iterator[_Told]:
        """What the parser tells of the state that lies in this file."""
        try:
            with _mapped(path) as data, _listening() as heard:
                hive = Hive(data, self.open_root(path))
                kind = _identify(hive, self.artifact)
                if kind:
                    yield Identified(kind.item)
                    yield from self._keys(Hive(data, hive.root, kind.part), kind, heard)
                elif hive.damages:
                    # what it is, cannot be told from a root that is not whole
                    yield from (*self.troubles, *hive.damages)
                else:
                    yield Identified(None)
        except FAULTS as error:
            yield Damage("base block", f"the hive cannot be opened: {words(error, path)}")

    def _keys(self, hive: Hive, kind: _Kind, heard: list[str]) -> Iterator[Batch | Damage | Covered]:
        user = self.artifact.member.user if kind.part.startswith("HKCU") else None
        rows = RegistryRows()
        for tree in trees():
            if tree.lower().startswith(kind.part.lower() + "\\") and (top := hive.find(_steps(hive, kind, tree))):
                for path, node in hive.walk(tree, top):
                    yield from rows.add(path, written(node), user, hive.values(path, node))
        yield from rows.rest()
        damages = (*self.troubles, *hive.damages, *(Damage("the whole hive", said) for said in heard))
        yield from damages or (Covered(kind.part, user=user),)

    def batches(self, path: Path) -> Iterator[Batch]:
        """The rows alone."""
        return (told for told in self.read(path) if isinstance(told, Batch))


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def fast_root(path: Path) -> Node:
    """The root key by regipy's compiled reader, or by the pure one where that is not installed."""
    try:
        from regipy.registry_rs import RegistryHive
    except ImportError:
        return pure_root(path)
    root: Node = RegistryHive(str(path)).root  # type: ignore[no-untyped-call]
    return root


def pure_root(path: Path) -> Node:
    """The root key by regipy's reader in Python."""
    from regipy.registry import RegistryHive

    root: Node = RegistryHive(str(path)).root  # type: ignore[no-untyped-call]
    return root


def _identify(hive: Hive, artifact: Artifact) -> _Kind | None:
    """By the names of the root's keys; a hive of nobody that a diagnosis is about is None."""
    below = set(hive.children("root key", hive.root))
    name = hive.name(hive.root).lower()
    if "select" in below and any(re.fullmatch(r"controlset\d{3}", key) for key in below):
        return _Kind("system_hive", "HKLM\\SYSTEM")
    saved_as = bytes(hive.data[48:112]).decode("utf-16-le", "replace").partition("\0")[0]
    if _NOBODY.search(saved_as) or _NOBODY.search(artifact.original.replace("/", "\\")):
        return None
    if "software" in below and (below & _HOME or artifact.member.item == "user_hive"):
        return _Kind("user_hive", "HKCU")
    if "microsoft" not in below and "policies" not in below:
        return None
    profiles = ["Microsoft", "Windows NT", "CurrentVersion", "ProfileList"]
    if name != "software" or "classes" in below or hive.find(profiles):
        return _Kind("software_hive", "HKLM\\SOFTWARE")
    return _Kind("user_hive", "HKCU\\Software")


def _steps(hive: Hive, kind: _Kind, tree: str) -> list[str]:
    """The names from the root to the tree; an offline hive has no CurrentControlSet, but says which one it is.

    Source: Microsoft, "HKLM\\SYSTEM\\Select" (Current).
    """
    steps = tree[len(kind.part) + 1 :].split("\\")
    return [hive.control_set(), *steps[1:]] if steps[0] == "CurrentControlSet" else steps


class _Ear(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what was said, once."""
        said = f"the reader says: {record.getMessage()[:200]}"
        if said not in self.heard:
            self.heard.append(said)


@contextmanager
def _listening() -> Iterator[list[str]]:
    """The library logs errors instead of raising them; what it says is evidence and does not reach the console."""
    heard: list[str] = []
    logger, ear = logging.getLogger("regipy"), _Ear(heard)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(ear)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.propagate = propagate
