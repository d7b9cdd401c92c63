"""The guides for whoever adds something are true: followed word for word in a copy of the tree, each ends green."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from analyzer import knowledge, parsers, vocabulary
from analyzer.pipeline import Options
from collectors.catalog import Item
from reports.cli import run
from tests.contracts import test_catalog, test_parsers
from tests.contracts.tree import ROOT
from tests.scenarios.judgement import judge, mismatches

GUIDES = ROOT / "docs" / "how-to"
GUIDE = (GUIDES / "add-a-cause.md").read_text("utf-8")
FILES = re.findall(r"```toml\n# (\S+)\n(.*?)```", GUIDE, re.DOTALL)
MACHINES = [Path(name).parent.name for name, _ in FILES if name.startswith("fixtures/")]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the guide touches, with every file it tells to write; what exists already is continued."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "analyzer" / "knowledge", copy / "analyzer" / "knowledge")
    shutil.copytree(ROOT / "fixtures" / "scenarios" / "_machines", copy / "fixtures" / "scenarios" / "_machines")
    for name, text in FILES:
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text("utf-8") + "\n" if path.exists() else ""
        path.write_text(before + text, "utf-8")
    return copy


def test_the_guide_writes_a_page_its_translation_and_three_machines() -> None:
    assert len(MACHINES) == 3
    assert "analyzer/knowledge/causes/disk_full.toml" in dict(FILES)
    assert "analyzer/knowledge/languages/fr.toml" in dict(FILES)


def test_the_commands_of_the_guide_accept_the_page(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    commands = re.findall(r"^\$ mailscope (.+)$", GUIDE, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert run(command.split()) == 0, command


@pytest.mark.parametrize("name", MACHINES)
def test_each_machine_of_the_guide_is_judged_as_it_says(name: str, tree: Path, tmp_path: Path) -> None:
    options = Options(knowledge=tree / "analyzer" / "knowledge")
    judged = judge(tree / "fixtures" / "scenarios" / name, tmp_path, options)
    assert not (found := mismatches(judged)), "\n".join(found)


def test_the_page_exists_in_french(tree: Path) -> None:
    page = knowledge.load(tree / "analyzer" / "knowledge", "fr").find("disk_full")
    assert page is not None
    assert page.title == "Le disque qui contient le profil est plein"


# --- a parser -----------------------------------------------------------------------------------------------------

PARSER_GUIDE = (GUIDES / "add-a-parser.md").read_text("utf-8")
PARSER_FILES = dict(re.findall(r"```python\n# (\S+)\n(.*?)```", PARSER_GUIDE, re.DOTALL))
(ROW,) = (Item(**json.loads(row)) for row in re.findall(r"```json\n(.*?)```", PARSER_GUIDE, re.DOTALL))


@pytest.fixture
def parser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The guide's parser, where ours are found too."""
    path = tmp_path / "port_names.py"
    path.write_text(PARSER_FILES["analyzer/parsers/port_names.py"], "utf-8")
    monkeypatch.setattr(parsers, "__path__", [*parsers.__path__, str(tmp_path)])
    yield path
    sys.modules.pop("analyzer.parsers.port_names", None)


def test_the_guides_parser_passes_the_guides_tests(parser: Path, tmp_path: Path) -> None:
    tests = loaded(tmp_path / "test_port_names.py", PARSER_FILES["tests/unit/parsers/test_port_names.py"])
    for test in [value for name, value in vars(tests).items() if name.startswith("test_")]:
        test()
    assert tests.read.__code__.co_filename == str(parser)


def loaded(path: Path, text: str) -> ModuleType:
    """A module out of its text."""
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_guides_row_parser_and_fact_keep_what_the_contracts_ask(
    parser: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_catalog.test_a_row_says_what_why_and_how(ROW)
    test_catalog.test_a_row_carries_what_its_method_works_on(ROW)
    test_catalog.test_a_place_is_a_windows_path_or_a_member_of_the_bundle(ROW)
    test_catalog.test_a_format_has_a_parser_or_is_said_not_to_be_decoded(ROW.format)
    monkeypatch.setitem(test_parsers.PARSERS, ROW.format, parser)
    test_parsers.test_a_parser_shows_what_it_reads(ROW.format)
    test_parsers.test_a_parser_reads_an_artifact(ROW.format)
    (fact,) = re.findall(r'```python\n"([a-z_.]+)": "",\n```', PARSER_GUIDE)
    assert f'"{fact}"' in parser.read_text("utf-8")
    assert fact not in vocabulary.UNITS


# --- a language ---------------------------------------------------------------------------------------------------

LANGUAGE_GUIDE = (GUIDES / "add-a-language.md").read_text("utf-8")
SPEAK = """
import sys
from reports.cli import run
for command in sys.argv[1:]:
    assert run(["-q", *command.split()]) == 0, command
"""


def test_a_language_is_added_by_files_and_one_line(tmp_path: Path) -> None:
    for folder in ("analyzer", "collectors", "reports"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for block in re.findall(r"```sh\n(.*?)```", LANGUAGE_GUIDE, re.DOTALL):
        subprocess.run(["sh", "-e", "-c", block], cwd=tmp_path, check=True)
    commands = re.findall(r"^\$ mailscope (.+)$", LANGUAGE_GUIDE, re.MULTILINE)
    assert len(commands) == 5
    told = subprocess.run([sys.executable, "-c", SPEAK, *commands], cwd=tmp_path, capture_output=True, check=False)
    assert told.returncode == 0, told.stderr.decode()
    assert json.loads((tmp_path / "german" / "findings.json").read_bytes())["lang"] == "de"
    report = (tmp_path / "german" / "report.html").read_text("utf-8")
    assert re.findall(r'<article class="report[^"]*" id="(\w\w)"', report) == ["de", "en", "fr"]
    assert '<span aria-current="true">Deutsch</span>' in report
