from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from collectors import catalog, tree
from collectors.finds import Find, Way
from collectors.manifest import Left
from collectors.tree import SESSION, Names, Search
from collectors.windows import Entry, NotTaken, Outcome


@dataclass
class Folders:
    """A tree of the test's own; a folder that is not named is not there."""

    holds: dict[Names, Sequence[Entry] | NotTaken]

    def entries(self, folder: Names) -> Sequence[Entry]:
        found = self.holds.get(folder, NotTaken(Outcome.MISSING, "no such folder (3)"))
        if isinstance(found, NotTaken):
            raise found
        return found

    def ways(self, file: Names) -> tuple[Way, ...]:  # noqa: ARG002  (the protocol's signature)
        return ()


def file(name: str, *, link: bool = False, remote: bool = False, folder: bool = False) -> Entry:
    return Entry(name, 7, None, folder=folder, link=link, remote=remote)


def search(item_id: str, holds: dict[Names, Sequence[Entry] | NotTaken]) -> Search:
    item = catalog.load().find(item_id)
    assert item is not None
    return Search(Folders(holds), item)


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ("IMAP-*.log", "imap-ALICE.LOG", "IMAP-a.log.bak"),
        ("*-????-????*.log", "PC-2026-0302x.log", "PC-202-0302.log"),
        ("*", "anything at all", ""),
        ("a[1].log", "A[1].log", "a1.log"),
        (SESSION, "12", "1a"),
    ],
)
def test_a_pattern_fits_whole_names_whatever_their_case(pattern: str, fitting: str, other: str) -> None:
    fits = tree.matcher(pattern)
    assert fits(fitting)
    assert not other or not fits(other)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (file("IMAP-1.log", link=True), "a link"),
        (file("IMAP-1.log", remote=True), "in the cloud"),
        (file("IMAP-1\x07.log"), "does not allow"),
        (file("IMAP-a:b.log"), "does not allow"),
        (file("IMAP-\udc80.log"), "does not allow"),
    ],
)
def test_what_is_left_alone_is_named_with_its_reason(entry: Entry, reason: str) -> None:
    (left,) = search("outlook_imap_log", {("C:", "Temp"): [entry]}).below(("C:", "Temp"), ("IMAP-*.log",))
    assert isinstance(left, Left)
    assert (left.outcome, left.source_path) == ("skipped", f"C:\\Temp\\{entry.name}")
    assert reason in left.reason


def test_a_folder_that_may_not_be_entered_is_named_and_one_that_is_not_there_is_not() -> None:
    closed = NotTaken(Outcome.DENIED, "access denied (5)")
    holds: dict[Names, Sequence[Entry] | NotTaken] = {
        ("C:",): [file("closed", folder=True), file("gone", folder=True)],
        ("C:", "closed"): closed,
    }
    (left,) = search("hosts_file", holds).below(("C:",), ("*", "hosts"))
    assert isinstance(left, Left)
    assert (left.outcome, left.source_path, left.reason) == ("denied", "C:\\closed", "access denied (5)")


def test_a_hives_logs_come_with_it_unless_they_are_links() -> None:
    names = [file("NTUSER.DAT"), file("ntuser.dat.LOG1"), file("ntuser.dat.LOG2", link=True), file("ntuser.ini")]
    found = search("user_hive", {("C:", "a"): names}).below(("C:", "a"), ("NTUSER.DAT",))
    assert [(one.member, one.companion) for one in found if isinstance(one, Find)] == [
        ("C/a/NTUSER.DAT", False),
        ("C/a/ntuser.dat.LOG1", True),
    ]


def test_a_path_is_taken_apart_and_put_together() -> None:
    assert tree.split("C:\\Users\\alice\\") == ("C:", "Users", "alice")
    assert tree.path(("C:", "Users", "alice")) == "C:\\Users\\alice"
    assert tree.path(("C:",)) == "C:\\"
