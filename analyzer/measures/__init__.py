"""Python measures, TOML judges: the numbers and states that no single row of evidence says.

A measure reads the tables and the scene and gives facts, each with its unit and sources. Thresholds of a verdict,
strengths and texts stand on the cause pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from analyzer.measures import (
    accounts,
    addresses,
    certificates,
    clock,
    consents,
    failure,
    firewall,
    folders,
    http_errors,
    incidents,
    logins,
    mail_settings,
    names,
    networks,
    new_outlook,
    office,
    office_settings,
    outlook,
    page_network,
    people,
    providers,
    proxy,
    stored_certificates,
    stores,
    tls,
    tls_settings,
    token,
    unproven_roots,
    webview2,
)
from analyzer.measures.evidence import Fact, Scene, tabulate
from analyzer.measures.time_zone import zone
from analyzer.model import Person, utc
from analyzer.tables import Evidence

__all__ = ["MEASURES", "Inquiry", "Scene", "survey", "zone"]

# In this order the facts come; none of them reads another's.
MEASURES: tuple[Callable[[Evidence, Scene], Iterator[Fact]], ...] = (
    accounts.measure,
    clock.measure,
    tls.measure,
    certificates.measure,
    token.measure,
    webview2.measure,
    proxy.measure,
    http_errors.measure,
    office.measure,
    outlook.measure,
    office_settings.measure,
    new_outlook.measure,
    tls_settings.measure,
    names.measure,
    logins.measure,
    folders.measure,
    addresses.measure,
    mail_settings.measure,
    incidents.measure,
    firewall.measure,
    networks.measure,
    providers.measure,
    stores.measure,
    consents.measure,
    page_network.measure,
    stored_certificates.measure,
    unproven_roots.measure,
)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What the engineer said on the command line."""

    user: str | None = None
    failure_at: str | None = None


def survey(evidence: Evidence, inquiry: Inquiry = Inquiry()) -> tuple[tuple[Scene, Evidence], ...]:
    """For each user to be judged: the scene, and the evidence with all measured facts added.

    Raises ``Refusal`` for a user or a time on the command line that the bundle cannot make sense of.
    """
    return tuple(_survey(evidence, person, inquiry) for person in people.affected(evidence, inquiry.user))


def _survey(evidence: Evidence, person: Person, inquiry: Inquiry) -> tuple[Scene, Evidence]:
    error = clock.clock_error_s(evidence)
    asked = failure.Asked(person, inquiry.failure_at, error, zone(evidence), _collected(evidence))
    found = failure.failure(evidence, asked)
    settled = failure.settled(evidence, found)
    scene = Scene(person, found, error, collected=asked.collected, zone=asked.zone, settled=settled)
    traces = tuple(accounts.measure(evidence, scene))
    judged, unjudged = accounts.addresses(traces, _told_accounts(evidence))
    scene = replace(scene, traces=traces, accounts=judged, unjudged=unjudged)
    facts = [fact for measure in MEASURES for fact in measure(evidence, scene)]
    return scene, evidence.with_facts(tabulate(facts))


def _collected(evidence: Evidence) -> datetime | None:
    """When the bundle was made, by the machine's clock."""
    names = pl.col("name").is_in(["taken_utc", "case.started_utc"])
    values = evidence.facts.filter(names).select("value").collect()["value"].drop_nulls()
    return max((moment for value in values if (moment := utc(value))), default=None)


def _told_accounts(evidence: Evidence) -> tuple[str, ...]:
    values = evidence.facts.filter(pl.col("name") == "case.account").select("value").collect()["value"].drop_nulls()
    return tuple(sorted(v for v in values if "@" in v))
