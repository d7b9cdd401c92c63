"""TLS errors of Windows that are about Outlook or about Google, told apart from everybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analyzer.measures.clock import DAY_S, Reference, references
from analyzer.measures.evidence import Fact, Scene, elements
from analyzer.measures.records import records, source
from analyzer.model import Source
from analyzer.tables import Evidence

# Errors of a handshake that Schannel writes down. Source: manifests of Windows 11 and Server 2022.
_ERRORS = (36870, 36871, 36874, 36876, 36881, 36882, 36883, 36884, 36887, 36888)
_EXPIRED = 36881
# SEC_E_CERT_EXPIRED and ERROR_INTERNET_SEC_CERT_DATE_INVALID: the only codes that name a date.
DATE_CODES = ("0x80090328", "0x80072f05")
_GOOGLE_IN_CERTIFICATE = (b"google", b"gmail.com")


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Schannel errors by whose they are, and date errors beside a measured offset of more than a day."""
    measured = references(evidence, scene)
    for row in records(evidence, "Schannel", _ERRORS):
        if name := _whose(row["fields"]):
            error = row["fields"].get("errorcode") or row["fields"].get("alertdesc") or row["fields"].get("errorstate")
            target = row["fields"].get("targetname") or row["fields"].get("name")
            yield Fact(name, (source(row),), target, error, row["event_id"], row["at"])
            if row["event_id"] == _EXPIRED and name == "schannel_for_mail":
                yield from _beside_offset(measured, source(row), str(_EXPIRED))
    for line in elements(evidence, "office_log"):
        code = line.text("error_code").lower()
        if code in DATE_CODES:
            yield from _beside_offset(measured, line.source, code)


def _whose(fields: dict[str, Any]) -> str | None:
    """A fact's name by the calling process; none for another program's error.

    Source: CallerProcessImageName of recent Windows, written without `.exe` in real records; older records have no
    such field.
    """
    process = fields.get("callerprocessimagename")
    if process and process.rsplit("\\", 1)[-1].lower().removesuffix(".exe") == "outlook":
        return "schannel_for_mail"
    if _of_google(fields.get("certificatecontext", "")):
        return "schannel_for_mail"
    return None if process else "schannel_of_unknown_process"


def _of_google(certificate_hex: str) -> bool:
    try:
        der = bytes.fromhex(certificate_hex.removeprefix("0x")).lower()
    except ValueError:
        return False
    return any(name in der for name in _GOOGLE_IN_CERTIFICATE)


def _beside_offset(measured: tuple[Reference, ...], error: Source, code: str) -> Iterator[Fact]:
    """The error with the largest offset that was measured: both must hold."""
    largest = max(measured, key=lambda reference: abs(reference.error_s), default=None)
    if largest and abs(largest.error_s) > DAY_S:
        sources = tuple(sorted({error, largest.source}, key=lambda s: (s.artifact, s.place)))
        yield Fact("tls_date_error_with_offset", sources, None, code, largest.error_s, error.at)
