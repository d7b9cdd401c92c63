"""``mailscope compare`` as a person runs it: what it writes, where, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import load_scenario
from reports.cli import run
from reports.export.comparison_schema import schema
from tests.scenarios.judgement import FIXTURES

Capture = pytest.CaptureFixture[str]
BEFORE, AFTER = "scenarios/token_live_list", "comparisons/open_only_receiving"


def forged(name: str, room: Path) -> Path:
    bundle = room / f"{Path(name).name}.zip"
    bundle.write_bytes(build_bundle(load_scenario(FIXTURES / name)))
    return bundle


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two bundles of one machine, and the case of the first."""
    folder = tmp_path_factory.mktemp("comparing")
    for name in (BEFORE, AFTER):
        forged(name, folder)
    assert run(["-q", "analyze", str(folder / "token_live_list.zip"), "--lang", "fr"]) == 0
    return folder


@pytest.fixture(scope="module")
def made(room: Path) -> Path:
    """The folder of the comparison where it lies by default."""
    assert run(["-q", "compare", *pair(room)]) == 0
    return room / "open_only_receiving.zip.compared"


def pair(room: Path) -> list[str]:
    return [str(room / "token_live_list.zip"), str(room / "open_only_receiving.zip")]


def told(folder: Path) -> Any:
    return json.loads((folder / "comparison.json").read_bytes())


def test_it_lies_beside_after_and_holds_the_page_and_the_json(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == ["comparison.html", "comparison.json"]
    assert told(made)["answer"] == "cannot_tell"
    html = (made / "comparison.html").read_text("utf-8")
    assert "Part of the proof is missing." in html
    assert "Une partie de la preuve manque." in html


def test_the_json_obeys_its_schema_in_both_languages(made: Path, room: Path, tmp_path: Path) -> None:
    published = jsonschema.Draft202012Validator(json.loads(schema()))
    published.validate(told(made))
    assert run(["-q", "compare", *pair(room), "--out", str(tmp_path / "fr"), "--lang", "fr"]) == 0
    french = told(tmp_path / "fr")
    published.validate(french)
    assert french["sentence"] == "Une partie de la preuve manque."
    assert french["answer"] == "cannot_tell"


def test_a_case_stands_for_its_bundle_and_gives_the_same_bytes(made: Path, room: Path, tmp_path: Path) -> None:
    case, after = str(room / "token_live_list.zip.mailscope"), pair(room)[1]
    assert run(["-q", "compare", case, after, "--out", str(tmp_path / "out")]) == 0
    for name in ("comparison.json", "comparison.html"):
        assert (tmp_path / "out" / name).read_bytes() == (made / name).read_bytes(), name


def test_the_answer_goes_to_stdout_with_what_is_missing_and_the_path(
    room: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert run(["compare", *pair(room), "--out", str(tmp_path / "out")]) == 0
    heard = capsys.readouterr()
    assert heard.out.startswith("Cannot tell. Part of the proof is missing.\n")
    assert "sending (SMTP) since BEFORE" in heard.out
    assert "Enable troubleshooting logging" in heard.out
    assert heard.out.endswith(f"{tmp_path / 'out' / 'comparison.html'}\n")
    assert "live/state.json" in heard.err


def test_json_to_stdout_is_the_json_and_nothing_else(room: Path, made: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["-q", "compare", *pair(room), "--out", str(tmp_path / "out"), "--json", "-"]) == 0
    heard = capsys.readouterr()
    assert heard.out.encode() == (made / "comparison.json").read_bytes()
    assert heard.err == ""


def refused(arguments: list[str], capsys: Capture) -> str:
    assert run(["-q", "compare", *arguments]) == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert heard.err.count("\n") == 1
    return heard.err


def test_the_newer_one_first_is_refused_with_both_times(room: Path, tmp_path: Path, capsys: Capture) -> None:
    said = refused([*reversed(pair(room)), "--out", str(tmp_path / "out")], capsys)
    assert "2026-11-10 13:59:32 UTC" in said
    assert "2026-11-10 15:40:48 UTC" in said
    assert not (tmp_path / "out").exists()


def test_one_bundle_twice_is_refused_as_a_case_too(room: Path, tmp_path: Path, capsys: Capture) -> None:
    bundle = pair(room)[0]
    assert "the same bundle" in refused([bundle, f"{bundle}.mailscope", "--out", str(tmp_path / "out")], capsys)


def test_a_folder_that_holds_something_else_is_kept(room: Path, made: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert "holds no comparison" in refused([*pair(room), "--out", str(tmp_path)], capsys)
    other = forged("comparisons/open_token_not_renewed", tmp_path)
    assert "of other bundles" in refused([pair(room)[0], str(other), "--out", str(made)], capsys)
    case = f"{pair(room)[0]}.mailscope"
    assert "holds no comparison" in refused([*pair(room), "--out", case], capsys)


def test_texts_that_name_no_machine_are_not_taken_for_the_same_one(room: Path, tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "cmdkey_list.txt").write_text("Target: LegacyGeneric:target=OneDrive Cached Credential\n", "utf-8")
    assert run(["-q", "compare", pair(room)[0], str(texts), "--out", str(tmp_path / "out")]) == 0
    found = told(tmp_path / "out")
    assert (found["answer"], found["reason"], found["machines"]["same"]) == (
        "cannot_tell",
        "machine_unknown",
        "unknown",
    )
    assert found["steps"] == []
    assert found["accounts"] == []
