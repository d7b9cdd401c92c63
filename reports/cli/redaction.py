"""``--redact``: a case without names, and beside it the map by which its owner reads it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from analyzer import case, shelf
from analyzer.case import Case
from analyzer.model import Refusal
from analyzer.pipeline import Result
from analyzer.redact import Redactor, originals, readable


def folder_for(folder: Path) -> Path:
    """Where the redacted case of a folder lies: ``DIR-redacted``."""
    return folder.with_name(f"{folder.name}-redacted")


def map_of(folder: Path) -> Path:
    """The map of a redacted case lies beside it, never inside, because the folder is what is handed on."""
    return folder.with_name(f"{folder.name}.map.json")


def begin(made: Case, result: Result) -> Redactor:
    """A redactor that knows every name in the tables; the tables themselves are taken out of the case."""
    _, evidence = shelf.recall(made.staging / case.TABLES)
    known = originals(evidence, result.bundle)
    shutil.rmtree(made.staging / case.TABLES)
    return Redactor(known)


def finish(made: Case, files: Mapping[str, bytes], hidden: Redactor) -> dict[str, bytes]:
    """The files fit to be handed on; the map is written beside the folder.

    ``run.json`` tells paths and the command line, which are redacted here. Raises ``Refusal`` where a name can still
    be read in a file: then nothing is published.
    """
    finished = dict(files)
    finished[case.RUN] = hidden.text(finished[case.RUN].decode()).encode()
    for name, content in finished.items():
        if left := readable(content, hidden.map.values()):
            raise Refusal(f"{len(left)} names would still be readable in {name}; nothing was written")
    place = map_of(made.folder)
    try:
        place.write_bytes(msgspec.json.format(msgspec.json.encode(hidden.map), indent=2) + b"\n")
    except OSError as error:
        raise Refusal(f"cannot write {place}: {error.strerror or error}") from error
    return finished
