"""The command line of the kit: ``python collector.pyz``, the same options as ``mailscope collect``."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from collectors import case, collect, console, interview, manifest, plan, windows
from collectors.case import Options
from collectors.console import LANGUAGES, Console
from collectors.finds import Refused
from collectors.gathering import Budget
from collectors.running import affected
from collectors.windows import NotTaken

UNUSABLE, INTERRUPTED = 2, 130

# Where Windows' own view of a ZIP, and others like it, unpack what is started in it: gone when the view is closed.
_PASSING = re.compile(r".*\.zip(?:\.[0-9a-f]+)?|7z[0-9A-Z]{6,}|Rar\$[A-Za-z0-9.]+|wz[0-9a-f]{4}", re.IGNORECASE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Collect; the exit code."""
    lang = console.spoken(_ui_locale())
    try:
        given = _parser().parse_args(arguments)
        lang = given.lang or lang
        return _run(given, lang)
    except Refused as error:
        return _fail(UNUSABLE, console.refusal(lang, error))
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, console.text(lang, "said.interrupted"))


def _run(given: argparse.Namespace, lang: str) -> int:
    options = _options(given)
    speaker = Console(lang, None if given.quiet else sys.stderr)
    if given.machine_phase:
        here = windows.running()
        person = affected(here, given.person)
        collect.machine_phase(here, given.machine_phase, tuple(given.items.split(",")), options, person)
    elif given.dry_run:
        console.line(sys.stdout, "\n".join(plan.listing(options, lang)))
    else:
        if _is_passing(Path(sys.argv[0])):
            raise Refused("zip_view")
        if options.root is None and interview.is_possible() and not given.quiet:
            options = interview.complete(options, speaker, interview.typed)
        console.line(sys.stdout, collect.collect(_placed(options), speaker).closing())
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """A mistake is told as every other one: in one line."""
        raise Refused("option", reason=message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("collect.cmd", description="Take what the analysis needs into one ZIP file.")
    parser.add_argument("--version", action="version", version=manifest.VERSION)
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress, no questions")
    parser.add_argument("--root", type=Path, metavar="DIR", help="collect from a mounted Windows volume")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the new bundle")
    parser.add_argument("--drive", default="C", metavar="LETTER", help="the letter the volume had")
    parser.add_argument("--ticket", metavar="T", help="the ticket's number")
    parser.add_argument("--account", metavar="A", help="the mail address that fails")
    parser.add_argument("--failure-at", metavar="TIME", help="when it failed, ISO 8601")
    parser.add_argument("--reported", action="append", default=[], metavar="KEY=VALUE", help="what a person said")
    parser.add_argument("--no-network", action="store_true", help="open no connection at all")
    parser.add_argument("--dry-run", action="store_true", help="take nothing: list what would be taken and why")
    parser.add_argument("--lang", choices=LANGUAGES, help="language of what is said")
    # between the two halves of one collection
    parser.add_argument(collect.MACHINE_PHASE, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--items", default="", help=argparse.SUPPRESS)
    parser.add_argument("--person", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    return parser


def _options(given: argparse.Namespace) -> Options:
    return Options(
        root=given.root,
        out=given.out,
        drive=given.drive,
        ticket=given.ticket,
        account=given.account,
        failure_at=given.failure_at,
        reported=case.said(given.reported),
        network=not given.no_network,
        budget=Budget() if given.seconds is None else Budget(seconds=given.seconds),
    )


def _ui_locale() -> str:
    """The language of Windows' user interface; empty elsewhere."""
    try:
        return windows.running().machine().ui_locale
    except NotTaken:
        return ""


def _placed(options: Options) -> Options:
    """A bundle without a given place lies beside the kit, where it is found again."""
    beside = Path(sys.argv[0]).absolute()
    if options.out or options.root or beside.suffix != ".pyz":
        return options
    return replace(options, out=beside.parent / case.default_name(windows.running().machine().name))


def _is_passing(program: Path) -> bool:
    """Whether it was started out of an archive's window: the result would vanish with the window."""
    passing = Path(tempfile.gettempdir()).resolve()
    here = program.resolve().parent
    parts = here.relative_to(passing).parts if here.is_relative_to(passing) else ()
    return any(_PASSING.fullmatch(part) for part in parts)


def _fail(code: int, reason: str) -> int:
    console.line(sys.stderr, f"mailscope: {reason}")
    return code


if __name__ == "__main__":
    sys.exit(main())
