"""The kit: a ZIP with a Python runtime for Windows, the collector, and ``collect.cmd`` to start it.

The runtime is python.org's embeddable package, handed over and recognised by its SHA-256; nothing is downloaded. The
same runtime and the same collector give the same bytes on every platform: order, times and rights in the ZIP are fixed,
and nothing is compressed anew, because zlib and its successors need not do that alike. The runtime stays as python.org
packed it.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from operator import attrgetter
from pathlib import Path

from collectors.archive import refused_writing
from collectors.finds import Refused

RUNTIME = "python"
"""The folder of the runtime in the kit."""

_ZIP_TIME = (2024, 1, 1, 0, 0, 0)
_MAX_RUNTIME = 256 << 20
_LOCAL_HEADER_BYTES = 30
_MAIN = "import sys\n\nfrom collectors.__main__ import main\n\nsys.exit(main())\n"
_NOT_FOR_THE_PC = frozenset(("kit.py", "targets.py", "targets", "runtimes.json", "kit_files"))


def build(runtime: Path, out: Path, sha256: str | None = None) -> str:
    """Write the kit to ``out``; its SHA-256. ``sha256`` accepts a runtime that ``runtimes.json`` does not know.

    Raises ``Refused``.
    """
    if out.exists():
        raise Refused("file_exists", file=out)
    ours = {**{name: _paper(name) for name in ("collect.cmd", "README.txt")}, "collector.pyz": zipapp()}
    made = _zipped([*map(_stored, ours, ours.values()), *_runtime(runtime, sha256)])
    part = out.with_name(out.name + ".part")
    try:
        part.write_bytes(made)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise refused_writing(out, error) from error
    return hashlib.sha256(made).hexdigest()


def zipapp() -> bytes:
    """The collector as one file that any Python 3.11 runs."""
    held = (
        (name, data) for name, data in _tree(resources.files("collectors")) if name.split("/")[0] not in _NOT_FOR_THE_PC
    )
    return _zipped(
        [_stored("__main__.py", _MAIN.encode()), *(_stored(f"collectors/{name}", data) for name, data in held)]
    )


def _tree(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.name == "__pycache__":
            continue
        if entry.is_dir():
            yield from ((f"{entry.name}/{name}", data) for name, data in _tree(entry))
        else:
            yield entry.name, _same_everywhere(entry.read_bytes())


def _same_everywhere(text: bytes) -> bytes:
    """A checkout on Windows may have turned the ends of lines."""
    return text.replace(b"\r\n", b"\n")


def _paper(name: str) -> bytes:
    """A text of the kit as Windows' own programs want it: CRLF, and nothing but ASCII in a batch file."""
    text = resources.files("collectors").joinpath("kit_files", name).read_bytes()
    return _same_everywhere(text).replace(b"\n", b"\r\n")


def _runtime(path: Path, sha256: str | None) -> list[_Packed]:
    """The runtime's files. Raises ``Refused`` for one that nobody vouches for, or that is none."""
    try:
        if path.stat().st_size > _MAX_RUNTIME:
            raise Refused("no_runtime", file=path)
        data = path.read_bytes()
    except OSError as error:
        raise Refused("runtime_unreadable", file=path, reason=error.strerror or str(error)) from error
    digest = hashlib.sha256(data).hexdigest()
    if sha256 is not None and sha256.lower() != digest:
        raise Refused("runtime_differs", file=path, sha256=digest)
    if sha256 is None and digest not in accepted():
        raise Refused("runtime_unknown", file=path, sha256=digest)
    return _unpacked(path, data)


def accepted() -> dict[str, str]:
    """SHA-256 -> what it is, of the runtimes that ``runtimes.json`` vouches for."""
    told = json.loads(resources.files("collectors").joinpath("runtimes.json").read_text("utf-8"))
    return {row["sha256"]: row["name"] for row in told["runtimes"]}


def _unpacked(path: Path, data: bytes) -> list[_Packed]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > _MAX_RUNTIME or archive.testzip():
                raise Refused("no_runtime", file=path)
            files = [_as_packed(data, info) for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, zlib.error) as error:
        raise Refused("no_runtime", file=path) from error
    names = [file.name for file in files]
    if f"{RUNTIME}/python.exe" not in names or any(".." in name or "//" in name or ":" in name for name in names):
        raise Refused("no_runtime", file=path)
    return files


@dataclass(frozen=True, slots=True)
class _Packed:
    """A file as it lies in a ZIP: ``data`` is compressed by ``method``, ``size`` and ``crc`` are of what comes out."""

    name: str
    data: bytes
    method: int
    size: int
    crc: int


def _stored(name: str, data: bytes) -> _Packed:
    return _Packed(name, data, zipfile.ZIP_STORED, len(data), zlib.crc32(data))


def _as_packed(archive: bytes, info: zipfile.ZipInfo) -> _Packed:
    """A member's bytes behind its local header, which ends in two texts of its own. Source: PKWARE, APPNOTE 4.3.7."""
    name, extra = struct.unpack_from("<HH", archive, info.header_offset + 26)
    start = info.header_offset + _LOCAL_HEADER_BYTES + name + extra
    data = archive[start : start + info.compress_size]
    return _Packed(f"{RUNTIME}/{info.filename}", data, info.compress_type, info.file_size, info.CRC)


def _zipped(files: Iterable[_Packed]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(files, key=attrgetter("name")):
            info = zipfile.ZipInfo(file.name, _ZIP_TIME)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            info.compress_type, info.CRC = file.method, file.crc
            info.compress_size, info.file_size = len(file.data), file.size
            info.header_offset = target.tell()
            target.write(info.FileHeader() + file.data)
            archive.filelist.append(info)
        archive.start_dir = target.tell()
    return target.getvalue()
