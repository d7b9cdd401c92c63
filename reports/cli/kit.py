"""``mailscope kit``: the ZIP that runs the collector on a PC without Python."""

from __future__ import annotations

from pathlib import Path

import click

from analyzer.model import Refusal
from collectors import console, kit
from collectors.finds import Refused


@click.command("kit")
@click.option(
    "--runtime",
    type=click.Path(path_type=Path),
    required=True,
    metavar="ZIP",
    help="python.org's embeddable package for Windows; it is never downloaded.",
)
@click.option("--runtime-sha256", metavar="HEX", help="Accept the runtime with this SHA-256, and no other.")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The new kit.")
def command(runtime: Path, runtime_sha256: str | None, out: Path) -> None:
    """Pack a Python runtime, the collector and collect.cmd into one ZIP.

    The same runtime gives the same bytes. Prints the kit's path and SHA-256, to be told to whoever receives it.
    """
    try:
        digest = kit.build(runtime, out, runtime_sha256)
    except Refused as error:
        raise Refusal(console.refusal(console.spoken(), error)) from error
    click.echo(f"{out} sha256={digest}")
