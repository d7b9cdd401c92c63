"""Whose certificates a Google host served, proved by signatures; and whether Windows trusts the root they end in.

A name on a certificate proves nothing: anybody can issue one. A chain is Google's when its signatures lead to a key
that is pinned here, and is not when they lead to another.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

import polars as pl
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.utils import CryptographyDeprecationWarning

from analyzer.measures.clock import HOST_GOOGLE
from analyzer.measures.evidence import Element, Fact, Scene, elements
from analyzer.measures.networks import direct, redirected
from analyzer.measures.records import source
from analyzer.model import Source, utc
from analyzer.tables import Evidence

# The only answer on trust that counts: Windows fetches roots on demand, and other programs keep stores of their own.
_WINDOWS = "certgetcertificatechain"
_STORES = r"software\\(wow6432node\\)?(microsoft|policies\\microsoft)\\systemcertificates"
_CERTIFICATES = r"HKLM\SOFTWARE\Microsoft\SystemCertificates"


@dataclass(frozen=True, slots=True)
class Root:
    """A pinned root key: its SPKI in DER, and the SHA-1 of certificates that may stand for it in a store."""

    name: str
    spki: bytes
    anchors: tuple[str, ...]


@cache
def google_roots() -> tuple[Root, ...]:
    """The pins that ship with this version; tests pass their own."""
    raw = tomllib.loads(resources.files("analyzer.measures").joinpath("google_roots.toml").read_text("utf-8"))
    return tuple(Root(r["name"], base64.b64decode(r["spki"]), tuple(r["anchors"])) for r in raw["root"])


def served_root(pems: tuple[str, ...], pins: tuple[Root, ...]) -> Root | bool | None:
    """The pinned root a served chain proves to end in; False where it proves another, None where it proves nothing.

    ``pems`` is the chain in the order served, the leaf first. A lone leaf that did not sign itself proves nothing:
    some collectors see no more of a chain.
    """
    chain = _load(pems)
    if not chain:
        return None
    for below, above in pairwise(chain):
        if not _signed_by(below, above.public_key()):
            return None
    last = chain[-1]
    for root in pins:
        if _spki(last) == root.spki or _signed_by(last, load_der_public_key(root.spki)):
            return root
    return False if len(chain) > 1 or _signed_by(last, last.public_key()) else None


def _load(pems: tuple[str, ...]) -> tuple[x509.Certificate, ...]:
    chain = [loaded(x509.load_pem_x509_certificate, pem.encode("ascii", "replace")) for pem in pems]
    whole = tuple(certificate for certificate in chain if certificate is not None)
    return whole if len(whole) == len(chain) else ()


def loaded(load: Callable[[bytes], x509.Certificate], content: bytes) -> x509.Certificate | None:
    """The certificate, once its names and its key were read: the library reads them only when asked.

    None where one of them cannot be read. Windows keeps roots of old that break rules of today, a serial number of
    zero for one: what the library means to refuse one day is no matter for who reads a report.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            certificate = load(content)
        for name in (certificate.subject, certificate.issuer):
            name.rfc4514_string()
        certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):  # TypeError: a name of no allowed kind
        return None
    return certificate


def _spki(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _signed_by(certificate: x509.Certificate, key: object) -> bool:
    """Whether this key made the certificate's signature."""
    signed, signature = certificate.tbs_certificate_bytes, certificate.signature
    try:
        digest = certificate.signature_hash_algorithm
        if isinstance(key, rsa.RSAPublicKey) and digest is not None:
            scheme = certificate.signature_algorithm_parameters
            key.verify(signature, signed, scheme if isinstance(scheme, padding.PSS) else padding.PKCS1v15(), digest)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
            key.verify(signature, signed, ec.ECDSA(digest))
            return True
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return False


def same_key(one: x509.Certificate, other: x509.Certificate) -> bool:
    """Whether two certificates are of one key: a root may come renewed."""
    return _spki(one) == _spki(other)


def signed_by(below: x509.Certificate, above: x509.Certificate) -> bool:
    """Whether the key of the second signed the first."""
    return below.issuer == above.subject and _signed_by(below, above.public_key())


# --- chains that were served --------------------------------------------------------------------------------------


def served_chains(evidence: Evidence) -> tuple[Fact, ...]:
    """The chains that Google hosts served, judged by our pins."""
    return tuple(fact for fact in judge_chains(evidence, google_roots()) if fact.name == "served_chain")


def forged_chains(evidence: Evidence) -> Iterator[tuple[Source, tuple[x509.Certificate, ...]]]:
    """The chains of Google hosts that are proved not to be Google's, as probes and the sign-in page got them."""
    for probe, chain in _probed(evidence):
        if probe.text("host").lower() in HOST_GOOGLE:
            yield from _forged(probe.source, tuple(certificate.text("pem") for certificate in chain))
    for request in elements(evidence, "page_requests"):
        yield from _forged(request.source, request.texts.get("pem", ()))


def _forged(where: Source, pems: tuple[str, ...]) -> Iterator[tuple[Source, tuple[x509.Certificate, ...]]]:
    if all(pems) and served_root(pems, google_roots()) is False:
        yield where, _load(pems)


def measure(evidence: Evidence, _scene: Scene) -> Iterator[Fact]:
    """What each Google host served, and why Windows does not trust a genuine chain."""
    return judge_chains(evidence, google_roots())


def judge_chains(evidence: Evidence, pins: tuple[Root, ...]) -> Iterator[Fact]:
    """One fact a probe: ``genuine``, ``forged`` or ``unproven``, then ``trusted``, ``untrusted`` or ``unasked``.

    A chain that is distrusted while the clock stands outside its dates is ``misdated``: that speaks of the clock. One
    that is not Google's where a hotspot answers everybody with its own page is the ``portal``'s.
    """
    for probe, chain in _probed(evidence):
        if probe.text("host").lower() in HOST_GOOGLE:
            yield from _judge(evidence, probe, chain, pins)


def _probed(evidence: Evidence) -> Iterator[tuple[Element, list[Element]]]:
    """Each probe that was served a chain, with its certificates."""
    leaves: dict[tuple[str, str], list[Element]] = {}
    for certificate in elements(evidence, "tls_probes.chain"):
        where = certificate.source.place.rpartition(".chain")[0]
        leaves.setdefault((certificate.source.artifact, where), []).append(certificate)
    for probe in elements(evidence, "tls_probes"):
        if chain := leaves.get((probe.source.artifact, probe.source.place)):
            yield probe, chain


def _judge(evidence: Evidence, probe: Element, chain: list[Element], pins: tuple[Root, ...]) -> Iterator[Fact]:
    pems = tuple(certificate.text("pem") for certificate in chain)
    root = served_root(pems, pins) if all(pems) else None
    proof = "unproven" if root is None else "genuine" if isinstance(root, Root) else "forged"
    trust = _trust(probe, chain)
    if trust == "untrusted" and proof != "genuine" and _at_portal(evidence, probe):
        trust = "portal"
    at = utc(probe.text("local_utc"))
    yield Fact("served_chain", (probe.source,), probe.text("host"), f"{proof} {trust}", at=at)
    if proof != "genuine" and (issuer := chain[0].text("issuer")):
        yield Fact("issuer_told", (chain[0].source,), probe.text("host"), issuer, at=at)
    if trust == "untrusted" and proof != "forged":
        yield from _reasons(evidence, probe, root if isinstance(root, Root) else None)


def _trust(probe: Element, chain: list[Element]) -> str:
    if probe.text("trust_method").lower() != _WINDOWS or "trusted_by_windows" not in probe.numbers:
        return "unasked"
    if probe.numbers["trusted_by_windows"] == 1:
        return "trusted"
    return "misdated" if _misdated(probe, chain) else "untrusted"


def _at_portal(evidence: Evidence, probe: Element) -> bool:
    """Whether a hotspot's page answered the plain probe of the same collection, and nothing led this one past it."""
    return direct(probe) and any(p.source.artifact == probe.source.artifact for p in redirected(evidence))


def _misdated(probe: Element, chain: list[Element]) -> bool:
    local = utc(probe.text("local_utc"))
    dates = [(utc(c.text("not_before")), utc(c.text("not_after"))) for c in chain]
    return local is not None and any((start and local < start) or (end and local > end) for start, end in dates)


# --- why a genuine root is not trusted ----------------------------------------------------------------------------


def _reasons(evidence: Evidence, probe: Element, root: Root | None) -> Iterator[Fact]:
    """Facts ``root_updates_off``, ``root_disallowed``, ``root_missing``: genuine where the root is proved."""
    name = "google_root_not_trusted" if root else "unproven_root_not_trusted"
    for row in _policy(evidence):
        yield _reason(name, "DisableRootAutoUpdate", probe, source(row))
    for row in _listed(evidence, root, "disallowed", _asker(evidence, probe)):
        yield _reason(name, "Disallowed", probe, source(row))
    if root and not _listed(evidence, root, "root") and not _listed(evidence, root, "authroot"):
        for reading, _ in evidence.covering("software_hive", _CERTIFICATES)[:1]:
            if not _in_list_of_updates(evidence, root):
                yield _reason(name, "absent", probe, Source(reading.member.name, _CERTIFICATES))


def kept_from_google(evidence: Evidence) -> Iterator[tuple[str, Source]]:
    """What keeps roots of Google's from this computer, whoever was asked for them."""
    for row in _policy(evidence):
        yield "DisableRootAutoUpdate", source(row)
    for row in _listed(evidence, None, "disallowed"):
        yield "Disallowed", source(row)


def _asker(evidence: Evidence, probe: Element) -> str | None:
    """On whose behalf Windows was asked: whoever collected, by the same live state."""
    hosts = (e for e in elements(evidence, "host") if e.source.artifact == probe.source.artifact)
    return next((sid for host in hosts if (sid := host.text("sid"))), None)


def _reason(name: str, why: str, probe: Element, where: Source) -> Fact:
    both = tuple(sorted({probe.source, where}, key=lambda s: (s.artifact, s.place)))
    return Fact(name, both, probe.text("host"), why, at=utc(probe.text("local_utc")))


def _policy(evidence: Evidence) -> list[dict[str, object]]:
    """Source: SystemCertificates\\AuthRoot!DisableRootAutoUpdate below Policies, 1 = roots are not fetched."""
    rows = evidence.registry.filter(
        pl.col("key").str.to_lowercase() == r"software\policies\microsoft\systemcertificates\authroot",
        pl.col("name").str.to_lowercase() == "disablerootautoupdate",
        pl.col("number") == 1,
    )
    return rows.sort("artifact").collect().to_dicts()


def _listed(evidence: Evidence, root: Root | None, store: str, user: str | None = None) -> list[dict[str, object]]:
    """Keys of the root's certificates in one store; of any pinned root where none is proved.

    The stores are the machine's, and with a ``user`` those that Windows added when it was asked on their behalf.
    """
    anchors = root.anchors if root else tuple(a for pin in google_roots() for a in pin.anchors)
    pattern = rf"(?i)^{_STORES}\\{store}\\certificates\\({'|'.join(anchors)})$"
    own = (pl.col("hive") == "HKCU") & (pl.col("user").str.to_lowercase() == (user or "").lower())
    rows = evidence.registry.filter(
        (pl.col("hive") == "HKLM") | own, pl.col("name").is_null(), pl.col("key").str.contains(pattern)
    )
    return rows.sort("artifact", "key").collect().to_dicts()


def _in_list_of_updates(evidence: Evidence, root: Root) -> bool:
    """Whether Windows' own list of roots to fetch names it: then it is only not cached yet.

    Source: SystemCertificates\\AuthRoot\\AutoUpdate!EncodedCtl holds the SHA-1 of every root.
    """
    rows = evidence.registry.filter(
        pl.col("key").str.to_lowercase().str.ends_with(r"\authroot\autoupdate"),
        pl.col("name").str.to_lowercase() == "encodedctl",
    )
    values = rows.select("value").collect()["value"].drop_nulls().to_list()
    return any(anchor.lower() in value.lower() for value in values for anchor in root.anchors)


def spki_sha256(root: Root) -> str:
    """The fingerprint by which a pinned key is published."""
    return hashlib.sha256(root.spki).hexdigest()
