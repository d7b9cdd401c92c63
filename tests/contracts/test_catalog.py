from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import PureWindowsPath

import pytest

from analyzer import parsers
from collectors import catalog
from collectors.catalog import Item
from tests.contracts.tree import ROOT

# bundle-format.md, manifest.json
METHODS = {"copy", "shadow-copy", "reg-save", "reg-export", "event-export", "command", "api"}
ITEMS = catalog.load().items
every_item = pytest.mark.parametrize("item", ITEMS, ids=[item.id for item in ITEMS])


def test_ids_are_unique() -> None:
    ids = [item.id for item in ITEMS]
    assert sorted(ids) == sorted(set(ids))


def test_places_are_unique() -> None:
    places = [place.lower() for item in ITEMS for place in item.places]
    assert sorted(places) == sorted(set(places))


def test_keys_and_channels_are_unique() -> None:
    for field in ("key", "channel", "command"):
        named = [value.lower() for item in ITEMS if (value := getattr(item, field))]
        assert sorted(named) == sorted(set(named)), field


@every_item
def test_a_row_says_what_why_and_how(item: Item) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", item.id)
    assert item.method in METHODS
    assert item.why
    assert 0 < item.max_bytes <= 1 << 31
    assert [kind for kind in (item.user, item.needs_admin, item.private) if not isinstance(kind, bool)] == []


@pytest.mark.parametrize("kind", sorted({item.format for item in ITEMS}))
def test_a_format_has_a_parser_or_is_said_not_to_be_decoded(kind: str) -> None:
    assert (find_spec(f"analyzer.parsers.{kind}") is not None) != (kind in parsers.NOT_DECODED)


@every_item
def test_a_row_carries_what_its_method_works_on(item: Item) -> None:
    wanted = {"reg-export": {"key"}, "event-export": {"channel"}, "command": {"command"}}.get(item.method, set())
    assert {field for field in ("key", "channel", "command") if getattr(item, field)} == wanted


@every_item
def test_a_place_is_a_windows_path_or_a_member_of_the_bundle(item: Item) -> None:
    if item.method in {"reg-export", "command", "api"}:
        folder, _, name = item.place.partition("/")
        assert folder == ("registry" if item.method == "reg-export" else "live")
        assert re.fullmatch(r"[a-z0-9_]+\.\w+", name)
    else:
        for place in item.places:
            assert PureWindowsPath(place).is_absolute() or place.startswith("%TEMP%\\")


@every_item
def test_an_event_log_lies_where_windows_keeps_its_channel(item: Item) -> None:
    if item.channel:
        name = item.channel.replace("/", "%4")
        assert item.place == rf"C:\Windows\System32\winevt\Logs\{name}.evtx"


@every_item
def test_a_users_key_is_a_users_item(item: Item) -> None:
    if item.key:
        assert item.key.startswith("HKCU\\") == item.user
        assert item.key.startswith(("HKCU\\", "HKLM\\"))


def test_the_file_holds_one_row_a_line_so_that_a_change_shows_as_one() -> None:
    lines = (ROOT / "collectors" / "catalog.json").read_text("utf-8").splitlines()
    rows = [json.loads(line.rstrip(",")) for line in lines if line.startswith('{"id"')]
    assert [row["id"] for row in rows] == [item.id for item in ITEMS]
