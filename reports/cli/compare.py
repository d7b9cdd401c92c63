"""``mailscope compare``: whether the fault is cured, and what differs between two bundles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from analyzer import case, compare, knowledge, pipeline, shelf
from analyzer.compare import Comparison, Side
from analyzer.measures import Inquiry
from analyzer.pipeline import Result
from analyzer.tables import Evidence
from reports import html
from reports.cli.narration import narrated, say
from reports.cli.sink import Sink
from reports.export import comparison as export
from reports.page import comparison as page
from reports.page.comparison.sheet import first_lines
from reports.page.inert import inert
from reports.page.wording import languages


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle or a case with its diagnosis, fit to be compared."""

    result: Result
    side: Side


@click.command("compare")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to write to  [default: AFTER.compared]"
)
@click.option("--json", "json_to", metavar="FILE|-", help="Write the answer to a file too, or only it to stdout.")
@click.option("--lang", type=click.Choice(languages()), default="en", show_default=True, help="Language of the answer.")
@click.pass_obj
def command(quiet: bool, /, before: Path, after: Path, **options: Any) -> None:
    """Tell whether the fault in BEFORE is cured in AFTER: cured, not cured, or cannot tell.

    BEFORE and AFTER are bundles or case folders of one machine, the older first. Of two machines, a good one and a bad
    one, only what differs is told. Writes comparison.html and comparison.json.
    """
    sink, lang = Sink.named(options["json_to"]), options["lang"]
    folder = options["out"] or case.default_comparison(after)
    with case.made_in(folder, case.COMPARED) as made:
        reading = _Reading(made.staging / "reading", lang, quiet)
        one, two = reading.opened(before, "before"), reading.opened(after, "after")
        found = compare.compare(one.side, two.side, knowledge.load(None, lang))
        say("writing the comparison", quiet=quiet)
        told = _write(made, found, (one, two), lang)
        made.publish(case.pair(one.result.bundle.sha256, two.result.bundle.sha256))
    if sink:
        sink.put(told)
    if not sink or sink.file:
        drawn = page.build(found, one.result, two.result, lang)
        click.echo(f"{first_lines(drawn)}\n{folder / case.COMPARISON_PAGE}")


@dataclass(frozen=True, slots=True)
class _Reading:
    """Where bundles are read to, in which language they are judged, and whether that is told."""

    room: Path
    lang: str
    quiet: bool

    def opened(self, path: Path, name: str) -> Opened:
        """The diagnosis of a bundle, or of a case as it was asked for; its tables lie in the room or in the case."""
        if case.is_case(path):
            reopened = pipeline.reopen(path, lang=self.lang, also=languages())
            inquiry = Inquiry(reopened.options.user, reopened.options.failure_at)
            return _judged(reopened.result, reopened.evidence, inquiry)
        say(f"reading {inert(str(path))}", quiet=self.quiet)
        options = pipeline.Options(self.lang, also=languages())
        with narrated(quiet=self.quiet) as progress:
            result = pipeline.analyze(path, self.room / name, options, progress)
        return _judged(result, shelf.recall(self.room / name / case.TABLES)[1], Inquiry())


def _judged(result: Result, evidence: Evidence, inquiry: Inquiry) -> Opened:
    return Opened(result, compare.side_of(result.bundle, result.diagnosis, evidence, inquiry))


def _write(made: case.Case, found: Comparison, sides: tuple[Opened, Opened], lang: str) -> bytes:
    """Both files into the staging folder; the bytes of comparison.json."""
    before, after = (one.result for one in sides)
    told = export.encode(found, before, after, lang)
    made.write(case.COMPARISON_PAGE, html.fitted(*page.every(found, before, after, lang)).encode())
    made.write(case.COMPARISON, told)
    return told
