"""The screen of the event logs' records."""

from __future__ import annotations

from typing import ClassVar

from reports.terminal.fields import EVENTS, Field
from reports.terminal.table_view import TableView


class Events(TableView):
    """One line a record, log by log, in the order in which they were written."""

    name_ = "events"
    table = "events"
    fields: ClassVar[tuple[Field, ...]] = EVENTS
