"""What an account's address alone tells: whether an administrator can stand between it and Outlook."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from analyzer.measures.evidence import Fact, Scene
from analyzer.model import Source
from analyzer.tables import Evidence

# Source: support.google.com, "Create a Gmail account"; both domains lead to the same mailbox, and no Workspace
# domain can be either of them.
_CONSUMER = ("gmail.com", "googlemail.com")


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The accounts that are Google's own and not an organisation's."""
    for account in scene.accounts:
        domain = account.rpartition("@")[2]
        if domain in _CONSUMER:
            yield Fact("consumer_account", _sources(evidence, scene, account), account, domain)


def _sources(evidence: Evidence, scene: Scene, account: str) -> tuple[Source, ...]:
    """The first place that names the address: a trace on the machine, else the case."""
    traces = [source for fact in scene.traces if fact.subject == account for source in fact.sources]
    named = pl.col("value").str.to_lowercase() == account
    told = evidence.facts.filter(pl.col("name") == "case.account", named).select("artifact", "place").collect()
    return tuple([*traces, *(Source(artifact or "", place or "") for artifact, place in told.rows())][:1])
