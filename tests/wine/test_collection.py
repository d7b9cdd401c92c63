"""The kit on a Windows that Wine plays: what it brings home, what it says of the rest, and what it leaves alone."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest

from analyzer.pipeline import Options, analyze
from collectors import catalog
from tests.wine.conftest import Collection, state, told
from tests.wine.pc import (
    ACCOUNT,
    IMAP_FOLDER,
    LOCKED,
    LONG_FOLDER,
    OFFICE_LOG,
    SECRETS,
    SHARED,
    TARGET,
    TOOLS,
    WEBVIEW2,
    Pc,
)
from tests.wine.secrets import forms, places


def test_the_kit_runs_out_of_a_folder_with_blanks_and_letters_and_ends_with_one_line(collection: Collection) -> None:
    assert collection.code == 0, collection.complained
    last = collection.printed.strip().splitlines()[-1]
    digest = hashlib.sha256(collection.bundle.read_bytes()).hexdigest()
    assert f"sha256={digest}" in last
    assert "out" in last


def test_the_machine_and_who_sits_at_it_are_told(collection: Collection) -> None:
    host = collection.manifest["host"]
    assert host["architecture"] == "AMD64"
    assert host["console_user_sid"] == host["collected_as_sid"] == collection.manifest["case"]["user_sid"]


def test_every_item_of_the_catalogue_ends_as_taken_or_left(collection: Collection) -> None:
    paper = collection.manifest
    told_of = {row["artifact"] for row in (*paper["artifacts"], *paper["omissions"])}
    assert told_of == {item.id for item in catalog.load().items}
    assert sorted(row["member"] for row in paper["artifacts"]) == sorted(set(collection.names) - {"manifest.json"})
    for row in paper["artifacts"]:
        assert hashlib.sha256(collection.raw(row["member"])).hexdigest() == row["sha256"]


@pytest.mark.parametrize(
    "item", ["netsh_winhttp_proxy", "systeminfo", "certutil_root", "application_log", "system_log", "oalerts_log"]
)
def test_a_tool_that_says_it_is_done_and_brings_nothing_has_failed(collection: Collection, item: str) -> None:
    assert collection.omission(item)["outcome"] == "failed"
    assert collection.omission(item)["reason"]


@pytest.mark.parametrize("item", ["cmdkey_list", "w32tm_status", "dsregcmd_status"])
def test_a_tool_that_is_not_there_is_missing(collection: Collection, item: str) -> None:
    assert collection.omission(item)["outcome"] == "missing"


@pytest.mark.parametrize("item", ["system_hive", "software_hive"])
def test_a_saved_hive_that_is_none_is_not_taken_for_one(collection: Collection, item: str) -> None:
    assert collection.omission(item)["outcome"] == "failed"
    assert "no hive" in collection.omission(item)["reason"]


def test_a_log_that_outlook_has_open_is_read_beside_it_and_a_locked_one_is_named(collection: Collection) -> None:
    taken = {row["source_path"].rpartition("\\")[2]: row for row in collection.manifest["artifacts"]}
    assert collection.raw(taken[SHARED]["member"]) == OFFICE_LOG
    left = collection.omission("office_log")
    assert left["source_path"].endswith(LOCKED)
    assert left["outcome"] == "failed"
    assert "(32)" in left["reason"]
    assert left["tried"].count("copy") >= 1


def test_names_in_any_script_and_long_paths_come_home_as_they_are(collection: Collection) -> None:
    members = "\n".join(collection.names)
    assert f"/{IMAP_FOLDER}/IMAP-alice.log" in members
    assert f"/{LONG_FOLDER}/opmlog.log" in members
    office = collection.raw("registry/reg_user_office.reg").decode("utf-16")
    assert '[HKEY_CURRENT_USER\\Software\\Microsoft\\Office\\Ключ é 日本]\r\n"Имя"="значение"\r\n' in office


def test_the_keys_times_lie_beside_the_export(collection: Collection) -> None:
    office = collection.raw("registry/reg_user_office.reg").decode("utf-16")
    rows = [json.loads(line) for line in collection.raw("registry/reg_user_office.keys.jsonl").splitlines()]
    assert [row["key"] for row in rows] == re.findall(r"^\[(.+)\]\r?$", office, re.MULTILINE)
    assert all(row["last_written_utc"].endswith("Z") for row in rows)


def test_a_credential_is_named_by_api_with_its_time_and_without_its_secret(collection: Collection) -> None:
    (found,) = collection.member("live/state.json")["credentials"]
    assert (found["target"], found["user_name"], found["type"]) == (TARGET, ACCOUNT, "generic")
    assert (found["persist"], found["last_written_utc"]) == ("local_machine", "2025-03-03T10:00:00Z")
    assert found["blob_bytes"] == len(SECRETS["credential"])


def test_webview2_is_found_where_it_is_registered_and_on_disk(collection: Collection) -> None:
    found = collection.member("live/state.json")["webview2"]
    assert [(row["pv"], row["outcome"]) for row in found["looked_in"]] == [
        (WEBVIEW2, "read"),
        (None, "no_key"),
        (None, "no_key"),
    ]
    assert found["listed"][0]["entries"] == [WEBVIEW2]
    assert [(row["version"], row["exists"]) for row in found["runtimes"]] == [(WEBVIEW2, True)]


def test_no_connection_was_allowed_and_none_is_claimed(collection: Collection) -> None:
    live = collection.member("live/state.json")
    assert collection.manifest["network"] == "off"
    assert (live["tls_probes"], live["sections"]["tls_probes"]) == (None, "skipped")
    assert live["clock"]["samples"] is None
    assert collection.omission("w32tm_stripchart")["outcome"] == "skipped"


def test_the_mail_store_is_measured_and_stays(collection: Collection) -> None:
    (store,) = collection.member("live/state.json")["mail_stores"]
    assert store["path"].endswith(f"{ACCOUNT}.ost")
    assert store["size"] == len(SECRETS["mail"])
    assert not any(name.endswith(".ost") for name in collection.names)


@pytest.mark.parametrize("what", sorted(SECRETS))
def test_no_secret_leaves_the_pc_in_any_form(collection: Collection, what: str) -> None:
    secret = SECRETS[what]
    assert places(collection.bundle, secret) == []
    assert not any(form in collection.bundle.read_bytes() for form in forms(secret))


def test_the_search_for_secrets_finds_every_form(tmp_path: Path) -> None:
    secret = SECRETS["mail password"]
    for number, form in enumerate(sorted(forms(secret))):
        bundle = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("registry/x.reg", b"before " + form + b" behind")
        assert places(bundle, secret) == ["registry/x.reg"]


def test_a_password_is_kept_back_in_an_export_and_its_place_is_not(collection: Collection) -> None:
    office = collection.raw("registry/reg_user_office.reg").decode("utf-16")
    assert '"IMAP Password"=hex:00,00,00' in office
    environment = collection.raw("registry/reg_user_environment.reg").decode("utf-16")
    assert '"HTTP_PROXY"="http://bob:*********************@proxy.corp:8080"' in environment


def test_a_collection_changes_nothing_but_the_file_it_writes(collection: Collection) -> None:
    changed = {
        place
        for place in {*collection.before, *collection.after}
        if collection.before.get(place) != collection.after.get(place)
    }
    assert changed == {f"C:/{collection.bundle.name}"}


def test_a_collection_that_is_killed_changes_nothing_either(pc: Pc) -> None:
    before = state(pc.prefix)
    program = (f"{TOOLS}\\python\\python.exe", "-I", "-B", "-X", "utf8", f"{TOOLS}\\collector.pyz")
    with pc.prefix.start(*program, "--no-network", "--out", "C:\\killed.zip") as process:
        assert process.stderr
        # the first sign of life; it is in the middle of the collection then
        assert process.stderr.read(1)
        process.kill()
    after = state(pc.prefix)
    changed = {place for place in {*before, *after} if before.get(place) != after.get(place)}
    left_over = re.compile(r"C:/killed\.zip(\.part|\.work)?|C:/users/[^/]+/Temp/mailscope-.+", re.IGNORECASE)
    assert {place for place in changed if not left_over.fullmatch(place)} == set()


def test_started_inside_the_zip_it_says_what_to_do(pc: Pc) -> None:
    alone = pc.prefix.put("C:\\zip view\\collect.cmd", pc.prefix.at(f"{TOOLS}\\collect.cmd").read_bytes())
    done = pc.prefix.run("cmd", "/c", "C:\\zip view\\collect.cmd", "--quiet")
    assert alone.exists()
    assert done.returncode == 2
    assert "Extract All" in told(done.stderr)


def test_the_kit_speaks_french_where_it_is_asked_to(pc: Pc) -> None:
    done = pc.prefix.run("cmd", "/c", "call", f"{TOOLS}\\collect.cmd", "--dry-run", "--lang", "fr")
    assert done.returncode == 0
    assert "journal d'événements, exporté: OAlerts" in told(done.stdout)


def test_the_analyzer_names_the_fault_of_the_collected_pc(collection: Collection, tmp_path: Path) -> None:
    done = analyze(collection.bundle, tmp_path / "case", Options(), lambda _name, _done, _all: None)
    diagnosis = done.diagnosis
    statuses = {verdict.cause: str(verdict.status) for verdict in diagnosis.verdicts}
    assert str(diagnosis.head.status) == "pinpointed", statuses
    assert diagnosis.head.causes == ("stale_token",)
    assert statuses["webview2_missing"] in ("ruled_out", "unlikely")
    # the registry came home whole
    assert [gap for gap in diagnosis.gaps if (gap.artifact or "").startswith("registry/")] == []
