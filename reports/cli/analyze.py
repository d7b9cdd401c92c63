"""``mailscope analyze``: from a bundle to a case folder with report, findings and notes."""

from __future__ import annotations

import platform
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from analyzer import case, notes, pipeline
from analyzer.model import Diagnosis, Outcome, Refusal
from analyzer.pipeline import Result
from analyzer.second_reading import recall
from analyzer.secrets import mask
from reports import html, page
from reports.cli import redaction
from reports.cli.narration import Hearing, Listener, narrated, say
from reports.cli.sink import Sink
from reports.export import case_notes, findings, ticket
from reports.page.wording import languages

_EXIT = {Outcome.NO_FAULT_FOUND: 0, Outcome.PINPOINTED: 10, Outcome.SEVERAL: 11, Outcome.UNDETERMINED: 12}


@dataclass(frozen=True, slots=True)
class Finished:
    """A case that was written, with what a caller may want to print."""

    folder: Path
    diagnosis: Diagnosis
    findings: bytes
    first_lines: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """In which form the case is handed on: without names, and with its ``notes`` for a ticket system."""

    redacted: bool = False
    notes: str = "txt"


@click.command("analyze")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="The case folder  [default: BUNDLE.mailscope]"
)
@click.option("--json", "json_to", metavar="FILE|-", help="Write the findings to a file too, or only them to stdout.")
@click.option("--lang", type=click.Choice(languages()), default="en", show_default=True, help="Language of the report.")
@click.option(
    "--notes",
    type=click.Choice(["txt", *case.TICKETS]),
    default="txt",
    show_default=True,
    help="Case notes for a ticket as well.",
)
@click.option("--user", metavar="SID", help="The affected user.")
@click.option("--failure-at", metavar="TIME", help="When it failed: ISO 8601 with an offset, or local to that machine.")
@click.option("--reported", metavar="KEY=VALUE", multiple=True, help="What a person said, such as password_prompt=no.")
@click.option("--knowledge", type=click.Path(path_type=Path), metavar="DIR", help="Other pages of knowledge.")
@click.option("--redact", is_flag=True, help="Write into DIR-redacted, without names, addresses and hosts.")
@click.option("--strict", is_flag=True, help="Stop at the first defect inside a parser.")
@click.option("--exit-verdict", is_flag=True, help="Exit 0 no fault, 10 pinpointed, 11 several, 12 undetermined.")
@click.pass_obj
def command(quiet: bool, /, bundle: Path, **options: Any) -> int:
    """Find the cause in BUNDLE, a ZIP file or a folder.

    Writes report.html, findings.json, case-notes.txt, run.json and the tables into the case folder.
    """
    asked = pipeline.Options(
        lang=options["lang"],
        user=options["user"],
        failure_at=options["failure_at"],
        reported=tuple(map(_reported, options["reported"])),
        knowledge=options["knowledge"],
        strict=options["strict"],
    )
    sink = Sink.named(options["json_to"])
    folder = options["out"] or case.default_folder(bundle)
    finished = make_case(bundle, folder, asked, quiet=quiet, delivery=Delivery(options["redact"], options["notes"]))
    if sink:
        sink.put(finished.findings)
    if not sink or sink.file:
        click.echo(f"{finished.first_lines}\n{finished.folder / case.REPORT}")
    return _EXIT[finished.diagnosis.head.status] if options["exit_verdict"] else 0


def make_case(
    bundle: Path, folder: Path, options: pipeline.Options, *, quiet: bool, delivery: Delivery = Delivery()
) -> Finished:
    """Analyze a bundle into a case folder and tell on stderr how far it is; the rest as ``write_case``."""
    with ExitStack() as narrating:
        progress = narrating.enter_context(narrated(quiet=quiet))

        def heard(_: Result) -> None:
            narrating.close()
            say("writing the report", quiet=quiet)

        return write_case(bundle, folder, options, Hearing(progress, heard), delivery)


def write_case(
    bundle: Path, folder: Path, options: pipeline.Options, listener: Listener, delivery: Delivery = Delivery()
) -> Finished:
    """Analyze a bundle into a case folder; ``listener`` is told the result before the report is written.

    Raises ``Refusal``; then, as after an interruption, no half case is left. A redacted case lies beside, in
    ``FOLDER-redacted``.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    folder = redaction.folder_for(folder) if delivery.redacted else folder
    with case.made_in(folder) as made:
        result = pipeline.analyze(bundle, made.staging, replace(options, also=languages()), listener.artifact)
        reread = recall(folder, result.bundle.sha256)
        result = replace(result, second_reading=reread, notes=notes.load(folder))
        hidden = redaction.begin(made, result) if delivery.redacted else None
        result = hidden.everything(result) if hidden else result
        analyzed_s = time.perf_counter() - clock
        listener.verdict(result)
        drawn, *translated = page.every(result, options.lang)
        told = findings.encode(result, options.lang)
        run = _run(bundle, folder, options, started) | {"bundle_sha256": result.bundle.sha256}
        durations = {"analyze_s": round(analyzed_s, 3), "total_s": round(time.perf_counter() - clock, 3)}
        files = {
            case.REPORT: html.fitted(drawn, *translated).encode(),
            case.NOTES: case_notes.render(drawn).encode(),
            case.FINDINGS: told,
            case.RUN: msgspec.json.format(msgspec.json.encode(run | durations), indent=2) + b"\n",
        }
        if delivery.notes in case.TICKETS:
            files[case.TICKETS[delivery.notes]] = ticket.render(drawn, delivery.notes).encode()
        if hidden:
            files = redaction.finish(made, files, hidden)
        for name, content in files.items():
            made.write(name, content)
        made.publish(result.bundle.sha256)
    return Finished(folder, result.diagnosis, told, case_notes.first_lines(drawn))


def _run(bundle: Path, folder: Path, options: pipeline.Options, started: datetime) -> dict[str, Any]:
    """Facts about the run, the only output that differs between two runs."""
    return {
        "schema": "mailscope-run/1",
        "started_utc": started,
        "finished_utc": datetime.now(UTC),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "arguments": [mask(argument) for argument in sys.argv[1:]],
        "bundle": str(bundle.resolve()),
        "case": str(folder.resolve()),
        "lang": options.lang,
    }


def _reported(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise Refusal(f"--reported {text}: write KEY=VALUE")
    return key, value
