"""The command line. Here everything is put together; a command is loaded when it is called.

Results go to stdout, progress and errors to stderr. What the user can act on is one line and exit 2; a defect of ours
is a traceback on stderr, one line after it, and exit 1.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from types import TracebackType
from typing import NoReturn

import click

from analyzer.version import VERSION

DEFECT, UNUSABLE, INTERRUPTED = 1, 2, 130

# name: (what it does, an example); the short helps are static so that `--help` loads no command
COMMANDS = {
    "analyze": ("Find the cause in a bundle; write report, findings and notes.", "mailscope analyze INC0012345.zip"),
    "collect": (
        "Take the evidence from this Windows, or from a mounted volume.",
        "mailscope collect --root E:\\ --out PC-042.zip",
    ),
    "kit": (
        "Build the ZIP that a helpdesk runs on the affected PC.",
        "mailscope kit --runtime python-3.11.9-embed-amd64.zip --out kit.zip",
    ),
    "open": ("Investigate a bundle or a case in the terminal.", "mailscope open INC0012345.zip"),
    "verify": ("Compare every file of a bundle with its manifest.", "mailscope verify INC0012345.zip"),
    "compare": ("Tell whether the fault is cured, from two bundles.", "mailscope compare before.zip after.zip"),
    "export": (
        "Write the tables of a case for another tool.",
        "mailscope export INC0012345.zip.mailscope --format timesketch",
    ),
    "causes": ("List the causes mailscope knows, or show one.", "mailscope causes clock_skew"),
    "explain": ("Tell what a code or a pasted text means.", "mailscope explain 0x80072F8F"),
    "knowledge": ("Check the pages of knowledge.", "mailscope knowledge check my-knowledge/"),
    "schema": ("Print the JSON Schema of findings.json, or of comparison.json.", "mailscope schema comparison"),
    "demo": ("Analyze the bundle that ships with mailscope.", "mailscope demo --out demo/"),
}


class _Commands(click.Group):
    """A group whose commands live in modules of their own name and are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        command.short_help, example = COMMANDS[cmd_name]
        command.epilog = f"Example: {example}"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (text, _) in COMMANDS.items()])


@click.group(cls=_Commands, no_args_is_help=False, epilog="Example: mailscope analyze INC0012345.zip")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no narration on stderr.")
@click.version_option(VERSION, prog_name="mailscope", message="%(prog)s %(version)s")
@click.pass_context
def mailscope(ctx: click.Context, *, quiet: bool) -> None:
    """Find out why Outlook refuses a Gmail account, offline, from a bundle collected on the affected PC."""
    ctx.obj = quiet


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code of a command line; ``sys.argv`` by default. What is no refusal and no interruption is raised."""
    try:
        code = mailscope.main(arguments, prog_name="mailscope", standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "mailscope"
        # a list of choices comes with line breaks
        return _fail(UNUSABLE, f"{' '.join(error.format_message().split())} Try '{where} --help'.")
    except click.ClickException as error:
        return _fail(UNUSABLE, error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return _fail(INTERRUPTED, "interrupted")
    except _refusal() as refusal:
        return _fail(UNUSABLE, str(refusal))
    return code if isinstance(code, int) else 0


def _refusal() -> type[Exception]:
    """What the user can act on; asked for only when something was raised, as `--help` must not load the model."""
    from analyzer.model import Refusal

    return Refusal


def _fail(code: int, reason: str) -> int:
    # only an error pays for loading it
    from reports.page.inert import inert

    click.echo(f"mailscope: {inert(reason)}", err=True)
    return code


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    sys.excepthook = _defect
    for stream in (sys.stdout, sys.stderr):
        # an old console that has no such letter must not turn a finished run into a defect
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(run())


def _defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Python ends with exit 1 after this."""
    sys.__excepthook__(kind, error, trace)
    click.echo("mailscope: this is a defect of mailscope; the lines above belong into the report of it", err=True)
