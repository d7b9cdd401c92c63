"""TLS errors of Windows that are about Outlook or about Google, told apart from everybody else's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cryptography import x509

from analyzer.measures.certificates import loaded, served_chains
from analyzer.measures.clock import DAY_S, Reference, references
from analyzer.measures.evidence import Fact, Scene, elements, instant
from analyzer.measures.logins import of_google
from analyzer.measures.records import records, source
from analyzer.model import Source
from analyzer.tables import Evidence

# Errors of a handshake that Schannel writes down. Source: manifests of Windows 11 and Server 2022.
_ERRORS = (36870, 36871, 36874, 36876, 36881, 36882, 36883, 36884, 36887, 36888)
_EXPIRED = 36881
# SEC_E_CERT_EXPIRED and ERROR_INTERNET_SEC_CERT_DATE_INVALID: the only codes that name a date.
DATE_CODES = ("0x80090328", "0x80072f05")
_UNTRUSTED_ISSUER = 36882
_ALERT_SENT, _UNKNOWN_CA = 36888, "48"
_UNTRUSTED_ROOT = "800B0109"
# CERT_E_UNTRUSTEDROOT and SEC_E_UNTRUSTED_ROOT
UNTRUSTED_CODES = ("0x800b0109", "0x80090325")
# A name that belongs to Google; a name of somebody else's that merely begins like one does not match.
_GOOGLE_NAME = re.compile(
    r"(?:^|[=.])(?:google\.(?:com|[a-z]{2}|com?\.[a-z]{2})|(?:gmail|googlemail|googleapis|gstatic)\.com)(?:$|,)"
)
_SUBJECT = re.compile(r'"subjectname":"([^"]*)"')
_CHAIN = re.compile(r'"chainref":"([^"]+)"', re.IGNORECASE)
_RESULT = re.compile(r'"result":\{[^}]{0,500}"value":"(?:0x)?800b0109"')
# Names of hosts: Google Trust Services signs for other people's hosts too, so the issuer's name tells nothing.
_GOOGLE_IN_CERTIFICATE = (b"google.com", b"gmail.com", b"googleapis.com", b"gstatic.com")


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Schannel errors by whose they are, date errors beside a measured offset, refused roots beside a forged chain."""
    measured = references(evidence, scene)
    for row in records(evidence, "Schannel", _ERRORS):
        if name := _whose(row["fields"]):
            error = row["fields"].get("errorcode") or row["fields"].get("alertdesc") or row["fields"].get("errorstate")
            target = row["fields"].get("targetname") or row["fields"].get("name")
            yield Fact(name, (source(row),), target, error, row["event_id"], row["at"])
            if row["event_id"] == _EXPIRED and name == "schannel_for_mail":
                yield from _beside_offset(measured, source(row), str(_EXPIRED))
    for code in _logged(evidence, scene):
        if (value := (code.value or "").lower()) in DATE_CODES:
            yield replace(code, name="tls_date_code")
            yield from _beside_offset(measured, replace(code.sources[0], at=code.at), value)
    yield from _untrusted(evidence)


def _logged(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Codes that this person's Office and transport logs name beside a host of Google's."""
    for prefix, name in (("office_log", "error_code"), ("mail_error", "code")):
        for line in elements(evidence, prefix):
            host = line.text("server") or line.subject or ""
            if (line.user is None or scene.mine(line.user)) and host and of_google(line):
                at = instant(line, scene.zone, scene.collected)
                yield from (Fact("", (line.source,), host, code, at=at) for code in line.texts.get(name, ()))


@dataclass(frozen=True, slots=True)
class Untrusted:
    """A root that was refused in Google's place; ``issuers`` are the names above the leaf, where told."""

    source: Source
    code: str
    host: str | None = None
    issuers: tuple[str, ...] = ()


def _untrusted(evidence: Evidence) -> Iterator[Fact]:
    """Roots that were refused for Google, each beside a chain that is proved not to be Google's, where one is."""
    refused = untrusted_errors(evidence)
    for error in refused:
        if error.code == _UNTRUSTED_ROOT:
            yield Fact("capi2_untrusted", (error.source,), error.host, error.code, at=error.source.at)
        if error.code == str(_ALERT_SENT):
            yield Fact("schannel_unknown_ca", (error.source,), error.host, error.code, at=error.source.at)
        if error.issuers:
            yield Fact("issuer_told", (error.source,), error.host, error.issuers[0], at=error.source.at)
    forged = next((c for c in served_chains(evidence) if c.value in ("forged untrusted", "forged unasked")), None)
    if forged is None:
        return
    for error in refused:
        both = tuple(sorted({error.source, *forged.sources}, key=lambda s: (s.artifact, s.place)))
        yield Fact("untrusted_error_with_forged_chain", both, forged.subject, error.code, at=error.source.at)


def untrusted_errors(evidence: Evidence) -> tuple[Untrusted, ...]:
    """Refused roots by Windows' chain check, by Schannel for Outlook, and by Outlook's own log beside a Google host."""
    found = list(_refused_by_chain_check(evidence))
    for row in records(evidence, "Schannel", (_UNTRUSTED_ISSUER,)):
        if _whose(row["fields"]) == "schannel_for_mail":
            issuer = _issuer(row["fields"].get("certificatecontext", ""))
            found.append(Untrusted(source(row), str(_UNTRUSTED_ISSUER), None, (issuer,) if issuer else ()))
    found.extend(_alerts(evidence))
    for line in elements(evidence, "office_log"):
        if line.text("error_code").lower() in UNTRUSTED_CODES:
            found.append(Untrusted(line.source, line.text("error_code"), line.subject))
    return tuple(found)


def _alerts(evidence: Evidence) -> Iterator[Untrusted]:
    """Connections to Google that were ended here because the issuer is not known; a peer's own alert is none.

    Source: 36888 = an alert was sent, with its target on new Windows (manifest); alert 48 is unknown_ca (Microsoft,
    "Schannel error codes for TLS and SSL alerts").
    """
    for row in records(evidence, "Schannel", (_ALERT_SENT,)):
        target = row["fields"].get("targetname", "").lower().rstrip(".")
        known = row["fields"].get("alertdesc") == _UNKNOWN_CA and _GOOGLE_NAME.search(target)
        if known and _whose(row["fields"]) == "schannel_for_mail":
            yield Untrusted(source(row), str(_ALERT_SENT), target)


def _refused_by_chain_check(evidence: Evidence) -> Iterator[Untrusted]:
    """Chain policies that failed for a Google name.

    Source: CAPI2 30 (CertVerifyCertificateChainPolicy): Certificate@subjectName, Result@value; lsass as the
    process is normal for Schannel, and other nodes' flags are no errors. Event 11 of the same chain names its
    elements, leaf first.
    """
    built = {_chain(row["data"]): _above(row["data"]) for row in records(evidence, "Microsoft-Windows-CAPI2", (11,))}
    for row in records(evidence, "Microsoft-Windows-CAPI2", (30,)):
        data = (row["data"] or "").lower()
        name = _SUBJECT.search(data)
        if name and _RESULT.search(data) and _GOOGLE_NAME.search(name.group(1)):
            above = built.get(_chain(row["data"]), ())
            yield Untrusted(source(row), _UNTRUSTED_ROOT, name.group(1), above)


def _chain(data: str | None) -> str:
    """What joins the records of one chain."""
    found = _CHAIN.search(data or "")
    return found[1].lower() if found else ""


def _above(data: str | None) -> tuple[str, ...]:
    """The names of a built chain's certificates, without the leaf's; none where the record does not tell them."""
    try:
        (told,) = json.loads(data or "").values()
        elements_of = [part for name, part in told["CertificateChain"].items() if name.startswith("ChainElement")]
        return tuple(part["Certificate"]["#attributes"]["subjectName"] for part in elements_of[1:])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ()


def _issuer(certificate_hex: str) -> str:
    """The issuer's name in a certificate; empty where there is none to read."""
    certificate = _certificate(certificate_hex)
    return certificate.issuer.rfc4514_string() if certificate else ""


def _whose(fields: dict[str, Any]) -> str | None:
    """A fact's name by the calling process; none for another program's error, or for another host's.

    Source: CallerProcessImageName of recent Windows, written without `.exe` in real records; older records have no
    such field.
    """
    process = fields.get("callerprocessimagename")
    if _of_google(fields.get("certificatecontext", "")):
        return "schannel_for_mail"
    if _of_another_host(fields):
        return None
    if process and process.rsplit("\\", 1)[-1].lower().removesuffix(".exe") == "outlook":
        return "schannel_for_mail"
    return None if process else "schannel_of_unknown_process"


def _of_google(certificate_hex: str) -> bool:
    try:
        der = bytes.fromhex(certificate_hex.removeprefix("0x")).lower()
    except ValueError:
        return False
    return any(name in der for name in _GOOGLE_IN_CERTIFICATE)


def _of_another_host(fields: dict[str, Any]) -> bool:
    """Whether the record tells its host, by the certificate or by name, and that is none of Google's.

    An Outlook speaks with its Exchange server and with the calendars of others too.
    Source: 36884 has Name, 36888 of new Windows TargetName (manifests).
    """
    told = _hosts(fields.get("certificatecontext", "")) or [fields.get("targetname") or fields.get("name") or ""]
    return any(told) and not any(_GOOGLE_NAME.search(host.lower().rstrip(".")) for host in told)


def _hosts(certificate_hex: str) -> list[str]:
    """The names that a certificate is for; none where it cannot be read."""
    certificate = _certificate(certificate_hex)
    if certificate is None:
        return []
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return list(names.get_values_for_type(x509.DNSName))
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return [str(name.value) for name in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]


def _certificate(certificate_hex: str) -> x509.Certificate | None:
    try:
        der = bytes.fromhex(certificate_hex.removeprefix("0x"))
    except ValueError:
        return None
    return loaded(x509.load_der_x509_certificate, der) if der else None


def _beside_offset(measured: tuple[Reference, ...], error: Source, code: str) -> Iterator[Fact]:
    """The error with the largest offset that was measured: both must hold."""
    largest = max(measured, key=lambda reference: abs(reference.error_s), default=None)
    if largest and abs(largest.error_s) > DAY_S:
        sources = tuple(sorted({error, largest.source}, key=lambda s: (s.artifact, s.place)))
        yield Fact("tls_date_error_with_offset", sources, None, code, largest.error_s, error.at)
