"""``mailscope open``: a case on the screen, or as linear text where there is no screen."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from analyzer import case, notes, pipeline
from analyzer.bundle import digest
from analyzer.model import Refusal
from analyzer.pipeline import Reopened, Result
from reports import html, page
from reports.cli.analyze import write_case
from reports.cli.narration import Hearing, Listener, narrated
from reports.page import linear
from reports.page.wording import languages


@click.command("open")
@click.argument("path", type=click.Path(path_type=Path), metavar="BUNDLE|CASE")
@click.option(
    "--case",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The case folder  [default: BUNDLE.mailscope]",
)
@click.option("--lang", type=click.Choice(languages()), help="Language  [default: that of the case, else en]")
@click.option("--plain", is_flag=True, help="The report as linear text, for screen readers and pipes.")
@click.pass_obj
def command(quiet: bool, /, path: Path, folder: Path | None, lang: str | None, *, plain: bool) -> None:
    """Investigate BUNDLE, or the CASE that was made of it.

    A bundle is analyzed into its case first, unless that is there already. Notes and bookmarks are saved in the case
    at once. In the terminal: ? shows the keys, q quits.
    """
    if plain or not (sys.stdout.isatty() and sys.stdin.isatty()):
        with narrated(quiet=quiet) as progress:
            reopened = stand(path, folder, lang, Hearing(progress, _nothing))
        click.echo(linear.render(page.build(reopened.result, reopened.options.lang)), nl=False)
        return
    _investigate(path, folder, lang)


def _investigate(path: Path, folder: Path | None, lang: str | None) -> None:
    # loaded only where it draws
    from reports.terminal import keymap
    from reports.terminal.app import Mailscope
    from reports.terminal.investigation import Investigation

    app = Mailscope(lambda listener: Investigation.of(stand(path, folder, lang, listener)), lang or "en", keymap.load())
    app.run()
    if app.refusal is not None:
        raise app.refusal
    if app.investigation is not None and is_behind(app.investigation.folder):
        retell(app.investigation.folder)


def is_behind(folder: Path) -> bool:
    """Whether something was noted since the report was drawn, in this session or in one that was killed."""
    noted, drawn = folder / notes.NAME, folder / case.REPORT
    return noted.exists() and (not drawn.exists() or drawn.stat().st_mtime_ns <= noted.stat().st_mtime_ns)


def retell(folder: Path) -> None:
    """Draw the report of a case again, with what was noted since. Raises ``Refusal`` where it cannot be written."""
    told = pipeline.reopen(folder, also=languages())
    drawn, *translated = page.every(told.result, told.options.lang)
    part = folder / f"{case.REPORT}.part"
    try:
        part.write_bytes(html.fitted(drawn, *translated).encode())
        part.replace(folder / case.REPORT)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Refusal(f"cannot write {folder / case.REPORT}: {error.strerror or error}") from error


def stand(path: Path, folder: Path | None, lang: str | None, listener: Listener) -> Reopened:
    """The case of a bundle or of a case folder, analyzed where there is none yet.

    Raises ``Refusal`` for what is neither, for a folder that cannot be used, and for a case that is to be made anew.
    """
    if case.is_case(path):
        if folder is not None:
            raise Refusal(f"{path} is a case already: --case is for a bundle")
        return pipeline.reopen(path, lang=lang)
    home = folder or case.default_folder(path)
    if case.is_case(home) and case.bundle_of(home) == digest(path):
        try:
            return pipeline.reopen(home, lang=lang)
        except Refusal:
            # made by other parsers, or damaged: the bundle is at hand
            pass
    write_case(path, home, pipeline.Options(lang=lang or "en"), listener)
    return pipeline.reopen(home, lang=lang)


def _nothing(_: Result) -> None:
    """The page follows at once."""
