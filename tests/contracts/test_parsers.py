from __future__ import annotations

import ast
import importlib
import inspect

import pytest

from collectors import catalog
from tests.contracts.tree import ROOT, files, syntax

FOLDER = ROOT / "analyzer" / "parsers"
# a parser is a module, or a package where one file would be too long
PARSERS = {entry.stem: entry for entry in FOLDER.glob("[a-z]*") if entry.suffix == ".py" or entry.is_dir()}
every_parser = pytest.mark.parametrize("name", sorted(PARSERS))


@every_parser
def test_a_parser_is_named_like_a_format_of_the_catalogue(name: str) -> None:
    """What OutlookTrace exports and OneAuth keeps apart, which our own collector does not take."""
    assert name in {"clixml", "one_auth", *(item.format for item in catalog.load().items)}


@every_parser
def test_a_parser_shows_what_it_reads(name: str) -> None:
    entry = PARSERS[name]
    docstring = ast.get_docstring(syntax(entry / "__init__.py" if entry.is_dir() else entry)) or ""
    sample = [line for line in docstring.splitlines() if line.startswith("    ")]
    assert sample, "the module's docstring shows no indented sample of the input"


@every_parser
def test_a_parser_reads_an_artifact(name: str) -> None:
    read = importlib.import_module(f"analyzer.parsers.{name}").read
    assert list(inspect.signature(read).parameters) == ["artifact"]
    assert inspect.isgeneratorfunction(read) or "Iterator" in str(inspect.signature(read).return_annotation)


@every_parser
def test_a_parser_has_a_test_beside(name: str) -> None:
    found = [path.name for path in files("tests/unit") if path.stem.startswith(f"test_{name}")]
    assert found, f"tests/unit holds no test_{name}*.py"
