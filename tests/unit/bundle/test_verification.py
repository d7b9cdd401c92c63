"""``verify`` answers member by member: is this what was collected?"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from analyzer.bundle import open_bundle
from analyzer.bundle.verification import Check, Verification, is_clean, lines, verify

A, B, C = "C/a.evtx", "C/b.evtx", "C/c.evtx"
DATA = b"ElfFile\x00data"


def verified(
    tmp_path: Path, members: Mapping[str, bytes], hashes: Mapping[str, bytes] | None
) -> tuple[Verification, ...]:
    """``hashes`` are the bytes that the manifest's hashes were made of; None for no manifest."""
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        if hashes is not None:
            rows = [{"member": name, "sha256": hashlib.sha256(data).hexdigest()} for name, data in hashes.items()]
            archive.writestr("manifest.json", json.dumps({"schema": "mailscope-bundle/1", "artifacts": rows}))
    with open_bundle(path, tmp_path / "spool") as bundle:
        return verify(bundle)


def test_an_untouched_bundle_is_clean(tmp_path: Path) -> None:
    answers = verified(tmp_path, {B: DATA, A: DATA}, {A: DATA, B: DATA})
    assert lines(answers) == (
        "ok\tC/a.evtx",
        "ok\tC/b.evtx",
        "unlisted\tmanifest.json",
        "2 ok, 0 differs, 0 missing, 1 unlisted, 0 refused",
    )
    assert is_clean(answers)


def test_a_changed_a_lost_an_added_and_a_refused_member_are_told_apart(tmp_path: Path) -> None:
    answers = verified(tmp_path, {A: DATA + b"x", "../x": DATA, "C/new.log": b"x"}, {A: DATA, C: DATA})
    assert answers == (
        Verification("../x", Check.REFUSED),
        Verification(A, Check.DIFFERS),
        Verification(C, Check.MISSING),
        Verification("C/new.log", Check.UNLISTED),
        Verification("manifest.json", Check.UNLISTED),
    )
    assert lines(answers)[-1] == "0 ok, 1 differs, 1 missing, 2 unlisted, 1 refused"
    assert not is_clean(answers)


def test_without_a_manifest_everything_is_unlisted_and_clean(tmp_path: Path) -> None:
    answers = verified(tmp_path, {B: DATA, A: DATA}, None)
    assert answers == (Verification(A, Check.UNLISTED), Verification(B, Check.UNLISTED))
    assert is_clean(answers)


def test_a_refused_member_that_the_manifest_lists_is_not_missing_as_well(tmp_path: Path) -> None:
    answers = verified(tmp_path, {A: DATA, "C/CON": DATA}, {A: DATA, "C\\CON": DATA})
    assert [one.check for one in answers if one.member == "C/CON"] == [Check.REFUSED]
    assert Check.MISSING not in {one.check for one in answers}


def test_a_hostile_name_cannot_forge_a_line(tmp_path: Path) -> None:
    answers = verified(tmp_path, {A: DATA, "x\nok\tC/forged.evtx": DATA}, None)
    assert len(lines(answers)) == 3
    assert lines(answers)[1] == "refused\tx\\u000aok\\u0009C/forged.evtx"


def test_each_single_difference_is_not_clean() -> None:
    for check in (Check.DIFFERS, Check.MISSING, Check.REFUSED):
        assert not is_clean([Verification(A, Check.OK), Verification(B, check)])
