"""Forged hives and logs, read by every other implementation at hand."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import regipy.recovery
import regipy.registry
import regipy.registry_rs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.forge.hive import Style, build_hive, sealed
from fixtures.forge.hive_log import LogPlan, build_dirty
from fixtures.forge.registry import Key, tree, upcase
from tests.unit.forge.hive_readers import decoded, hivexml, libregf, meant
from tests.unit.forge.hive_readers import regipy as read_by_regipy

# regipy leaves the files it reads to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

BACKENDS = [regipy.registry.RegistryHive, regipy.registry_rs.RegistryHive]
FEW = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WRITTEN = datetime(2026, 3, 2, 8, 2, tzinfo=UTC)
SAMPLE = tree(
    {
        r"Software\Microsoft\Office\16.0\Common\Identity": {
            "values": {"": ("sz", "default"), "IdP": ("dword", 6), "When": ("qword", 2**40)},
            "written": WRITTEN,
        },
        r"Software\Microsoft\Lists": {"values": {"m": ("multi_sz", ["one", "two"]), "e": ("expand_sz", "%TEMP%")}},
        r"Software\日本": {
            "values": {"b": ("binary", bytes(range(40))), "short": ("binary", b"ab"), "n": ("none", b"")}
        },
        r"Software\Long": {"values": {"data": ("binary", bytes(number % 251 for number in range(40000)))}},
    }
)
CROWD = Key("ROOT", subkeys=tuple(Key(f"k{number:04}", WRITTEN) for number in range(2100)))

# Every letter of Windows' names, and not only ASCII; a NUL ends a name in most readers and a backslash parts keys.
letters = st.characters(
    codec="utf-16-le", exclude_characters="\0\\", exclude_categories=["Cs", "Cc"], max_codepoint=0xFFFF
)
names = st.text(letters, min_size=1, max_size=20)
texts = st.text(st.characters(codec="utf-16-le", exclude_categories=["Cs", "Cc"]), max_size=40)
# libregf reads data of less than four bytes, which stand inside the value's own cell, as zeros
values = st.one_of(
    st.tuples(st.just("sz"), texts.filter(bool)),
    st.tuples(st.just("expand_sz"), texts.filter(bool)),
    st.tuples(st.just("multi_sz"), st.lists(texts.filter(bool), min_size=1, max_size=4)),
    st.tuples(st.just("dword"), st.integers(0, 2**32 - 1)),
    st.tuples(st.just("qword"), st.integers(0, 2**64 - 1)),
    st.tuples(st.just("binary"), st.binary(min_size=4, max_size=200)),
)
times = st.integers(0, 10**15).map(
    lambda microseconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)


def keys(children: st.SearchStrategy[Key]) -> st.SearchStrategy[Key]:
    subkeys = st.lists(children, max_size=5, unique_by=lambda key: upcase(key.name)).map(tuple)
    return st.builds(Key, names, times, st.dictionaries(names, values, max_size=5), subkeys)


trees = st.recursive(st.builds(Key, names, times), keys, max_leaves=25)
styles = st.builds(Style, index=st.sampled_from(["lf", "lh", "li"]), leaf_capacity=st.sampled_from([2, 1012]))


@pytest.mark.parametrize("backend", BACKENDS, ids=["pure", "rust"])
@pytest.mark.parametrize("root", [SAMPLE, CROWD], ids=["sample", "crowd"])
@pytest.mark.parametrize("index", ["lf", "lh", "li"])
def test_regipy_reads_what_was_meant(tmp_path: Path, backend: Any, root: Key, index: str) -> None:
    path = tmp_path / "hive"
    path.write_bytes(build_hive(root, Style(index=index)))
    assert read_by_regipy(path, backend) == decoded(root)


@FEW
@given(trees, styles)
def test_libregf_reads_any_tree_as_it_was_meant(root: Key, style: Style) -> None:
    assert libregf(build_hive(root, style)) == meant(root)


@FEW
@given(root=trees)
def test_the_rust_backend_reads_any_tree_as_the_pure_one(tmp_path: Path, root: Key) -> None:
    path = tmp_path / "hive"
    # regipy takes Latin-1 names for UTF-8, so all names are UTF-16 here; libregf reads both codings above
    path.write_bytes(build_hive(root, Style(unicode_names=True)))
    pure, rust = (read_by_regipy(path, backend) for backend in BACKENDS)
    assert pure == rust
    assert pure.keys() == decoded(root).keys()


@pytest.mark.skipif(shutil.which("hivexml") is None, reason="hivexml (libhivex-bin) is not installed")
@pytest.mark.parametrize("index", ["lf", "lh", "li"])
def test_hivex_reads_what_was_meant(tmp_path: Path, index: str) -> None:
    path = tmp_path / "hive"
    path.write_bytes(build_hive(SAMPLE, Style(index=index)))
    seen = hivexml(path)
    assert seen.keys() == meant(SAMPLE).keys()
    written, values = seen[("Software", "Microsoft", "Office", "16.0", "Common", "Identity")]
    assert written == 134_169_121_200_000_000
    assert values == {"": "default", "IdP": "6", "When": "1099511627776"}
    assert seen[("Software", "日本")][1] == {"b": bytes(range(40)), "short": b"ab", "n": b""}
    assert seen[("Software", "Long")][1]["data"] == bytes(number % 251 for number in range(40000))


@pytest.mark.skipif(shutil.which("hivexml") is None, reason="hivexml (libhivex-bin) is not installed")
def test_hivex_finds_every_key_under_an_index_root(tmp_path: Path) -> None:
    path = tmp_path / "hive"
    path.write_bytes(build_hive(CROWD))
    assert hivexml(path).keys() == meant(CROWD).keys()


@pytest.mark.skipif(shutil.which("hivexsh") is None, reason="hivexsh (libhivex-bin) is not installed")
def test_hivexsh_walks_to_a_key_by_name(tmp_path: Path) -> None:
    path = tmp_path / "hive"
    path.write_bytes(build_hive(SAMPLE))
    script = "cd \\Software\\Microsoft\\Office\\16.0\\Common\\Identity\nlsval IdP\n"
    done = subprocess.run(["hivexsh", str(path)], input=script, capture_output=True, check=True, text=True)
    assert done.stdout == "6\n"


@pytest.mark.skipif(shutil.which("hivexregedit") is None, reason="hivexregedit (libwin-hivex-perl) is not installed")
def test_hivexregedit_exports_what_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "hive"
    path.write_bytes(build_hive(SAMPLE))
    command = ["hivexregedit", "--export", str(path), r"\Software\Microsoft\Office\16.0\Common\Identity"]
    assert '"IdP"=dword:00000006' in subprocess.run(command, capture_output=True, check=True, text=True).stdout


BEFORE = tree({r"Software\Google": {"values": {"State": ("sz", "before")}}})
AFTER = tree({r"Software\Google": {"values": {"State": ("sz", "after")}, "written": WRITTEN}, r"Software\New": {}})


def recovered(tmp_path: Path, *parts: bytes) -> bytes:
    """The hive after regipy's own replay; the paths it takes are hive, last log, first log."""
    paths = [tmp_path / name for name in ("hive", "log", "earlier")[: len(parts)]]
    for path, part in zip(paths, parts, strict=True):
        path.write_bytes(part)
    restored = tmp_path / "restored"
    replay: Any = regipy.recovery.apply_transaction_logs
    replay(*map(str, paths), restored_hive_path=str(restored))
    # regipy changes the base block's numbers and leaves its checksum as it was
    return sealed(restored.read_bytes())


@pytest.mark.parametrize("plan", [LogPlan("new"), LogPlan("old")], ids=["HvLE", "DIRT"])
def test_regipy_replays_a_forged_log_to_the_newest_state(tmp_path: Path, plan: LogPlan) -> None:
    dirty = build_dirty(BEFORE, AFTER, plan=plan)
    assert libregf(dirty.hive) == meant(BEFORE)
    assert libregf(recovered(tmp_path, dirty.hive, dirty.log1)) == meant(AFTER)


def test_regipy_replays_two_forged_logs_given_in_their_order(tmp_path: Path) -> None:
    middle = tree({r"Software\Google": {"values": {"State": ("sz", "middle")}}, r"Software\Passing": {}})
    dirty = build_dirty(BEFORE, middle, AFTER, plan=LogPlan(in_first=1))
    assert libregf(recovered(tmp_path, dirty.hive, dirty.log2, dirty.log1)) == meant(AFTER)


@FEW
@given(before=trees, after=trees)
def test_regipy_replays_any_two_states(tmp_path: Path, before: Key, after: Key) -> None:
    dirty = build_dirty(before, after)
    assert libregf(dirty.hive) == meant(before)
    assert libregf(recovered(tmp_path, dirty.hive, dirty.log1)) == meant(after)
