"""Which keys do what, where a person wants others: ``keys.toml`` in the folder where programs keep their settings.

Each line names a binding and its keys, parted by commas::

    [keys]
    "row.cite" = "y,ctrl+y"
    "app.quit" = "ctrl+x"

The names stand in docs/how-to/terminal.md. ``MAILSCOPE_KEYS`` names another file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from textual.binding import Binding
from textual.dom import DOMNode

from analyzer.model import Refusal


def path() -> Path:
    """Where the file would be."""
    named = os.environ.get("MAILSCOPE_KEYS")
    return Path(named) if named else Path(click.get_app_dir("mailscope")) / "keys.toml"


def load() -> Mapping[str, str]:
    """The keys that were changed, by the name of the binding; none where there is no file.

    Raises ``Refusal`` for a file that cannot be read, and for a name that no binding has.
    """
    file = path()
    try:
        told = tomllib.loads(file.read_text("utf-8")).get("keys", {})
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Refusal(f"cannot read {file}: {error}") from error
    known = names()
    for name, keys in told.items() if isinstance(told, dict) else ():
        if name not in known or not isinstance(keys, str) or not keys.strip():
            raise Refusal(f'{file}: "{name}" names no key binding with its keys; there are {", ".join(sorted(known))}')
    return dict(told)


def names() -> frozenset[str]:
    """Every binding that can have other keys."""
    return frozenset(binding.id for kind in kinds() for binding in bindings(kind) if binding.id)


def kinds() -> tuple[type[Any], ...]:
    """Every class of ours that may have keys: the app, its screens, their widgets."""
    from reports.terminal.app import SCREENS

    for place in SCREENS.values():
        import_module(place.partition(":")[0])
    return tuple(_ours(DOMNode))


def _ours(kind: type[Any]) -> Iterator[type[Any]]:
    """Every class of ours below a class of textual."""
    for made in kind.__subclasses__():
        if made.__module__.startswith("reports.terminal"):
            yield made
        yield from _ours(made)


def bindings(kind: type[Any]) -> Iterator[Binding]:
    """The keys that a class itself brings."""
    yield from (one for one in vars(kind).get("BINDINGS", ()) if isinstance(one, Binding))
