from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from collectors import catalog
from collectors.archive import Archive
from collectors.catalog import Item
from collectors.finds import Find, Way
from collectors.gathering import Budget, Gathering
from collectors.manifest import Host, Left
from collectors.windows import NotTaken, Outcome
from tests.unit.collectors.volumes import EVTX, HIVE

Opening = Callable[[], AbstractContextManager[BinaryIO]]


def gives(data: bytes) -> Opening:
    return lambda: io.BytesIO(data)


def refuses(outcome: Outcome, reason: str) -> Opening:
    def opened() -> AbstractContextManager[BinaryIO]:
        raise NotTaken(outcome, reason)

    return opened


class Breaking(io.BytesIO):
    """A stream that can be read only so far."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 100:
            raise OSError(5, "Input/output error")
        return super().read(min(size or 100, 100))


@dataclass
class Offered:
    """A source that offers for each item what the test says."""

    finds: dict[str, list[Find | Left]] = field(default_factory=dict)
    network: str = "off"

    def host(self) -> Host:
        return Host()

    def look(self, item: Item) -> Iterator[Find | Left]:
        yield from self.finds.get(item.id, [])


def item(item_id: str) -> Item:
    found = catalog.load().find(item_id)
    assert found is not None
    return found


def find(item_id: str, *ways: tuple[str, Opening], size: int | None = None) -> Find:
    member = f"C/{item_id}"
    return Find(item(item_id), member, f"C:\\{item_id}", tuple(Way(*way) for way in ways), size)


def gathered(tmp_path: Path, *finds: Find, budget: Budget | None = None) -> Gathering:
    budget = budget or Budget()
    budget.start()
    with Archive(tmp_path / "a.zip") as archive:
        gathering = Gathering(archive, budget)
        source = Offered({found.item.id: [found] for found in finds})
        gathering.take(source, tuple(found.item for found in finds), lambda *_: None)
        archive.finish()
    return gathering


def only_left(gathering: Gathering) -> Left:
    assert gathering.taken == []
    (row,) = gathering.left
    return row


def test_the_second_way_is_taken_where_the_first_fails(tmp_path: Path) -> None:
    locked = refuses(Outcome.FAILED, "in use (32)")
    done = gathered(tmp_path, find("system_log", ("event-export", locked), ("shadow-copy", gives(EVTX))))
    assert [(row.method, row.size) for row in done.taken] == [("shadow-copy", len(EVTX))]
    assert done.left == []


def test_a_way_that_breaks_off_in_the_middle_gives_room_to_the_next(tmp_path: Path) -> None:
    done = gathered(tmp_path, find("system_log", ("copy", lambda: Breaking(EVTX)), ("shadow-copy", gives(EVTX))))
    assert [(row.method, row.size) for row in done.taken] == [("shadow-copy", len(EVTX))]


def test_all_ways_that_failed_are_named_with_their_reasons(tmp_path: Path) -> None:
    ways = (("reg-save", refuses(Outcome.DENIED, "no right (1314)")), ("copy", refuses(Outcome.FAILED, "in use (32)")))
    row = only_left(gathered(tmp_path, find("system_hive", *ways)))
    assert (row.outcome, row.reason, row.tried) == ("denied", "no right (1314); in use (32)", ("reg-save", "copy"))


def test_an_error_of_the_system_is_a_way_that_failed(tmp_path: Path) -> None:
    def cut() -> AbstractContextManager[BinaryIO]:
        raise ConnectionResetError(104, "Connection reset by peer")

    row = only_left(gathered(tmp_path, find("pac_file", ("api", cut))))
    assert (row.outcome, row.reason) == ("failed", "Connection reset by peer (104)")


def test_what_no_way_finds_is_missing(tmp_path: Path) -> None:
    gone = refuses(Outcome.MISSING, "no such channel (15007)")
    row = only_left(gathered(tmp_path, find("system_log", ("event-export", gone), ("copy", gone))))
    assert (row.outcome, row.reason) == ("missing", "no such channel (15007)")


@pytest.mark.parametrize(
    ("item_id", "method", "data"),
    [
        ("system_log", "event-export", b""),
        ("system_log", "event-export", b"<html>"),
        ("system_hive", "reg-save", b"WINE REGISTRY Version 2"),
        ("reg_user_office", "reg-export", b"ERROR: Invalid key name."),
        ("w32tm_status", "command", b""),
        ("system_hive", "copy", b""),
    ],
)
def test_what_a_method_brings_is_trusted_by_its_content_alone(
    tmp_path: Path, item_id: str, method: str, data: bytes
) -> None:
    row = only_left(gathered(tmp_path, find(item_id, (method, gives(data)))))
    assert (row.outcome, row.tried) == ("failed", (method,))


def test_a_damaged_file_of_the_disk_is_evidence_and_named_as_damaged(tmp_path: Path) -> None:
    done = gathered(tmp_path, find("system_hive", ("copy", gives(bytes(512) + HIVE))))
    assert [row.size for row in done.taken] == [1024]
    assert [(row.outcome, row.reason) for row in done.left] == [
        ("failed", "its first bytes are not those of hive: taken as found")
    ]


@pytest.mark.parametrize("size", [None, 4_194_305], ids=["grew while it was read", "was seen to be"])
def test_what_is_longer_than_the_catalogue_allows_is_too_big(tmp_path: Path, size: int | None) -> None:
    data = bytes([65]) * 4_194_305
    row = only_left(
        gathered(tmp_path, find("hosts_file", ("copy", gives(data)), ("shadow-copy", gives(data)), size=size))
    )
    assert (row.outcome, row.tried) == ("too_big", ("copy",))


def test_when_time_is_up_the_rest_is_skipped_and_said_so(tmp_path: Path) -> None:
    ticks = iter([0.0, 1.0, 2.0, 3.0, *[100.0] * 20])
    budget = Budget(seconds=10, clock=lambda: next(ticks))
    finds = [find(name, ("copy", gives(b"127.0.0.1"))) for name in ("hosts_file", "edge_update_log")]
    done = gathered(tmp_path, *finds, budget=budget)
    assert [row.artifact for row in done.taken] + [row.artifact for row in done.left] == [
        "hosts_file",
        "edge_update_log",
    ]
    assert (done.left[0].outcome, done.left[0].reason) == ("skipped", "the time for this collection was used up")


def test_what_has_no_room_is_skipped_and_something_smaller_still_taken(tmp_path: Path) -> None:
    sizes = {"hosts_file": 60, "edge_update_log": 60, "edge_update_user_log": 30}
    finds = [find(name, ("copy", gives(b"a" * size))) for name, size in sizes.items()]
    done = gathered(tmp_path, *finds, budget=Budget(size=100))
    assert [row.artifact for row in done.taken] == ["hosts_file", "edge_update_user_log"]
    assert [(row.artifact, row.outcome) for row in done.left] == [("edge_update_log", "skipped")]


def test_a_source_that_cannot_even_look_leaves_a_row(tmp_path: Path) -> None:
    class Blind(Offered):
        def look(self, item: Item) -> Iterator[Find | Left]:
            raise NotTaken(Outcome.DENIED, f"no look at {item.id} (5)")

    with Archive(tmp_path / "a.zip") as archive:
        gathering = Gathering(archive, Budget())
        gathering.budget.start()
        gathering.take(Blind(), (item("system_hive"),), lambda *_: None)
    row = only_left(gathering)
    assert (row.outcome, row.source_path) == ("denied", "C:\\Windows\\System32\\config\\SYSTEM")


def test_progress_is_told_before_each_item(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    items = (item("hosts_file"), item("system_log"))
    with Archive(tmp_path / "a.zip") as archive:
        gathering = Gathering(archive, Budget())
        gathering.budget.start()
        gathering.take(Offered(), items, lambda *told: heard.append(told))
    assert heard == [("hosts_file", 0, 2), ("system_log", 1, 2)]
    assert [row.outcome for row in gathering.left] == ["missing", "missing"]
