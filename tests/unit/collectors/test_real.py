"""What of the running Windows can be tried without one: what its structures and error codes are taken for."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from collectors.real.calls import moment, refusal
from collectors.real.people import interpreter_arguments, zone_of
from collectors.windows import Daylight, Outcome


def zone(bias: int, summer_month: int, *, off: bool = False, name: str = "Romance Standard Time") -> bytes:
    """The structure as Windows fills it for a zone that changes on last Sundays at two and three."""

    def named(text: str, characters: int) -> bytes:
        return text.encode("utf-16-le").ljust(2 * characters, b"\0")

    winter = struct.pack("<8H", 0, 10 if summer_month else 0, 0, 5, 3, 0, 0, 0)
    summer = struct.pack("<8H", 0, summer_month, 0, 5, 2, 0, 0, 0)
    parts = struct.pack("<i", bias) + named("Paris, Madrid", 32) + winter + struct.pack("<i", 0)
    parts += named("Paris, Madrid (été)", 32) + summer + struct.pack("<i", -60)
    return (parts + named(name, 128) + bytes([off])).ljust(432, b"\0")


def test_a_zone_is_told_by_its_winter_bias_and_the_rule_of_its_summer_time() -> None:
    assert zone_of(zone(-60, 3)) == (
        -60,
        "Romance Standard Time",
        Daylight(-60, "03-05 Sun 02:00", "10-05 Sun 03:00"),
    )


@pytest.mark.parametrize("data", [zone(0, 0), zone(0, 3, off=True)])
def test_a_zone_without_summer_time_or_with_it_switched_off_has_no_rule(data: bytes) -> None:
    assert zone_of(data) == (0, "Romance Standard Time", None)


KIT = ["C:\\kit\\python\\python.exe", "-I", "-B", "-X", "utf8", "C:\\kit\\collector.pyz"]


@pytest.mark.parametrize(
    ("started", "own", "again"),
    [
        ([*KIT, "--out", "a.zip"], ["--out", "a.zip"], KIT[1:]),
        (KIT, [], KIT[1:]),
        (["python", "C:\\Scripts\\mailscope.exe", "collect"], ["collect"], ["-m", "collectors"]),
        (["python", "-m", "collectors", "-q"], ["-q"], ["-m", "collectors"]),
        (["python"], [], ["-m", "collectors"]),
    ],
    ids=["the kit", "a double click", "the command", "the module", "nothing"],
)
def test_the_elevated_half_starts_as_the_first_one_did(started: list[str], own: list[str], again: list[str]) -> None:
    told = interpreter_arguments(started, own)
    assert told[:-1] == again[:-1]
    assert told[-1].endswith(again[-1])


@pytest.mark.parametrize(
    ("ticks", "instant"),
    [
        (133_900_560_000_000_000, datetime(2025, 4, 25, 12, tzinfo=UTC)),
        (10_000_000, datetime(1601, 1, 1, 0, 0, 1, tzinfo=UTC)),
        (0, None),
        (-1, None),
        (1 << 63, None),
    ],
)
def test_a_filetime_is_an_instant_or_none(ticks: int, instant: datetime | None) -> None:
    assert moment(ticks) == instant


@pytest.mark.parametrize(
    ("code", "outcome", "reason"),
    [
        (2, Outcome.MISSING, "x: not found (2)"),
        (5, Outcome.DENIED, "x: access denied (5)"),
        (1223, Outcome.DENIED, "x: refused by the user (1223)"),
        (1300, Outcome.DENIED, "x: privilege not held (1300)"),
        (15007, Outcome.MISSING, "x: no such channel (15007)"),
        (32, Outcome.FAILED, "x: in use by another program (32)"),
        (0, Outcome.FAILED, "x: error 0"),
        (-2147221164, Outcome.FAILED, "x: error 0x80040154"),
    ],
)
def test_an_error_code_says_how_it_ended_and_stays_readable(code: int, outcome: Outcome, reason: str) -> None:
    told = refusal("x", code)
    assert (told.outcome, told.reason) == (outcome, reason)
