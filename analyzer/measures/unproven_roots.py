"""Refused roots that prove nobody guilty: where Windows may not fetch roots, Google's own chain is refused just so.

Without the certificates themselves nothing tells whose chain was refused, unless a name above the leaf is none of
Google's: a name of Google's proves nothing, because whoever opens TLS may write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.measures.certificates import kept_from_google, served_chains
from analyzer.measures.evidence import Fact, Scene, elements
from analyzer.measures.settings import cited
from analyzer.measures.tls import Untrusted, untrusted_errors
from analyzer.tables import Evidence

# Issuers in published dumps of Google's chains, by organisation or by common name alone as CAPI2 writes it.
_GOOGLES = re.compile(
    r"google trust services|google inc|google internet authority|globalsign|^(?:cn=)?(?:gts |w[erf]\d+\b)",
    re.IGNORECASE,
)
_UNPROVEN = "unproven untrusted"


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The refusals, each beside what keeps roots from this computer, where no name tells a stranger's chain."""
    served = served_chains(evidence)
    if any((chain.value or "").startswith(("genuine", "forged")) for chain in served):
        return
    refused = (*_errors(evidence, scene), *_served(evidence, served))
    if any(_of_a_stranger(error) for error in refused):
        return
    for why, where in kept_from_google(evidence):
        for error in refused:
            both = cited(error.source, where)
            yield Fact("refused_root_may_be_missing", both, error.host, why, at=error.source.at)


def _errors(evidence: Evidence, scene: Scene) -> Iterator[Untrusted]:
    """Errors near the failure; all of them while none is known."""
    windows = scene.failure.windows
    for error in untrusted_errors(evidence):
        at = error.source.at
        if not windows or at is None or any(start <= at <= end for start, end in windows):
            yield error


def _served(evidence: Evidence, served: tuple[Fact, ...]) -> Iterator[Untrusted]:
    """Chains that probes got without their certificates, with the names that were kept."""
    for chain in served:
        where = chain.sources[0]
        if chain.value == _UNPROVEN:
            issuers = (
                certificate.text("issuer")
                for certificate in elements(evidence, "tls_probes.chain")
                if certificate.source.artifact == where.artifact
                and certificate.source.place.rpartition(".chain")[0] == where.place
            )
            yield Untrusted(where, _UNPROVEN, chain.subject, tuple(filter(None, issuers)))


def _of_a_stranger(error: Untrusted) -> bool:
    return any(not _GOOGLES.search(issuer) for issuer in error.issuers)
