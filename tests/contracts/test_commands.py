from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest

from reports import cli
from tests.contracts.tree import ROOT

README = (ROOT / "README.md").read_text("utf-8")
every_command = pytest.mark.parametrize("name", sorted(cli.COMMANDS))


def command(name: str) -> click.Command:
    context = click.Context(cli.mailscope)
    found = cli.mailscope.get_command(context, name)
    assert found is not None
    return found


@every_command
def test_a_command_is_shown_in_the_readme(name: str) -> None:
    assert re.search(rf"\bmailscope {name}\b", README)


def test_the_readme_shows_no_command_that_does_not_exist() -> None:
    code = "\n".join(re.findall(r"^mailscope .*|`mailscope [^`]*`", README, re.MULTILINE))
    shown = set(re.findall(r"mailscope ([a-z]+)", code))
    assert shown <= set(cli.COMMANDS)


@every_command
def test_a_command_explains_itself_and_its_options(name: str) -> None:
    found = command(name)
    assert found.help
    silent = [option.name for option in found.params if isinstance(option, click.Option) and not option.help]
    assert silent == []


def test_analyzing_loads_no_terminal_interface() -> None:
    script = "import sys, reports.cli.analyze; print('textual' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
