"""``mailscope export``: the tables of a case in the form of another tool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import polars as pl

from analyzer import pipeline
from analyzer.model import Refusal
from analyzer.tables import SCHEMAS
from reports.export import ecs, parquet, spreadsheet, timesketch
from reports.export.rows import Stock, Tally

_FOLDER = "export"
_LINES: dict[str, tuple[str, Callable[[Stock, Tally], Iterable[bytes]]]] = {
    "timesketch": ("timesketch.jsonl", timesketch.lines),
    "ecs": ("ecs.ndjson", ecs.lines),
}
FORMATS = (*_LINES, "csv", "parquet")


@click.command("export")
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--format", "kind", type=click.Choice(FORMATS), required=True, help="The form to write.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file, or for csv and parquet the folder  [default: in CASE/export]",
)
def command(case: Path, kind: str, out: Path | None) -> None:
    """Write the tables of CASE, a case folder, for another tool.

    timesketch and ecs make one file of all rows that have a time; csv and parquet make one file a table of all rows.
    Prints how many rows were written, left out or cut, and last the path.
    """
    stock, tally = Stock.of(pipeline.reopen(case)), Tally()
    target = out or case / _FOLDER / (_LINES[kind][0] if kind in _LINES else kind)
    if kind in _LINES:
        _write(target, _LINES[kind][1](stock, tally))
    else:
        _write_tables(target, kind, stock, tally)
    click.echo("\n".join((*_account(tally), str(target))))


def _account(tally: Tally) -> Iterator[str]:
    """What was done, a line each; nothing that was left out or cut goes unsaid."""
    yield f"rows written: {_by_table(tally.written)}"
    if tally.untimed:
        yield f"rows left out, as they have no certain time: {_by_table(tally.untimed)}"
    if tally.cut:
        yield f"texts cut, as they are longer than the form allows: {tally.cut}"


def _by_table(counts: Counter[str]) -> str:
    each = ", ".join(f"{table} {counts[table]}" for table in SCHEMAS if counts[table])
    return f"{counts.total()} ({each})" if each else "0"


def _write_tables(folder: Path, kind: str, stock: Stock, tally: Tally) -> None:
    for table in SCHEMAS:
        target = folder / f"{table}.{kind}"
        if kind == "csv":
            _write(target, spreadsheet.lines(stock, table, tally))
        else:
            with _whole(target) as part:
                parquet.write(stock, table, part, tally)


def _write(target: Path, lines: Iterable[bytes]) -> None:
    with _whole(target) as part, part.open("wb") as file:
        file.writelines(lines)


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its place when finished. Raises ``Refusal`` where none can be written."""
    part = target.with_name(f"{target.name}.part")
    try:
        if target.is_dir():
            raise Refusal(f"cannot write {target}: it is a folder; --out names the file")
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(target)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise Refusal(f"cannot write {target}: {reason}") from error
    finally:
        if part.is_file():
            part.unlink()
