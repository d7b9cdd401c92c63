"""A redacted case says the same about causes and nothing about who, where and which machine."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import Scenario, load_scenario
from reports.cli import run
from tests.scenarios.judgement import FIXTURES

MACHINES = (
    "field_bundle",
    "several_users_judged_apart",
    "proxy_winhttp_dead",
    "policy_in_answer",
)


@pytest.fixture(scope="module", params=MACHINES)
def cases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Scenario, Path, Path]:
    """A machine with its case, and the same redacted."""
    scenario = load_scenario(FIXTURES / "scenarios" / request.param)
    tmp_path = tmp_path_factory.mktemp("room")
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(build_bundle(scenario))
    for options in ([], ["--redact"]):
        assert run(["-q", "analyze", str(bundle), "--out", str(tmp_path / "case"), *options]) == 0
    return scenario, tmp_path / "case", tmp_path / "case-redacted"


def _findings(case: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((case / "findings.json").read_bytes())
    return found


def _verdicts(case: Path) -> list[tuple[str, str, int]]:
    return [(each["cause"], each["status"], each["rank"]) for each in _findings(case)["verdicts"]]


def _names(scenario: Scenario) -> set[str]:
    """What the forge wrote into the machine; the words of a public provider are nobody's."""
    machine, account = scenario.machine, scenario.case.get("account")
    users = {machine.user, *machine.profiles}
    return {machine.name, machine.sid, *machine.profiles.values(), *users, *filter(None, [account])}


def _forms(name: str) -> set[bytes]:
    plain = {name, name.lower(), quote(name, safe=""), name.replace("@", "_"), "".join(filter(str.isalnum, name))}
    encoded = {form.encode() for form in plain} | {name.encode("utf-16-le")}
    return encoded | {base64.b64encode(bytes(before) + name.encode())[before and 4 : -4] for before in range(3)}


def test_nobody_is_named_and_the_verdicts_are_the_same(cases: tuple[Scenario, Path, Path]) -> None:
    scenario, whole, redacted = cases
    assert _verdicts(redacted) == _verdicts(whole)
    assert _findings(redacted)["verdict"]["causes"] == _findings(whole)["verdict"]["causes"]
    names = _names(scenario)
    assert any(name.encode() in (whole / "findings.json").read_bytes() for name in names)
    for file in (path for path in redacted.rglob("*") if path.is_file()):
        content = file.read_bytes().lower()
        assert [name for name in names for form in _forms(name) if len(form) > 5 and form.lower() in content] == []


def test_the_map_lies_beside_the_case_and_leads_back(cases: tuple[Scenario, Path, Path]) -> None:
    scenario, _, redacted = cases
    names = json.loads(redacted.with_name("case-redacted.map.json").read_bytes())
    assert {name.lower() for name in _names(scenario)} <= {name.lower() for name in names.values()}
    assert sorted(path.name for path in redacted.iterdir()) == [
        "case-notes.txt",
        "findings.json",
        "report.html",
        "run.json",
    ]


def test_a_public_provider_stays_and_the_token_of_an_account_is_the_same_everywhere(
    cases: tuple[Scenario, Path, Path],
) -> None:
    scenario, _, redacted = cases
    names = json.loads(redacted.with_name("case-redacted.map.json").read_bytes())
    accounts = {each["account"] for each in _findings(redacted)["accounts"]}
    provider = "@gmail.com" if "gmail.com" in str(scenario.case.get("account", "gmail.com")) else "@domain-"
    assert accounts
    assert all(account.partition("@")[0] in names for account in accounts)
    assert any(provider in account for account in accounts)
