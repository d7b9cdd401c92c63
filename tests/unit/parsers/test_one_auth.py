"""OneAuth's account files: that they are there and how they are made, never whom they name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analyzer.bundle.formats import sniff
from analyzer.model import Damage
from analyzer.parsers.one_auth import read
from analyzer.tables import Batch
from tests.unit.parsers.artifacts import artifact

PLACE = "C/Users/alice/AppData/Local/Microsoft/OneAuth/accounts/0f1e2d3c4b5a6978"
ACCOUNT = {"id": "0f1e2d3c4b5a6978", "display_name": "Alice Example", "associations": {"app": "secret"}}


def told(content: bytes) -> list[Any]:
    return list(read(artifact(content, PLACE)))


def test_the_place_tells_what_the_file_is() -> None:
    assert sniff(json.dumps(ACCOUNT).encode(), PLACE) == "one_auth"
    assert sniff(b"{}", "C/Users/alice/AppData/Local/Other/accounts/1") != "one_auth"


def test_names_of_properties_are_kept_and_no_value() -> None:
    (batch,) = told(json.dumps(ACCOUNT).encode())
    assert isinstance(batch, Batch)
    assert list(batch.columns["name"]) == ["one_auth.id", "one_auth.display_name", "one_auth.associations"]
    assert "Alice" not in str(batch)
    assert "secret" not in str(batch)


def test_half_of_a_character_in_a_name_loses_itself_alone() -> None:
    (batch,) = told(b'{"a\\ud800": 1, "b": 2}')
    assert list(batch.columns["name"]) == ["one_auth.a?", "one_auth.b"]


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b"\xff\xfe\x00", b'{"id": ', b"[" * 100_000])
def test_anything_else_is_damage_and_no_crash(content: bytes) -> None:
    (damage,) = told(content)
    assert isinstance(damage, Damage)


def test_a_file_larger_than_any_account_is_not_read() -> None:
    (damage,) = told(b'{"id": "' + b"x" * (1 << 20) + b'"}')
    assert damage.reason == "larger than 1 MiB: not read"
