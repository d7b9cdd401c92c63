"""The case folder: where everything about one bundle lies. It is made whole or not at all; so is a comparison's.

``DIR`` is the case itself. A new or empty folder becomes one; a case of the same bundle is renewed, what the user put
there is kept; any other folder is refused. Work goes on in a staging folder inside ``DIR``, so that the last step is
a handful of renames on one file system, undone when one of them fails.

Whoever gets a path that may be a bundle or a case asks ``is_case``; a case is reopened by ``pipeline.reopen``, and
``bundle_path`` finds the bundle again where a reader wants to see a record's surroundings in the original.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from analyzer.bundle import digest
from analyzer.model import Refusal

REPORT = "report.html"
FINDINGS = "findings.json"
NOTES = "case-notes.txt"
# the notes as a comment for a ticket system, where one was asked for
TICKETS = {"md": "case-notes.md", "jira": "case-notes.jira.txt"}
RUN = "run.json"
TABLES = "tables"
# The findings come last: they are what a folder is known as a case by.
_PUBLISHED = (TABLES, RUN, NOTES, *TICKETS.values(), REPORT, FINDINGS)
COMPARISON_PAGE = "comparison.html"
COMPARISON = "comparison.json"
_STAGING = ".staging-"
_SCHEMA = "mailscope-findings/1"
_COMPARISON_SCHEMA = "mailscope-comparison/1"


class _Section(msgspec.Struct):
    sha256: str | None = None
    knowledge_sha256: str | None = None


class _Findings(msgspec.Struct):
    """What a folder is known by; the rest of a large file is passed over."""

    schema: str
    bundle: _Section
    tool: _Section = msgspec.field(default_factory=_Section)


class _Compared(msgspec.Struct):
    """What the folder of a comparison is known by."""

    schema: str
    before: _Section
    after: _Section


_decode = msgspec.json.Decoder(_Findings).decode
_decode_compared = msgspec.json.Decoder(_Compared).decode


@dataclass(frozen=True, slots=True)
class Kind:
    """What a folder is made to hold: the files that are published, and by what it is known whose they are.

    ``of`` gives the SHA-256 that the folder is about, or those of both bundles; None for a folder of another kind.
    """

    noun: str
    subject: str
    published: tuple[str, ...]
    of: Callable[[Path], str | None]


@dataclass(frozen=True, slots=True)
class Case:
    """A case that is being made: write into ``staging``, then ``publish``."""

    folder: Path
    staging: Path
    known_sha256: str | None
    kind: Kind

    def write(self, name: str, content: bytes) -> None:
        """Add a file. Raises ``Refusal`` where the disk does not take it."""
        try:
            (self.staging / name).write_bytes(content)
        except OSError as error:
            raise Refusal(f"cannot write {self.folder / name}: {error.strerror or error}") from error

    def publish(self, bundle_sha256: str) -> None:
        """Move what was made into the folder. Raises ``Refusal`` where it holds the case of another bundle."""
        if self.known_sha256 not in (None, bundle_sha256):
            held = f"holds the {self.kind.noun} of {self.kind.subject}"
            raise Refusal(f"{self.folder} {held}: choose another folder")
        replaced = self.staging / "replaced"
        replaced.mkdir()
        with ExitStack() as undo:
            for name in self.kind.published:
                _exchange(self.staging / name, self.folder / name, replaced / name, undo)
            undo.pop_all()


def _exchange(made: Path, place: Path, shelf: Path, undo: ExitStack) -> None:
    """Put ``made`` in its place; what was there goes to ``shelf``. Each move brings its own undoing.

    A comment of an earlier analysis goes even where none is made anew: it would tell another diagnosis.
    """
    if not made.exists() and place.name not in TICKETS.values():
        return
    if place.exists():
        place.replace(shelf)
        undo.callback(os.replace, shelf, place)
    if made.exists():
        made.replace(place)
        undo.callback(os.replace, place, made)


def default_folder(bundle: Path) -> Path:
    """The case folder beside a bundle: ``X.mailscope`` beside ``X``."""
    whole = bundle.resolve()
    return whole.with_name(f"{whole.name}.mailscope")


def default_comparison(after: Path) -> Path:
    """The folder of a comparison beside its AFTER, a bundle or a case: ``X.compared`` beside ``X``."""
    whole = after.resolve()
    return whole.with_name(f"{whole.name}.compared")


@contextmanager
def made_in(folder: Path, kind: Kind | None = None) -> Iterator[Case]:
    """A case, or a folder of another kind, to be made in ``folder``.

    Whatever ends it, nothing half made is left, nor a folder made for nothing. Raises ``Refusal`` for a folder that is
    foreign or cannot be written.
    """
    kind = kind or CASE
    with ExitStack() as cleaning:
        try:
            known = _claim(folder, kind)
            made = _make(folder)
            cleaning.callback(_remove_empty, made)
            staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
        except OSError as error:
            raise Refusal(f"cannot write to {folder}: {error.strerror or error}") from error
        cleaning.callback(shutil.rmtree, staging, ignore_errors=True)
        yield Case(folder, staging, known, kind)


def _claim(folder: Path, kind: Kind) -> str | None:
    """What the folder is about; None for a folder that is new or empty."""
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise Refusal(f"{folder} is a file, where the {kind.noun} needs a folder")
    if all(entry.name.startswith(_STAGING) for entry in folder.iterdir()):
        return None
    known = kind.of(folder)
    if known is None:
        raise Refusal(f"{folder} is not empty and holds no {kind.noun}: choose another folder")
    return known


def bundle_of(folder: Path) -> str | None:
    """The SHA-256 of the bundle that a case folder is about; None where the folder is no case."""
    known = _findings(folder)
    return known.bundle.sha256 if known else None


def knowledge_of(folder: Path) -> str | None:
    """The SHA-256 of the knowledge by which the reports in a case folder were made; None where that is no case."""
    known = _findings(folder)
    return known.tool.knowledge_sha256 if known else None


def _findings(folder: Path) -> _Findings | None:
    try:
        known = _decode((folder / FINDINGS).read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return known if known.schema == _SCHEMA else None


def bundles_of(folder: Path) -> str | None:
    """The SHA-256 of both bundles that a folder compares; None where it holds no comparison."""
    try:
        known = _decode_compared((folder / COMPARISON).read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return pair(known.before.sha256 or "", known.after.sha256 or "") if known.schema == _COMPARISON_SCHEMA else None


def pair(before: str, after: str) -> str:
    """What a comparison of the bundles with these SHA-256 is known by."""
    return f"{before} {after}"


CASE = Kind("case", "another bundle", _PUBLISHED, bundle_of)
COMPARED = Kind("comparison", "other bundles", (COMPARISON_PAGE, COMPARISON), bundles_of)


def is_case(path: Path) -> bool:
    """Whether the path is a case folder, and so neither a bundle nor a folder of anything else."""
    return bundle_of(path) is not None


def refuse(path: Path) -> None:
    """Raise ``Refusal`` for a case folder that is given where a bundle is wanted; one that is damaged is one too."""
    if is_case(path):
        raise Refusal(f"{path} is a case and no bundle: `mailscope open` shows it")
    if (path / FINDINGS).is_file() and (path / TABLES).is_dir():
        raise Refusal(f"{path} is a case whose {FINDINGS} is damaged: analyze its bundle again")


def bundle_path(folder: Path) -> Path | None:
    """The bundle that a case was made of, where it still lies with the same bytes; None where it does not.

    Its path stands in ``run.json``. All of its bytes are read to be sure: for a large bundle that takes seconds.
    """
    try:
        path = Path(json.loads((folder / RUN).read_bytes())["bundle"])
        return path if digest(path) == bundle_of(folder) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError, Refusal):
        return None


def _make(folder: Path) -> list[Path]:
    """Make the folder; all the folders that had to be made for it, innermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return
