"""``mailscope schema``: the JSON Schema of ``findings.json``."""

from __future__ import annotations

import click

from reports.export.findings_schema import schema


@click.command("schema")
def command() -> None:
    """Print the JSON Schema (2020-12) that every findings.json obeys."""
    click.echo(schema(), nl=False)
