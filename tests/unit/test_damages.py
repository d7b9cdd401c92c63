"""Faults beyond a bound are one fault, which weighs as much as all of them."""

from __future__ import annotations

import pytest

from analyzer import damages
from analyzer.damages import Damages
from analyzer.model import Damage


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(damages, "MOST_TOLD", 2)


def of(*told: Damage) -> Damages:
    found = Damages()
    for damage in told:
        found.add(damage)
    return found


def test_up_to_the_bound_each_fault_is_told_as_it_came() -> None:
    told = (Damage("line 1", "bad"), Damage("line 2", "worse", 3))
    assert tuple(of(*told)) == told
    assert of(*told)
    assert not of()


def test_beyond_the_bound_nothing_that_was_lost_or_is_in_doubt_is_forgotten() -> None:
    *_, last = of(
        Damage("line 1", "bad", 1, part="dns"),
        Damage("line 2", "bad", 1, part="dns"),
        Damage("line 3", "bad", 5, ("line 3",), part="dns"),
        Damage("line 4", "bad", 7, ("line 4",), part="dns"),
    )
    assert last == Damage("line 2", "2 more faults behind this one", 12, ("line 3", "line 4"), part="dns")


@pytest.mark.parametrize("parts", [("dns", "clock", "dns"), ("dns", None, "dns")])
def test_faults_of_several_parts_leave_no_part_safe(parts: tuple[str | None, ...]) -> None:
    *_, last = of(*(Damage(f"line {n}", "bad", part=part) for n, part in enumerate(("dns", "dns", *parts))))
    assert last.part is None
