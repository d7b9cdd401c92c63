"""Probes over a real TLS server on the loopback: how far each comes, what is served, what Windows is asked."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from analyzer.parsers.live_state import read
from collectors.live import Options, probes, take
from collectors.live.certificates import described
from collectors.live.clock import clock
from collectors.live.names import dns, mail_domain
from collectors.live.probes import Journey, tls_probes
from collectors.live.state import SECTIONS
from collectors.live.targets import TARGETS, Target
from collectors.live.wire import Wire
from collectors.windows import NotTaken, Outcome, Proxy, Service, Trust
from fixtures.forge.certificates import AUTHORITIES, certificate, leaf, served_chain
from tests.unit.collectors.pretence import Pretence
from tests.unit.collectors.roadside import DATE, Detour, Roadside, standing
from tests.unit.parsers.artifacts import artifact, said

GOOGLE = Target("accounts.google.com", 443)
MAIL = Target("imap.gmail.com", 993, web=False)
CONTROL = Target("www.msftconnecttest.com", 80, "control")
THROUGH = "PROXY proxy.corp:8080"
SERVED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def roadside(tmp_path: Path) -> Iterator[Roadside]:
    with standing(Roadside(tmp_path)) as place:
        yield place


def probed(
    place: Roadside, target: Target, via: str = "DIRECT", *, windows: Pretence | None = None, **detour: Any
) -> dict[str, Any]:
    options = Options(wire=Detour(place.port, **detour))
    return Journey(windows or Pretence(), options, target, via).told()


def test_a_probe_that_gets_through_says_everything(roadside: Roadside) -> None:
    windows = Pretence(trusted=Trust(False, "CERT_E_UNTRUSTEDROOT (0x800B0109)"))
    row = probed(roadside, GOOGLE, windows=windows)
    assert (row["host"], row["port"], row["role"], row["via"]) == ("accounts.google.com", 443, "google", "direct")
    assert (row["stage"], row["tcp_ok"], row["connect_status"]) == ("http", True, None)
    assert (row["http_status"], row["http_date_utc"]) == (200, "2026-03-02T08:00:00Z")
    assert row["protocol"] == "TLSv1.3"
    assert (row["trusted_by_windows"], row["trust_method"]) == (False, "CertGetCertificateChain")
    assert row["error"] == "CERT_E_UNTRUSTEDROOT (0x800B0109)"
    assert windows.asked == [("trust", "accounts.google.com", "2")]
    assert roadside.heard == ["HEAD / HTTP/1.1"]


def test_the_chain_is_kept_as_it_was_served_whoever_signed_it(roadside: Roadside) -> None:
    assert probed(roadside, GOOGLE)["chain"] == served_chain("inspection", "accounts.google.com")


def test_over_a_proxy_the_host_is_named_to_it_and_tls_goes_through(roadside: Roadside) -> None:
    row = probed(roadside, GOOGLE, THROUGH)
    assert (row["via"], row["stage"], row["connect_status"], row["http_status"]) == (THROUGH, "http", 200, 200)
    assert roadside.heard == ["CONNECT accounts.google.com:443 HTTP/1.1", "HEAD / HTTP/1.1"]


def test_a_proxy_that_refuses_ends_the_probe_with_its_own_words(roadside: Roadside) -> None:
    roadside.connect = "407 Proxy Authentication Required"
    row = probed(roadside, GOOGLE, THROUGH)
    assert (row["stage"], row["connect_status"], row["tcp_ok"]) == ("connect", 407, True)
    assert row["error"] == "407 Proxy Authentication Required"
    assert row["chain"] is None


def test_a_name_without_an_answer_and_a_closed_port_are_told_apart(roadside: Roadside) -> None:
    row = probed(roadside, GOOGLE, unknown=("accounts.google.com",))
    assert (row["stage"], row["tcp_ok"], row["error"]) == ("dns", False, "name not resolved")
    row = probed(roadside, GOOGLE, dead=(443,))
    assert (row["stage"], row["tcp_ok"], row["error"]) == ("tcp", False, "connection refused")


def test_what_fails_at_the_proxy_is_said_to(roadside: Roadside) -> None:
    assert probed(roadside, GOOGLE, THROUGH, unknown=("proxy.corp",))["error"] == "proxy: name not resolved"
    assert probed(roadside, GOOGLE, THROUGH, dead=(8080,))["error"] == "proxy: connection refused"


def test_a_mail_server_is_probed_as_far_as_its_certificate(roadside: Roadside) -> None:
    row = probed(roadside, MAIL)
    assert (row["stage"], row["http_status"], row["error"]) == ("tls", None, None)
    assert row["chain"][0]["subject"] == "CN=imap.gmail.com"


def test_the_control_host_is_asked_without_tls_also_through_a_proxy(roadside: Roadside) -> None:
    assert probed(roadside, CONTROL)["chain"] is None
    assert probed(roadside, CONTROL, THROUGH)["http_status"] == 200
    assert roadside.heard == [
        "HEAD /connecttest.txt HTTP/1.1",
        "HEAD http://www.msftconnecttest.com/connecttest.txt HTTP/1.1",
    ]


def test_what_speaks_no_tls_or_no_http_is_an_error_and_nothing_worse(roadside: Roadside) -> None:
    roadside.answer = "hello\r\n\r\n"
    assert probed(roadside, GOOGLE)["error"] == "the answer is not HTTP"
    row = probed(roadside, GOOGLE, THROUGH)
    assert (row["stage"], row["http_status"]) == ("http", None)


def test_windows_that_cannot_judge_leaves_trust_unasked(roadside: Roadside) -> None:
    windows = Pretence(trusted=NotTaken(Outcome.FAILED, "a store for certificates: error 87"))
    row = probed(roadside, GOOGLE, windows=windows)
    assert (row["trusted_by_windows"], row["trust_method"]) == (None, None)
    assert (row["error"], row["http_status"]) == ("a store for certificates: error 87", 200)


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("Mon, 02 Mar 2026 08:00:00", "2026-03-02T08:00:00Z"),
        ("Mon, 02 Mar 2026 08:00:00 -0000", "2026-03-02T08:00:00Z"),
        ("Mon, 02 Mar 2026 09:00:00 +0100", "2026-03-02T08:00:00Z"),
        ("Fri, 31 Dec 9999 23:59:59 -0100", None),
        ("Mon, 02 Mar 2026 08:00:00 +9999", None),
        ("soon", None),
    ],
)
def test_a_servers_date_is_in_utc_whatever_zone_this_machine_is_in(
    roadside: Roadside, monkeypatch: pytest.MonkeyPatch, date: str, told: str | None
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    roadside.answer = f"HTTP/1.1 200 OK\r\nDate: {date}\r\n\r\n"
    row = probed(roadside, CONTROL)
    monkeypatch.undo()
    time.tzset()
    assert (row["stage"], row["http_date_utc"]) == ("http", told)


def test_names_and_ways_are_asked_for_side_by_side_because_each_may_take_as_long_as_windows_waits(
    roadside: Roadside,
) -> None:
    class Slow(Detour):
        def resolve(self, name: str) -> tuple[str, ...]:
            together.wait()
            return super().resolve(name)

    class Asked(Pretence):
        def proxy_for(self, url: str, pac: str | None) -> str:
            together.wait()
            return super().proxy_for(url, pac)

    together = Barrier(8, timeout=10)
    assert {row["error"] for row in dns(Pretence(), Options(wire=Slow(roadside.port)))} == {None}
    together = Barrier(sum(target.web for target in TARGETS), timeout=10)
    windows = Asked(user=Proxy(auto_config_url="http://pac.corp/p.pac"), scripts={"http://pac.corp/p.pac": "DIRECT"})
    assert len(tls_probes(windows, Options(wire=Detour(roadside.port)))) == len(TARGETS)
    together = Barrier(2, timeout=10)
    assert len(clock(windows, Options(wire=Detour(roadside.port)))["samples"]) == 2


def test_a_host_that_shows_no_certificate_is_not_asked_about(
    roadside: Roadside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "served", lambda _connection: ())
    windows = Pretence()
    row = probed(roadside, MAIL, windows=windows)
    assert (row["chain"], row["error"], row["trusted_by_windows"]) == ([], "no certificate was served", None)
    assert windows.asked == []


def test_an_answer_that_was_kept_on_the_way_tells_no_time(roadside: Roadside) -> None:
    roadside.answer = f"HTTP/1.1 200 OK\r\nDate: {DATE}\r\nAge: 3600\r\n\r\n"
    assert probed(roadside, CONTROL)["http_date_utc"] is None
    roadside.answer = "HTTP/1.1 200 OK\r\nDate: yesterday\r\n\r\n"
    assert probed(roadside, CONTROL)["http_date_utc"] is None


def test_every_host_is_probed_directly_and_the_web_over_the_proxy_in_force_too(roadside: Roadside) -> None:
    windows = Pretence(user=Proxy(server="proxy.corp:8080", bypass="*.gstatic.com;<local>"))
    rows = tls_probes(windows, Options(wire=Detour(roadside.port)))
    direct = [(row["host"], row["port"]) for row in rows if row["via"] == "direct"]
    assert sorted(direct) == sorted((target.host, target.port) for target in TARGETS)
    proxied = {(row["host"], row["port"]) for row in rows if row["via"] == THROUGH}
    assert proxied == {
        ("accounts.google.com", 443),
        ("oauth2.googleapis.com", 443),
        ("www.googleapis.com", 443),
        ("apis.google.com", 443),
        ("www.msftconnecttest.com", 80),
        ("www.msftconnecttest.com", 443),
    }
    assert {row["stage"] for row in rows} == {"http", "tls"}


def test_the_hosts_are_the_articles_seven_and_one_control() -> None:
    assert {(target.host, target.port) for target in TARGETS if target.role == "google"} == {
        ("accounts.google.com", 443),
        ("oauth2.googleapis.com", 443),
        ("www.googleapis.com", 443),
        ("apis.google.com", 443),
        ("ssl.gstatic.com", 443),
        ("imap.gmail.com", 993),
        ("smtp.gmail.com", 465),
    }
    assert {(t.host, t.port) for t in TARGETS if t.role == "control"} == {
        ("www.msftconnecttest.com", 80),
        ("www.msftconnecttest.com", 443),
    }


def test_a_probes_own_time_lies_where_it_was_answered(roadside: Roadside) -> None:
    before = datetime.now(UTC)
    row = probed(roadside, GOOGLE)
    assert before <= datetime.fromisoformat(row["local_utc"]) <= datetime.now(UTC)


def test_the_clock_is_measured_against_two_servers(roadside: Roadside) -> None:
    windows = Pretence(known_services={"W32Time": Service("W32Time", "stopped", "demand")})
    found = clock(windows, Options(wire=Detour(roadside.port)))
    assert found["w32time_state"] == "stopped"
    assert [(row["source"], row["server"]) for row in found["samples"]] == [
        ("http-date", "www.msftconnecttest.com"),
        ("http-date", "accounts.google.com"),
    ]
    sample = found["samples"][0]
    assert sample["reference_utc"] == "2026-03-02T08:00:00Z"
    ahead = datetime.fromisoformat(sample["local_utc"]) - SERVED
    assert timedelta(seconds=sample["offset_seconds"]) - ahead < timedelta(milliseconds=1)
    assert sample["round_trip_ms"] >= 0


def test_a_portals_answer_is_no_clock(roadside: Roadside) -> None:
    roadside.answer = f"HTTP/1.1 302 Found\r\nDate: {DATE}\r\nLocation: http://portal.example/\r\n\r\n"
    samples = clock(Pretence(), Options(wire=Detour(roadside.port)))["samples"]
    assert [row["server"] for row in samples] == ["accounts.google.com"]


def test_the_cache_is_looked_at_before_a_name_is_asked_for(roadside: Roadside) -> None:
    order: list[str] = []

    class Asked(Detour):
        def resolve(self, name: str) -> tuple[str, ...]:
            """Says that it was asked."""
            order.append("resolve")
            return super().resolve(name)

    class Kept(Pretence):
        def cached_addresses(self, name: str) -> tuple[str, ...]:
            order.append("cached")
            return super().cached_addresses(name)

    rows = dns(Kept(), Options(wire=Asked(roadside.port, unknown=("imap.gmail.com",))))
    assert order == ["cached"] * 8 + ["resolve"] * 8
    told = {row["name"]: (row["addresses"], row["error"]) for row in rows}
    assert told["accounts.google.com"] == (["127.0.0.1"], None)
    assert told["imap.gmail.com"] == ([], "name not resolved")
    assert list(SECTIONS).index("dns") < list(SECTIONS).index("tls_probes")
    assert list(SECTIONS).index("dns") < list(SECTIONS).index("clock")


def test_the_domain_of_the_account_is_asked_for_and_no_other(roadside: Roadside) -> None:
    windows = Pretence(exchangers=("aspmx.l.google.com",))
    options = Options(wire=Detour(roadside.port), account="alice@Example.org")
    assert mail_domain(windows, options) == [
        {"domain": "example.org", "mx": ["aspmx.l.google.com"], "autodiscover": "autodiscover.example.org.outlook.com"}
    ]
    assert windows.asked == [("mx", "example.org")]
    with pytest.raises(NotTaken):
        mail_domain(windows, Options(wire=Detour(roadside.port)))


def test_the_analyzer_reads_probes_and_samples_whole(roadside: Roadside) -> None:
    sections = {name: SECTIONS[name] for name in ("clock", "tls_probes", "dns")}
    state = take(Pretence(), Options(wire=Detour(roadside.port)), sections)
    found = said(read, artifact(json.dumps(state).encode(), "live/state.json", "live_state"))
    assert found.damages == []
    assert {told.part for told in found.covered} >= {"clock", "clock.samples", "tls_probes", "dns"}
    assert found.facts("tls_probes.chain.issuer")[0] == "CN=Contoso Web Gateway CA, O=Contoso, C=FR"


@pytest.mark.parametrize("authority", sorted(AUTHORITIES))
def test_a_certificate_is_read_as_another_reader_reads_it(authority: str) -> None:
    issued = (leaf(AUTHORITIES[authority], "imap.gmail.com"), certificate(AUTHORITIES[authority]))
    told = served_chain(authority, "imap.gmail.com")
    assert [described(each.public_bytes(Encoding.DER)) for each in issued] == [told[0], told[1]]


@pytest.mark.parametrize("data", [b"", b"\x30\x03abc", b"\x30\x84\xff\xff\xff\xff", b"\x30\x02\x30\x00", bytes(40)])
def test_what_is_no_certificate_is_kept_and_said_to_be_none(data: bytes) -> None:
    told = described(data)
    assert (told["subject"], told["error"]) == (None, "not readable as a certificate")
    assert told["pem"].startswith("-----BEGIN CERTIFICATE-----")


class Answering:
    """The system's resolver as a test says: what it was asked with, and what it answers."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __call__(self, name: str, *_: Any, **__: Any) -> Any:
        if isinstance(self.answer, OSError):
            raise self.answer
        return [(0, 0, 0, name if self.answer is None else self.answer, ("192.0.2.1", 0))]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("autodiscover.outlook.com", "autodiscover.outlook.com"),
        (None, ""),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), ""),
        (socket.gaierror(socket.EAI_AGAIN, "later"), None),
        (OSError(101, "no network"), None),
    ],
)
def test_a_name_leads_somewhere_else_or_nowhere_or_nobody_knows(
    monkeypatch: pytest.MonkeyPatch, answer: Any, told: str | None
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Answering(answer))
    assert Wire().alias("autodiscover.example.org") == told


def test_what_can_be_no_name_leads_nobody_knows_where() -> None:
    assert Wire().alias("autodiscover.gmail..com") is None


def test_both_families_of_addresses_have_their_try(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def refuse(address: tuple[str, int], _timeout: float) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(ConnectionRefusedError):
        Wire().connect(("2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "192.0.2.2"), 443)
    assert tried == ["2001:db8::1", "192.0.2.1", "2001:db8::2"]
    with pytest.raises(OSError, match="no address"):
        Wire().connect((), 443)


def test_dates_of_both_centuries_are_read() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "GlobalSign Root CA")])
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime(1998, 9, 1, 12, tzinfo=UTC))
    issued = builder.not_valid_after(datetime(2061, 1, 28, 12, tzinfo=UTC)).sign(key, hashes.SHA256())
    told = described(issued.public_bytes(Encoding.DER))
    assert (told["not_before"], told["not_after"]) == ("1998-09-01T12:00:00Z", "2061-01-28T12:00:00Z")
