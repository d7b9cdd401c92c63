"""CSV for a spreadsheet: one file a table, the columns of the table and the signals that cite a row.

RFC 4180, UTF-8 with the mark that Excel needs to see it. What a spreadsheet would run as a formula is led by an
apostrophe; line breaks and controls are spelled out, so that each row is one line.

Where Windows separates lists by semicolons, Excel does so too: what follows one is looked at as well.

Source: "CSV Injection", OWASP; the full-width forms are taken for the plain ones by East Asian editions.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from analyzer.tables import SCHEMAS
from reports.export.rows import Stock, Tally
from reports.page.inert import iso

# where a cell begins for some spreadsheet, and would be run
_FORMULA = re.compile(r"""(^|;)([\s"]*)(?=[=+\-@＝＋－＠])""")


def lines(stock: Stock, table: str, tally: Tally) -> Iterator[bytes]:
    """The heading and every row of one table, each ended by CR LF."""
    page = io.StringIO()
    writer = csv.writer(page)
    columns = list(SCHEMAS[table])
    writer.writerow(["\ufeff" + columns[0], *columns[1:], "cited_for"])
    for row in stock.rows(table):
        writer.writerow([*(_cell(row[name], tally) for name in columns), " ".join(stock.signals(row))])
        tally.written[table] += 1
        if page.tell() > 1 << 20:
            yield _taken(page)
    yield _taken(page)


def _taken(page: io.StringIO) -> bytes:
    text = page.getvalue()
    page.seek(0)
    page.truncate()
    return text.encode()


def _cell(value: Any, tally: Tally) -> Any:
    if value is None or isinstance(value, (int, float)):
        return value
    if not isinstance(value, str):
        return iso(value)
    return _FORMULA.sub(r"\1\2'", tally.fit(value))
