"""``mailscope verify``: whether every file is what was collected, and whether a second reader reads the same."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec

from analyzer import case, pipeline, second_reading
from analyzer.bundle import Bundle, open_bundle, verification
from analyzer.second_reading import Reread
from reports import html, page
from reports.cli.analyze import make_case
from reports.cli.sink import Sink
from reports.page.inert import inert
from reports.page.wording import languages

_DIFFERENCES = 3


@click.command("verify")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--json", "json_to", metavar="FILE|-", help="Write the answer as JSON to a file too, or only it to stdout."
)
@click.option("--second-reader", is_flag=True, help="Read the cited event records again with python-evtx (Linux).")
@click.pass_obj
def command(quiet: bool, /, bundle: Path, json_to: str | None, *, second_reader: bool) -> int:
    """Compare every file of BUNDLE with the hashes of its manifest.

    Prints ok, differs, missing, unlisted or refused for each, sorted by name, then a line of counts. Exit 3 when
    anything differs, is missing or was refused.

    With --second-reader the event records that the report cites are read again by another program. Its answers go
    to second-reading.json in BUNDLE.mailscope, which is made where there is none, and into the report there.
    """
    case.refuse(bundle)
    sink = Sink.named(json_to)
    with tempfile.TemporaryDirectory(prefix="mailscope-") as spool, open_bundle(bundle, Path(spool)) as opened:
        found = verification.verify(opened)
        reread = _read_again(bundle, opened, quiet=quiet) if second_reader else None
        told: dict[str, Any] = {
            "schema": "mailscope-verification/1",
            "bundle": {"name": inert(opened.name), "sha256": opened.sha256},
            "members": [{"member": inert(one.member), "check": one.check} for one in found],
        }
    if reread is not None:
        told["second_reading"] = second_reading.counts(reread)
    if sink:
        sink.put(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    if not sink or sink.file:
        click.echo("\n".join((*verification.lines(found), *_lines(reread))))
    differs = any(one.answer == "differs" for one in reread or ())
    return 0 if verification.is_clean(found) and not differs else _DIFFERENCES


def _read_again(bundle: Path, opened: Bundle, *, quiet: bool) -> tuple[Reread, ...]:
    """The second reader's answers, written into the case beside the bundle; the report there shows them."""
    folder = case.default_folder(bundle)
    if case.bundle_of(folder) != opened.sha256:
        make_case(bundle, folder, pipeline.Options(), quiet=quiet)
    reopened = pipeline.reopen(folder, also=languages())
    answers = second_reading.read_again(opened, reopened.result.diagnosis, reopened.evidence)
    Sink(folder / second_reading.FILE).put(second_reading.encode(opened.sha256, answers))
    if not reopened.other_knowledge:
        drawn = page.every(replace(reopened.result, second_reading=answers), reopened.options.lang)
        Sink(folder / case.REPORT).put(html.fitted(*drawn).encode())
    return answers


def _lines(reread: tuple[Reread, ...] | None) -> tuple[str, ...]:
    """Each citation that the second reader does not confirm, and the counts."""
    if reread is None:
        return ()
    odd = (f"{one.answer}\t{inert(one.member)}\t{inert(one.place)}" for one in reread if one.answer != "agrees")
    counted = ", ".join(f"{number} {said}" for said, number in second_reading.counts(reread).items())
    return (*odd, f"second reader: {counted}")
