"""The screen of the text logs' lines."""

from __future__ import annotations

from typing import ClassVar

from reports.terminal.fields import LOGS, Field
from reports.terminal.table_view import TableView


class Logs(TableView):
    """One line a line: those that a term of the vocabulary selects, with their neighbours."""

    name_ = "logs"
    table = "log_lines"
    fields: ClassVar[tuple[Field, ...]] = LOGS
