"""How the net logs beside this file were recorded: Debian's Chromium without a window, against this computer alone.

    python -m tests.unit.parsers.netlogs.record

Each log is then scrubbed: what the browser did besides is taken out, and so are its command line, the bytes of the
handshake and the tables of names that are not used. The lines that stay are as Chromium wrote them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

HERE = Path(__file__).parent
HOST = "accounts.google.com"
PAGE = f"https://{HOST}/o/oauth2/auth?client_id=x&login_hint=alice%40gmail.com"
_SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--net-log-capture-mode=Default", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-default-apps", "--dump-dom",
)  # fmt: skip
_TABLES = ("logEventTypes", "logSourceType", "netError")
_TOLD = ("logEventPhase", "logFormatVersion", "timeTickOffset")
_BULKY = ("bytes", "trust_anchor_ids", "selected_trust_anchor_ids", "ech_config_list")


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Google's page, as far as a net log can tell."""
        body = b"<title>Sign in</title>"
        self.send_response(200)
        self.send_header("Set-Cookie", "SID=secret")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self) -> None:
        """A proxy that wants to know who asks."""
        self.send_response(407)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def _serving(certificate: Path | None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


class _Authority:
    """It signs certificates that nobody trusts, unless it is put into a profile's store."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Corp Inspection CA")])
        own = self._issue(self._name, self._key, datetime.now(UTC) - timedelta(days=900), timedelta(days=2000))
        basic = x509.BasicConstraints(ca=True, path_length=None)
        self.certificate = own.add_extension(basic, critical=True).sign(self._key, hashes.SHA256())

    def _issue(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, begins: datetime, life: timedelta
    ) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number())
        return made.not_valid_before(begins).not_valid_after(begins + life)

    def serve(self, path: Path, age: timedelta) -> str:
        """Write a certificate of 30 days and its key; the pin of its public key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
        made = self._issue(subject, key, datetime.now(UTC) - age, timedelta(days=30))
        names = x509.SubjectAlternativeName([x509.DNSName(HOST)])
        signed = made.add_extension(names, critical=False).sign(self._key, hashes.SHA256())
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = signed.public_bytes(Encoding.PEM) + self.certificate.public_bytes(Encoding.PEM)
        path.write_bytes(secret + chain)
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(public).digest()).decode()

    def be_trusted(self, home: Path) -> None:
        """Enter it into the store that Chromium reads below a home folder.

        In a process of its own, as NSS opens one store a process. Source: NSS' headers ``nss.h``, ``pk11pub.h``,
        ``cert.h``: 16 is a trusted authority, 8 a valid one.
        """
        store = home / ".pki" / "nssdb"
        store.mkdir(parents=True)
        (home / "ca.der").write_bytes(self.certificate.public_bytes(Encoding.DER))
        subprocess.run([sys.executable, "-c", _TRUST, str(store), str(home / "ca.der")], check=True)


_TRUST = """
import ctypes, pathlib, sys
nss, smime = ctypes.CDLL("libnss3.so"), ctypes.CDLL("libsmime3.so")
for call in (nss.PK11_GetInternalKeySlot, smime.CERT_DecodeCertFromPackage, nss.CERT_GetDefaultCertDB):
    call.restype = ctypes.c_void_p
assert nss.NSS_InitReadWrite(b"sql:" + sys.argv[1].encode()) == 0
slot = ctypes.c_void_p(nss.PK11_GetInternalKeySlot())
nss.PK11_InitPin(slot, None, b"")
der = pathlib.Path(sys.argv[2]).read_bytes()
certificate = ctypes.c_void_p(smime.CERT_DecodeCertFromPackage(der, len(der)))
assert nss.PK11_ImportCert(slot, certificate, 0, b"ca", 0) == 0
trust = (ctypes.c_uint * 3)(24, 0, 0)
assert nss.CERT_ChangeCertTrust(ctypes.c_void_p(nss.CERT_GetDefaultCertDB()), certificate, trust) == 0
nss.NSS_Shutdown()
"""


def _record(name: str, *switches: str, trusted: _Authority | None = None) -> None:
    with tempfile.TemporaryDirectory() as profile:
        log = Path(profile) / "log.json"
        command = ["chromium", *_SWITCHES, f"--user-data-dir={profile}/p", f"--log-net-log={log}", *switches, PAGE]
        if trusted:
            trusted.be_trusted(Path(profile))
        subprocess.run(command, capture_output=True, timeout=60, check=True, env=os.environ | {"HOME": profile})
        (HERE / f"{name}.json").write_text(_scrubbed(json.loads(log.read_text())))


def _scrubbed(log: dict[str, Any]) -> str:
    kept = [_lean(event) for event in log["events"] if event["source"]["id"] in _related(log)]
    used = {
        "logEventTypes": {event["type"] for event in kept},
        "logSourceType": {event["source"]["type"] for event in kept},
        "netError": {event.get("params", {}).get("net_error") for event in kept},
    }
    tables = {t: {k: v for k, v in log["constants"][t].items() if v in used[t]} for t in _TABLES}
    constants = {"clientInfo": {"name": "Chromium"}} | {t: log["constants"][t] for t in _TOLD} | tables
    lines = ",\n".join(_line(event) for event in kept)
    return f'{{"constants":{_line(constants)},\n"events": [\n{lines}],\n"polledData": []}}\n'


def _related(log: dict[str, Any]) -> frozenset[int]:
    """The sources that the page's own requests depend on, a few steps far."""
    types = {number: name for name, number in log["constants"]["logEventTypes"].items()}
    events: Sequence[dict[str, Any]] = log["events"]
    found = {
        event["source"]["id"]
        for event in events
        if types[event["type"]] == "URL_REQUEST_START_JOB" and event.get("params", {}).get("url", "") == PAGE
    }
    for _ in range(4):
        for event in events:
            if event["source"]["id"] in found and "source_dependency" in event.get("params", {}):
                found.add(event["params"]["source_dependency"]["id"])
    return frozenset(found)


def _lean(event: dict[str, Any]) -> dict[str, Any]:
    params = {name: value for name, value in event.get("params", {}).items() if name not in _BULKY}
    return event | {"params": params} if params else {k: v for k, v in event.items() if k != "params"}


def _line(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def record() -> None:
    """Record all of them anew."""
    with tempfile.TemporaryDirectory() as folder:
        valid, old = Path(folder) / "valid.pem", Path(folder) / "old.pem"
        authority = _Authority()
        pin, _ = authority.serve(valid, timedelta(days=1)), authority.serve(old, timedelta(days=60))
        with _serving(valid) as port, _serving(old) as old_port, _serving(None) as proxy:
            here, there = (f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{number}" for number in (port, old_port))
            _record("good_page", here, f"--ignore-certificate-errors-spki-list={pin}")
            _record("bad_certificate", here)
            _record("wrong_date", there, trusted=authority)
            _record("dead_proxy", "--proxy-server=http://127.0.0.1:9")
            _record("proxy_asks", f"--proxy-server=http://127.0.0.1:{proxy}")
            _record("no_name", f"--host-resolver-rules=MAP {HOST} ~NOTFOUND")


if __name__ == "__main__":
    record()
