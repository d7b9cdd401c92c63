"""``verify --second-reader``: from a bundle on disk to the answers in the case and in its report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from Evtx.Evtx import Record

from analyzer import case, pipeline, second_reading
from analyzer.bundle import open_bundle
from analyzer.model import Source
from analyzer.parsers.evtx import second
from analyzer.second_reading import Reread
from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import load_scenario
from reports import cli, html, page
from tests.contracts.tree import ROOT
from tests.unit.reports import samples

Capture = pytest.CaptureFixture[str]
LOG = "C/Windows/System32/winevt/Logs/OAlerts.evtx"


@pytest.fixture(scope="module")
def analyzed() -> bytes:
    """The ZIP of a machine whose alerts hold the failing sign-in."""
    return build_bundle(load_scenario(ROOT / "fixtures" / "scenarios" / "field_bundle"))


@pytest.fixture
def bundle(tmp_path: Path, analyzed: bytes) -> Path:
    path = tmp_path / "bundle.zip"
    path.write_bytes(analyzed)
    return path


def answers(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "second-reading.json").read_text())
    return told


def test_the_cited_records_are_read_again_and_the_report_shows_it(bundle: Path, capsys: Capture) -> None:
    assert cli.run(["-q", "verify", str(bundle), "--second-reader"]) == 0
    folder = case.default_folder(bundle)
    told = answers(folder)
    cited = told["citations"]
    assert {"member": LOG, "answer": "agrees"}.items() <= cited[0].items()
    assert told["counts"] == {"agrees": len(cited), "differs": 0, "could not read": 0}
    assert told["bundle_sha256"] == case.bundle_of(folder)
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"second reader: {len(cited)} agrees, 0 differs")
    assert f"of {len(cited)}, {len(cited)} agree, 0 differ" in (folder / "report.html").read_text()


def test_one_field_that_is_read_otherwise_differs_and_exits_3_and_changes_no_verdict(
    bundle: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.run(["-q", "analyze", str(bundle)]) == 0
    folder = case.default_folder(bundle)
    before = (folder / "findings.json").read_bytes()
    capsys.readouterr()
    honest = Record.xml
    monkeypatch.setattr(Record, "xml", lambda record: honest(record).replace("POP/IMAP", "POP/IMAP4"))
    assert cli.run(["-q", "verify", str(bundle), "--second-reader", "--json", "-"]) == 3
    assert json.loads(capsys.readouterr().out)["second_reading"]["differs"] >= 1
    odd = [one for one in answers(folder)["citations"] if one["answer"] == "differs"]
    assert {one["reason"] for one in odd} == {"data.Data"}
    assert (folder / "findings.json").read_bytes() == before
    assert "Records that the second reader does not confirm" in (folder / "report.html").read_text()


def test_a_report_that_is_made_anew_still_shows_the_answers(bundle: Path) -> None:
    assert cli.run(["-q", "verify", str(bundle), "--second-reader"]) == 0
    folder = case.default_folder(bundle)
    shown = (folder / "report.html").read_bytes()
    assert cli.run(["-q", "analyze", str(bundle)]) == 0
    assert (folder / "report.html").read_bytes() == shown
    assert pipeline.reopen(folder).result.second_reading


def test_the_folder_of_something_else_is_left_alone(bundle: Path, capsys: Capture) -> None:
    folder = case.default_folder(bundle)
    folder.mkdir()
    (folder / "photo.jpg").write_bytes(b"")
    assert cli.run(["-q", "verify", str(bundle), "--second-reader"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == ["photo.jpg"]


def test_off_linux_the_second_reader_is_refused(bundle: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "AVAILABLE", False)
    assert cli.run(["-q", "verify", str(bundle), "--second-reader"]) == 2
    assert "Linux only" in capsys.readouterr().err


def test_no_more_citations_are_read_again_than_allowed_and_the_best_ranked_first(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_reading, "MOST_CITED", 1)
    assert cli.run(["-q", "analyze", str(bundle)]) == 0
    reopened = pipeline.reopen(case.default_folder(bundle))
    cited = [
        source
        for verdict in reopened.result.diagnosis.verdicts
        for seen in verdict.observations
        for source in seen.sources
        if source.place.startswith("record ")
    ]
    with open_bundle(bundle, tmp_path / "spool") as opened:
        (only,) = second_reading.read_again(opened, reopened.result.diagnosis, reopened.evidence)
    assert (only.member, only.place) == (cited[0].artifact, cited[0].place)


def test_places_that_are_no_event_record_are_not_asked_for(bundle: Path, tmp_path: Path) -> None:
    """A member that the bundle does not hold, a line, and a record of a text."""
    diagnosis = replace(
        samples.PINPOINTED.diagnosis,
        verdicts=(),
        accounts=(),
        attempts=(),
        machine=(),
        failure=replace(
            samples.PINPOINTED.diagnosis.failure,
            sources=(
                Source("gone.evtx", "record 1"),
                Source(LOG, "line 1"),
                Source("live/cmdkey_list.txt", "record 1"),
            ),
        ),
    )
    evidence = pipeline.reopen(_case(bundle)).evidence
    with open_bundle(bundle, tmp_path / "spool") as opened:
        assert second_reading.read_again(opened, diagnosis, evidence) == ()


def _case(bundle: Path) -> Path:
    assert cli.run(["-q", "analyze", str(bundle)]) == 0
    return case.default_folder(bundle)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[" * 100_000, b'{"schema": "mailscope-second-reading/2"}', b"\xff\xfe"],
    ids=["empty", "cut", "deep", "of a later version", "no text"],
)
def test_a_spoiled_file_of_answers_is_as_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / second_reading.FILE).write_bytes(content)
    assert second_reading.recall(tmp_path, "f" * 64) == ()


def test_the_answers_of_another_bundle_are_not_shown(tmp_path: Path) -> None:
    told = (Reread(LOG, "record 4711", "agrees"),)
    (tmp_path / second_reading.FILE).write_bytes(second_reading.encode("f" * 64, told))
    assert second_reading.recall(tmp_path, "f" * 64) == told
    assert second_reading.recall(tmp_path, "e" * 64) == ()


def test_the_report_lists_what_is_not_confirmed_and_escapes_it() -> None:
    told = (
        Reread(LOG, "record 4711", "agrees"),
        Reread("C/<script>.evtx", "record 2", "differs", "data.<b>, level"),
        Reread(LOG, "record 3", "could not read", "it cannot read the record: AttributeError"),
    )
    for lang, words in (("en", "1 agree, 1 differ, 1 it could not read"), ("fr", "1 concordent, 1 diffèrent")):
        drawn = html.render(page.build(replace(samples.PINPOINTED, second_reading=told), lang))
        assert words in drawn
        assert "data.&lt;b&gt;, level" in drawn
        assert ("il ne peut pas lire l’enregistrement" in drawn) is (lang == "fr")
        assert "<script>.evtx" not in drawn


def test_a_case_without_answers_says_nothing_of_a_second_reader() -> None:
    assert "second reader" not in html.render(page.build(samples.PINPOINTED, "en"))


def test_options_of_the_analysis_are_kept(bundle: Path) -> None:
    assert cli.run(["-q", "analyze", str(bundle), "--lang", "fr"]) == 0
    assert cli.run(["-q", "verify", str(bundle), "--second-reader"]) == 0
    assert "second lecteur" in (case.default_folder(bundle) / "report.html").read_text()
