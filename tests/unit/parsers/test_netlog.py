"""Net logs as Chromium wrote them (see ``netlogs/record.py``), and what may happen to them."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.parsers import netlog
from analyzer.parsers.netlog import requests
from tests.unit.parsers.artifacts import Said, artifact
from tests.unit.parsers.artifacts import said as listen

LOGS = Path(__file__).parent / "netlogs"
NAMES = ("good_page", "bad_certificate", "wrong_date", "dead_proxy", "proxy_asks", "no_name")
every_log = pytest.mark.parametrize("name", NAMES)
HOST = "accounts.google.com"


def recorded(name: str) -> bytes:
    return (LOGS / f"{name}.json").read_bytes()


def read(data: bytes) -> Said:
    return listen(netlog.read, artifact(data, "C/Users/alice/AppData/Local/Temp/netlog_1.json", "webview2_netlog"))


def told(said: Said) -> list[dict[str, list[Any]]]:
    """Each request's facts by name; the number where there is one, else the value."""
    found: dict[str, dict[str, list[Any]]] = {}
    for row in said.table("facts"):
        fields = found.setdefault(row["place"], defaultdict(list))
        fields[row["name"].removeprefix("page_requests.")].append(row["value"])
    return list(found.values())


def only(name: str) -> dict[str, list[Any]]:
    (request,) = told(read(recorded(name)))
    return request


def test_a_page_that_was_served_is_told_with_its_way_its_status_and_its_certificates() -> None:
    request = only("good_page")
    assert {key: value for key, value in request.items() if key != "pem"} == {
        "host": [HOST],
        "via": ["direct"],
        "address": ["127.0.0.1"],
        "status_code": ["200"],
    }
    leaf, authority = (x509.load_pem_x509_certificate(pem.encode()) for pem in request["pem"])
    assert leaf.subject.rfc4514_string() == f"CN={HOST}"
    assert authority.subject.rfc4514_string() == "CN=Corp Inspection CA"


def test_a_certificate_that_nobody_trusts_is_told_with_the_chain() -> None:
    request = only("bad_certificate")
    assert request["error"] == ["ERR_CERT_AUTHORITY_INVALID"]
    assert len(request["pem"]) == 2
    assert "status_code" not in request


def test_a_certificate_out_of_date_is_told_as_that() -> None:
    request = only("wrong_date")
    assert request["error"] == ["ERR_CERT_DATE_INVALID"]
    leaf = x509.load_pem_x509_certificate(request["pem"][0].encode())
    (row, *_) = read(recorded("wrong_date")).table("facts")
    assert row["at"] > leaf.not_valid_after_utc


def test_a_proxy_that_does_not_answer_is_named() -> None:
    request = only("dead_proxy")
    assert (request["via"], request["error"]) == (["PROXY 127.0.0.1:9"], ["ERR_PROXY_CONNECTION_FAILED"])


def test_a_proxy_that_refuses_is_told_with_its_answer() -> None:
    request = only("proxy_asks")
    assert request["tunnel_code"] == ["407"]
    assert request["via"][0].startswith("PROXY 127.0.0.1:")
    assert request["error"] == ["ERR_PROXY_AUTH_UNSUPPORTED"]
    assert "status_code" not in request


def test_a_name_that_is_not_found_is_told_with_its_host() -> None:
    request = only("no_name")
    assert request == {"host": [HOST], "via": ["direct"], "error": ["ERR_NAME_NOT_RESOLVED"]}


@every_log
def test_a_row_stands_at_the_line_on_which_its_request_was_started(name: str) -> None:
    lines = recorded(name).splitlines()
    types = json.loads(recorded(name))["constants"]["logEventTypes"]
    for row in read(recorded(name)).table("facts"):
        event = json.loads(lines[int(row["place"].removeprefix("line ")) - 1].rstrip(b",]"))
        assert (event["type"], event["phase"]) == (types["URL_REQUEST_START_JOB"], 1)
        offset = json.loads(recorded(name))["constants"]["timeTickOffset"]
        assert row["at"] == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(event["time"]) + offset)
        assert row["subject"] == HOST


@every_log
def test_neither_queries_nor_headers_nor_cookies_nor_paths_are_kept(name: str) -> None:
    kept = json.dumps(read(recorded(name)).table("facts"), default=str)
    assert b"login_hint" in recorded(name)
    for secret in ("alice", "login_hint", "client_id", "oauth2/auth", "Cookie", "Mozilla", "Server", "Date:"):
        assert secret not in kept, secret


@every_log
def test_a_log_that_was_closed_is_whole_from_its_first_event_on(name: str) -> None:
    said = read(recorded(name))
    assert said.damages == []
    (covered,) = said.covered
    first = json.loads(recorded(name))["events"][0]
    offset = json.loads(recorded(name))["constants"]["timeTickOffset"]
    assert covered.since == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(first["time"]) + offset)


def test_requests_to_other_hosts_leave_no_trace() -> None:
    data = recorded("bad_certificate").replace(b"accounts.google.com", b"intranet.example.org")
    said = read(data)
    assert said.table("facts") == []
    assert said.damages == []


@pytest.mark.parametrize(
    ("host", "kept"),
    [
        ("accounts.google.fr", True),
        ("accounts.google.co.uk", True),
        ("oauth2.googleapis.com", True),
        ("ACCOUNTS.GOOGLE.COM", True),
        ("clients2.google.com", False),
        ("accounts.google.com.evil.example", False),
        ("xaccounts.google.com", False),
        ("mail.google.com", False),
    ],
)
def test_only_the_hosts_of_the_sign_in_are_named(host: str, *, kept: bool) -> None:
    data = recorded("no_name").replace(b"https://accounts.google.com", f"https://{host}".encode())
    assert [request["host"] for request in told(read(data))] == ([[host.lower()]] if kept else [])


@every_log
def test_a_truncated_tail_is_read_as_far_as_it_reaches_and_is_damage(name: str) -> None:
    data = recorded(name)
    cut = read(data[: data.index(b'"polledData"') - 20])
    assert told(cut)[0]["host"] == [HOST]
    assert cut.covered == []
    assert [damage.place for damage in cut.damages] == ["end"]
    assert cut.damages[0].lost_at_least == 1


def test_a_request_under_way_when_the_log_ends_is_told_without_an_end() -> None:
    data = recorded("bad_certificate")
    ends = data.index(b'"net_error":-202')
    (request,) = told(read(data[:ends]))
    assert (request["via"], "error" in request) == (["direct"], False)


def test_an_older_way_of_closing_and_older_names_of_the_proxy_are_known() -> None:
    data = recorded("dead_proxy").replace(b'],\n"polledData": []}', b"]}")
    data = data.replace(b'"proxy_chain":"[127.0.0.1:9]"', b'"proxy_server":"PROXY 127.0.0.1:9"')
    assert told(read(data))[0]["via"] == ["PROXY 127.0.0.1:9"]
    assert read(data).damages == []


@pytest.mark.parametrize(
    ("route", "via"),
    [
        ("[https://proxy.corp:8443]", "PROXY proxy.corp:8443"),
        ("SOCKS5 10.0.0.1:1080;DIRECT", "SOCKS5 10.0.0.1:1080"),
        ("[direct://]", "direct"),
        ("DIRECT", "direct"),
    ],
)
def test_a_way_is_spelled_as_probes_spell_it(route: str, via: str) -> None:
    data = (
        recorded("dead_proxy").replace(b"[127.0.0.1:9]", route.encode()).replace(b"PROXY 127.0.0.1:9", route.encode())
    )
    assert told(read(data))[0]["via"] == [via]


def test_lines_that_are_no_events_are_counted_and_the_rest_is_read() -> None:
    lines = recorded("wrong_date").splitlines(keepends=True)
    kind = json.loads(lines[4].rstrip(b",\n"))["type"]
    spoiled = [*lines[:4], b'{"time":7,"type":%d},\n' % kind, b"\xff\xfe\n", *lines[4:]]
    said = read(b"".join(spoiled))
    assert told(said)[0]["error"] == ["ERR_CERT_DATE_INVALID"]
    assert said.covered == []
    assert said.damages[0].lost_at_least >= 1


def test_fields_of_another_shape_are_nothing() -> None:
    data = recorded("bad_certificate")
    data = data.replace(b'"net_error":-202', b'"net_error":{"a":1}').replace(
        b'"certificates":[', b'"certificates":[1,{},'
    )
    data = data.replace(b'"address_list":["127.0.0.1', b'"address_list":[7,null,"127.0.0.1')
    (request,) = told(read(data))
    assert request["address"] == ["127.0.0.1"]
    assert len(request["pem"]) == 2
    assert "error" not in request


def test_what_calls_itself_a_certificate_and_is_none_is_dropped() -> None:
    data = recorded("bad_certificate").replace(b"-----BEGIN CERTIFICATE-----", b"-----BEGIN PRIVATE KEY-----")
    assert "pem" not in told(read(data))[0]


def test_sources_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request under way outlives a crowd of others; what it leads to may be forgotten."""
    monkeypatch.setattr(requests, "MOST_SOURCES", 20)
    lines = recorded("bad_certificate").splitlines(keepends=True)
    types = json.loads(recorded("bad_certificate"))["constants"]["logEventTypes"]
    alive = '{{"phase":1,"params":{{"source_dependency":{{"id":{0}}}}},"source":{{"id":{1}}},"time":"1","type":{2}}},\n'
    crowd = [alive.format(n, n + 1, types["SOCKET_ALIVE"]).encode() for n in range(10_000, 30_000, 2)]
    said = read(b"".join([*lines[:12], *crowd, *lines[12:]]))
    assert told(said)[0]["error"] == ["ERR_CERT_AUTHORITY_INVALID"]


def test_a_circle_of_sources_ends() -> None:
    lines = recorded("no_name").splitlines(keepends=True)
    types = json.loads(recorded("no_name"))["constants"]["logEventTypes"]
    start = next(n for n, line in enumerate(lines) if f'"type":{types["URL_REQUEST_START_JOB"]}}}'.encode() in line)
    number = json.loads(lines[start].rstrip(b",\n"))["source"]["id"]
    kind = types["HTTP_STREAM_JOB_CONTROLLER_BOUND"]
    circle = [
        f'{{"params":{{"source_dependency":{{"id":{b}}}}},"source":{{"id":{a}}},"time":"1","type":{kind}}},\n'.encode()
        for a, b in ((number, 9), (9, number), (9, 9))
    ]
    said = read(b"".join([*lines[: start + 1], *circle, *lines[start + 1 :]]))
    assert told(said)[0]["error"] == ["ERR_NAME_NOT_RESOLVED"]


def test_a_line_is_read_up_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    head = len(recorded("no_name").splitlines()[0])
    monkeypatch.setattr(netlog, "MOST_LINE_BYTES", head + 10)
    lines = recorded("no_name").splitlines(keepends=True)
    long = b'{"params":{"headers":["' + b"x" * (3 * head) + b'"]},"source":{"id":1},"time":"1","type":1},\n'
    said = read(b"".join([*lines[:2], long, *lines[2:]]))
    assert told(said)[0]["error"] == ["ERR_NAME_NOT_RESOLVED"]
    assert said.covered == []


def test_events_beyond_the_limit_are_not_read_and_the_log_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netlog, "MOST_EVENTS", 20)
    said = read(recorded("no_name"))
    assert [damage.place for damage in said.damages] == ["end"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"constants":{}}',
        b'{"constants":' + b"[" * 100_000,
        b"\xff" * 1000,
        b'{"constants":1,\n"events": [\n',
    ],
    ids=["nothing", "brace", "no tables", "deep", "binary", "number"],
)
def test_what_is_no_net_log_is_damage(data: bytes) -> None:
    said = read(data)
    assert [damage.place for damage in said.damages] == ["line 1"]
    assert said.covered == []


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_a_log_changed_or_cut_anywhere_is_read_without_an_error(name: str, data: st.DataObject) -> None:
    log = bytearray(recorded(name))
    for _ in range(data.draw(st.integers(0, 4))):
        log[data.draw(st.integers(0, len(log) - 1))] = data.draw(st.integers(0, 255))
    said = read(bytes(log[: data.draw(st.integers(0, len(log)))]))
    assert bool(said.damages) or bool(said.covered)
    for row in said.table("facts"):
        assert "login_hint" not in str(row["value"])
