"""``mailscope demo``: the main job on the bundle that ships with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from analyzer import case
from analyzer.pipeline import Options
from reports.cli.analyze import make_case


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="mailscope-demo",
    show_default=True,
    metavar="DIR",
    help="The case folder.",
)
@click.pass_obj
def command(quiet: bool, /, out: Path) -> None:
    """Analyze the packaged demo bundle and say where report, findings and notes are."""
    with resources.as_file(resources.files("analyzer").joinpath("demo.zip")) as bundle:
        finished = make_case(bundle, out, Options(), quiet=quiet)
    click.echo(finished.first_lines)
    for name in (case.REPORT, case.FINDINGS, case.NOTES):
        click.echo(str(finished.folder / name))
