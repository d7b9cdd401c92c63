"""A ZIP is hostile until it is read: names that climb, bombs, lies about sizes, and files that were cut."""

from __future__ import annotations

import hashlib
import io
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from analyzer.bundle import Bundle, entries, inflate, open_bundle
from analyzer.model import Refusal

LOG = "C/Windows/System32/winevt/Logs/System.evtx"
EVTX = b"ElfFile\x00" + bytes(range(256)) * 40


def write_zip(path: Path, members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(_info(name, method), data)
    return path


def _info(name: str, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x", (2026, 3, 2, 8, 0, 0))
    info.filename = info.orig_filename = name
    info.compress_type = method
    return info


def opened(path: Path) -> Bundle:
    return open_bundle(path, path.parent / "spool")


def reasons(bundle: Bundle, name: str) -> str:
    return " | ".join(gap.reason for gap in bundle.gaps if gap.artifact == name)


def content(bundle: Bundle, name: str) -> bytes:
    artifact = next(a for a in bundle.artifacts() if a.member.name == name)
    with artifact.open() as stream:
        return stream.read()


def noise(size: int) -> bytes:
    """Bytes that no method packs."""
    return random.Random(7).randbytes(size)  # noqa: S311 - not a secret


# -- a good one


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_member_is_hashed_and_at_rest(tmp_path: Path, method: int) -> None:
    data = noise(3_000_001) + bytes(3_000_000)
    bundle = opened(write_zip(tmp_path / "b.zip", {LOG: EVTX, "C/Windows/System32/config/SYSTEM": data}, method))
    assert [m.name for m in bundle.members] == ["C/Windows/System32/config/SYSTEM", LOG]
    assert [m.sha256 for m in bundle.members] == [hashlib.sha256(d).hexdigest() for d in (data, EVTX)]
    assert [m.size_bytes for m in bundle.members] == [6_000_001, len(EVTX)]
    assert content(bundle, LOG) == EVTX
    assert bundle.sha256 == hashlib.sha256((tmp_path / "b.zip").read_bytes()).hexdigest()
    assert bundle.gaps == ()


def test_no_name_of_the_zip_reaches_the_file_system(tmp_path: Path) -> None:
    bundle = opened(write_zip(tmp_path / "b.zip", {LOG: EVTX, "C/a b/é.log": b"x"}))
    assert sorted(a.path.name for a in bundle.artifacts()) == ["000001", "000002"]


def test_leaving_the_bundle_removes_what_was_unpacked(tmp_path: Path) -> None:
    with opened(write_zip(tmp_path / "b.zip", {LOG: EVTX})) as bundle:
        path = next(bundle.artifacts()).path
        assert path.exists()
    assert not path.exists()
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_refused_zip_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        opened(write_zip(tmp_path / "b.zip", {"../x": b"x"}))
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_zip64_with_a_streamed_member_is_read(tmp_path: Path) -> None:
    archive = zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED)
    with archive, archive.open(LOG, "w", force_zip64=True) as member:
        member.write(EVTX)
    assert content(opened(tmp_path / "b.zip"), LOG) == EVTX


def test_backslashes_and_slashes_are_one(tmp_path: Path) -> None:
    bundle = opened(write_zip(tmp_path / "b.zip", {LOG.replace("/", "\\"): EVTX}))
    assert [m.name for m in bundle.members] == [LOG]
    assert bundle.members[0].item == "system_log"


# -- hostile names


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../x", "climbs out"),
        ("C/../../x", "climbs out"),
        ("C\\..\\x", "climbs out"),
        ("C/.. /x", "climbs out"),
        ("/etc/passwd", "absolute"),
        ("\\\\server\\share\\x", "absolute"),
        ("C:x", "drive"),
        ("C:\\Windows\\x", "drive"),
        ("C/CON", "device"),
        ("C/nul.txt", "device"),
        ("C/com1 .log", "device"),
        ("aux/x", "device"),
        ("a\nb", "control"),
        ("a\u202egpj.exe", "control"),
        ("a\x00b", "control"),
        ("./", "empty"),
        ("n" * 2_049, "2,049 characters"),
    ],
)
def test_a_hostile_name_is_refused_and_the_rest_is_read(tmp_path: Path, name: str, reason: str) -> None:
    path = write_zip(tmp_path / "b.zip", {name if name != "./" else "././.": b"x", LOG: EVTX})
    bundle = opened(path)
    assert [m.name for m in bundle.members] == [LOG]
    assert len(bundle.refused) == 1
    assert bundle.refused[0].isprintable()
    assert reason in reasons(bundle, bundle.refused[0])


@pytest.mark.parametrize("name", ["C/console.log", "C/com10.txt", "C/nul_.txt", "C/a..b", "C/C:/x", "C/…/x"])
def test_a_name_that_only_looks_hostile_comes_in(name: str) -> None:
    assert entries.objection(name) == ""


def test_a_zip_with_nothing_but_a_climbing_name_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"no usable file.*climbs out"):
        opened(write_zip(tmp_path / "b.zip", {"../x": b"x"}))


def test_the_second_of_two_names_that_differ_in_case_is_refused(tmp_path: Path) -> None:
    bundle = opened(write_zip(tmp_path / "b.zip", {LOG: EVTX, LOG.upper(): b"other"}))
    assert content(bundle, LOG) == EVTX
    assert bundle.refused == (LOG.upper(),)
    assert "second member" in reasons(bundle, LOG.upper())


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr(LOG, EVTX)
        link = _info("C/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        link.create_system = 3
        archive.writestr(link, "/etc/passwd")
    bundle = opened(tmp_path / "b.zip")
    assert bundle.refused == ("C/link",)
    assert "link" in reasons(bundle, "C/link")


# -- bombs


def test_a_member_that_unpacks_a_thousandfold_is_refused(tmp_path: Path) -> None:
    bundle = opened(write_zip(tmp_path / "b.zip", {"C/bomb.log": bytes(40 << 20), LOG: EVTX}))
    assert bundle.refused == ("C/bomb.log",)
    assert "200 times" in reasons(bundle, "C/bomb.log")
    assert sorted(p.name for p in (tmp_path / "spool").rglob("0*")) == ["000002"]


def test_a_fresh_event_log_of_zeros_is_no_bomb(tmp_path: Path) -> None:
    fresh = EVTX.ljust(1_052_672, b"\x00")
    assert opened(write_zip(tmp_path / "b.zip", {LOG: fresh})).refused == ()


def test_declared_sizes_are_never_believed(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", {"C/bomb.log": bytes(40 << 20), LOG: EVTX})
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<L", 40 << 20), struct.pack("<L", 100)))
    assert opened(path).refused == ("C/bomb.log",)


def test_a_heap_of_small_bombs_is_refused_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflate, "TOTAL_FREE_BYTES", 5 << 20)
    path = write_zip(tmp_path / "b.zip", {f"C/{n}.log": bytes(1 << 20) for n in range(8)})
    with pytest.raises(Refusal, match="unpacks to more than"):
        opened(path)


def test_too_many_members_are_refused_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MAX_MEMBERS", 3)
    path = write_zip(tmp_path / "b.zip", {f"C/{n}.log": b"x" for n in range(4)})
    with pytest.raises(Refusal, match="more than 3 files"):
        opened(path)


def test_a_list_of_members_too_long_to_be_read_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", {LOG: EVTX})
    raw = bytearray(path.read_bytes())
    struct.pack_into("<L", raw, raw.rfind(b"PK\x05\x06") + 12, 49 << 20)
    path.write_bytes(raw)
    with pytest.raises(Refusal, match="list of members is too long"):
        opened(path)


# -- encrypted, packed otherwise, disagreeing


def _encrypted(path: Path, *names: str) -> None:
    raw = bytearray(path.read_bytes())
    for name in names:
        local = raw.find(b"PK\x03\x04")
        while local >= 0:
            if raw[local + 30 :].startswith(name.encode()):
                raw[local + 6] |= 1
            local = raw.find(b"PK\x03\x04", local + 4)
        listed = raw.find(b"PK\x01\x02")
        while listed >= 0:
            if raw[listed + 46 :].startswith(name.encode()):
                raw[listed + 8] |= 1
            listed = raw.find(b"PK\x01\x02", listed + 4)
    path.write_bytes(raw)


def test_an_encrypted_member_is_a_gap(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", {LOG: EVTX, "C/secret.log": b"secret"})
    _encrypted(path, "C/secret.log")
    bundle = opened(path)
    assert [m.name for m in bundle.members] == [LOG]
    assert "encrypted" in reasons(bundle, "C/secret.log")


def test_a_zip_encrypted_throughout_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", {LOG: EVTX, "C/secret.log": b"secret"})
    _encrypted(path, LOG, "C/secret.log")
    with pytest.raises(Refusal, match="encrypted: unpack it with its password"):
        opened(path)


def test_another_method_than_deflate_is_a_gap(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr(LOG, EVTX)
        archive.writestr("C/x.log", b"x" * 100, zipfile.ZIP_BZIP2)
    assert "method 12" in reasons(opened(tmp_path / "b.zip"), "C/x.log")


def test_a_list_that_disagrees_with_a_header_is_a_gap(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", {"C/aaaa.log": b"x", LOG: EVTX})
    path.write_bytes(path.read_bytes().replace(b"C/aaaa.log", b"C/bbbb.log", 1))
    assert "disagree" in reasons(opened(path), "C/aaaa.log")


# -- damaged


def test_a_wrong_checksum_keeps_the_member_and_says_so(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", {LOG: EVTX}, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[raw.find(EVTX) + 5_000] ^= 0xFF
    path.write_bytes(raw)
    bundle = opened(path)
    assert len(content(bundle, LOG)) == len(EVTX)
    assert next(bundle.artifacts()).damage[0].reason.startswith("its checksum in the ZIP is wrong")
    assert "checksum" in reasons(bundle, LOG)


def test_broken_packed_data_is_kept_up_to_the_broken_byte(tmp_path: Path) -> None:
    stored = struct.pack("<BHH", 0, 1_000, 1_000 ^ 0xFFFF) + noise(1_000)
    packed = stored * 300 + b"\x07" + stored  # block type 3 does not exist
    reader = inflate.Inflater(io.BytesIO(packed), inflate.Packed(inflate.DEFLATED, 0, len(packed)))
    entry = inflate.unpack(reader, LOG, tmp_path / "x", inflate.Budget(len(packed)))
    assert (tmp_path / "x").read_bytes() == noise(1_000) * 300
    assert entry.sha256 == hashlib.sha256(noise(1_000) * 300).hexdigest()
    (damage,) = entry.damage
    assert (damage.place, damage.lost_at_least) == ("byte 300000", 1)
    assert damage.reason.startswith("broken inside its packed data")


def _streamed(members: Mapping[str, bytes]) -> bytes:
    """A ZIP written to a pipe: sizes follow the data, the headers hold none."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += bytes(data)
            return len(bytes(data))

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(_info(name), data)
    return bytes(pipe.data)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_cut_zip_is_salvaged_and_the_cut_member_is_not_whole(tmp_path: Path, streamed: bool) -> None:
    members = {"C/a.log": b"first " * 1_000, LOG: EVTX[:8] + noise(200_000), "C/z.log": b"last"}
    path = write_zip(tmp_path / "b.zip", members)
    raw = _streamed(members) if streamed else path.read_bytes()
    cut = raw.find(members["C/z.log"][:0] + b"C/z.log") - 30 - 50_000
    path.write_bytes(raw[:cut])
    bundle = opened(path)
    assert content(bundle, "C/a.log") == members["C/a.log"]
    kept = content(bundle, LOG)
    assert 100_000 < len(kept) < 200_008
    assert members[LOG].startswith(kept)
    damage = {a.member.name: a.damage for a in bundle.artifacts()}
    assert damage["C/a.log"] == ()
    assert damage[LOG][0].reason.startswith("cut off")
    assert "cut off" in reasons(bundle, LOG)
    whole = next(gap for gap in bundle.gaps if gap.artifact is None)
    assert "2 were recovered, more may be lost" in whole.reason
    assert whole.lost_at_least == 1


@pytest.mark.parametrize("streamed", [False, True])
def test_a_zip_that_lost_only_its_list_is_recovered_whole(tmp_path: Path, streamed: bool) -> None:
    members = {"C/a.log": b"first", LOG: EVTX, "C/z.log": b""}
    raw = _streamed(members) if streamed else write_zip(tmp_path / "x.zip", members).read_bytes()
    path = tmp_path / "b.zip"
    path.write_bytes(raw[: raw.find(b"PK\x01\x02") + 10])
    bundle = opened(path)
    assert {m.name: m.size_bytes for m in bundle.members} == {n: len(d) for n, d in members.items()}
    assert all(a.damage == () for a in bundle.artifacts())
    (gap,) = bundle.gaps
    assert "all 3 were recovered" in gap.reason
    assert gap.lost_at_least == 0


def test_a_list_that_hides_a_member_is_not_believed(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", {LOG: EVTX, "C/hidden.log": b"x", "C/z.log": b"z"})
    raw = bytearray(path.read_bytes())
    first = raw.find(b"PK\x01\x02")
    second = raw.find(b"PK\x01\x02", first + 4)
    third = raw.find(b"PK\x01\x02", second + 4)
    struct.pack_into("<H", raw, first + 32, third - second)  # the first one's comment swallows the second
    path.write_bytes(raw)
    bundle = opened(path)
    assert [m.name for m in bundle.members] == [LOG, "C/hidden.log", "C/z.log"]
    assert "list of members is damaged" in bundle.gaps[0].reason


def test_a_stored_member_is_salvaged_up_to_the_cut(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", {LOG: EVTX}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes()[: 30 + len(LOG) + 1_000])
    bundle = opened(path)
    assert content(bundle, LOG) == EVTX[:1_000]
    assert "1,000 of 10,248 bytes" in reasons(bundle, LOG)


def test_salvage_refuses_what_an_intact_zip_refuses(tmp_path: Path) -> None:
    raw = write_zip(tmp_path / "b.zip", {"../x": b"x" * 50, LOG: EVTX}).read_bytes()
    (tmp_path / "b.zip").write_bytes(raw[: raw.find(b"PK\x01\x02")])
    bundle = opened(tmp_path / "b.zip")
    assert bundle.refused == ("../x",)
    assert content(bundle, LOG) == EVTX


def test_a_cut_that_leaves_nothing_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", {LOG: EVTX})
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(Refusal, match="nothing can be recovered"):
        opened(path)


def test_a_deflate_stream_yields_blocks_of_bounded_size() -> None:
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(bytes(30 << 20)) + packer.flush()
    reader = inflate.Inflater(io.BytesIO(packed), inflate.Packed(inflate.DEFLATED, 0, len(packed)))
    sizes = [len(block) for block in reader.blocks()]
    assert sum(sizes) == 30 << 20
    assert max(sizes) <= entries.BLOCK_BYTES
    assert (reader.consumed_bytes, reader.fault) == (len(packed), "")
