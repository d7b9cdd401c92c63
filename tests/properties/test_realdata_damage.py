"""Real files, damaged in three hundred ways: nothing crashes, nothing takes long or much."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.properties.mutations import MOST_BYTES, MOST_S, damaged, groups, outcomes

# ten parts of thirty, so that they can be shared among workers
PART = 30
SMALL_BYTES = 300_000


@pytest.mark.parametrize("part", range(10))
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_damaged_file_is_read_without_a_crash_in_bounded_time_and_memory(part: int, realdata: Path) -> None:
    before = next(iter(outcomes(range(1), realdata, SMALL_BYTES)))[1].peak_bytes
    found = list(outcomes(range(part * PART, (part + 1) * PART), realdata, SMALL_BYTES))
    assert len(found) == PART
    assert [seed for seed, one in found if one.seconds > MOST_S] == []
    assert [seed for seed, one in found if one.peak_bytes - before > MOST_BYTES] == []


def test_a_seed_is_the_same_damage_each_time_and_another_one_is_not(realdata: Path) -> None:
    known = groups(realdata, SMALL_BYTES)
    assert damaged(7, known) == damaged(7, known)
    undamaged = {path.name: path.read_bytes() for group in known for path in group}
    hurt = [damaged(seed, known) for seed in range(50)]
    assert sum(any(undamaged[name] != data for name, data in files.items()) for files in hurt) > 40
