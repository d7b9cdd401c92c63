"""The runner: rows are completed, damage takes cover away, and no crash gets out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from analyzer.bundle import Artifact
from analyzer.model import Covered, Damage, Gap, Identified, Integrity, Stage
from analyzer.parsers import NOT_DECODED
from analyzer.tables import Batch
from collectors import catalog
from tests.unit.parsers.stored import UNPACKING, USER, stored, told, written

Read = Callable[[Artifact], Iterator[Batch | Damage | Covered | Identified]]
Install = Callable[[Read], Artifact]


@pytest.fixture
def parsed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """An artifact whose format has the given parser."""

    def install(read: Read) -> Artifact:
        module = ModuleType("analyzer.parsers.hosts")
        module.__spec__ = sys.modules[__name__].__spec__
        module.read = read  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "analyzer.parsers.hosts", module)
        return stored(written(tmp_path, "hosts", b"x"), "hosts", original="C/hosts", item="hosts_file", user=USER)

    return install


def test_rows_get_their_artifact_and_the_members_user(parsed_by: Install) -> None:
    artifact = parsed_by(lambda _: iter([Batch("facts", {"place": ["line 1"], "name": ["n"]})]))
    (row,) = told(artifact).rows
    assert (row["artifact"], row["user"], row["place"]) == ("C/hosts", USER, "line 1")


def test_a_user_in_the_columns_is_left_alone(parsed_by: Install) -> None:
    artifact = parsed_by(lambda _: iter([Batch("facts", {"place": ["a", "b"], "user": [None, "S-1-5-18"]})]))
    assert [row["user"] for row in told(artifact).rows] == [None, "S-1-5-18"]


def test_a_user_that_the_content_names_goes_before_the_paths(parsed_by: Install) -> None:
    artifact = parsed_by(lambda _: iter([Identified("hosts_file", "S-1-5-21-9"), Batch("facts", {"place": ["a"]})]))
    answer = told(artifact)
    assert answer.rows[0]["user"] == "S-1-5-21-9"
    assert answer.reading.member.user == "S-1-5-21-9"


def test_damage_becomes_a_gap_and_voids_all_cover(parsed_by: Install) -> None:
    artifact = parsed_by(
        lambda _: iter(
            [
                Covered("all"),
                Damage("line 3", "torn", 2, doubts=("line 3",)),
                Damage("line 9", "torn too", 5),
            ]
        )
    )
    answer = told(artifact)
    assert answer.gaps == (
        Gap("C/hosts", "hosts_file", Stage.PARSE, "line 3", "torn", 2),
        Gap("C/hosts", "hosts_file", Stage.PARSE, "line 9", "torn too", 5),
    )
    assert answer.reading.covered == ()
    assert not answer.reading.whole
    assert answer.reading.lost_at_least == 7
    assert answer.reading.doubts == {"line 3"}


def test_damage_of_one_part_leaves_the_others_covered(parsed_by: Install) -> None:
    artifact = parsed_by(lambda _: iter([Covered("clock"), Covered("dns"), Damage("dns", "denied", part="dns")]))
    assert told(artifact).reading.covered == (Covered("clock"),)


def test_bytes_that_are_not_those_collected_cover_nothing(parsed_by: Install) -> None:
    artifact = parsed_by(lambda _: iter([Covered("all")]))
    assert told(artifact).reading.covered == (Covered("all"),)
    changed = replace(artifact, member=replace(artifact.member, integrity=Integrity.DIFFERS))
    assert told(changed).reading.covered == ()
    cut = replace(artifact, damage=(UNPACKING,))
    assert told(cut).reading.covered == ()
    assert not told(cut).reading.whole


def crashing(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    yield Batch("facts", {"place": ["line 1", "line 2"]})
    yield Covered("all")
    raise KeyError(f"in {artifact.path}\nnext line")


def test_a_crash_keeps_what_came_before_and_is_told_without_the_analysts_folders(parsed_by: Install) -> None:
    artifact = parsed_by(crashing)
    answer = told(artifact, strict=False)
    assert [row["place"] for row in answer.rows] == ["line 1", "line 2"]
    assert answer.reading.covered == ()
    (gap,) = answer.gaps
    assert gap.place == "after row 2"
    assert gap.reason.startswith("from here on: KeyError: ")
    assert str(artifact.path.parent) not in gap.reason
    assert "\n" not in gap.reason


def test_strict_lets_a_crash_out(parsed_by: Install) -> None:
    with pytest.raises(KeyError):
        told(parsed_by(crashing), strict=True)


def test_an_unknown_column_is_a_crash_of_the_parser(parsed_by: Install) -> None:
    artifact = parsed_by(lambda _: iter([Batch("facts", {"nonsense": ["a"]})]))
    assert "ValueError" in told(artifact, strict=False).gaps[0].reason


@pytest.mark.parametrize("kind", sorted(NOT_DECODED))
def test_a_format_that_is_not_decoded_is_said_to_be_there(kind: str, tmp_path: Path) -> None:
    answer = told(stored(written(tmp_path, "x", b"x"), kind))
    assert [gap.reason for gap in answer.gaps] == [NOT_DECODED[kind]]
    assert "not decoded" in answer.gaps[0].reason
    assert not answer.reading.whole


@pytest.mark.parametrize("kind", [None, "nosuch", "../evil", "__init__"])
def test_an_unknown_format_is_a_gap(kind: str | None, tmp_path: Path) -> None:
    answer = told(stored(written(tmp_path, "x", b"x"), kind))
    assert answer.reasons == [": not read: its format is not known"]


def test_papers_that_are_read_beside_others_are_no_gap(tmp_path: Path) -> None:
    assert told(stored(written(tmp_path, "x.keys.jsonl", b"{}"), "reg_times")).gaps == ()


def test_content_that_no_diagnosis_asks_for_is_named(parsed_by: Install) -> None:
    assert told(parsed_by(lambda _: iter([Identified(None)]))).reasons == [
        ": identified, not decoded: no diagnosis asks for what it holds"
    ]


def test_no_format_of_the_catalogue_is_both_read_and_excused() -> None:
    folder = Path(str(sys.modules["analyzer.parsers"].__file__)).parent
    formats = {item.format for item in catalog.load().items}
    assert not [kind for kind in formats & set(NOT_DECODED) if (folder / f"{kind}.py").exists()]
