"""The style guide of the design, executed. Each test prints what offends."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import pytest

from tests.contracts.tree import PRODUCT, ROOT, FunctionNode, files, functions, length, shown, syntax

CODE = (*PRODUCT, "fixtures")
EVERYTHING = (*CODE, "tests")
NESTING = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)
TEXTS = {".py", ".toml", ".md", ".json", ".j2", ".css", ".txt", ".yaml", ".yml", ".cfg", ".lock", ""}


def test_no_file_of_the_product_has_more_than_400_lines() -> None:
    long = {shown(path): count for path in files(*CODE) if (count := len(path.read_text("utf-8").splitlines())) > 400}
    assert long == {}


def test_no_function_has_more_than_60_lines() -> None:
    long = {
        f"{shown(path, function.lineno)} {function.name}": length(function)
        for path in files(*EVERYTHING)
        for function in functions(path)
        if length(function) > 60
    }
    assert long == {}


def test_half_of_the_functions_have_under_10_lines_and_nine_of_ten_under_35() -> None:
    lengths = sorted(length(function) for path in files(*PRODUCT) for function in functions(path))
    assert statistics.median(lengths) < 10
    assert lengths[len(lengths) * 9 // 10] < 35


def depth(node: ast.AST, level: int = 0) -> int:
    """How deep blocks stand in each other; ``elif`` counts as its ``if``, an inner function by itself."""
    deepest = level
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, (FunctionNode, ast.ClassDef)):
                continue
            chained = isinstance(node, ast.If) and name == "orelse" and isinstance(child, ast.If)
            deepest = max(deepest, depth(child, level + (isinstance(child, NESTING) and not chained)))
    return deepest


def test_blocks_are_nested_three_deep_at_most() -> None:
    deep = {
        f"{shown(path, function.lineno)} {function.name}": found
        for path in files(*CODE)
        for function in functions(path)
        if (found := depth(function)) > 3
    }
    assert deep == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "base", "core", "misc"}
    assert [shown(path) for path in files(*EVERYTHING) if path.stem in empty or path.parent.name in empty] == []


def broad(handler: ast.ExceptHandler) -> bool:
    """Whether the handler catches more than it can name."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught)


def test_exactly_one_place_catches_everything() -> None:
    places = [
        shown(path)
        for path in files(*CODE)
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.ExceptHandler) and broad(node)
    ]
    assert places == ["analyzer/parsers/__init__.py"]


def public(node: ast.stmt) -> bool:
    return isinstance(node, (FunctionNode, ast.ClassDef)) and not node.name.startswith("_")


def undocumented(path: Path) -> list[str]:
    """Public functions, classes and their methods, and the module itself, that have no docstring."""
    tree = syntax(path)
    missing = [] if ast.get_docstring(tree) or not tree.body else [shown(path)]
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and public(node)]
    for node in [node for body in (tree.body, *(kind.body for kind in classes)) for node in body if public(node)]:
        assert isinstance(node, (FunctionNode, ast.ClassDef))
        if not ast.get_docstring(node) and not overloaded(node):
            missing.append(f"{shown(path, node.lineno)} {node.name}")
    return missing


def overloaded(node: FunctionNode | ast.ClassDef) -> bool:
    """Whether the docstring is inherited, as an override says."""
    return any(ast.unparse(mark).endswith(("overload", "override", "setter")) for mark in node.decorator_list)


def test_everything_public_says_what_its_name_and_types_do_not() -> None:
    assert [place for path in files(*CODE) for place in undocumented(path)] == []


def test_tests_can_fail() -> None:
    toothless = []
    for path in files("tests"):
        for function in functions(path):
            text = ast.unparse(function)
            checks = ("assert", "pytest.raises", "pytest.warns", "pytest.fail", ".expect(", ".validate(")
            if function.name.startswith("test_") and not any(check in text for check in checks):
                toothless.append(f"{shown(path, function.lineno)} {function.name}")
    assert toothless == []


def written() -> list[Path]:
    """Every text of the repository, the papers included, except what a tool wrote and this file's own patterns."""
    folders = [path for folder in (*EVERYTHING, "docs", ".ci") for path in (ROOT / folder).rglob("*") if path.is_file()]
    top = [path for path in ROOT.iterdir() if path.is_file()]
    return sorted(
        p for p in (*folders, *top) if p.suffix in TEXTS and "__pycache__" not in p.parts and p != Path(__file__)
    )


UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|raise NotImplementedError)\b")
MACHINE_PATH = re.compile(r"(?<![\w.%~}])/(work|farm|home/[a-z]+|root|tmp)/")


@pytest.mark.parametrize(
    ("what", "pattern"),
    [("left unfinished", UNFINISHED), ("a path of one machine", MACHINE_PATH)],
    ids=["unfinished", "machine_paths"],
)
def test_nothing_is_left_unfinished_or_bound_to_one_machine(what: str, pattern: re.Pattern[str]) -> None:
    found = [
        f"{shown(path, number)} {what}: {line.strip()[:80]}"
        for path in written()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []
