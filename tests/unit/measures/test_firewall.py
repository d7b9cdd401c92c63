"""Outgoing block rules in force, rule by rule, and connections that were forbidden on the computer itself."""

from __future__ import annotations

import pytest

from analyzer.measures import firewall
from analyzer.measures.evidence import Fact
from tests.unit.evidence import FAILED, Row, fact, failed, holding, scene, setting, when

LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
OUTLOOK = r"App=C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE"
RUNTIME = r"App=%ProgramFiles(x86)%\Microsoft\EdgeWebView\Application\142.0.3595.65\msedgewebview2.exe"
BLOCKS = "Action=Block|Active=TRUE|Dir=Out"


def rule(text: str, tree: str = LOCAL, name: str = "{1}") -> Row:
    return setting(rf"{tree}\FirewallRules", name, f"v2.31|{text}|Name=X|", artifact="SYSTEM")


def switch(profile: str, value: int, tree: str = LOCAL) -> Row:
    return setting(rf"{tree}\{profile}", "EnableFirewall", value, artifact="SYSTEM")


def measured(*parts: Row | tuple[Row, ...]) -> list[Fact]:
    return list(firewall.measure(holding(*parts), scene(failed())))


def blocked(*parts: Row) -> list[str | None]:
    return [f.value for f in measured(*parts) if f.name == "outbound_block"]


@pytest.mark.parametrize("tree", [LOCAL, POLICY])
@pytest.mark.parametrize(
    ("text", "program"),
    [
        (f"{BLOCKS}|{OUTLOOK}", "OUTLOOK.EXE"),
        (f"{BLOCKS}|{RUNTIME}", "msedgewebview2.exe"),
        (f"{BLOCKS}|Protocol=6|{OUTLOOK}", "OUTLOOK.EXE"),
        (f"{BLOCKS}|Protocol=256|{OUTLOOK}", "OUTLOOK.EXE"),
        (f"{BLOCKS}|Protocol=6|RPort=80|RPort=443|{OUTLOOK}", "OUTLOOK.EXE"),
        (f"{BLOCKS}|Protocol=6|RPort2_10=990-995|{OUTLOOK}", "OUTLOOK.EXE"),
        (f"{BLOCKS}|Protocol=6|RPort=993", "mail ports"),
        ("action=block|active=true|dir=out|app=c:\\outlook.exe", "outlook.exe"),
    ],
)
def test_an_active_outgoing_block_of_the_sign_in_is_told(tree: str, text: str, program: str) -> None:
    assert blocked(rule(text, tree)) == [program]


@pytest.mark.parametrize(
    "text",
    [
        f"Action=Allow|Active=TRUE|Dir=Out|{OUTLOOK}",
        f"Action=Block|Active=FALSE|Dir=Out|{OUTLOOK}",
        f"Action=Block|Active=TRUE|Dir=In|{OUTLOOK}",
        f"{BLOCKS}|App=C:\\Tools\\spare.exe",
        f"{BLOCKS}|App=C:\\Tools\\notoutlook.exe",
        f"{BLOCKS}|Protocol=17|{OUTLOOK}",
        f"{BLOCKS}|RPort=25|Protocol=6|{OUTLOOK}",
        f"{BLOCKS}|RPort2_10=1-400|Protocol=6|{OUTLOOK}",
        f"{BLOCKS}|RA4=10.0.0.0/255.0.0.0|{OUTLOOK}",
        f"{BLOCKS}|Svc=mail|{OUTLOOK}",
        f"{BLOCKS}|Protocol=6|RPort=25",
        f"{BLOCKS}|Protocol=6|RPort=443",
        f"{BLOCKS}|Protocol=6|RPort=RPC",
        BLOCKS,
    ],
)
def test_what_lacks_one_of_the_conditions_blocks_nothing(text: str) -> None:
    assert blocked(rule(text)) == []


def test_a_rule_counts_while_one_of_its_profiles_is_on() -> None:
    text = f"{BLOCKS}|Profile=Private|Profile=Public|{OUTLOOK}"
    off = switch("StandardProfile", 0), switch("PublicProfile", 0)
    assert blocked(rule(text), *off) == []
    assert blocked(rule(text), off[0], switch("PublicProfile", 1)) == ["OUTLOOK.EXE"]
    assert blocked(rule(text), off[0]) == ["OUTLOOK.EXE"]


def test_a_rule_without_a_profile_is_for_all_of_them() -> None:
    off = switch("StandardProfile", 0), switch("PublicProfile", 0)
    assert blocked(rule(f"{BLOCKS}|{OUTLOOK}"), *off) == ["OUTLOOK.EXE"]
    assert blocked(rule(f"{BLOCKS}|{OUTLOOK}"), *off, switch("DomainProfile", 0)) == []


def test_a_policy_switches_a_profile_before_the_local_setting() -> None:
    text = f"{BLOCKS}|Profile=Public|{OUTLOOK}"
    assert blocked(rule(text), switch("PublicProfile", 1), switch("PublicProfile", 0, POLICY)) == []
    assert blocked(rule(text), switch("PublicProfile", 0), switch("PublicProfile", 1, POLICY)) == ["OUTLOOK.EXE"]


def test_the_rule_and_the_switch_are_both_cited() -> None:
    found = measured(rule(f"{BLOCKS}|Profile=Domain|{OUTLOOK}"), switch("DomainProfile", 1))
    assert [s.place for f in found for s in f.sources] == [
        rf"{LOCAL}\FirewallRules!{{1}}",
        rf"{LOCAL}\DomainProfile!EnableFirewall",
    ]


def error(code: str, socket: int) -> tuple[Row, ...]:
    told = {"mail_error.code": code, "mail_error.server": "imap.gmail.com"}
    rows = [fact(name, value, artifact="opmlog.log", place="line 4", at=FAILED) for name, value in told.items()]
    return (*rows, fact("mail_error.socket_error", float(socket), artifact="opmlog.log", place="line 4", at=FAILED))


def test_an_access_error_of_a_failed_connection_is_told_with_server_and_time() -> None:
    found = measured(error("0x800CCC0E", 10013))
    assert [(f.name, f.value, f.number, f.at) for f in found] == [
        ("connection_forbidden", "imap.gmail.com", 10013.0, when(FAILED))
    ]


@pytest.mark.parametrize(("code", "socket"), [("0x800CCC0E", 10061), ("0x800CCC0E", 10060), ("0x800CCC0F", 10013)])
def test_other_errors_are_not_forbidden_connections(code: str, socket: int) -> None:
    assert measured(error(code, socket)) == []
