"""Certificates in Windows' stores: which roots are this computer's own, and whether one of them made a forged chain.

A root that Windows fetched stands in AuthRoot; one that somebody put there stands in Root alone: the machine's, a
policy's or the user's. There an inspecting proxy's authority lies where connections through it are accepted.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
from cryptography import x509

from analyzer.measures.certificates import forged_chains, loaded, same_key, signed_by
from analyzer.measures.evidence import Fact, Scene
from analyzer.measures.records import source
from analyzer.model import Source
from analyzer.tables import Evidence

_STORE = re.compile(
    r"(?i)^software\\(?:wow6432node\\)?(?:policies\\)?microsoft\\(system|enterprise)certificates\\(\w+)\\"
    r"certificates\\([0-9a-f]{40})$"
)
MOST_CERTIFICATES = 5_000
_CERTIFICATE = 32


@dataclass(frozen=True, slots=True)
class Stored:
    """A certificate of a store; ``store`` is its name in lower case."""

    store: str
    sha1: str
    certificate: x509.Certificate
    source: Source
    user: str | None


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Roots that are this computer's own, and those of them that stand behind a chain which is not Google's."""
    stored = tuple(certificates(evidence))
    fetched = {one.sha1 for one in stored if one.store == "authroot"}
    own = [one for one in stored if one.store == "root" and one.sha1 not in fetched]
    for one in own:
        name = one.certificate.subject.rfc4514_string()
        yield Fact("own_root", (one.source,), name, one.sha1, user=one.user)
    for where, chain in forged_chains(evidence):
        for one in own:
            last = chain[-1]
            if _seen_by(scene, one) and (same_key(last, one.certificate) or signed_by(last, one.certificate)):
                both = tuple(sorted({one.source, where}, key=lambda s: (s.artifact, s.place)))
                yield Fact("inspection_authority_stored", both, one.certificate.subject.rfc4514_string(), one.sha1)


def _seen_by(scene: Scene, stored: Stored) -> bool:
    """Whether the store is the machine's, or this person's own."""
    return stored.user is None or scene.mine(stored.user)


def certificates(evidence: Evidence) -> Iterator[Stored]:
    """Every certificate whose value can be read, in the order of the tables."""
    rows = evidence.registry.filter(
        pl.col("name").str.to_lowercase() == "blob",
        pl.col("key").str.contains(r"(?i)certificates\\[0-9a-f]{40}$"),
    )
    for row in rows.sort("artifact", "hive", "key").head(MOST_CERTIFICATES).collect().to_dicts():
        found = _STORE.match(row["key"])
        certificate = of_blob(row["value"] or "")
        if found and certificate:
            yield Stored(found[2].lower(), found[3].upper(), certificate, source(row), _owner(row))


def _owner(row: dict[str, Any]) -> str | None:
    return row["user"] if row["hive"] == "HKCU" else None


def of_blob(digits: str) -> x509.Certificate | None:
    """The certificate in a store's value; None where there is none in it, or no whole one.

    Source: the value is a row of properties, each with its number, the number 1, its length and its bytes
    (little-endian, 32 bits); property 32 (CERT_CERT_PROP_ID, wincrypt.h) is the certificate in DER.
    """
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        return None
    at = 0
    while at + 12 <= len(data):
        kind, _, length = struct.unpack_from("<III", data, at)
        at += 12
        if kind == _CERTIFICATE:
            return loaded(x509.load_der_x509_certificate, data[at : at + length])
        at += length
    return None
