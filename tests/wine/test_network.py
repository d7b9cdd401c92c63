"""Live state over the loopback: a server that opens TLS, a clock that differs, and how Windows judges a chain."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from analyzer.pipeline import Options, analyze
from fixtures.forge.certificates import served_chain
from tests.unit.collectors.roadside import Roadside, standing
from tests.wine.pc import Pc

ITEMS = ("live_state", "pac_file", "reg_user_internet_settings", "reg_internet_settings", "hosts_file")
SECTIONS = ("host", "dns", "clock", "proxy", "tls_probes")
WRONG_S = -3 * 86400


@pytest.fixture(scope="module")
def bundle(pc: Pc, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the collector brings from where somebody opens TLS, with a server's clock three days behind."""
    with standing(_roadside(tmp_path_factory.mktemp("roadside"))) as place:
        pc.prefix.script("probe.py", {"port": place.port, "items": ITEMS, "out": "C:\\opened.zip"})
    return pc.prefix.at("C:\\opened.zip")


@pytest.fixture(scope="module")
def state(bundle: Path) -> dict[str, Any]:
    with zipfile.ZipFile(bundle) as archive:
        assert json.loads(archive.read("manifest.json"))["network"] == "probed"
        found: dict[str, Any] = json.loads(archive.read("live/state.json"))
    return found


def _roadside(folder: Path) -> Roadside:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=WRONG_S), usegmt=True)
    return Roadside(folder, answer=f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n")


def probes(state: dict[str, Any], host: str) -> Iterator[dict[str, Any]]:
    return (row for row in state["tls_probes"] if row["host"] == host)


def test_all_sections_end_well(state: dict[str, Any]) -> None:
    assert {section: state["sections"][section] for section in SECTIONS} == dict.fromkeys(SECTIONS, "ok")


def test_the_clock_is_off_by_what_the_servers_say(state: dict[str, Any]) -> None:
    offsets = [sample["offset_seconds"] for sample in state["clock"]["samples"]]
    assert len(offsets) == 2
    # the server's clock stands still while the tests go on
    assert all(-WRONG_S - 2 <= offset <= -WRONG_S + 600 for offset in offsets)


def test_windows_is_asked_and_does_not_trust_who_opened_tls(state: dict[str, Any]) -> None:
    (probe,) = probes(state, "accounts.google.com")
    assert (probe["stage"], probe["http_status"], probe["protocol"]) == ("http", 200, "TLSv1.3")
    assert (probe["trusted_by_windows"], probe["trust_method"]) == (False, "CertGetCertificateChain")
    assert "UNTRUSTEDROOT" in probe["error"]


def test_the_chain_that_was_served_is_kept(state: dict[str, Any]) -> None:
    (probe,) = probes(state, "imap.gmail.com")
    assert probe["chain"] == served_chain("inspection", "imap.gmail.com")


def test_the_analyzer_names_who_stands_between(bundle: Path, tmp_path: Path) -> None:
    done = analyze(bundle, tmp_path / "case", Options(), lambda _name, _done, _all: None)
    statuses = {verdict.cause: str(verdict.status) for verdict in done.diagnosis.verdicts}
    assert statuses["tls_interception"] == "confirmed"
    assert statuses["clock_skew"] in ("confirmed", "likely", "possible")
