"""``mailscope collect``: the collector, from the running Windows or from a mounted volume."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from analyzer.model import Refusal
from collectors import case, collect, console, interview, plan
from collectors.case import Options
from collectors.console import Console
from collectors.finds import Refused


@click.command("collect")
@click.option(
    "--root", type=click.Path(path_type=Path), metavar="DIR", help="Collect from a mounted Windows volume, anywhere."
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="The new bundle  [default: NAME-TIME.zip here]"
)
@click.option("--drive", default="C", show_default=True, metavar="LETTER", help="The letter the volume had.")
@click.option("--ticket", metavar="T", help="The ticket's number.")
@click.option("--account", metavar="A", help="The mail address that fails.")
@click.option("--failure-at", metavar="TIME", help="When it failed: ISO 8601, with an offset for another machine.")
@click.option("--reported", metavar="KEY=VALUE", multiple=True, help="What a person said, such as password_prompt=no.")
@click.option("--no-network", is_flag=True, help="Open no connection at all.")
@click.option("--dry-run", is_flag=True, help="Take nothing: list what would be taken and why.")
@click.pass_obj
def command(quiet: bool, /, **options: Any) -> None:
    """Take what the analysis needs, and nothing else, into one ZIP file.

    Without --root from the Windows that this runs on. The last line on stdout is the file, its SHA-256 and what was
    taken and left out.
    """
    lang = console.spoken()
    speaker = Console(lang, None if quiet else sys.stderr)
    try:
        asked = Options(
            root=options["root"],
            out=options["out"],
            drive=options["drive"],
            ticket=options["ticket"],
            account=options["account"],
            failure_at=options["failure_at"],
            reported=case.said(options["reported"]),
            network=not options["no_network"],
        )
        if options["dry_run"]:
            click.echo("\n".join(plan.listing(asked, lang)))
        else:
            if asked.root is None and sys.platform == "win32" and interview.is_possible() and not quiet:
                asked = interview.complete(asked, speaker, interview.typed)
            click.echo(collect.collect(asked, speaker).closing())
    except Refused as error:
        raise Refusal(console.refusal(lang, error)) from error
