"""Open a bundle without trust: a ZIP or a folder becomes members that parsers can read, and gaps for all the rest.

``Bundle.gaps`` tells everything that was lost up to here, the damage of single members included: a runner need not
turn ``Artifact.damage`` into gaps again, it makes the member's reading no longer whole.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec

from analyzer import layouts
from analyzer.bundle import manifest, script_info, uploads
from analyzer.bundle.artifact import Artifact, Host, Sorter, shelve
from analyzer.bundle.entries import Contents, Entry, normal, printable
from analyzer.bundle.manifest import Listed, Manifest
from analyzer.bundle.script_info import ScriptInfo
from analyzer.layouts import Kind, Layout
from analyzer.model import Gap, Member, Omission, Refusal, Stage

__all__ = ["Artifact", "Bundle", "Host", "digest", "open_bundle"]

MANIFEST = "manifest.json"
STATE = "live/state.json"
MAX_PAPER_BYTES = 64 << 20
"""The manifest and the live state are read whole, so they are bounded; the catalogue sets the same for the state."""

ManifestState = Literal["ok", "absent", "damaged"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened input. Use it in ``with``: leaving removes what was unpacked.

    ``sha256`` is the ZIP file's; a folder's is the SHA-256 of its lines ``<sha256 of the file>  <name>`` in UTF-8,
    each ended by a line feed, sorted by name: what ``sha256sum`` prints. ``members`` lists every file that came
    in, also those that ``artifacts`` leaves out because reading them would mislead; ``gaps`` says why. ``refused``
    are the names that did not come in, made printable; ``missing`` those that only the manifest knows.
    """

    name: str
    sha256: str
    layout: Kind
    manifest_state: ManifestState
    manifest: Manifest | None
    host: Host
    members: tuple[Member, ...]
    omissions: tuple[Omission, ...]
    gaps: tuple[Gap, ...]
    refused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    _artifacts: tuple[Artifact, ...] = ()
    _spooled: Path | None = None

    def artifacts(self) -> Iterator[Artifact]:
        """Every member that is to be read, sorted by name."""
        return iter(self._artifacts)

    def close(self) -> None:
        """Remove the unpacked files; a folder given as input is not touched."""
        if self._spooled is not None:
            shutil.rmtree(self._spooled, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_bundle(path: Path, spool: Path) -> Bundle:
    """The bundle at ``path``, its members unpacked below ``spool``; Refusal, one line, when there is none to open."""
    try:
        if path.is_dir():
            return _build(path, uploads.take_in(path, spool), None)
        with ExitStack() as undo:
            spool.mkdir(parents=True, exist_ok=True)
            spooled = Path(tempfile.mkdtemp(prefix="members-", dir=spool))
            undo.callback(shutil.rmtree, spooled, ignore_errors=True)
            bundle = _build(path, uploads.take_in(path, spooled), spooled)
            undo.pop_all()
            return bundle
    except OSError as error:
        raise Refusal(f"cannot read {path}: {error.strerror or error}") from error


def digest(path: Path) -> str:
    """The SHA-256 that the bundle at ``path`` has or would have, without unpacking it; Refusal as ``open_bundle``'s."""
    if path.is_dir():
        return open_bundle(path, path).sha256
    return _digest_of_file(path)


def _build(path: Path, contents: Contents, spooled: Path | None) -> Bundle:
    layout = layouts.recognise(entry.name for entry in contents.entries)
    entries = _stripped(contents.entries, layout)
    papers = {entry.name.lower(): entry for entry in entries}
    state, paper, paper_gaps = _read_manifest(papers.get(MANIFEST))
    host = _host(paper, papers.get(STATE))
    script = _script(layout, papers.get(script_info.NAME))
    sorter = Sorter(layout, paper, host, script)
    found = sorter.sort(entries)
    missing = _missing(paper, (*papers, *(layout.unwrap(name) for name in contents.refused)))
    failed = _failed(layout, papers.get("log.csv"))
    gaps = (*contents.gaps, *paper_gaps, *sorter.gaps, *failed, *map(_missing_gap, missing))
    return Bundle(
        name=path.resolve().name,
        sha256=_digest_of_file(path) if spooled else _digest_of_members(entries),
        layout=layout.kind,
        manifest_state=state,
        manifest=paper,
        host=host,
        members=tuple(one.artifact.member for one in found),
        omissions=paper.left_out if paper else (),
        gaps=tuple(sorted(gaps, key=Gap.order)),
        refused=contents.refused,
        missing=tuple(row.member for row in missing),
        _artifacts=shelve(found),
        _spooled=spooled,
    )


def _stripped(entries: tuple[Entry, ...], layout: Layout) -> tuple[Entry, ...]:
    """The entries without the wrapping folder, unless two names would become one."""
    names = [layout.unwrap(entry.name) for entry in entries]
    if len({name.lower() for name in names}) < len(names):
        return entries
    renamed = (replace(entry, name=name) for entry, name in zip(entries, names, strict=True))
    return tuple(sorted(renamed, key=lambda entry: entry.name))


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest_of_members(entries: Iterable[Entry]) -> str:
    lines = "".join(f"{entry.sha256}  {entry.name}\n" for entry in entries)
    return hashlib.sha256(lines.encode()).hexdigest()


# -- its papers --------------------------------------------------------------------------------------------------


def _paper(entry: Entry) -> bytes:
    with entry.path.open("rb") as stream:
        return stream.read(MAX_PAPER_BYTES)


def _read_manifest(entry: Entry | None) -> tuple[ManifestState, Manifest | None, tuple[Gap, ...]]:
    if entry is None:
        return "absent", None, ()
    paper, gaps = manifest.decode(_paper(entry), entry.name)
    return ("ok" if paper else "damaged"), paper, gaps


def _missing(paper: Manifest | None, present: Iterable[str]) -> tuple[Listed, ...]:
    """The rows of the manifest whose member is not in the input, neither taken nor refused."""
    held = frozenset(normal(name).lower() for name in present)
    return tuple(row for name, row in sorted(paper.by_member().items()) if name not in held) if paper else ()


def _missing_gap(row: Listed) -> Gap:
    return Gap(printable(row.member), row.artifact, Stage.OPEN, "", "listed in the manifest, not in the bundle")


def _script(layout: Layout, entry: Entry | None) -> ScriptInfo:
    told = layout.kind is Kind.OUTLOOKTRACE and entry
    return script_info.decode(_paper(entry)) if told and entry else ScriptInfo()


def _failed(layout: Layout, entry: Entry | None) -> tuple[Gap, ...]:
    """What OutlookTrace says that it could not collect."""
    if layout.kind is not Kind.OUTLOOKTRACE or entry is None:
        return ()
    told = script_info.failures(_paper(entry))
    return tuple(Gap(entry.name, None, Stage.COLLECT, f"line {line}", reason) for line, reason in told)


def _host(paper: Manifest | None, state: Entry | None) -> Host:
    """The manifest's machine, its blanks filled from the live state's."""
    live = _live_host(state)
    machine = paper.host if paper else manifest.Machine()
    return Host(
        name=machine.name or live.name,
        sid=machine.collected_as_sid or live.sid,
        oem_code_page=machine.oem_code_page,
        ansi_code_page=machine.ansi_code_page,
        utc_bias_minutes=live.utc_bias_minutes,
        daylight=live.daylight,
        time_zone=machine.time_zone or live.time_zone,
        elevated=live.elevated if machine.elevated is None else machine.elevated,
        os_build=machine.os_build or live.os_build,
        ui_locale=machine.ui_locale or live.ui_locale,
        console_user_sid=machine.console_user_sid,
    )


def _live_host(state: Entry | None) -> manifest.LiveHost:
    """The ``host`` of the live state; its parser tells what is wrong with the file, so nothing is told here."""
    try:
        raw = msgspec.json.decode(_paper(state)) if state else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raw = {}
    host = raw.get("host") if isinstance(raw, dict) else None
    return manifest.part(manifest.LiveHost, host if isinstance(host, dict) else {})
