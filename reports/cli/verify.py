"""``mailscope verify``: whether every file is what was collected."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
import msgspec

from analyzer.bundle import open_bundle, verification
from reports.cli.sink import Sink
from reports.page.inert import inert

_DIFFERENCES = 3


@click.command("verify")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--json", "json_to", metavar="FILE|-", help="Write the answer as JSON to a file too, or only it to stdout."
)
def command(bundle: Path, json_to: str | None) -> int:
    """Compare every file of BUNDLE with the hashes of its manifest.

    Prints ok, differs, missing, unlisted or refused for each, sorted by name, then a line of counts. Exit 3 when
    anything differs, is missing or was refused.
    """
    sink = Sink.named(json_to)
    with tempfile.TemporaryDirectory(prefix="mailscope-") as spool, open_bundle(bundle, Path(spool)) as opened:
        found = verification.verify(opened)
        told = {
            "schema": "mailscope-verification/1",
            "bundle": {"name": inert(opened.name), "sha256": opened.sha256},
            "members": [{"member": inert(one.member), "check": one.check} for one in found],
        }
    if sink:
        sink.put(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    if not sink or sink.file:
        click.echo("\n".join(verification.lines(found)))
    return 0 if verification.is_clean(found) else _DIFFERENCES
