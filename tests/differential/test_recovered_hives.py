"""Real dirty hives and their logs: equal to what Windows recovered, and to a second implementation's replay.

libregf and hivex read no logs; they read what the replay makes. regipy replays, but in the order it is given the
logs, whatever their numbers, and without a look at any sum (its issue 195): given the right order it is a witness.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import regipy.recovery

from analyzer.bundle import open_bundle
from analyzer.model import Covered
from analyzer.transaction_logs import Outcome, Replay, replay
from fixtures.forge.hive import sealed
from tests.unit.forge.hive_readers import Content, image, libregf
from tests.unit.parsers.stored import Told, stored, told, with_siblings

# regipy leaves the files it reads to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

DIRTY = "hives/dirty/yarp-"
GOLD = "bundle-GoldPaperW11/registry/"
STALE_LOG2 = "bundle-DESKTOP-2KGM189/registry/transactions_NTUSER.DAT"
NO_LOGS = "bundle-DESKTOP-2KGM189/registry/SYSTEM_WIN_10_1709"

# hive -> the logs and the numbers of their writes, in the order of replay
REPLAYED = {
    f"{DIRTY}NewDirtyHive1/NewDirtyHive": ["LOG1 2-2", "LOG2 3-5"],
    f"{DIRTY}NewDirtyHive2/NewDirtyHive": ["LOG2 3-5"],
    f"{DIRTY}OldDirtyHive/OldDirtyHive": ["LOG1 5-5"],
    STALE_LOG2: ["LOG1 566-588"],
    f"{GOLD}NTUSER.DAT": ["LOG2 238-240", "LOG1 241-242"],
    f"{GOLD}UsrClass.dat": ["LOG2 139-145", "LOG1 146-146"],
    f"{GOLD}DEFAULT": ["LOG2 104-105", "LOG1 106-107"],
    f"{GOLD}Amcache.hve": ["LOG2 68-69", "LOG1 70-76"],
    f"{GOLD}NetworkService/NTUSER.DAT": ["LOG1 93-93", "LOG2 94-100"],
}


def files(hive: Path) -> dict[str, Path]:
    """The hive and its logs by their names in lower case."""
    return {path.name.lower(): path for path in hive.parent.iterdir()}


def log(hive: Path, ending: str) -> bytes | None:
    found = files(hive).get(hive.name.lower() + ending)
    return found.read_bytes() if found else None


def answer(hive: Path) -> Replay:
    return replay(hive.read_bytes(), log(hive, ".log1"), log(hive, ".log2"))


def recovered(hive: Path) -> bytes:
    return image(answer(hive), hive.read_bytes())


def said(told: Replay) -> list[str]:
    return [f"{damage.place}: {damage.reason}" for damage in told.damages]


def read(hive: Path, **given: Any) -> Told:
    beside = {f"C/Users/a/{name}": path for name, path in files(hive).items()}
    artifact = stored(hive, "hive", original=f"C/Users/a/{hive.name}", **given)
    return told(with_siblings(artifact, beside))


def without_times(content: Content) -> Any:
    return {path: values for path, (_, values) in content.items()}


@pytest.mark.parametrize("name", REPLAYED)
def test_the_right_writes_are_replayed_in_the_right_order(name: str, realdata: Path) -> None:
    told = answer(realdata / name)
    assert (told.outcome, told.damages, list(map(str, told.used))) == (Outcome.REPLAYED, (), REPLAYED[name])


@pytest.mark.parametrize("folder", ["NewDirtyHive1", "NewDirtyHive2"])
def test_the_newer_format_gives_what_windows_10_recovered(folder: str, realdata: Path) -> None:
    ours = recovered(realdata / f"{DIRTY}{folder}/NewDirtyHive")
    windows = (realdata / f"{DIRTY}NewDirtyHive1/RecoveredHive_Windows10").read_bytes()
    assert libregf(ours) == libregf(windows)
    # not a byte differs, the base block's included
    assert ours == windows


def test_the_older_format_gives_what_windows_7_recovered(realdata: Path) -> None:
    ours = recovered(realdata / f"{DIRTY}OldDirtyHive/OldDirtyHive")
    windows = (realdata / f"{DIRTY}OldDirtyHive/RecoveredHive_Windows7").read_bytes()
    assert without_times(libregf(ours)) == without_times(libregf(windows))
    differing = [at for at in range(0, len(windows), 512) if ours[at : at + 512] != windows[at : at + 512]]
    # base block, head of the first bin (a time), and what Windows wrote on loading it
    assert len(differing) == 3


def test_a_hive_without_its_base_block_is_recovered_from_its_log_and_is_not_whole(realdata: Path) -> None:
    hive = realdata / f"{DIRTY}BadBaseBlockHive/BadBaseBlockHive"
    told = answer(hive)
    assert (told.outcome, said(told)) == (
        Outcome.REPLAYED,
        ["base block: it fails its checksum: that of LOG1 is taken"],
    )
    assert libregf(recovered(hive)) == libregf(recovered(realdata / f"{DIRTY}OldDirtyHive/OldDirtyHive"))


def test_a_log_whose_checksum_is_wrong_is_rejected(realdata: Path) -> None:
    told = answer(realdata / f"{DIRTY}BadLogHive1/BadLogHive")
    assert (told.outcome, told.used) == (Outcome.REFUSED, ())
    assert said(told) == [
        "base block: dirty: its transaction logs were not replayed",
        "LOG1: its base block fails its checksum: not replayed",
    ]


def test_a_stale_log_adds_no_key_and_takes_none_away(realdata: Path) -> None:
    hive = realdata / STALE_LOG2
    assert (len(libregf(hive.read_bytes())), len(libregf(recovered(hive)))) == (2590, 3105)
    assert replay(hive.read_bytes(), log(hive, ".log1"), b"").used[0].writes[-1].number == 588
    by_log2 = replay(hive.read_bytes(), None, log(hive, ".log2"))
    assert (by_log2.used, len(by_log2.damages)) == ((), 3)


@pytest.mark.parametrize("name", REPLAYED)
def test_regipy_given_the_right_order_replays_to_the_same(name: str, realdata: Path, tmp_path: Path) -> None:
    hive = realdata / name
    ordered = [files(hive)[f"{hive.name.lower()}.{told.name.lower()}"] for told in answer(hive).used]
    restored = tmp_path / "restored"
    apply: Any = regipy.recovery.apply_transaction_logs
    apply(str(hive), *map(str, reversed(ordered)), restored_hive_path=str(restored))
    assert libregf(sealed(restored.read_bytes())) == libregf(recovered(hive))


def test_a_users_hive_with_both_logs_is_whole_and_says_what_it_owes_to_them(realdata: Path) -> None:
    told = read(realdata / f"{GOLD}NTUSER.DAT")
    assert (told.reasons, told.reading.covered) == ([], (Covered("HKCU"),))
    facts = [row for row in told.rows if row.get("name") in ("hive.replayed", "hive.found_in")]
    assert [row["value"] for row in facts if row["name"] == "hive.replayed"] == ["LOG2 238-240, LOG1 241-242"]


def test_what_was_only_in_the_log_is_found_there(realdata: Path) -> None:
    told = read(realdata / STALE_LOG2)
    rows = {row["place"] for row in told.rows if "hive" in row}
    owed = {row["place"]: row["value"] for row in told.rows if row.get("subject")}
    before = {row["place"] for row in alone(realdata / STALE_LOG2).rows}
    assert told.reasons == []
    assert rows - before <= owed.keys() <= rows
    assert set(owed.values()) == {"LOG1"}
    assert len(rows - before) > 50


def alone(hive: Path) -> Told:
    return told(stored(hive, "hive", original="C/Users/a/NTUSER.DAT"))


def test_a_system_hive_without_its_logs_stays_not_whole(realdata: Path) -> None:
    told = read(realdata / NO_LOGS)
    assert told.reasons == ["base block: dirty: its transaction logs were not replayed"]
    assert told.reading.covered == ()


def test_logs_without_their_hive_are_gaps_and_those_that_were_used_are_not(realdata: Path, tmp_path: Path) -> None:
    with open_bundle(realdata / "bundle-GoldPaperW11", tmp_path) as bundle:
        orphans = {
            gap.artifact for gap in bundle.gaps if gap.reason == "a registry hive's log without its hive: not read"
        }
        logs = {one.member.name: one for one in bundle.artifacts() if one.member.format == "hive_log"}
        gaps = {name: told(artifact).gaps for name, artifact in logs.items()}
    assert orphans == {"registry/SYSTEM.LOG1", "registry/SYSTEM.LOG2"}
    assert {"registry/ntuser.dat.LOG1", "registry/ntuser.dat.LOG2"} <= gaps.keys()
    assert set(gaps.values()) == {()}
