"""The how-to for a new cause is true: followed word for word in a copy of the tree, it ends green."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from analyzer import knowledge
from analyzer.pipeline import Options
from reports.cli import run
from tests.contracts.tree import ROOT
from tests.scenarios.judgement import judge, mismatches

GUIDE = (ROOT / "docs" / "how-to" / "add-a-cause.md").read_text("utf-8")
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
