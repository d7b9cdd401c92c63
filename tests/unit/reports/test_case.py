from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer import case
from analyzer.model import Refusal

ONE, OTHER = "1" * 64, "2" * 64


def findings(sha256: str, word: str = "new") -> bytes:
    return json.dumps({"schema": "mailscope-findings/1", "bundle": {"sha256": sha256}, "word": word}).encode()


def fill(folder: Path, sha256: str = ONE, word: str = "new") -> None:
    """Make a case with a report and one table."""
    with case.made_in(folder) as made:
        made.write(case.FINDINGS, findings(sha256, word))
        made.write(case.REPORT, word.encode())
        (made.staging / "tables" / "events").mkdir(parents=True)
        (made.staging / "tables" / "events" / f"{word}.parquet").write_bytes(b"rows")
        made.publish(sha256)


def stopped(folder: Path, stop: BaseException) -> None:
    """Begin a case and be stopped amid it."""
    with case.made_in(folder) as made:
        made.write(case.REPORT, b"half")
        raise stop


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_default_case_folder_lies_beside_the_bundle(tmp_path: Path) -> None:
    assert case.default_folder(tmp_path / "INC1.zip") == tmp_path / "INC1.zip.mailscope"


def test_a_bundle_given_as_the_current_folder_has_a_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bundle").mkdir()
    monkeypatch.chdir(tmp_path / "bundle")
    assert case.default_folder(Path()) == tmp_path / "bundle.mailscope"


def test_a_new_folder_is_made_with_its_parents_and_holds_only_what_was_published(tmp_path: Path) -> None:
    fill(tmp_path / "a" / "b")
    assert names(tmp_path / "a" / "b") == ["findings.json", "report.html", "tables/events/new.parquet"]
    assert case.bundle_of(tmp_path / "a" / "b") == ONE


def test_an_empty_folder_becomes_a_case(tmp_path: Path) -> None:
    fill(tmp_path)
    assert case.bundle_of(tmp_path) == ONE


def test_a_case_of_the_same_bundle_is_renewed_and_notes_are_kept(tmp_path: Path) -> None:
    fill(tmp_path, word="old")
    (tmp_path / "notes.jsonl").write_text("mine")
    fill(tmp_path, word="new")
    assert names(tmp_path) == ["findings.json", "notes.jsonl", "report.html", "tables/events/new.parquet"]
    assert (tmp_path / "report.html").read_text() == "new"


def test_a_case_of_another_bundle_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    fill(tmp_path, ONE, word="old")
    with pytest.raises(Refusal, match="holds the case of another bundle"):
        fill(tmp_path, OTHER)
    assert names(tmp_path) == ["findings.json", "report.html", "tables/events/old.parquet"]
    assert case.bundle_of(tmp_path) == ONE


@pytest.mark.parametrize(
    "content", [b"{}", b"[]", b"no json", b'{"schema": "x", "bundle": {"sha256": "1"}}', b"\xff\xfe"]
)
def test_a_foreign_folder_is_refused_and_not_touched(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "findings.json").write_bytes(content)
    with pytest.raises(Refusal, match="is not empty and holds no case"):
        fill(tmp_path)
    assert names(tmp_path) == ["findings.json"]
    assert list(tmp_path.iterdir()) == [tmp_path / "findings.json"]


def test_a_case_is_no_bundle_even_where_it_is_damaged(tmp_path: Path) -> None:
    case.refuse(tmp_path)
    fill(tmp_path)
    with pytest.raises(Refusal, match="is a case and no bundle: `mailscope open` shows it"):
        case.refuse(tmp_path)
    (tmp_path / "findings.json").write_bytes(b"{")
    with pytest.raises(Refusal, match=r"is a case whose findings.json is damaged: analyze its bundle again"):
        case.refuse(tmp_path)


def test_a_file_is_refused_as_a_case_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="is a file"):
        fill(tmp_path / "file")


def test_a_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="cannot write to"):
        fill(tmp_path / "file" / "case")


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Refusal("bad bundle"), RuntimeError("defect")])
def test_whatever_ends_a_run_no_half_case_and_no_folder_is_left(tmp_path: Path, stop: BaseException) -> None:
    with pytest.raises((KeyboardInterrupt, Refusal, RuntimeError)):
        stopped(tmp_path / "a" / "b", stop)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_renewal_leaves_the_old_case(tmp_path: Path) -> None:
    fill(tmp_path, word="old")
    with pytest.raises(KeyboardInterrupt):
        stopped(tmp_path, KeyboardInterrupt())
    assert names(tmp_path) == ["findings.json", "report.html", "tables/events/old.parquet"]
    assert (tmp_path / "report.html").read_text() == "old"


def test_an_interruption_amid_the_renames_brings_the_old_case_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, word="old")
    real = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if self.name == case.FINDINGS and ".staging-" in str(self):
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path, word="new")
    assert names(tmp_path) == ["findings.json", "report.html", "tables/events/old.parquet"]
    assert (tmp_path / "report.html").read_text() == "old"
    assert json.loads((tmp_path / "findings.json").read_text())["word"] == "old"


def test_what_a_killed_run_left_behind_does_not_make_a_folder_foreign(tmp_path: Path) -> None:
    (tmp_path / ".staging-dead").mkdir()
    fill(tmp_path)
    assert case.bundle_of(tmp_path) == ONE
