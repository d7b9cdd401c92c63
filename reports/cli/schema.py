"""``mailscope schema``: the JSON Schemas of the files for scripts."""

from __future__ import annotations

import click

from reports.export import comparison_schema, findings_schema

_SCHEMAS = {"findings": findings_schema.schema, "comparison": comparison_schema.schema}


@click.command("schema")
@click.argument("file", type=click.Choice(list(_SCHEMAS)), default="findings")
def command(file: str) -> None:
    """Print the JSON Schema (2020-12) that every findings.json, or comparison.json, obeys."""
    click.echo(_SCHEMAS[file](), nl=False)
