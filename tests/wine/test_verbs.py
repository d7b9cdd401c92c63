"""Single verbs on the Windows that Wine plays; what only a real Windows can show is listed in docs/how-to."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from fixtures.forge.certificates import AUTHORITIES, certificate, leaf
from tests.wine.pc import Pc, connected
from tests.wine.prefix import Prefix

PROBES = "HKCU\\Software\\mailscope probes"
PAC = "http://pac.corp/p.pac"


@pytest.fixture(scope="module")
def answers(pc: Pc) -> dict[str, dict[str, str]]:
    """Many verbs in one run of the Windows Python: starting it costs more than they do."""
    seed(pc.prefix)
    chain = [leaf(AUTHORITIES["inspection"], "imap.gmail.com"), certificate(AUTHORITIES["inspection"])]
    hexes = [each.public_bytes(Encoding.DER).hex() for each in chain]
    calls: dict[str, list[Any]] = {
        "every kind": ["export_key", PROBES, None],
        "big value": ["value", PROBES, "big"],
        "no value": ["value", PROBES, "nothing"],
        "no key": ["values", PROBES + "\\nothing"],
        "no key's value": ["value", PROBES + "\\nothing", "x"],
        "no key's time": ["written_utc", PROBES + "\\nothing"],
        "no key's export": ["export_key", PROBES + "\\nothing", None],
        "another root": ["subkeys", "HKCR\\Software"],
        "another hive": ["save_key", "HKLM\\SAM", "C:\\sam.hiv"],
        "saved hive": ["save_key", "HKLM\\SYSTEM", "C:\\system.hiv"],
        "no folder": ["entries", "C:\\nothing"],
        "no file": ["find", "C:\\windows\\nothing"],
        "not opened": ["open_file", "C:\\windows\\nothing"],
        "opened": ["open_file", "C:\\windows\\win.ini"],
        "opened by backup": ["open_backup", "C:\\windows\\win.ini"],
        "no program": ["run", ["cmdkey", "/list"], 10],
        "late program": ["run", ["cmd", "/c", "for /l %i in (1,0,2) do @rem"], 0.5],
        "silent program": ["run", ["netsh", "winhttp", "show", "proxy"], 10],
        "no service": ["service", "mailscope-nothing"],
        "a service": ["service", "EventLog"],
        "user's proxy": ["user_proxy"],
        "no script": ["proxy_for", "https://accounts.google.com/", "http://127.0.0.1:9/p.pac"],
        "no log": ["export_log", "Application", "C:\\application.evtx", 10],
        "no shadow": ["copy_shadow", "C:\\windows\\win.ini", "C:\\shadow.ini"],
        "forged chain": ["trust", hexes, "imap.gmail.com"],
        "no certificate": ["trust", ["00"], "imap.gmail.com"],
        "processes": ["processes"],
        "who": ["identity"],
        "profiles": ["profiles"],
    }
    found = dict(zip(calls, pc.prefix.script("verbs.py", list(calls.values())), strict=True))
    # the other tests go directly
    pc.prefix.script("seed.py", {"values": [connected(1, "", "", "")]})
    return found


def seed(prefix: Prefix) -> None:
    values = [
        (PROBES, "", 1, "the default"),
        (PROBES, "text", 1, 'a "quoted" \\ é ключ'),
        (PROBES, "expanded", 2, "%TEMP%\\x"),
        (PROBES, "binary", 3, "0001ff"),
        (PROBES, "number", 4, 0x80000001),
        (PROBES, "several", 7, ["a", "b"]),
        (PROBES, "long number", 11, 1 << 40),
        (PROBES, "big", 3, "ab" * 70000),
        (PROBES + "\\below\\deeper", "x", 4, 1),
        connected(1 | 2 | 4, "proxy.corp:8080", "<local>", PAC),
    ]
    prefix.script("seed.py", {"values": values})


def test_every_kind_of_value_is_exported_as_reg_export_does(answers: dict[str, dict[str, str]]) -> None:
    text = answers["every kind"]["answer"].replace("\\\r\n  ", "")
    assert text.startswith(
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\mailscope probes]\r\n"
    )
    assert '@="the default"\r\n' in text
    assert '"text"="a \\"quoted\\" \\\\ é ключ"\r\n' in text
    assert '"expanded"=hex(2):25,00,54,00,45,00,4d,00,50,00,25,00,5c,00,78,00,00,00\r\n' in text
    assert '"binary"=hex:00,01,ff\r\n' in text
    assert '"number"=dword:80000001\r\n' in text
    assert '"several"=hex(7):61,00,00,00,62,00,00,00,00,00\r\n' in text
    assert '"long number"=hex(b):00,00,00,00,00,01,00,00\r\n' in text
    assert text.count("ab,") >= 69999
    assert "[HKEY_CURRENT_USER\\Software\\mailscope probes\\below\\deeper]\r\n" in text
    assert answers["every kind"]["keys"] == "3"
    assert answers["every kind"]["times"].count("last_written_utc") == 3


def test_a_value_beyond_the_first_buffer_is_read_whole(answers: dict[str, dict[str, str]]) -> None:
    assert answers["big value"]["answer"].count("\\xab") == 70000


@pytest.mark.parametrize("call", ["no value", "no key's value", "no key's time", "no file", "no service"])
def test_what_may_be_absent_is_none(answers: dict[str, dict[str, str]], call: str) -> None:
    assert answers[call] == {"answer": "None"}


@pytest.mark.parametrize("call", ["no key", "no key's export", "no folder", "not opened", "no program"])
def test_what_must_be_there_is_missing_when_it_is_not(answers: dict[str, dict[str, str]], call: str) -> None:
    assert answers[call]["outcome"] == "missing"


@pytest.mark.parametrize("call", ["another root", "another hive"])
def test_what_the_catalogue_does_not_name_is_not_touched(answers: dict[str, dict[str, str]], pc: Pc, call: str) -> None:
    assert answers[call]["outcome"] == "skipped"
    assert not pc.prefix.at("C:\\sam.hiv").exists()


@pytest.mark.parametrize(
    ("call", "file"),
    [("saved hive", "C:\\system.hiv"), ("no log", "C:\\application.evtx"), ("no shadow", "C:\\shadow.ini")],
)
def test_what_came_out_wrong_is_not_left_lying_about(
    answers: dict[str, dict[str, str]], pc: Pc, call: str, file: str
) -> None:
    assert answers[call]["outcome"] in ("failed", "missing")
    assert not pc.prefix.at(file).exists()


@pytest.mark.parametrize("call", ["opened", "opened by backup"])
def test_a_file_is_read_by_both_methods(answers: dict[str, dict[str, str]], call: str) -> None:
    assert answers[call]["answer"].startswith("[mail]")


def test_a_program_that_does_not_end_or_says_nothing_has_failed(answers: dict[str, dict[str, str]]) -> None:
    assert (answers["late program"]["outcome"], answers["silent program"]["outcome"]) == ("failed", "failed")
    assert "did not end" in answers["late program"]["reason"]
    assert "printed nothing" in answers["silent program"]["reason"]


def test_a_services_state_and_start_are_told(answers: dict[str, dict[str, str]]) -> None:
    # Wine lets it stop when nobody asks for it
    assert answers["a service"]["answer"] in {
        f"Service(name='EventLog', state='{state}', start='auto')" for state in ("running", "stopped")
    }


def test_the_users_proxy_is_what_windows_makes_of_the_connections_record(answers: dict[str, dict[str, str]]) -> None:
    assert answers["user's proxy"]["answer"] == (
        f"Proxy(auto_detect=False, auto_config_url='{PAC}', server='proxy.corp:8080', bypass='<local>')"
    )


def test_a_script_that_nobody_serves_is_no_answer(answers: dict[str, dict[str, str]]) -> None:
    assert answers["no script"]["outcome"] == "failed"
    assert answers["no script"]["reason"].startswith("the proxy script: error ")


def test_a_chain_that_leads_to_no_root_is_not_trusted_and_no_certificate_is_refused(
    answers: dict[str, dict[str, str]],
) -> None:
    assert answers["forged chain"]["answer"] == "Trust(trusted=False, error='CERT_E_UNTRUSTEDROOT (0x800B0109)')"
    assert answers["no certificate"]["outcome"] == "failed"


def test_the_process_itself_is_listed_with_its_version_owner_and_start(answers: dict[str, dict[str, str]]) -> None:
    listed = answers["processes"]["answer"]
    assert "path='C:\\\\python\\\\python.exe', version='3.11.9150.1013'" in listed
    assert "elevated=True" in listed
    assert "sid='S-1-5-21-" in listed


def test_who_runs_has_a_profile_that_is_loaded(answers: dict[str, dict[str, str]], pc: Pc) -> None:
    sid = answers["who"]["answer"].split("sid='")[1].split("'")[0]
    assert f"Profile(sid='{sid}'" in answers["profiles"]["answer"]
    assert pc.home.replace("\\", "\\\\") in answers["profiles"]["answer"]
    assert "loaded=True" in answers["profiles"]["answer"]
