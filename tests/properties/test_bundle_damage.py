"""Whatever happens to a ZIP on its way: it is read or refused, and no member changes or vanishes in silence."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from analyzer.bundle import open_bundle
from analyzer.model import Refusal

MEMBERS = {
    "C/Windows/System32/winevt/Logs/System.evtx": b"ElfFile\x00" + bytes(500),
    "C/a.log": b"hello " * 300,
    "live/state.json": b'{"schema":"mailscope-state/1","host":{"name":"x"}}',
}


def _zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in MEMBERS.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


WHOLE = _zip()


def _explained(raw: bytes) -> bool:
    """Whether everything is as it was, or a gap says that something is not, or the input is refused in one line."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "b.zip")
        path.write_bytes(raw)
        try:
            with open_bundle(path, Path(scratch)) as bundle:
                found = {a.member.name: a.path.read_bytes() for a in bundle.artifacts()}
                return found == MEMBERS or bool(bundle.gaps)
        except Refusal as refusal:
            return len(str(refusal).splitlines()) == 1


def test_the_whole_zip_is_read_without_a_gap() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "b.zip")
        path.write_bytes(WHOLE)
        with open_bundle(path, Path(scratch)) as bundle:
            assert bundle.gaps == ()


@given(st.integers(0, len(WHOLE) - 1))
def test_a_zip_cut_anywhere_is_explained(length: int) -> None:
    assert _explained(WHOLE[:length])


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_changed_bytes_anywhere_are_explained(changes: list[tuple[int, int]]) -> None:
    raw = bytearray(WHOLE)
    for place, value in changes:
        raw[place] = value
    assert _explained(bytes(raw))


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=64))
def test_bytes_put_in_anywhere_are_explained(place: int, more: bytes) -> None:
    assert _explained(WHOLE[:place] + more + WHOLE[place:])
