"""Outgoing block rules in force, rule by rule, and connections that were forbidden on the computer itself."""

from __future__ import annotations

import pytest

from analyzer.measures import firewall
from analyzer.measures.evidence import Fact
from tests.unit.evidence import FAILED, OALERTS, Row, event, fact, failed, holding, probe, scene, setting, when

LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
OUTLOOK = r"App=C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE"
RUNTIME = r"App=%ProgramFiles(x86)%\Microsoft\EdgeWebView\Application\142.0.3595.65\msedgewebview2.exe"
FIREWALL = "Microsoft-Windows-Windows Firewall With Advanced Security"
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


def shut(host: str = "imap.gmail.com", number: int = 1, port: int = 993) -> tuple[Row, ...]:
    return tuple(probe(host, number, port=port, stage="tcp", tcp_ok=False, via="direct", error="timed out"))


def answered(host: str = "accounts.google.com", stage: str = "http") -> tuple[Row, ...]:
    return tuple(probe(host, 0, port=443, stage=stage, tcp_ok=True, via="PROXY p:1"))


def closed(*parts: tuple[Row, ...]) -> list[str | None]:
    return [f.subject for f in measured(*parts) if f.name == "mail_port_closed"]


def test_a_mail_port_is_closed_where_google_answers_over_https() -> None:
    assert closed(answered(), shut()) == ["imap.gmail.com"]


@pytest.mark.parametrize(
    "parts",
    [
        (shut(),),
        (answered(), shut("smtp.gmail.com", port=465)),
        (answered("www.msftconnecttest.com"), shut()),
        (answered(stage="connect"), shut()),
        (answered(), shut(), tuple(probe("imap.gmail.com", 2, port=993, stage="tls", tcp_ok=True, via="direct"))),
        (answered(), tuple(probe("imap.gmail.com", 1, port=993, stage="dns", tcp_ok=False, via="direct"))),
    ],
)
def test_a_port_that_answers_once_or_beside_which_nothing_answers_is_not_closed(
    parts: tuple[tuple[Row, ...], ...],
) -> None:
    assert closed(*parts) == []


NETWORK_RULE = {"RuleId": "{1}", "Direction": "2", "Action": "2", "Active": "1", "RemotePorts": "*"} | {
    "ApplicationPath": r"C:\Office16\OUTLOOK.EXE"
}


def written(event_id: int, at: str = FAILED, **data: str) -> Row:
    return event(FIREWALL, event_id, at, artifact="Firewall.evtx", data=NETWORK_RULE | data)


def recorded(*parts: Row) -> list[float | None]:
    return [f.number for f in measured(*parts) if f.name == "outbound_block_recorded"]


@pytest.mark.parametrize("event_id", [2004, 2005, 2071, 2073, 2097, 2099])
def test_a_rule_is_known_by_its_record_where_the_rules_were_not_collected(event_id: int) -> None:
    assert recorded(written(event_id)) == [event_id]


@pytest.mark.parametrize(
    "change",
    [{"Direction": "1"}, {"Action": "3"}, {"Active": "0"}, {"RemotePorts": "80"}, {"ApplicationPath": r"C:\x.exe"}],
)
def test_a_record_of_another_rule_says_nothing(change: dict[str, str]) -> None:
    assert recorded(written(2097, **change)) == []


@pytest.mark.parametrize("event_id", [2006, 2052])
def test_a_rule_that_was_deleted_again_is_gone(event_id: int) -> None:
    deleted = event(FIREWALL, event_id, "2026-03-02T08:01:59Z", artifact="F", data={"RuleId": "{1}"})
    assert recorded(written(2097, "2026-03-02T08:00:00Z"), deleted) == []


@pytest.mark.parametrize(
    ("text", "socket"),
    [
        ("Server: 'imap.gmail.com', Port: 993, Socket Error: 10013, Error Number: 0x800CCC0E", [10013]),
        ("Serveur : 'imap.gmail.com', Port : 993, Erreur de socket : 10013, N° : 0x800ccc0e", [10013]),
        ("Server: 'imap.gmail.com', Port: 993, Socket Error: 10061, Error Number: 0x800CCC0E", []),
        ("Server: 'mail.contoso.example', Port: 993, Socket Error: 10013, Error Number: 0x800CCC0E", []),
    ],
)
def test_outlooks_own_dialog_says_that_a_connection_was_forbidden(text: str, socket: list[int]) -> None:
    shown = event("Microsoft Office 16 Alerts", 300, FAILED, artifact=OALERTS, text=f"Microsoft Outlook\n{text}\n0\n")
    assert [f.number for f in measured(shown) if f.name == "connection_forbidden"] == socket
