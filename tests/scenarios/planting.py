"""Secrets planted all over a forged machine, and the search for what is left of them in a folder of outputs."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from fixtures.forge.evtx import Event
from fixtures.forge.registry import Key
from fixtures.forge.scenario import Scenario, Text

_DPAPI = bytes.fromhex("01000000d08c9ddf0115d1118c7a00c04fc297eb01000000")
_SEED = "Gk7xQpPlantedVz3"
_WORDS = "qzjx vkwq zpfm xwgb"

SECRETS: Mapping[str, str] = {
    "access token": "ya29.a0" + _SEED * 4,
    "refresh token": "1//0" + _SEED * 3,
    "signed token": f"eyJhbGciOiJSUzI1NiJ9.eyJ{_SEED}In0.{_SEED}",
    "header": f"Authorization: Basic {_SEED}A==",
    "application password": f"password={_WORDS}",
}
"""What a careless program writes into a log, a value or a command line: kind, and text."""

_REST = {"header": f"{_SEED}A==", "application password": _WORDS, "signed token": f".eyJ{_SEED}"}
_PROTECTED = _DPAPI + f"Blob{_SEED}".encode()
_LINE = "; ".join(SECRETS.values())
# what the forge makes certificates of, and the outcomes of sections, where a further name would be a further section
_FIXED = ("chain", "sections")


def planted(scenario: Scenario) -> Scenario:
    """The same machine with every secret in each key, event, text and section of its live state."""
    return replace(
        scenario,
        state=_stated(scenario.state) if scenario.state is not None else None,
        texts=tuple(map(_written, scenario.texts)),
        hives=tuple(
            replace(hive, root=_kept(hive.root), newest=_kept(hive.newest) if hive.newest else None)
            for hive in scenario.hives
        ),
        omissions=tuple(replace(omission, reason=f"{omission.reason} {_LINE}") for omission in scenario.omissions),
        logs=tuple(replace(log, events=tuple(map(_recorded, log.events))) for log in scenario.logs),
    )


def _kept(key: Key) -> Key:
    values = {
        **key.values,
        "Planted Blob": ("binary", _PROTECTED),
        "Planted Remark": ("sz", _LINE),
    }
    return replace(key, values=values, subkeys=tuple(map(_kept, key.subkeys)))


def _recorded(event: Event) -> Event:
    if isinstance(event.data, dict):
        return replace(event, data={**event.data, "PlantedRemark": _LINE})
    return replace(event, data=[*event.data, _LINE]) if isinstance(event.data, list) else event


def _written(text: Text) -> Text:
    """A log with a last line of secrets; of other texts such a line says that they are not whole."""
    return replace(text, body=f"{text.body.rstrip()}\n{_LINE}\n") if text.member.endswith(".log") else text


def _stated(value: Any) -> Any:
    """Each object of the live state with a remark that no section asks for, as a newer collector may add one."""
    if isinstance(value, Mapping):
        parts = {name: part if name in _FIXED else _stated(part) for name, part in value.items()}
        return {**parts, "planted_remark": _LINE}
    return [_stated(part) for part in value] if isinstance(value, list) else value


# --- the search ---------------------------------------------------------------------------------------------------


def leaks(folder: Path) -> list[str]:
    """Every kind of secret that a file below the folder still holds, tables cell by cell, as ``kind in file``."""
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = b"\n".join(_cells(file)) if file.suffix == ".parquet" else file.read_bytes()
        lowered = content.lower()
        left = (kind for kind, forms in _FORMS.items() if any(form in lowered for form in forms))
        found += [f"{kind} in {file.relative_to(folder)}" for kind in left]
    return found


def _cells(file: Path) -> Iterator[bytes]:
    table = pl.read_parquet(file).select(pl.selectors.string())
    yield from (text.encode() for column in table for text in {*column.to_list()} if text is not None)


def _forms(secret: bytes) -> tuple[bytes, ...]:
    """Raw, UTF-16, hexadecimal with and without dashes or commas, and base64 wherever it begins, in lower case."""
    encoded = [base64.b64encode(bytes(shift) + secret)[4 if shift else 0 : -4] for shift in range(3)]
    wide = secret.decode().encode("utf-16-le")
    digits = [secret.hex(), secret.hex("-"), secret.hex(","), wide.hex(), wide.hex(",")]
    return tuple(form.lower() for form in (secret, wide, *(text.encode() for text in digits), *encoded))


_FORMS = {kind: _forms(_REST.get(kind, text).encode()) for kind, text in SECRETS.items()} | {
    "protected data": _forms(f"Blob{_SEED}".encode())
}
