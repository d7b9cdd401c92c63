"""A case that is reopened says what it said, without its bundle; one that cannot say it says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from analyzer import case, knowledge, parsers, pipeline, shelf
from analyzer.bundle import open_bundle
from analyzer.model import Refusal
from analyzer.pipeline import Options, Reopened, Result
from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import load_scenario
from reports import html, page
from reports.cli.analyze import make_case
from reports.export import case_notes, findings

SCENARIOS = Path(__file__).parents[2] / "fixtures" / "scenarios"
# a damaged log with places in doubt, several accounts
MACHINES = ("webview2_crash_in_damage", "token_two_accounts")


@dataclass(frozen=True)
class Analyzed:
    """A published case, the result its analysis gave, and its bundle."""

    folder: Path
    result: Result
    bundle: Path


def forged(name: str, folder: Path) -> Path:
    path = folder / f"{name}.zip"
    path.write_bytes(build_bundle(load_scenario(SCENARIOS / name)))
    return path


def analyzed(bundle: Path, folder: Path, options: Options) -> Analyzed:
    """Analyze as the command does, keeping the result that it draws from."""
    with pytest.MonkeyPatch.context() as patch:
        results: list[Result] = []
        real = pipeline.analyze

        def remembered(*given: object) -> Result:
            results.append(real(*given))  # type: ignore[arg-type]
            return results[-1]

        patch.setattr(pipeline, "analyze", remembered)
        make_case(bundle, folder, options, quiet=True)
    return Analyzed(folder, results[0], bundle)


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Analyzed:
    """The typical case."""
    room = tmp_path_factory.mktemp("field")
    return analyzed(forged("field_bundle", room), room / "case", Options())


@pytest.fixture
def copied(field: Analyzed, tmp_path: Path) -> Path:
    """Its folder, to be spoiled."""
    return Path(shutil.copytree(field.folder, tmp_path / "case"))


def drawn(result: Result, lang: str) -> dict[str, bytes]:
    """The files of a case as a result draws them."""
    whole, *translated = page.every(result, lang)
    return {
        case.REPORT: html.fitted(whole, *translated).encode(),
        case.NOTES: case_notes.render(whole).encode(),
        case.FINDINGS: findings.encode(result, lang),
    }


def reopened(was: Analyzed) -> Reopened:
    """The case again, told in as many languages as its report."""
    return pipeline.reopen(was.folder, also=tuple(lang for lang, _ in was.result.told))


def assert_stands_again(was: Analyzed, opened: Reopened) -> None:
    assert opened.result == was.result
    assert drawn(opened.result, opened.options.lang) == {
        name: (was.folder / name).read_bytes() for name in (case.REPORT, case.NOTES, case.FINDINGS)
    }
    assert not opened.other_knowledge


@pytest.mark.parametrize("machine", MACHINES)
def test_a_reopened_case_gives_the_same_result_and_the_same_reports(machine: str, tmp_path: Path) -> None:
    bundle = forged(machine, tmp_path)
    was = analyzed(bundle, tmp_path / "case", Options())
    bundle.unlink()
    assert_stands_again(was, reopened(was))


def test_a_real_case_gives_the_same_result_and_the_same_reports(realdata: Path, tmp_path: Path) -> None:
    was = analyzed(realdata / "bundle-DESKTOP-2KGM189", tmp_path / "case", Options())
    assert_stands_again(was, reopened(was))


def test_what_the_engineer_asked_for_is_asked_again(tmp_path: Path) -> None:
    said = (("google_page_text", "Access blocked: authorization error"),)
    options = Options(lang="fr", failure_at="2026-03-02T07:00:00Z", reported=said)
    was = analyzed(forged("token_no_failure", tmp_path), tmp_path / "case", options)
    opened = reopened(was)
    assert_stands_again(was, opened)
    assert opened.options.lang == "fr"
    assert opened.options.failure_at == "2026-03-02T07:00:00Z"


def test_the_evidence_is_what_was_read_row_by_row(field: Analyzed, tmp_path: Path) -> None:
    with open_bundle(field.bundle, tmp_path / "spool") as bundle:
        parsed = pipeline.read(bundle, tmp_path / "tables", Options(), lambda *_: None)
        kept = pipeline.reopen(field.folder).evidence
        assert kept.readings == parsed.readings
        assert kept.gaps == parsed.gaps
        for name, table in parsed.tables.items():
            assert kept.tables[name].collect().equals(table.collect()), name


def test_reopening_reads_no_artifact(field: Analyzed, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an artifact was read")

    monkeypatch.setattr(pipeline, "open_bundle", refuse)
    monkeypatch.setattr(parsers, "read_artifact", refuse)
    assert pipeline.reopen(field.folder).result.diagnosis.head.causes == ("stale_token",)


def test_another_language_can_be_asked_for(field: Analyzed) -> None:
    english, french = (pipeline.reopen(field.folder, lang=lang).result.diagnosis for lang in ("en", "fr"))
    assert [v.status for v in english.verdicts] == [v.status for v in french.verdicts]
    assert english.verdicts[0].title != french.verdicts[0].title


def test_other_knowledge_judges_the_same_tables_anew_and_says_so(field: Analyzed, tmp_path: Path) -> None:
    pages = Path(str(knowledge.__file__)).parent / "causes"
    (tmp_path / "causes").mkdir()
    shutil.copy(pages / "clock_skew.toml", tmp_path / "causes")
    opened = pipeline.reopen(field.folder, pages=tmp_path)
    assert {verdict.cause for verdict in opened.result.diagnosis.verdicts} == {"clock_skew"}
    assert opened.other_knowledge


def without_account(folder: Path) -> None:
    (folder / case.TABLES / shelf.ACCOUNT).unlink()


def without_tables(folder: Path) -> None:
    shutil.rmtree(folder / case.TABLES)


def with_broken_account(folder: Path) -> None:
    (folder / case.TABLES / shelf.ACCOUNT).write_bytes(b'{"schema": "mailscope-read/1", "read')


def with_incomplete_account(folder: Path) -> None:
    account = folder / case.TABLES / shelf.ACCOUNT
    told = json.loads(account.read_bytes())
    del told["bundle"]["readings"]
    account.write_text(json.dumps(told))


def without_a_table(folder: Path) -> None:
    next((folder / case.TABLES / "events").glob("*.parquet")).unlink()


def with_a_cut_table(folder: Path) -> None:
    part = next((folder / case.TABLES / "events").glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (without_account, "does not say what was read whole"),
        (without_tables, "holds no tables, like a redacted one"),
        (with_broken_account, "damaged"),
        (with_incomplete_account, "damaged"),
        (without_a_table, r"events/\d+.parquet is missing or changed"),
        (with_a_cut_table, r"events/\d+.parquet is missing or changed"),
    ],
)
def test_a_spoiled_case_is_refused_in_one_line_and_never_acquits(
    copied: Path, spoil: Callable[[Path], None], why: str
) -> None:
    spoil(copied)
    with pytest.raises(Refusal, match=f"cannot be reopened, .*{why}.*: analyze the bundle again") as refused:
        pipeline.reopen(copied)
    assert "\n" not in str(refused.value)


def test_tables_that_other_readers_made_are_refused(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "readers_version", lambda: "0" * 64)
    with pytest.raises(Refusal, match="another version of mailscope made its tables: analyze the bundle again"):
        pipeline.reopen(copied)


def test_a_parquet_file_that_somebody_added_is_no_evidence(copied: Path, field: Analyzed) -> None:
    events = copied / case.TABLES / "events"
    part = next(events.glob("*.parquet"))
    shutil.copy(part, events / "999999.parquet")
    assert pipeline.reopen(copied).result.diagnosis == field.result.diagnosis


def test_a_folder_that_is_no_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="holds no case"):
        pipeline.reopen(tmp_path)


def test_a_bundle_is_told_from_a_case(field: Analyzed) -> None:
    assert case.is_case(field.folder)
    assert not case.is_case(field.bundle)
    assert not case.is_case(field.folder.parent)


def test_the_bundle_is_found_again_only_while_its_bytes_are_the_same(tmp_path: Path) -> None:
    bundle = forged("token_unknown", tmp_path)
    was = analyzed(bundle, tmp_path / "case", Options())
    assert case.bundle_path(was.folder) == bundle
    bundle.write_bytes(bundle.read_bytes() + b"\n")
    assert case.bundle_path(was.folder) is None
    bundle.unlink()
    assert case.bundle_path(was.folder) is None


def test_a_bundle_that_is_a_folder_is_found_again(realdata: Path, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(realdata / "bundle-DESKTOP-2KGM189" / "evtx", tmp_path / "bundle"))
    was = analyzed(bundle, tmp_path / "case", Options())
    assert case.bundle_path(was.folder) == bundle
    next(bundle.rglob("*.evtx")).unlink()
    assert case.bundle_path(was.folder) is None
