"""The large inputs, made once a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.forge import bulk

MEGABYTE = bulk.MEGABYTE


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where they lie: some gigabytes."""
    return tmp_path_factory.mktemp("bulk")


@pytest.fixture(scope="session")
def event_log(room: Path) -> Path:
    """100 MB of event records."""
    path = room / "Example.evtx"
    bulk.event_log(path, 100 * MEGABYTE)
    return path


@pytest.fixture(scope="session")
def software_hive(room: Path) -> Path:
    """A SOFTWARE hive of 100 MB."""
    path = room / "SOFTWARE"
    bulk.software_hive(path, 100 * MEGABYTE)
    return path


@pytest.fixture(scope="session")
def office_log(room: Path) -> Path:
    """500 MB of a log of Outlook in UTF-8."""
    path = room / "OUTLOOK.log"
    bulk.office_log(path, 500 * MEGABYTE)
    return path


@pytest.fixture(scope="session")
def office_log_utf16(room: Path) -> Path:
    """The first half of the same lines in UTF-16: 500 MB as well."""
    path = room / "OUTLOOK-utf16.log"
    bulk.office_log(path, 250 * MEGABYTE, "utf-16-le")
    return path
