"""The forged Google root stands where the real ones do, because nobody can sign a chain of Google's own.

The product has no option for this: its pins are data, and only a test may hand it others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from analyzer.measures import certificates
from fixtures.forge.certificates import google_pin


@contextmanager
def stand_in() -> Iterator[None]:
    """Every scenario's genuine chain ends in the forged root; the real roots sign nothing here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certificates, "google_roots", lambda: (certificates.Root(*google_pin()),))
        yield


@pytest.fixture(scope="session", autouse=True)
def forged_google_root() -> Iterator[None]:
    """The forged root stands in for all scenarios."""
    with stand_in():
        yield
