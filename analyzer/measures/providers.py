"""Whether Outlook can tell that an address is Google's: by its domain, by what the domain publishes, by what it stored.

Outlook opens Google's sign-in page only for an address that it takes for Google's. A gmail.com address always is one;
of another domain the mail servers and the autodiscover record tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from analyzer.measures.evidence import Element, Fact, Scene, elements
from analyzer.measures.records import records, source
from analyzer.model import Source
from analyzer.tables import Evidence

_CONSUMER = ("@gmail.com", "@googlemail.com")
_AT_GOOGLE = re.compile(r"(^|\.)(google|googlemail)\.com\.?$", re.IGNORECASE)
# The service that tells Outlook who hosts an address. Source: public scripts name its host; its part is not confirmed.
_BEFORE_TLS = ("dns", "tcp", "connect")
_DETECTORS = ("prod-autodetect.outlookmobile.com", "prod-global-autodetect.acompli.net")


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """For each account: what its domain publishes, and whether Outlook already took it for Google's."""
    domains = {_host(e.text("domain")): e for e in elements(evidence, "mail_domain") if e.text("domain")}
    for account in scene.accounts:
        domain = account.rpartition("@")[2]
        if domain in domains and not account.endswith(_CONSUMER):
            yield from _published(account, domains[domain])
        yield from _recognised(account, evidence, scene)
    for row in records(evidence, "Microsoft-Windows-DNS-Client", (1014,)):
        if _host(row["fields"].get("queryname", "")) in _DETECTORS:
            yield Fact("autodetect_timed_out", (source(row),), value=_host(row["fields"]["queryname"]), at=row["at"])
    yield from _unreachable(evidence)


def _unreachable(evidence: Evidence) -> Iterator[Fact]:
    """The detecting service out of reach by every probe, while another host answered."""
    probes = elements(evidence, "tls_probes")
    asked = [probe for probe in probes if _host(probe.text("host")) in _DETECTORS]
    others = any(probe.text("stage") == "http" for probe in probes if probe not in asked)
    if asked and others and all(probe.text("stage") in _BEFORE_TLS for probe in asked):
        yield Fact("autodetect_unreachable", (asked[0].source,), None, _host(asked[0].text("host")))


def _host(text: str) -> str:
    return text.strip().lower().rstrip(".")


def _published(account: str, domain: Element) -> Iterator[Fact]:
    """A mail server may come with its preference before it (``10 aspmx.l.google.com``)."""
    servers = [text.split()[-1] for text in domain.texts.get("mx", ()) if text.split()]
    google = [server for server in servers if _AT_GOOGLE.search(server)]
    if servers and not google:
        yield Fact("mx_elsewhere", (domain.source,), account, _host(servers[0]))
    if google:
        yield Fact("mx_at_google", (domain.source,), account, _host(google[0]))
        elsewhere = _host(domain.text("autodiscover"))
        if elsewhere and not _AT_GOOGLE.search(elsewhere):
            yield Fact("autodiscover_elsewhere", (domain.source,), account, elsewhere)


def _recognised(account: str, evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """An address of Gmail's own, or one of which Outlook holds a Google token or identity."""
    stored = [t for t in scene.traces if t.subject == account and t.name in ("google_credential", "google_identity")]
    named = [source for trace in scene.traces if trace.subject == account for source in trace.sources]
    if stored:
        yield Fact("provider_recognised", stored[0].sources, account, user=stored[0].user)
    elif account.endswith(_CONSUMER):
        yield Fact("provider_recognised", tuple(named[:1]) or _told(account, evidence), account)


def _told(account: str, evidence: Evidence) -> tuple[Source, ...]:
    rows = evidence.facts.filter(pl.col("name") == "case.account", pl.col("value").str.to_lowercase() == account)
    return tuple(Source(row["artifact"] or "", row["place"] or "") for row in rows.head(1).collect().to_dicts())
