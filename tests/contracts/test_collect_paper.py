"""docs/how-to/collect.md tells a customer's security officer what is taken: word for word what the catalogue says."""

from __future__ import annotations

import re

import click

from collectors import catalog
from collectors.catalog import Item
from reports import cli
from tests.contracts.tree import ROOT

PAPER = (ROOT / "docs" / "how-to" / "collect.md").read_text("utf-8")
TABLE = re.compile(r"<!-- catalogue -->\n(.*)<!-- end of catalogue -->", re.DOTALL)


def row(item: Item) -> str:
    places = (item.command or item.key,) if item.command or item.key else item.places
    where = "`, `".join(str(place) for place in places).replace("|", "\\|")
    rights = "administrator" if item.needs_admin else ""
    return f"| `{item.id}` | {item.why} | `{where}` | {'private' if item.private else ''} | {rights} |"


def table() -> str:
    head = "| item | why | from where | | rights |\n| --- | --- | --- | --- | --- |\n"
    return head + "".join(f"{row(item)}\n" for item in catalog.load().items)


def test_the_table_is_the_catalogue() -> None:
    found = TABLE.search(PAPER)
    assert found
    assert found[1] == table()


def test_nothing_of_the_catalogue_is_on_the_list_of_what_is_never_taken() -> None:
    never = PAPER.partition("## Never taken")[2].partition("##")[0]
    words = [word.strip("`").lower() for word in re.findall(r"`[^`]+`", never)]
    assert len(words) > 8
    parts = {part for item in catalog.load().items for part in re.split(r"[\\/]", item.place.lower())}
    assert {word for word in words if word in parts or any(part.endswith(word) for part in parts)} == set()


def test_every_option_of_the_command_is_told() -> None:
    command = cli.mailscope.get_command(click.Context(cli.mailscope), "collect")
    assert command is not None
    options = {name for option in command.params for name in option.opts}
    assert {name for name in options if name not in PAPER} == set()
