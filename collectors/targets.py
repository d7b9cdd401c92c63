"""The catalogue in the languages of other collectors: ForensicArtifacts, KAPE, Velociraptor.

``python -m collectors.targets`` writes the files below ``targets/``; a test holds them against the catalogue. What
those tools have no words for (questions to Windows' programming interface) is left out of them.

Source: "Artifact definition format and style guide" of ForensicArtifacts; the targets of KapeFiles
(github.com/EricZimmerman/KapeFiles); "Artifacts" on docs.velociraptor.app.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from collectors import catalog
from collectors.catalog import Item

FOLDER = Path(__file__).with_name("targets")

_PREFIX = "Mailscope"
_DESCRIPTION = "What mailscope needs to find out why Outlook refuses a Gmail account"
_FILES = ("copy", "reg-save", "event-export")
_TEMP = "C:\\Users\\*\\AppData\\Local\\Temp"
_SESSION = "[0-9]*"


def files() -> dict[str, str]:
    """File name -> text of every definition."""
    items = catalog.load().items
    return {
        "mailscope.yaml": forensic_artifacts(items),
        "Mailscope.tkape": kape(items),
        "Custom.Windows.Mailscope.yaml": velociraptor(items),
    }


# -- ForensicArtifacts -------------------------------------------------------------------------------------------------


def forensic_artifacts(items: Iterable[Item]) -> str:
    """A group of all, then one definition an item, in the order of names."""
    told = sorted((item for item in items if item.method != "api"), key=lambda item: _name(item.id))
    group = _definition("", _DESCRIPTION + ".", _source("ARTIFACT_GROUP", "names", [_name(item.id) for item in told]))
    return _head() + "".join(f"---\n{text}" for text in (group, *map(_artifact, told)))


def _artifact(item: Item) -> str:
    return _definition(item.id, f"{item.why[0].upper()}{item.why[1:]}.", _SOURCES[item.method](item))


def _definition(name: str, doc: str, source: str) -> str:
    return f"name: {_name(name)}\ndoc: {_quoted(doc)}\nsources:\n{source}supported_os: [Windows]\n"


def _name(item_id: str) -> str:
    return _PREFIX + "".join(part.capitalize() for part in item_id.split("_"))


def _file_source(item: Item) -> str:
    return _source("FILE", "paths", list(_artifact_paths(item)), "    separator: '\\'\n")


def _artifact_paths(item: Item) -> Iterator[str]:
    variables = {
        "C:\\Users\\*": "%%users.userprofile%%",
        "C:\\Windows": "%%environ_systemroot%%",
        "C:\\ProgramData": "%%environ_programdata%%",
        "%TEMP%": "%%users.temp%%",
    }
    for windows_path in item.places:
        head = next(head for head in variables if windows_path.startswith(head + "\\"))
        place = variables[head] + windows_path.removeprefix(head)
        yield place
        if item.format == "hive":
            yield from (place + ending for ending in (".LOG1", ".LOG2"))


def _key_source(item: Item) -> str:
    roots = {"HKCU": "HKEY_USERS\\%%users.sid%%", "HKLM": "HKEY_LOCAL_MACHINE"}
    root, _, path = (item.key or "").partition("\\")
    return _source("REGISTRY_KEY", "keys", [f"{roots[root]}\\{path}\\*"])


def _command_source(item: Item) -> str:
    program, *arguments = (item.command or "").split()
    told = ", ".join(map(json.dumps, arguments))
    return f"- type: COMMAND\n  attributes:\n    args: [{told}]\n    cmd: {program}.exe\n"


_SOURCES: Mapping[str, Callable[[Item], str]] = {
    **dict.fromkeys(_FILES, _file_source),
    "reg-export": _key_source,
    "command": _command_source,
}


def _source(kind: str, field: str, values: list[str], more: str = "") -> str:
    lines = "".join(f"    - {_quoted(value)}\n" for value in values)
    return f"- type: {kind}\n  attributes:\n    {field}:\n{lines}{more}"


# -- KAPE --------------------------------------------------------------------------------------------------------------


def kape(items: Iterable[Item]) -> str:
    """The files of the catalogue; keys come with the hives, and commands are not a target's business."""
    head = {
        "Description": _DESCRIPTION,
        "Author": "mailscope",
        "Version": "1.0",
        "Id": uuid.uuid5(uuid.NAMESPACE_URL, "mailscope/catalog"),
        "RecreateDirectories": "true",
    }
    lines = "".join(f"{key}: {value}\n" for key, value in head.items())
    rows = (_kape_target(item, place) for item in items for place in _places(item))
    return f"{lines}Targets:\n{''.join(rows)}\n{_head()}"


def _kape_target(item: Item, place: str) -> str:
    folder, _, mask = place.replace("C:\\Users\\*", "C:\\Users\\%user%").replace(_SESSION, "*").rpartition("\\")
    return (
        f"    -\n        Name: {_name(item.id)}\n        Category: OutlookSignIn\n"
        f"        Path: {folder}\\\n        FileMask: {_quoted(mask)}\n        Comment: {_quoted(item.why)}\n"
    )


# -- Velociraptor ------------------------------------------------------------------------------------------------------


def velociraptor(items: Iterable[Item]) -> str:
    """An artifact that uploads the files of the catalogue, locked ones by reading the volume itself."""
    rows = [f"      {item.id},{place}" for item in items for place in _places(item)]
    return "\n".join(
        (
            _head().rstrip("\n"),
            "name: Custom.Windows.Mailscope",
            "description: |",
            f"  {_DESCRIPTION}.",
            "  Give the collection to `mailscope analyze`.",
            "type: CLIENT",
            "precondition: SELECT OS FROM info() WHERE OS = 'windows'",
            "parameters:",
            "  - name: Globs",
            "    type: csv",
            "    default: |",
            "      Item,Glob",
            *rows,
            "sources:",
            "  - name: Uploads",
            "    query: |",
            "      SELECT OSPath, Size, Mtime, upload(file=OSPath, accessor='auto', mtime=Mtime) AS Upload",
            "      FROM glob(globs=Globs.Glob, accessor='auto')",
            "      WHERE NOT IsDir AND NOT IsLink",
            "",
        )
    )


# -- what they share ---------------------------------------------------------------------------------------------------


def _places(item: Item) -> Iterator[str]:
    """The item's files as Windows paths with ``*`` and ``?``; none for what is no file."""
    for place in item.places if item.method in _FILES else ():
        if place.startswith("%TEMP%"):
            rest = place.removeprefix("%TEMP%")
            yield from (_TEMP + rest, f"{_TEMP}\\{_SESSION}{rest}")
        else:
            yield place
        if item.format == "hive":
            yield f"{place}.LOG*"


def _head() -> str:
    return f"# Generated from collectors/catalog.json, version {catalog.load().version}, by `make targets`.\n"


def _quoted(text: str) -> str:
    """A YAML text in which nothing has a meaning of its own."""
    return "'" + text.replace("'", "''") + "'"


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
