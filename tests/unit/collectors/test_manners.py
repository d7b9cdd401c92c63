"""What a collection may never do: take a secret from beside the evidence, or leave a trace on the machine."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.tree import ROOT
from tests.unit.collectors.volumes import EVTX, HIVE, SYSTEM, SYSTEM_LOG, TEMP, USER_HIVE, taken, volume

SECRET = "ya29.a0ARGwtuR3CE1pt0f"
LOCAL = "Users/alice/AppData/Local"
ROAMING = "Users/alice/AppData/Roaming"
NEVER = (
    "Windows/System32/config/SAM",
    "Windows/System32/config/SECURITY",
    "Windows/System32/config/RegBack/SYSTEM",
    "Windows/System32/Microsoft/Protect/S-1-5-18/User/key",
    f"{ROAMING}/Microsoft/Protect/S-1-5-21-1-2-3-1001/6f1b2c3d",
    f"{ROAMING}/Microsoft/Credentials/0123456789ABCDEF",
    f"{LOCAL}/Microsoft/Credentials/0123456789ABCDEF",
    f"{LOCAL}/Microsoft/Vault/4BF4C442/Policy.vpol",
    f"{LOCAL}/Microsoft/TokenBroker/Cache/a.tbres",
    f"{LOCAL}/Microsoft/OneAuth/accounts/a",
    f"{LOCAL}/Microsoft/IdentityCache/1/a.bin",
    f"{LOCAL}/Packages/Microsoft.AAD.BrokerPlugin_cw5n1h2txyewy/AC/TokenBroker/Accounts/a.tbacct",
    f"{LOCAL}/Microsoft/Outlook/alice@gmail.com.ost",
    "Users/alice/Documents/Outlook Files/alice.pst",
    f"{LOCAL}/Microsoft/Olk/EBWebView/Default/Network/Cookies",
    f"{LOCAL}/Google/Chrome/User Data/Default/Login Data",
    f"{ROAMING}/Mozilla/Firefox/Profiles/a.default/logins.json",
    "Users/alice/Documents/passwords.txt",
    f"{TEMP}/Outlook Logging/passwords.txt",
    f"{TEMP}/Diagnostics/OUTLOOK/Additional/Additional1781121704716740500.log",
    f"{TEMP}/Diagnostics/EXCEL/excel.log",
    "Users/alice/ntuser.ini",
    "Windows/Temp/cookies.log",
)


def disguises(secret: str) -> Iterator[bytes]:
    """The secret as any of the forms in which it could slip through."""
    for raw in (secret.encode(), secret.encode("utf-16-le")):
        yield raw
        yield from (raw.hex().encode(), raw.hex().upper().encode(), ",".join(f"{byte:02x}" for byte in raw).encode())
        # wherever it begins within three bytes, and without what the neighbours decide
        yield from (base64.b64encode(bytes(shift) + raw)[4:-4] for shift in range(3))
        yield json.dumps(raw.decode("latin-1"))[1:-1].encode()


def contents(file: Path) -> bytes:
    with zipfile.ZipFile(file) as archive:
        names = "\n".join(archive.namelist()).encode()
        return b"\n".join((names, *(archive.read(name) for name in archive.namelist())))


@pytest.mark.parametrize("disguise", list(disguises(SECRET)), ids=map(str, range(16)))
def test_a_secret_beside_the_evidence_is_not_in_the_bundle_in_any_form(tmp_path: Path, disguise: bytes) -> None:
    evidence = {SYSTEM: HIVE, USER_HIVE: HIVE, SYSTEM_LOG: EVTX, f"{TEMP}/Outlook Logging/IMAP-a.log": b"IMAP"}
    root = volume(tmp_path / "disk", {**dict.fromkeys(NEVER, b"  " + disguise + b"  "), **evidence})
    done = taken(root)
    assert len(done.taken) == len(evidence)
    assert disguise not in contents(done.file)
    assert disguise not in done.file.read_bytes()


def test_the_search_would_find_it(tmp_path: Path) -> None:
    done = taken(volume(tmp_path / "disk", {f"{TEMP}/Outlook Logging/IMAP-a.log": SECRET.encode("utf-16-le")}))
    assert any(disguise in contents(done.file) for disguise in disguises(SECRET))


KILLED = """
import os, sys
from pathlib import Path
from collectors.case import Options
from collectors.collect import collect
from collectors.console import Console

class Killed(Console):
    def __call__(self, item, done, total):
        if item == "hosts_file":
            os._exit(9)

collect(Options(root=Path(sys.argv[1]), out=Path(sys.argv[2])), Killed("en", None))
"""


def state(root: Path) -> list[tuple[str, int, int, str]]:
    """Every file and folder with its time, its rights and its content."""
    found = []
    for path in sorted(root.rglob("*")):
        seen = path.lstat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found.append((str(path), seen.st_mtime_ns, seen.st_mode, digest))
    return found


def test_a_killed_collection_changes_nothing_and_the_next_one_succeeds(tmp_path: Path) -> None:
    root = volume(tmp_path / "disk", {SYSTEM: HIVE, SYSTEM_LOG: EVTX})
    out = tmp_path / "out" / "PC-042.zip"
    out.parent.mkdir()
    before = state(root)
    run = subprocess.run([sys.executable, "-c", KILLED, str(root), str(out)], cwd=ROOT, check=False)
    assert run.returncode == 9
    assert state(root) == before
    assert [path.name for path in out.parent.iterdir()] == ["PC-042.zip.part"]
    taken(root, out=out)
    assert state(root) == before
    assert [path.name for path in out.parent.iterdir()] == ["PC-042.zip"]
