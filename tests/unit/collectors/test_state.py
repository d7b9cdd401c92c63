"""The document of live state: its form is the bundle format's, and no section stops another."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from analyzer.bundle import Host
from analyzer.parsers.live_state import read
from collectors import catalog
from collectors.live import Options, take, text
from collectors.live.state import SECTIONS
from collectors.live.wire import Wire
from collectors.windows import (
    Adapter,
    Credential,
    NotTaken,
    Outcome,
    Output,
    Process,
    Product,
    Proxy,
    Service,
    Volume,
    Windows,
)
from tests.unit.collectors.pretence import ALICE, HOME, PERSON, Pretence, file, folder, text_value
from tests.unit.parsers.artifacts import artifact, said

OFF = Options(network=False, person=PERSON, account="alice@example.org")
RUNTIME = "{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
WOW = f"HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\EdgeUpdate\\Clients\\{RUNTIME}"
APPLICATION = "C:\\Program Files (x86)\\Microsoft\\EdgeWebView\\Application"
VERSION = "131.0.2903.86"


def pc(**told: Any) -> Pretence:
    usual: dict[str, Any] = {
        "keys": {WOW: (text_value("pv", VERSION), text_value("name", "WebView2"))},
        "folders": {
            APPLICATION: (folder(VERSION), file("SetupMetrics")),
            f"{APPLICATION}\\{VERSION}": (file("msedgewebview2.exe"),),
            f"{HOME}\\AppData\\Local\\Microsoft\\Outlook": (file("alice@gmail.com.ost", 734003200), file("x.xml")),
            f"{HOME}\\Documents": (folder("Fichiers Outlook"), file("letter.docx")),
            f"{HOME}\\Documents\\Fichiers Outlook": (file("Archive.PST", 7),),
        },
        "names": (
            Credential(
                "MicrosoftOffice16_Data:OAUTH2:x", 1, 2, "alice@gmail.com", datetime(2024, 9, 14, tzinfo=UTC), 9
            ),
        ),
        "running": (
            Process("explorer.exe", 900, 1),
            Process("OUTLOOK.EXE", 4711, 900, "C:\\O\\OUTLOOK.EXE", "16.0.1.2", None, False, ALICE),
            Process("notepad.exe", 5, 900),
        ),
        "known_services": {"W32Time": Service("W32Time", "running", "demand")},
        "products": (Product("Windows Defender", "antivirus", "on"),),
        "disks": (Volume("C:", 52428800), Volume("D:", 1)),
        "network": (
            Adapter("Ethernet", "Intel(R) Ethernet", True, ("10.0.0.53",)),
            Adapter("old", "x", False, ("9.9.9.9",)),
        ),
        "programs": {"w32tm": Output(0, b"time.windows.com,0x8\r\n", b"")},
    }
    return Pretence(**usual | told)


def taken(windows: Windows | None = None, options: Options = OFF) -> dict[str, Any]:
    # what cannot be written as JSON is no document
    found: dict[str, Any] = json.loads(json.dumps(take(windows or pc(), options)))
    return found


def test_the_document_says_what_it_is_and_how_each_section_ended() -> None:
    state = taken()
    assert state["schema"] == "mailscope-state/1"
    assert datetime.fromisoformat(state["taken_utc"]).tzinfo is UTC
    assert set(state["sections"]) == set(SECTIONS)
    ended = {name for name, outcome in state["sections"].items() if outcome == "ok"}
    assert set(SECTIONS) - ended == {"tls_probes", "mail_domain"}
    assert state["reasons"] == {"tls_probes": "--no-network", "mail_domain": "--no-network"}


def test_the_analyzer_reads_every_section_whole() -> None:
    data = json.dumps(take(pc(), OFF)).encode()
    found = said(read, artifact(data, "live/state.json", "live_state", ALICE, Host()))
    assert found.damages == []
    parts = {told.part for told in found.covered}
    assert parts >= set(SECTIONS) - {"tls_probes", "mail_domain"}
    assert parts >= {"webview2.looked_in", "webview2.listed", "webview2.runtimes", "proxy.user", "proxy.winhttp"}


def test_the_host_is_told_as_the_format_wants_it() -> None:
    host = taken()["host"]
    assert (host["name"], host["user"], host["sid"], host["elevated"]) == ("PC-042", "PC-042\\alice", ALICE, False)
    assert (host["time_zone"], host["utc_bias_minutes"], host["daylight"]) == ("Romance Standard Time", -60, None)


def test_a_credential_has_its_names_and_the_length_of_its_secret() -> None:
    assert taken()["credentials"] == [
        {
            "user_sid": ALICE,
            "target": "MicrosoftOffice16_Data:OAUTH2:x",
            "type": "generic",
            "persist": "local_machine",
            "user_name": "alice@gmail.com",
            "last_written_utc": "2024-09-14T00:00:00Z",
            "blob_bytes": 9,
        }
    ]


def test_each_place_of_webview2_says_what_it_held() -> None:
    found = taken()["webview2"]
    assert [(row["pv"], row["outcome"]) for row in found["looked_in"]] == [
        (VERSION, "read"),
        (None, "no_key"),
        (None, "no_key"),
    ]
    assert found["looked_in"][0]["place"] == WOW
    assert found["looked_in"][2]["user_sid"] == ALICE
    assert [(row["path"], row["outcome"], row["entries"]) for row in found["listed"]] == [
        (APPLICATION, "listed", [VERSION, "SetupMetrics"]),
        ("C:\\Program Files\\Microsoft\\EdgeWebView\\Application", "no_folder", []),
        (f"{HOME}\\AppData\\Local\\Microsoft\\EdgeWebView\\Application", "no_folder", []),
    ]
    assert found["runtimes"] == [
        {"scope": "machine", "version": VERSION, "path": f"{APPLICATION}\\{VERSION}", "exists": True}
    ]


def test_a_version_folder_without_its_program_is_no_runtime() -> None:
    state = taken(pc(folders={APPLICATION: (folder(VERSION),)}))
    assert [row["exists"] for row in state["webview2"]["runtimes"]] == [False]


def test_a_key_without_a_version_and_one_that_is_denied_are_told_apart() -> None:
    denied = NotTaken(Outcome.DENIED, "access denied (5)")
    keys = {WOW: (text_value("name", "x"),), WOW.replace("WOW6432Node\\", ""): denied}
    found = taken(pc(keys=keys, folders={APPLICATION: denied}))["webview2"]
    assert [row["outcome"] for row in found["looked_in"]] == ["no_value", "denied", "no_key"]
    assert found["listed"][0]["outcome"] == "denied"


def test_stores_are_found_under_any_name_of_their_folder_and_only_measured() -> None:
    assert [(row["path"], row["size"]) for row in taken()["mail_stores"]] == [
        (f"{HOME}\\AppData\\Local\\Microsoft\\Outlook\\alice@gmail.com.ost", 734003200),
        (f"{HOME}\\Documents\\Fichiers Outlook\\Archive.PST", 7),
    ]


def test_stores_are_found_where_the_documents_were_put() -> None:
    shell = f"HKU\\{ALICE}\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\User Shell Folders"
    moved = f"{HOME}\\OneDrive - Contoso\\Documents"
    windows = pc(
        keys={shell: (text_value("Personal", "%userprofile%\\OneDrive - Contoso\\Documents"),)},
        folders={moved: (folder("Outlook Files"),), f"{moved}\\Outlook Files": (file("old.pst", 7),)},
    )
    assert [row["path"] for row in taken(windows)["mail_stores"]] == [f"{moved}\\Outlook Files\\old.pst"]


def test_programs_that_matter_are_told_with_what_started_them() -> None:
    assert [(row["name"], row["parent_pid"]) for row in taken()["processes"]] == [
        ("explorer.exe", 1),
        ("OUTLOOK.EXE", 900),
    ]
    assert taken()["processes"][1] == {
        "name": "OUTLOOK.EXE",
        "version": "16.0.1.2",
        "path": "C:\\O\\OUTLOOK.EXE",
        "pid": 4711,
        "parent_pid": 900,
        "started_utc": None,
        "elevated": False,
        "user_sid": ALICE,
    }


def test_the_disk_of_the_profile_is_marked() -> None:
    assert taken()["volumes"] == [
        {"name": "C:", "free_bytes": 52428800, "holds_profile": True},
        {"name": "D:", "free_bytes": 1, "holds_profile": False},
    ]


def test_services_products_adapters_and_start_are_told() -> None:
    state = taken()
    assert state["services"] == [{"name": "W32Time", "state": "running", "start": "demand"}]
    assert state["security_products"] == [{"name": "Windows Defender", "kind": "antivirus", "state": "on"}]
    assert state["adapters"][0] == {"name": "Ethernet", "description": "Intel(R) Ethernet", "up": True}
    assert state["boot_utc"] == "2026-03-02T08:00:00Z"


def test_the_time_service_is_told_without_the_network_and_samples_are_not() -> None:
    assert taken()["clock"] == {"w32time_state": "running", "w32time_source": "time.windows.com,0x8", "samples": None}
    silent = pc(programs={}, known_services={})
    assert taken(silent)["clock"] == {"w32time_state": None, "w32time_source": None, "samples": None}


def test_the_cache_is_read_and_no_name_is_asked_for_without_the_network() -> None:
    windows = pc(cache={"imap.gmail.com": ("142.250.102.108",)})
    rows = {row["name"]: row for row in taken(windows)["dns"]}
    assert rows["imap.gmail.com"] == {
        "name": "imap.gmail.com",
        "addresses": None,
        "error": None,
        "cached": ["142.250.102.108"],
        "servers": ["10.0.0.53"],
    }
    assert not any(asked[0] in ("proxy_for", "mx") for asked in windows.asked)


@pytest.mark.parametrize(("outcome", "word"), [("denied", "denied"), ("missing", "failed"), ("too_big", "failed")])
def test_a_refused_section_is_null_and_says_why_and_the_others_are_there(outcome: str, word: str) -> None:
    state = taken(pc(names=NotTaken(Outcome(outcome), "access denied (5)")))
    assert (state["credentials"], state["sections"]["credentials"]) == (None, word)
    assert state["reasons"]["credentials"] == "access denied (5)"
    assert state["webview2"]["runtimes"] != []


def test_an_error_of_the_system_costs_its_section_alone() -> None:
    def broken(_windows: Windows, _options: Options) -> Any:
        raise OSError(5, "no more disks")

    state = take(pc(), OFF, {"volumes": broken, "adapters": SECTIONS["adapters"]})
    assert (state["volumes"], state["sections"]) == (None, {"volumes": "failed", "adapters": "ok"})
    assert "no more disks" in state["reasons"]["volumes"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_in_a_section_costs_that_section_alone() -> None:
    def defective(_windows: Windows, _options: Options) -> Any:
        raise KeyError("nothing")

    state = take(pc(), OFF, {"volumes": defective, "adapters": SECTIONS["adapters"]})
    assert state["sections"] == {"volumes": "failed", "adapters": "ok"}
    assert state["reasons"] == {"volumes": "a defect of the collector"}


def test_a_section_that_never_ends_is_left_behind() -> None:
    hung = threading.Event()
    sections = {"volumes": lambda *_: hung.wait(), "adapters": SECTIONS["adapters"]}
    state = take(pc(), replace(OFF, section_s=0.05), sections)
    hung.set()
    assert (state["volumes"], state["sections"]) == (None, {"volumes": "failed", "adapters": "ok"})
    assert state["reasons"] == {"volumes": "not ended in time"}


def test_without_a_known_person_whose_stores_is_not_guessed() -> None:
    state = taken(options=replace(OFF, person=None))
    assert (state["mail_stores"], state["sections"]["mail_stores"]) == (None, "skipped")


def test_a_person_without_outlook_has_no_stores_and_a_denied_folder_is_not_an_empty_one() -> None:
    assert taken(pc(folders={}))["mail_stores"] == []
    denied = NotTaken(Outcome.DENIED, "access denied (5)")
    state = taken(pc(folders={f"{HOME}\\AppData\\Local\\Microsoft\\Outlook": denied}))
    assert (state["mail_stores"], state["sections"]["mail_stores"]) == (None, "denied")


def test_both_stacks_proxies_are_told_and_a_password_in_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://bob:hunter2@proxy.corp:8080")
    windows = pc(
        winhttp=Proxy(server="proxy.corp:8080", bypass="<local>"),
        user=Proxy(auto_detect=False, auto_config_url="http://pac.corp/p.pac"),
    )
    found = taken(windows)["proxy"]
    assert found["winhttp"] == {"access": "named", "server": "proxy.corp:8080", "bypass": "<local>"}
    assert found["user"] == {
        "user_sid": ALICE,
        "auto_detect": False,
        "auto_config_url": "http://pac.corp/p.pac",
        "server": "",
        "bypass": "",
    }
    assert found["environment"]["HTTPS_PROXY"] == "http://bob:*******@proxy.corp:8080"
    assert found["resolved"] is None


class Unplugged(Wire):
    """Whoever uses it has used the network."""

    def resolve(self, name: str) -> tuple[str, ...]:
        raise AssertionError(f"asked for {name}")

    def alias(self, name: str) -> str | None:
        raise AssertionError(f"asked for {name}")

    def connect(self, addresses: tuple[str, ...], port: int) -> socket.socket:
        raise AssertionError(f"connected to {addresses} {port}")


def test_without_the_network_nothing_is_sent_whatever_is_set_up() -> None:
    windows = pc(
        user=Proxy(auto_detect=True, auto_config_url="http://pac.corp/p.pac", server="proxy.corp:8080"),
        scripts={None: "PROXY a.corp:1", "http://pac.corp/p.pac": "PROXY b.corp:2"},
    )
    options = replace(OFF, wire=Unplugged())
    state = taken(windows, options)
    assert "a defect of the collector" not in state["reasons"].values()
    for item in catalog.load().items:
        if item.method in ("command", "api") and item.format != "live_state":
            with suppress(NotTaken):
                text(windows, item, options)
    assert not {asked[0] for asked in windows.asked} & {"proxy_for", "mx", "trust"}
    assert not any("stripchart" in word for asked in windows.asked for word in asked)
