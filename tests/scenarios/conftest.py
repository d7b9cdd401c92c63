"""The forged Google root stands where the real ones do, because nobody can sign a chain of Google's own.

The product has no option for this: its pins are data, and only a test may hand it others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from analyzer.measures import certificates
from analyzer.pipeline import Options
from fixtures.forge.certificates import google_pin
from tests.scenarios.judgement import FIXTURES, Judged, judge


@contextmanager
def stand_in() -> Iterator[None]:
    """Every scenario's genuine chain ends in the forged root; the real roots sign nothing here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certificates, "google_roots", lambda: (certificates.Root(*google_pin()),))
        yield


Judging = Callable[[str, str], Judged]


@pytest.fixture(scope="session")
def judging(tmp_path_factory: pytest.TempPathFactory) -> Judging:
    """The scenario of a name, judged in a language; once, however many tests look at it."""

    @cache
    def once(name: str, lang: str) -> Judged:
        return judge(FIXTURES / "scenarios" / name, tmp_path_factory.mktemp(name), Options(lang))

    return once


@pytest.fixture(scope="session", autouse=True)
def forged_google_root() -> Iterator[None]:
    """The forged root stands in for all scenarios."""
    with stand_in():
        yield
