"""Live facts keep their path, their element and their owner; what is malformed loses itself alone."""

from __future__ import annotations

import codecs
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.bundle import Host
from analyzer.parsers.live_state import read
from analyzer.vocabulary import READ
from tests.unit.parsers.artifacts import Said, artifact, said

ALICE = "S-1-5-21-1-2-3-1001"
ADMIN = "S-1-5-21-1-2-3-500"
PEM = "-----BEGIN CERTIFICATE-----\nAB+1//0gAbCdEfGhIjKlMnOpQrStUv\n-----END CERTIFICATE-----\n"
GOOGLE = "MicrosoftOffice16_Data:OAUTH2:1_tp_google_imap_oauth2"

STATE: dict[str, Any] = {
    "schema": "mailscope-state/1",
    "taken_utc": "2026-03-02T08:11:30Z",
    "sections": {"clock": "ok", "credentials": "ok"},
    "host": {
        "name": "PC-042",
        "sid": ADMIN,
        "elevated": True,
        "utc_bias_minutes": -60,
        "daylight": {"bias_minutes": -60},
    },
    "clock": {
        "w32time_state": "running",
        "samples": [
            {
                "source": "http-date",
                "server": "accounts.google.com",
                "local_utc": "2026-03-02T08:11:31.1Z",
                "offset_seconds": 1.1,
                "round_trip_ms": 48,
            }
        ],
    },
    "credentials": [
        {"user_sid": ALICE, "target": GOOGLE, "last_written_utc": "2024-09-14T07:00:00Z", "blob_bytes": 1742},
        {"user_sid": ALICE, "target": "other", "user_name": None},
    ],
    "proxy": {
        "winhttp": {"access": "named", "server": "http://bob:hunter2@proxy.corp:8080"},
        "user": {"user_sid": ALICE, "auto_detect": False},
        "environment": {"HTTPS_PROXY": ""},
        "resolved": [{"url": "https://accounts.google.com/", "via": "DIRECT"}],
    },
    "webview2": {
        "looked_in": [{"place": "HKCU\\K", "pv": None, "outcome": "no_key", "user_sid": ALICE}],
        "listed": [{"path": "C:\\P", "outcome": "listed", "entries": ["131.0.2903.86", "130.0.1.1"]}],
    },
    "tls_probes": [
        {
            "host": "imap.gmail.com",
            "port": 993,
            "local_utc": "2026-03-02T08:11:31Z",
            "tcp_ok": True,
            "chain": [{"subject": "CN=imap.gmail.com", "pem": PEM}],
        }
    ],
    "dns": [],
    "adapters": None,
    "boot_utc": "2026-03-01T06:58:02Z",
    "invented": {"field": "kept"},
}


def of(document: Any, host: Host | None = None, user: str | None = ALICE) -> Said:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return said(read, artifact(data, "live/state.json", "live_state", user, host))


def changed(section: str, content: Any) -> Said:
    return of(STATE | {section: content})


def row(found: Said, name: str, index: int = 0) -> dict[str, Any]:
    return [row for row in found.table("facts") if row["name"] == name][index]


def parts(found: Said) -> set[tuple[str, str | None]]:
    return {(told.part, told.user) for told in found.covered}


def test_an_element_of_a_list_shares_place_subject_time_and_owner() -> None:
    found = of(STATE)
    for name in ("credentials.target", "credentials.blob_bytes", "credentials.last_written_utc"):
        told = row(found, name)
        assert (told["place"], told["subject"], told["user"]) == ("credentials[0]", GOOGLE, ALICE)
        assert told["at"] == datetime(2024, 9, 14, 7, tzinfo=UTC)
    assert row(found, "credentials.target", 1)["place"] == "credentials[1]"
    assert row(found, "credentials.target", 1)["at"] is None


def test_numbers_flags_and_nothing_keep_what_they_are() -> None:
    found = of(STATE)
    offset = row(found, "clock.samples.offset_seconds")
    assert (offset["value"], offset["number"], offset["unit"]) == ("1.1", 1.1, "s")
    assert (row(found, "credentials.blob_bytes")["number"], row(found, "credentials.blob_bytes")["unit"]) == (
        1742,
        "bytes",
    )
    assert row(found, "clock.samples.round_trip_ms")["unit"] == "ms"
    assert row(found, "host.utc_bias_minutes")["unit"] == "minutes"
    assert (row(found, "host.elevated")["value"], row(found, "host.elevated")["number"]) == ("true", 1)
    assert (row(found, "proxy.user.auto_detect")["value"], row(found, "proxy.user.auto_detect")["number"]) == (
        "false",
        0,
    )
    assert row(found, "credentials.user_name")["value"] is None
    assert row(found, "webview2.looked_in.pv")["value"] is None


def test_a_certificate_in_a_probe_is_found_by_the_probe_and_is_not_masked() -> None:
    told = row(of(STATE), "tls_probes.chain.pem")
    assert (told["place"], told["subject"], told["value"]) == ("tls_probes[0].chain[0]", "imap.gmail.com:993", PEM)
    assert told["at"] == datetime(2026, 3, 2, 8, 11, 31, tzinfo=UTC)


def test_a_list_of_plain_values_is_one_fact_a_value() -> None:
    found = of(STATE)
    assert found.facts("webview2.listed.entries") == ["131.0.2903.86", "130.0.1.1"]
    assert row(found, "webview2.listed.entries")["place"] == "webview2.listed[0]"
    assert row(found, "webview2.listed.entries")["subject"] == "C:\\P"


def test_plain_objects_and_top_level_values_have_their_place() -> None:
    found = of(STATE)
    assert row(found, "proxy.environment.HTTPS_PROXY")["place"] == "proxy.environment"
    assert row(found, "proxy.winhttp.access")["subject"] is None
    assert (row(found, "taken_utc")["place"], row(found, "taken_utc")["at"]) == (
        "taken_utc",
        datetime(2026, 3, 2, 8, 11, 30, tzinfo=UTC),
    )
    assert row(found, "host.name")["at"] is None


def test_fields_that_nobody_knows_are_kept() -> None:
    assert of(STATE).facts("invented.field") == ["kept"]


def test_secrets_are_masked() -> None:
    assert of(STATE).facts("proxy.winhttp.server") == ["http://bob:(masked password, 7 characters)@proxy.corp:8080"]


def test_a_secret_that_a_field_is_named_after_is_masked_whole() -> None:
    found = of({**STATE, "invented": {"password": "correct horse battery"}})
    assert found.facts("invented.password") == ["(masked password, 21 characters)"]


def test_a_flood_of_wrong_elements_is_told_by_its_beginning_and_counted() -> None:
    found = changed("processes", [1] * 2_000)
    assert len(found.damages) < 1_000
    assert sum(told.lost_at_least for told in found.damages) == 2_000
    assert {told.part for told in found.damages} == {"processes"}


def test_a_users_own_section_without_an_owner_is_of_the_one_who_collected() -> None:
    assert row(of(STATE), "proxy.winhttp.server")["user"] == ADMIN
    nobody = {key: value for key, value in STATE.items() if key != "host"}
    assert row(of(nobody, Host(sid=ADMIN)), "proxy.winhttp.server")["user"] == ADMIN
    assert row(of(nobody), "proxy.winhttp.server")["user"] == ALICE


def test_the_clock_is_the_machines_whoever_looked_at_it() -> None:
    assert row(of(STATE), "clock.w32time_state")["user"] is None
    assert row(of(STATE, Host(sid=ADMIN)), "clock.w32time_state")["user"] is None


def test_each_section_taken_is_covered_for_its_owner_with_its_parts() -> None:
    found = of(STATE)
    assert found.damages == []
    assert parts(found) >= {
        ("credentials", ALICE),
        ("clock", None),
        ("clock.samples", None),
        ("dns", None),
        ("proxy", ADMIN),
        ("proxy", ALICE),
        ("proxy.winhttp", ADMIN),
        ("webview2", ALICE),
        ("boot_utc", None),
    }
    assert ("credentials", ADMIN) not in parts(found)


def test_a_section_that_is_missing_or_null_is_blind_and_an_empty_one_is_not() -> None:
    covered = {part for part, _ in parts(of(STATE))}
    assert "adapters" not in covered
    assert "services" not in covered
    assert "dns" in covered


def test_a_part_that_was_not_taken_is_not_covered_by_its_section() -> None:
    covered = {part for part, _ in parts(changed("clock", {"w32time_state": "stopped", "samples": None}))}
    assert "clock" in covered
    assert "clock.samples" not in covered


@pytest.mark.parametrize(
    ("outcome", "damaged"), [("denied", True), ("failed", True), ("partly", True), ("skipped", False)]
)
def test_a_section_that_did_not_end_well_is_not_covered(outcome: str, damaged: bool) -> None:
    found = changed("sections", {"credentials": outcome})
    assert "credentials" not in {part for part, _ in parts(found)}
    assert [told.part for told in found.damages] == ["credentials"] * damaged
    assert found.facts("credentials.target")[0] == GOOGLE


def test_a_denied_section_that_is_not_there_is_told() -> None:
    found = of({"schema": "mailscope-state/1", "sections": {"credentials": "denied"}})
    assert [(told.part, told.place) for told in found.damages] == [("credentials", "credentials")]


@pytest.mark.parametrize(
    ("section", "content", "place", "lost"),
    [
        ("credentials", "none", "credentials", "credentials.target"),
        ("credentials", {}, "credentials", "credentials.target"),
        ("credentials", ["x", STATE["credentials"][0]], "credentials[0]", ""),
        (
            "clock",
            {"samples": [{"server": "a", "offset_seconds": "1.1"}]},
            "clock.samples[0].offset_seconds",
            "clock.samples.offset_seconds",
        ),
        (
            "clock",
            {"samples": [{"offset_seconds": True}]},
            "clock.samples[0].offset_seconds",
            "clock.samples.offset_seconds",
        ),
        (
            "clock",
            {"samples": [{"offset_seconds": 1 << 70}]},
            "clock.samples[0].offset_seconds",
            "clock.samples.offset_seconds",
        ),
        ("tls_probes", [{"host": "h", "tcp_ok": "yes"}], "tls_probes[0].tcp_ok", "tls_probes.tcp_ok"),
        ("dns", [{"name": "n", "addresses": "1.2.3.4"}], "dns[0].addresses", "dns.addresses"),
        ("proxy", {"winhttp": "direct"}, "proxy.winhttp", "proxy.winhttp"),
    ],
)
def test_what_has_the_wrong_type_loses_itself_alone(section: str, content: Any, place: str, lost: str) -> None:
    found = changed(section, content)
    assert [(told.part, told.place, told.lost_at_least) for told in found.damages] == [(section, place, 1)]
    assert found.facts(lost) == []
    assert section not in {part.partition(".")[0] for part, _ in parts(found)}
    others = {"credentials", "clock", "proxy", "tls_probes", "webview2"} - {section}
    assert others <= {part for part, _ in parts(found)}


def test_neighbours_of_a_malformed_element_are_kept() -> None:
    found = changed("credentials", [17, STATE["credentials"][0]])
    assert found.facts("credentials.target") == [GOOGLE]
    assert row(found, "credentials.target")["place"] == "credentials[1]"


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"null", b'{"schema": 1}', b'{"schema": "other/1"}', b"\xff\xfe{"]
)
def test_another_document_is_damage_and_nothing_else(content: bytes) -> None:
    found = of(content)
    assert len(found.damages) == 1
    assert found.covered == []
    assert found.rows == {}


def test_a_document_cut_anywhere_is_damage_and_nothing_else() -> None:
    data = json.dumps(STATE).encode()
    for at in range(0, len(data), 7):
        found = of(data[:at])
        assert (len(found.damages), found.covered, found.rows) == (1, [], {})


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_document_with_a_byte_order_mark_or_in_utf_16_is_read(encoding: str) -> None:
    assert of(json.dumps(STATE).encode(encoding)).facts("host.name") == ["PC-042"]
    assert codecs.lookup(encoding)


def test_sections_that_cannot_be_read_leave_nothing_whole() -> None:
    found = changed("sections", "all fine")
    assert [told.part for told in found.damages] == [None]


def test_a_document_nested_too_deeply_loses_what_is_too_deep() -> None:
    deep = b'{"schema": "mailscope-state/1", "x": ' + b'{"a":' * 400 + b"1" + b"}" * 400 + b', "dns": []}'
    found = of(deep)
    assert [told.part for told in found.damages] == ["x"]
    assert ("dns", None) in parts(found)
    assert of(b'{"schema": "mailscope-state/1", "x": ' + b"[" * 100_000).damages


def test_the_sample_of_the_format_yields_the_names_of_the_vocabulary() -> None:
    names = {told["name"] for told in of(STATE).table("facts")}
    unknown = {
        n for n in names if n not in READ and not n.startswith(("invented", "proxy.environment", "host.daylight"))
    }
    assert {name for name in unknown if not name.endswith("user_sid")} == set()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
SECTIONS = st.sampled_from(["sections", "host", "clock", "credentials", "proxy", "webview2", "tls_probes", "dns", "x"])


@given(st.dictionaries(SECTIONS, JSON, max_size=4))
def test_any_content_of_sections_is_read_without_a_crash(sections: dict[str, Any]) -> None:
    found = of(STATE | sections)
    damaged = {told.part for told in found.damages}
    assert damaged.isdisjoint({told.part for told in found.covered})


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    assert of(data).damages


@given(st.integers(0, len(json.dumps(STATE)) - 1), st.binary(min_size=1, max_size=4))
def test_a_flipped_document_is_read_without_a_crash(at: int, other: bytes) -> None:
    data = json.dumps(STATE).encode()
    found = of(data[:at] + other + data[at + len(other) :])
    assert found.damages or found.covered
