"""What every test may lean on: the real Windows files, how hard properties are tried, what comes first, what skips."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

HERE = Path(__file__).parent
NO_REALDATA = "the real Windows files are not here: set MAILSCOPE_REALDATA to their folder"

# a machine under load is not a defect: no property has a deadline
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile("fuzz", deadline=None, max_examples=5_000, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


# What takes longest comes first, so that no worker is left with it when the others are done.
LONGEST = ("tests/scenarios/test_mutations.py", "tests/wine/", "tests/properties/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first; all else stays in the order of chance."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def realdata_folder() -> Path:
    """Where the real Windows files should be: they are too large, and too mixed in licence, to live here."""
    return Path(os.environ.get("MAILSCOPE_REALDATA") or HERE.parent.parent / "shared" / "realdata")


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real Windows files."""
    folder = realdata_folder()
    if not folder.is_dir():
        pytest.skip(NO_REALDATA)
    return folder


def allowed_skips() -> frozenset[str]:
    """The reasons that ``allowed_skips.txt`` lists."""
    lines = (HERE / "allowed_skips.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test or a module was skipped, in the words of the one who skipped it."""
    longrepr = report.longrepr
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ").strip()


def refuse_silent_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """In CI, turn a skip for an unlisted reason into a failure; an expected failure is not a skip."""
    if os.environ.get("CI") != "true" or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = reason_of(report)
    if reason not in allowed_skips():
        report.outcome = "failed"
        report.longrepr = f"skipped, and tests/allowed_skips.txt does not list the reason: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look at each test's outcome."""
    report = yield
    refuse_silent_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Look at modules that skip themselves whole."""
    report = yield
    refuse_silent_skip(report)
    return report
