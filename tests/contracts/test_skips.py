"""The rule of ``tests/conftest.py``, tried on small suites."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import HERE, LONGEST, NO_REALDATA, allowed_skips, pytest_collection_modifyitems

CONFTEST = (HERE / "conftest.py").read_text("utf-8")


# Each way to skip, in a module of its own, with what comes of it in CI and elsewhere. One run tries them all, because a
# run costs more than what it runs.
SKIPPED = "def test_it(): pytest.skip({!r})\n"
MARKED = "@pytest.mark.skipif(True, reason={!r})\ndef test_it(): pass\n"
WAYS = {
    "unlisted": (SKIPPED.format("not today"), "FAILED", "SKIPPED"),
    "listed": (SKIPPED.format("no such machine here"), "SKIPPED", "SKIPPED"),
    "marked": (MARKED.format("not today"), "ERROR", "SKIPPED"),
    "marked_listed": (MARKED.format("no such machine here"), "SKIPPED", "SKIPPED"),
    "whole_module": ("pytest.skip('not today', allow_module_level=True)\n", "ERROR", "SKIPPED"),
    "expected_failure": ("@pytest.mark.xfail\ndef test_it(): assert False\n", "XFAIL", "XFAIL"),
}


def outcomes(pytester: pytest.Pytester) -> dict[str, str]:
    """What came of each way under the rule, which allows one reason; in a process of its own, as CI is looked up."""
    pytester.makeconftest(CONFTEST)
    pytester.makefile(".txt", allowed_skips="# why\nno such machine here\n")
    pytester.makepyfile(**{f"test_{way}": f"import pytest\n\n{source}" for way, (source, _, _) in WAYS.items()})
    done = pytester.runpytest_subprocess("-p", "no:randomly", "-rA", "--continue-on-collection-errors")
    found = (re.match(r"([A-Z]+) (?:\[\d+\] )?test_(\w+)\.py", line) for line in done.outlines)
    return {line[2]: line[1] for line in found if line}


def test_in_ci_only_a_listed_reason_is_a_skip(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert outcomes(pytester) == {way: in_ci for way, (_, in_ci, _) in WAYS.items()}


def test_elsewhere_a_skip_is_a_skip(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert outcomes(pytester) == {way: elsewhere for way, (_, _, elsewhere) in WAYS.items()}


def test_missing_real_data_is_a_listed_reason() -> None:
    assert NO_REALDATA in allowed_skips()


def test_what_takes_longest_is_there_to_come_first() -> None:
    assert [path for path in LONGEST if not (HERE.parent / path).exists()] == []


def test_the_longest_come_first_and_the_rest_stays_in_its_order() -> None:
    items: list[Any] = [SimpleNamespace(nodeid=f"tests/{path}") for path in ("b/test_b.py", "wine/test_w.py", "a.py")]
    pytest_collection_modifyitems(items)
    assert [item.nodeid for item in items] == ["tests/wine/test_w.py", "tests/b/test_b.py", "tests/a.py"]
