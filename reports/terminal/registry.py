"""The screen of the registry's keys and values."""

from __future__ import annotations

from typing import ClassVar

from reports.terminal.fields import REGISTRY, Field
from reports.terminal.table_view import TableView


class Registry(TableView):
    """One line a value, and one for each key that holds none; its time is when the key was last written."""

    name_ = "registry"
    table = "registry"
    fields: ClassVar[tuple[Field, ...]] = REGISTRY
