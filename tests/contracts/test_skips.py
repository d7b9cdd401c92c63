"""The rule of ``tests/conftest.py``, tried on small suites."""

from __future__ import annotations

import pytest

from tests.conftest import HERE, NO_REALDATA, allowed_skips

CONFTEST = (HERE / "conftest.py").read_text("utf-8")


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A suite under the same rule that allows one reason."""
    pytester.makeconftest(CONFTEST)
    pytester.makefile(".txt", allowed_skips="# why\nno such machine here\n")
    return pytester


def outcomes(suite: pytest.Pytester, test: str) -> dict[str, int]:
    """What came of the tests; run in a process of its own, as the environment decides."""
    suite.makepyfile(f"import pytest\n\n{test}")
    return suite.runpytest_subprocess("-p", "no:randomly").parseoutcomes()


SKIPPED = "def test_it(): pytest.skip({!r})\n"


def test_in_ci_a_skip_for_an_unlisted_reason_fails_the_run(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    assert outcomes(suite, SKIPPED.format("not today")) == {"failed": 1}


def test_in_ci_a_skip_for_a_listed_reason_stays_a_skip(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert outcomes(suite, SKIPPED.format("no such machine here")) == {"skipped": 1}


def test_in_ci_a_marked_skip_is_held_to_the_same(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    test = "@pytest.mark.skipif(True, reason={!r})\ndef test_it(): pass\n"
    assert outcomes(suite, test.format("not today")) == {"errors": 1}
    assert outcomes(suite, test.format("no such machine here")) == {"skipped": 1}


def test_in_ci_a_module_that_skips_itself_fails_the_run(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    test = "pytest.skip('not today', allow_module_level=True)\n\ndef test_it(): pass\n"
    assert outcomes(suite, test) == {"errors": 1}


def test_in_ci_an_expected_failure_is_no_skip(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert outcomes(suite, "@pytest.mark.xfail\ndef test_it(): assert False\n") == {"xfailed": 1}


def test_elsewhere_a_skip_is_a_skip(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert outcomes(suite, SKIPPED.format("not today")) == {"skipped": 1}


def test_missing_real_data_is_a_listed_reason() -> None:
    assert NO_REALDATA in allowed_skips()
