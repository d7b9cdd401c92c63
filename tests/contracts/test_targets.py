"""The catalogue in other collectors' languages is the catalogue: generated, checked in, and nothing else in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from artifacts.scripts import validator

from analyzer.layouts import Kind, item_of
from collectors import catalog, targets
from tests.contracts.tree import ROOT

FOLDER = ROOT / "collectors" / "targets"
ITEMS = catalog.load().items
FILES = [item for item in ITEMS if item.method in ("copy", "reg-save", "event-export")]


def definitions() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / "mailscope.yaml").read_text("utf-8")))


def kape() -> list[dict[str, Any]]:
    told = yaml.safe_load((FOLDER / "Mailscope.tkape").read_text("utf-8"))
    rows: list[dict[str, Any]] = told["Targets"]
    return rows


def globs() -> list[tuple[str, str]]:
    told = yaml.safe_load((FOLDER / "Custom.Windows.Mailscope.yaml").read_text("utf-8"))
    lines = told["parameters"][0]["default"].splitlines()[1:]
    return [tuple(line.split(",", 1)) for line in lines]


@pytest.mark.parametrize("name", sorted(targets.files()))
def test_what_is_checked_in_is_what_the_catalogue_says(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == targets.files()[name], "run `make targets`"


def test_nothing_else_lies_there() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(targets.files())


def test_forensic_artifacts_own_validator_is_content(caplog: pytest.LogCaptureFixture) -> None:
    judge = validator.ArtifactDefinitionsValidator()
    assert judge.CheckFile(str(FOLDER / "mailscope.yaml"))
    assert judge.GetUndefinedArtifacts() == set()
    assert caplog.messages == []


def test_the_validator_would_not_be_content_with_anything(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text((FOLDER / "mailscope.yaml").read_text("utf-8").replace("    paths:", "    path:", 1))
    assert not validator.ArtifactDefinitionsValidator().CheckFile(str(broken))


def test_each_item_but_questions_to_windows_has_one_definition_with_its_reason() -> None:
    told = {row["name"]: row for row in definitions()}
    group = told.pop("Mailscope")
    named = [item for item in ITEMS if item.method != "api"]
    assert sorted(told) == group["sources"][0]["attributes"]["names"]
    assert len(told) == len(named)
    assert {row["doc"].rstrip(".").lower() for row in told.values()} == {item.why.lower() for item in named}


def test_keys_and_commands_are_the_catalogues() -> None:
    sources = [source for row in definitions() for source in row["sources"]]
    keys = [key for one in sources if one["type"] == "REGISTRY_KEY" for key in one["attributes"]["keys"]]
    commands = [one["attributes"] for one in sources if one["type"] == "COMMAND"]
    short = {
        key.replace("HKEY_USERS\\%%users.sid%%", "HKCU").replace("HKEY_LOCAL_MACHINE", "HKLM").removesuffix("\\*")
        for key in keys
    }
    assert short == {item.key for item in ITEMS if item.key}
    assert {" ".join((row["cmd"].removesuffix(".exe"), *row["args"])) for row in commands} == {
        item.command for item in ITEMS if item.command
    }


def example(pattern: str) -> str:
    """A file that the pattern finds, as the analyzer names it."""
    path = pattern.replace("[0-9]*", "2").replace("%user%", "alice").replace("Temp\\*\\", "Temp\\2\\")
    return re.sub(r"LOG\*$", "LOG1", path).replace("C:\\", "C/").replace("\\", "/").replace("*", "x").replace("?", "1")


def owner(path: str) -> str | None:
    """The item that the analyzer takes the file for; a hive's log counts as its hive."""
    return item_of(re.sub(r"\.LOG\d$", "", path), Kind.MAILSCOPE)


def test_every_file_of_the_catalogue_is_found_by_kape_and_by_velociraptor() -> None:
    by_kape = {owner(example(row["Path"] + row["FileMask"])) for row in kape()}
    by_velociraptor = {owner(example(glob)) for _, glob in globs()}
    assert by_kape == by_velociraptor == {item.id for item in FILES}


def test_a_glob_finds_the_item_it_is_listed_for() -> None:
    assert [(item, glob) for item, glob in globs() if owner(example(glob)) != item] == []


def test_a_hive_is_never_without_its_logs() -> None:
    hives = [item for item in FILES if item.format == "hive"]
    paths = {row["Path"] + row["FileMask"] for row in kape()} | {glob for _, glob in globs()}
    for item in hives:
        wanted = {item.place + ".LOG*", item.place.replace("\\*\\", "\\%user%\\") + ".LOG*"}
        assert wanted <= paths, item.id
    told = {path for row in definitions() for path in row["sources"][0]["attributes"].get("paths", ())}
    assert {path + ".LOG1" for path in told if path.endswith(("SYSTEM", "SOFTWARE", "NTUSER.DAT"))} <= told
