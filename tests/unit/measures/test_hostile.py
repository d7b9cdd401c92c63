"""What nobody's machine would say neither stops a measure nor keeps it busy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.measures import accounts, firewall, office, outlook, tls, traces
from analyzer.measures.evidence import elements, whole_number
from analyzer.redact.originals import ADDRESS
from tests.unit.evidence import ALICE, FAILED, Row, Rows, dialog, event, fact, failed, holding, scene, section, setting

DIGITS = "9" * 5_000
CONFIGURATION = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
RULES = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"
NESTED = '{"a":' * 20_000 + "1" + "}" * 20_000


@pytest.mark.parametrize(
    "rows",
    [
        (setting(CONFIGURATION, "VersionToReport", f"16.0.{DIGITS}.0"),),
        (
            setting(CONFIGURATION, "VersionToReport", "16.0.1.0"),
            *section("processes", "processes[0]", {"name": "outlook.exe", "version": f"16.0.{DIGITS}.1"}),
        ),
    ],
    ids=["installed", "running"],
)
def test_a_version_beyond_all_counting_is_none(rows: Rows) -> None:
    assert {told.name for told in office.measure(holding(*rows), scene())} <= {"office_build"}


def test_an_outlook_of_such_a_version_is_not_an_older_one() -> None:
    process = section("processes", "processes[0]", {"name": "outlook.exe", "version": f"{DIGITS}.0"})
    assert list(outlook.measure(holding(process), scene())) == []


def test_a_dialog_of_nothing_but_line_ends_tells_no_version() -> None:
    shown = dialog(FAILED, "(POP/IMAP)" + "\n" * 30_000 + "x")
    assert list(outlook.measure(holding(shown), scene(failed()))) == []


@pytest.mark.parametrize("port", [DIGITS, f"1-{DIGITS}"], ids=["one", "range"])
def test_a_rule_of_ports_beyond_all_counting_is_for_none_of_ours(port: str) -> None:
    rule = f"v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort={port}|App=C:\\OUTLOOK.EXE|"
    assert list(firewall.measure(holding(setting(RULES, "{1}", rule)), scene())) == []


@pytest.mark.parametrize(("text", "number"), [("993", 993), ("9" * 21, None), ("-1", None), ("9x", None), ("", None)])
def test_a_whole_number_is_one_that_programs_count_up_to(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_a_status_beyond_all_counting_is_no_answer() -> None:
    request: Row = fact("page_requests.host", "accounts.google.com", place="line 3", user=ALICE)
    status: Row = fact("page_requests.status_code", DIGITS, place="line 3", user=ALICE)
    assert traces.traces(holding(request, status), scene()) == ()


@pytest.mark.parametrize("provider", ["Schannel", "Microsoft-Windows-CAPI2"])
def test_fields_nested_beyond_all_reading_are_none(provider: str) -> None:
    rows = [event(provider, number, FAILED, record_id=number) for number in (11, 30, 36882)]
    nested = (replace(row, cells=row.cells | {"data": NESTED}) for row in rows)
    assert [told for told in tls.measure(holding(*nested), scene(failed())) if told.value] == []


def test_a_long_text_without_an_address_is_gone_through_once() -> None:
    text = "a" * 400_000
    assert accounts.ADDRESS.search(f"{text}@") is None
    assert ADDRESS.findall(f"{text}@ {'a_' * 100_000}") == []


def test_addresses_that_follow_each_other_without_a_gap_are_each_found() -> None:
    joined = "alice@example.org_bob@example.com"
    assert ADDRESS.findall(joined) == ["alice@example.org", "_bob@example.com"]


def test_a_list_of_very_many_values_is_put_together_at_once() -> None:
    rows = [fact("dns.addresses", f"10.0.0.{number % 256}", place="dns[0]") for number in range(20_000)]
    (answer,) = elements(holding(*rows), "dns")
    assert len(answer.texts["addresses"]) == 20_000
