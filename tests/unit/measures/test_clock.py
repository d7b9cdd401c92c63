"""How wrong the clock is and was: signs, which references agree, what the logs tell of the time of the failure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from analyzer.measures import clock
from analyzer.measures.evidence import Fact, Scene
from analyzer.model import Failure, Reading
from tests.unit.evidence import (
    FAILED,
    STATE,
    STRIPCHART,
    Row,
    event,
    fact,
    failed,
    holding,
    leaf,
    probe,
    sample,
    scene,
    section,
    setting,
    stamp,
    when,
)

DAY = 86_400.0
GOOGLE = "CN=WR2, O=Google Trust Services, C=US"
AHEAD = timedelta(days=49)  # the clock ran ahead so far when the sign-in failed
FAILED_AHEAD = stamp(when(FAILED) + AHEAD)


def measured(name: str, *parts: Row | Reading | tuple[Row, ...], at: Failure | Scene = Failure()) -> list[Fact]:
    where = at if isinstance(at, Scene) else scene(at)
    return [f for f in clock.measure(holding(*parts), where) if f.name == name]


def numbers(name: str, *parts: Row | Reading | tuple[Row, ...], at: Failure | Scene = Failure()) -> list[float | None]:
    return [f.number for f in measured(name, *parts, at=at)]


def change(at: str, shift: timedelta, reason: int = 1) -> Row:
    """Kernel-General 1: the record carries the new time."""
    new = when(at)
    data = {"NewTime": stamp(new), "OldTime": stamp(new - shift), "Reason": reason}
    return event("Microsoft-Windows-Kernel-General", 1, at, data=data)


def service(event_id: int, at: str | None = None, **data: Any) -> Row:
    return event("Microsoft-Windows-Time-Service", event_id, at or "2026-03-02T08:10:00Z", data=data)


# --- signs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [90_000.0, -90_000.0])
def test_a_sample_is_positive_when_the_machine_runs_ahead(offset: float) -> None:
    assert numbers("clock_error_s", sample(offset)) == [offset]
    assert numbers("clock_error_size_s", sample(offset)) == [90_000.0]


def test_a_sample_without_an_offset_is_local_minus_reference() -> None:
    fields = {"local_utc": "2026-03-02T08:12:31.1Z", "reference_utc": "2026-03-02T08:11:30Z", "source": "http-date"}
    assert numbers("clock_error_s", section("clock.samples", "clock.samples[0]", fields)) == [pytest.approx(61.1)]


def test_a_probes_date_is_true_time() -> None:
    dated = probe("accounts.google.com", local_utc="2026-03-02T09:00:00Z", http_date_utc="2026-03-02T08:00:00Z")
    assert numbers("clock_error_s", dated) == [3600.0]


def status(**more: Any) -> tuple[Row, ...]:
    fields: dict[str, Any] = {
        "phase_offset_s": -120.0,
        "leap": 0,
        "last_sync_error": 0,
        "source": "time.windows.com,0x9",
    } | more
    return tuple(
        fact(f"w32tm.{name}", value, artifact="live/w32tm_status.txt", place=f"line {line}")
        for line, (name, value) in enumerate(fields.items(), 1)
    )


def test_the_time_services_own_offset_is_true_minus_local() -> None:
    # what the service would still add to the clock; a clock that needs 120 s taken away runs ahead
    assert numbers("clock_error_s", status()) == [120.0]


@pytest.mark.parametrize(
    "unsynchronised",
    [{"leap": 3}, {"last_sync_error": 1}, {"source": "Local CMOS Clock"}, {"source": "Free-running System Clock"}],
)
def test_a_service_that_is_not_synchronised_measures_nothing(unsynchronised: dict[str, Any]) -> None:
    assert measured("clock_error_s", status(**unsynchronised)) == []


def test_the_scene_knows_the_middle_of_the_outside_references() -> None:
    three = (sample(1.0, line=1), sample(5.0, line=2), sample(1000.0, line=3))
    assert clock.clock_error_s(holding(*three)) == 5.0
    assert clock.clock_error_s(holding(status())) is None
    assert clock.clock_error_s(holding()) is None


# --- agreement ----------------------------------------------------------------------------------------------------


def dated(host: str, offset_s: float, number: int = 0) -> tuple[Row, ...]:
    true = when("2026-03-02T08:00:00Z")
    local = true + timedelta(seconds=offset_s)
    return probe(host, number, local_utc=stamp(local), http_date_utc=stamp(true))


def test_two_independent_references_agree_on_the_smaller_error() -> None:
    agreed = measured("clock_error_agreed_s", sample(90_010.0), dated("accounts.google.com", 90_000.0))
    assert [f.number for f in agreed] == [90_000.0]
    assert {(s.artifact, s.place) for s in agreed[0].sources} == {(STRIPCHART, "line 5"), (STATE, "tls_probes[0]")}


def test_two_references_agree_on_a_clock_that_is_behind() -> None:
    assert numbers("clock_error_agreed_s", sample(-90_010.0), dated("accounts.google.com", -90_000.0)) == [90_000.0]


@pytest.mark.parametrize(
    "same",
    [
        (sample(90_000.0, line=5), sample(90_001.0, line=6)),
        (dated("imap.gmail.com", 90_000.0, 0), dated("imap.gmail.com", 90_000.0, 1)),
    ],
    ids=["strip chart", "direct and over a proxy"],
)
def test_the_same_server_twice_is_one_reference(same: tuple[tuple[Row, ...], ...]) -> None:
    assert measured("clock_error_agreed_s", *same) == []


def test_a_sample_and_a_probe_of_the_same_server_by_the_same_means_are_one_reference() -> None:
    fields = {"source": "http-date", "server": "imap.gmail.com", "offset_seconds": 90_000.0}
    both = section("clock.samples", "clock.samples[0]", fields), dated("imap.gmail.com", 90_000.0)
    assert measured("clock_error_agreed_s", *both) == []


@pytest.mark.parametrize(("other", "agree"), [(90_600.0, True), (90_601.0, False), (-90_000.0, False)])
def test_references_agree_within_ten_minutes(other: float, agree: bool) -> None:
    assert bool(numbers("clock_error_agreed_s", sample(90_000.0), dated("imap.gmail.com", other))) is agree


# --- changes since the failure ------------------------------------------------------------------------------------


def test_a_change_after_the_failure_gives_the_error_at_the_failure() -> None:
    set_back = change("2026-03-02T08:10:00Z", -AHEAD)
    ahead = failed(FAILED_AHEAD)
    assert numbers("clock_changed_s", set_back, at=ahead) == [-49 * DAY]
    assert numbers("clock_error_s", set_back, at=ahead) == [49 * DAY]
    assert numbers("clock_error_agreed_s", set_back, service(52, TimeOffsetSeconds=-49 * DAY), at=ahead) == [49 * DAY]


def test_a_change_before_the_failure_says_nothing_about_it() -> None:
    assert measured("clock_changed_s", change("2026-03-02T07:00:00Z", -AHEAD), at=failed()) == []
    assert measured("clock_error_s", change("2026-03-02T07:00:00Z", AHEAD), at=failed()) == []


def test_hours_that_a_clock_lived_through_twice_belong_to_the_nearer_time() -> None:
    # set back from 20:00 to 08:00: 09:00 was most likely an hour later, 19:00 an hour earlier
    set_back = change("2026-03-02T08:00:00Z", timedelta(hours=-12))
    assert numbers("clock_changed_s", set_back, at=failed("2026-03-02T09:00:00Z")) == []
    assert numbers("clock_changed_s", set_back, at=failed("2026-03-02T19:00:00Z")) == [-43_200.0]


def test_a_failure_later_than_the_collection_was_written_before_the_clock_was_set_back() -> None:
    set_back = change("2026-03-02T08:00:00Z", timedelta(hours=-12))
    where = scene(failed("2026-03-02T09:00:00Z"), collected=when("2026-03-02T08:30:00Z"))
    assert numbers("clock_changed_s", set_back, at=where) == [-43_200.0]


def test_a_clock_behind_that_was_set_forward_after_the_failure_is_told_by_its_old_time() -> None:
    behind = stamp(when(FAILED) - AHEAD)
    assert numbers("clock_error_s", change("2026-03-02T08:10:00Z", AHEAD), at=failed(behind)) == [-49 * DAY]


@pytest.mark.parametrize("reason", [2, 3])
def test_a_wake_and_a_change_of_the_zone_are_ignored(reason: int) -> None:
    slept = change("2026-03-02T17:10:00Z", timedelta(hours=9), reason)
    assert measured("clock_changed_s", slept, at=failed()) == []


def test_a_small_step_is_no_change() -> None:
    steps = [change("2026-03-02T08:10:00Z", timedelta(seconds=s)) for s in (299, -299)]
    assert measured("clock_changed_s", *steps, at=failed()) == []
    assert numbers("clock_changed_s", change("2026-03-02T08:10:00Z", timedelta(seconds=300)), at=failed()) == [300.0]


def test_without_a_known_failure_nothing_is_after_it() -> None:
    assert measured("clock_changed_s", change("2026-03-02T08:10:00Z", -AHEAD)) == []


def test_security_and_the_time_service_tell_of_changes_as_well() -> None:
    new, old = stamp(when("2026-03-02T08:10:00Z")), stamp(when("2026-03-02T08:10:00Z") + AHEAD)
    security = event(
        "Microsoft-Windows-Security-Auditing", 4616, "2026-03-02T08:10:00Z", data={"NewTime": new, "PreviousTime": old}
    )
    moved = service(283, **{"ActualSystemTime(UTC)": new, "ExpectedSystemTime(UTC)": old})
    for told in (security, moved):
        assert numbers("clock_changed_s", told, at=failed(FAILED_AHEAD)) == [-49 * DAY]


# --- what the time service wrote down -----------------------------------------------------------------------------


def dump(**more: Any) -> dict[str, Any]:
    fields = {"PhaseOffset": "-90000.5s", "LastSuccessfulSyncTime": "2026-03-01T08:00:00.59Z"}
    return fields | {"Source": "time.windows.com,0x8"} | more


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (service(34, SystemTimeChangeSeconds=-90_000), 90_000.0),
        (service(34, SystemTimeChangeSeconds=90_000), -90_000.0),
        (service(52, TimeOffsetSeconds=-600), 600.0),
        (service(260, **dump()), 90_000.5),
    ],
    ids=["34 ahead", "34 behind", "52", "260"],
)
def test_the_time_service_tells_what_it_would_add_to_the_clock(told: Row, error: float) -> None:
    assert numbers("clock_error_s", told, at=failed()) == [error]


@pytest.mark.parametrize(
    "unsynchronised", [{"LastSuccessfulSyncTime": "1601-01-01T00:00:00.0Z"}, {"Source": "Local CMOS Clock"}]
)
def test_the_offset_of_a_service_that_was_never_synchronised_is_no_measurement(unsynchronised: dict[str, str]) -> None:
    assert measured("clock_error_s", service(260, **dump(**unsynchronised)), at=failed()) == []


@pytest.mark.parametrize(("written", "stays"), [("2026-03-01T08:03:00Z", True), ("2026-03-01T08:01:00Z", False)])
def test_an_offset_that_the_service_could_not_correct_stays_for_a_day(written: str, stays: bool) -> None:
    told = service(34, written, SystemTimeChangeSeconds=-90_000)
    assert bool(measured("clock_error_s", told, at=failed())) is stays


def test_the_service_writes_52_by_the_new_clock_but_the_failure_was_written_by_the_old() -> None:
    told = service(52, "2026-03-02T08:10:00Z", TimeOffsetSeconds=-49 * DAY)
    assert numbers("clock_error_s", told, at=failed(FAILED_AHEAD)) == [49 * DAY]
    before = service(52, "2026-03-02T07:50:00Z", TimeOffsetSeconds=-49 * DAY)
    assert measured("clock_error_s", before, at=failed(FAILED_AHEAD)) == []


def test_a_measure_without_a_number_is_none() -> None:
    assert measured("clock_error_s", service(34), service(260, **dump(PhaseOffset="?")), at=failed()) == []


def test_without_a_failure_only_what_was_written_shortly_before_the_collection_counts() -> None:
    where = scene(collected=when("2026-03-02T09:00:00Z"))
    last_day = service(34, "2026-03-01T10:00:00Z", SystemTimeChangeSeconds=-90_000)
    older = service(34, "2026-02-28T08:00:00Z", SystemTimeChangeSeconds=-90_000)
    assert numbers("clock_error_s", last_day, older, at=where) == [90_000.0]


@pytest.mark.parametrize(("written", "found"), [("2026-03-04T08:00:00Z", [2 * DAY]), ("2026-03-01T08:00:00Z", [])])
def test_secure_time_is_compared_with_the_clock_that_wrote_it_down(written: str, found: list[float]) -> None:
    filetime = int((when("2026-03-02T08:00:00Z") - when("1601-01-01T00:00:00Z")).total_seconds()) * 10_000_000
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\W32Time\SecureTimeLimits"
    told = setting(key, "SecureTimeEstimated", filetime, artifact="SYSTEM", at=written)
    assert numbers("clock_error_s", told, at=failed()) == found


@pytest.mark.parametrize("never", [1e300, -1e300, 1e12, float("nan"), float("inf")])
def test_an_offset_that_no_clock_can_have_measures_nothing(never: float) -> None:
    told = (service(34, SystemTimeChangeSeconds=never), service(52, TimeOffsetSeconds=never))
    dumped = service(260, **dump(PhaseOffset=f"{never}s"))
    assert measured("clock_error_s", sample(never), status(phase_offset_s=never), *told, dumped, at=failed()) == []


def test_a_secure_time_that_no_calendar_has_measures_nothing() -> None:
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\W32Time\SecureTimeLimits"
    told = setting(key, "SecureTimeEstimated", 2**63 - 1, artifact="SYSTEM", at="2026-03-04T08:00:00Z")
    assert measured("clock_error_s", told, at=failed()) == []


# --- a clock that is right ----------------------------------------------------------------------------------------


def test_a_clock_is_right_when_every_outside_reference_is_below_five_minutes() -> None:
    assert numbers("clock_right_s", sample(-299.0)) == [299.0]
    assert numbers("clock_right_s", sample(300.0)) == []
    assert numbers("clock_right_s", sample(1.0), dated("imap.gmail.com", 400.0)) == []


def test_the_machines_own_time_service_alone_does_not_make_it_right() -> None:
    assert numbers("clock_right_s", status(phase_offset_s=0.5)) == []


def test_it_was_right_at_the_failure_if_nothing_shows_a_change_since() -> None:
    assert numbers("clock_right_since_failure_s", sample(1.0), at=failed()) == [1.0]


def test_a_clock_measured_after_it_was_set_is_no_evidence_against() -> None:
    parts = sample(1.0), change("2026-03-02T08:10:00Z", -AHEAD)
    for name in ("clock_right_s", "clock_right_since_failure_s"):
        assert numbers(name, *parts, at=failed(FAILED_AHEAD)) == []


def test_a_clock_measured_after_the_time_service_set_it_is_no_evidence_against() -> None:
    told = service(52, "2026-03-02T08:10:00Z", TimeOffsetSeconds=-49 * DAY)
    for name in ("clock_right_s", "clock_right_since_failure_s"):
        assert numbers(name, sample(1.0), told, at=failed(FAILED_AHEAD)) == []
    assert numbers("clock_changed_s", told, at=failed(FAILED_AHEAD)) == [-49 * DAY]
    trimmed = service(52, "2026-03-02T08:10:00Z", TimeOffsetSeconds=-0.3)
    assert numbers("clock_right_since_failure_s", sample(1.0), trimmed, at=failed()) == [1.0]


def test_one_record_of_the_time_service_is_one_reference() -> None:
    told = service(52, "2026-03-02T08:10:00Z", TimeOffsetSeconds=-49 * DAY)
    assert measured("clock_error_agreed_s", told, at=failed(FAILED_AHEAD)) == []


def test_without_a_known_failure_nothing_is_known_of_the_time_since_it() -> None:
    assert numbers("clock_right_since_failure_s", sample(1.0)) == []
    assert numbers("clock_right_s", sample(1.0)) == [1.0]


# --- certificates -------------------------------------------------------------------------------------------------

VALID = ("2026-01-15T00:00:00Z", "2026-04-09T00:00:00Z")


def served(local: str, host: str = "accounts.google.com", issuer: str = GOOGLE) -> tuple[Row, ...]:
    return (*probe(host, 3, local_utc=local), *leaf(3, issuer, *VALID))


@pytest.mark.parametrize(
    ("local", "outside"),
    [
        ("2026-01-14T23:00:00Z", [3600.0]),
        ("2026-01-15T00:00:00Z", []),
        ("2026-04-09T00:00:00Z", []),
        ("2026-04-10T00:00:00Z", [DAY]),
    ],
)
def test_local_time_is_compared_with_both_dates_of_the_certificate(local: str, outside: list[float]) -> None:
    assert numbers("certificate_time_error_s", served(local)) == outside


SEVEN = (
    "accounts.google.com oauth2.googleapis.com www.googleapis.com apis.google.com ssl.gstatic.com "
    "imap.gmail.com smtp.gmail.com"
)


@pytest.mark.parametrize("host", SEVEN.split())
def test_each_of_the_seven_hosts_serves_as_a_reference(host: str) -> None:
    found = measured("certificate_time_error_s", served("2027-01-01T00:00:00Z", host))
    assert [(f.subject, f.sources[0].place) for f in found] == [(host, "tls_probes[3].chain[0]")]


@pytest.mark.parametrize("host", ["www.msftconnecttest.com", "example.org", "accounts.google.com.evil.example"])
def test_other_hosts_do_not(host: str) -> None:
    assert measured("certificate_time_error_s", served("2027-01-01T00:00:00Z", host)) == []


@pytest.mark.parametrize("issuer", ["CN=Corp Inspection CA", "CN=Google LLC Inspection", ""])
def test_a_certificate_that_google_did_not_issue_says_nothing_about_the_clock(issuer: str) -> None:
    assert measured("certificate_time_error_s", served("2027-01-01T00:00:00Z", issuer=issuer)) == []


def test_the_dates_of_an_authority_above_the_leaf_are_not_the_leafs() -> None:
    root = section(
        "tls_probes.chain",
        "tls_probes[3].chain[1]",
        {"issuer": GOOGLE, "not_before": "2020-01-01T00:00:00Z", "not_after": "2021-01-01T00:00:00Z"},
    )
    assert measured("certificate_time_error_s", *served("2026-03-02T08:00:00Z"), root) == []


# --- the zone -----------------------------------------------------------------------------------------------------


def bias(minutes: int) -> Row:
    return fact("host.utc_bias_minutes", minutes, place="host")


@pytest.mark.parametrize(
    ("minutes", "offset", "equal"),
    [
        (-120, 7200.0, True),
        (-120, -7200.0, True),
        (-120, 7230.0, True),
        (-120, 7300.0, False),
        (-120, 3600.0, True),  # give or take daylight saving
        (300, 18_000.0, True),
        (-330, 19_800.0, True),
        (-60, 0.0, False),
    ],
)
def test_an_error_of_the_zones_distance_from_utc_is_told_apart(minutes: int, offset: float, equal: bool) -> None:
    assert bool(numbers("clock_error_zone_bias_s", bias(minutes), sample(offset))) is equal


def test_without_a_zone_no_error_equals_it() -> None:
    assert numbers("clock_error_zone_bias_s", sample(3600.0)) == []
