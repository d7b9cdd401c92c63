"""What an account's address alone tells: whether an administrator can stand between it and Outlook.

Source: support.google.com, "Add Gmail to another email client": since January 2025 personal accounts have no switch for
IMAP, which is always on; those of an organisation keep theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from analyzer.measures.evidence import Fact, Scene
from analyzer.model import Source
from analyzer.tables import Evidence

# Source: support.google.com, "Create a Gmail account"; both domains lead to the same mailbox, and no Workspace
# domain can be either of them.
_CONSUMER = ("gmail.com", "googlemail.com")
_PLACE = ("artifact", "place")


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The accounts that are Google's own, and those of an organisation for which somebody saw IMAP switched off."""
    said = evidence.facts.filter(pl.col("name") == "reported.imap_enabled", pl.col("value") == "no")
    looked = tuple(Source(artifact or "", place or "") for artifact, place in said.select(_PLACE).collect().rows())
    for account in scene.accounts or (None,):
        domain = (account or "").rpartition("@")[2]
        if account and domain in _CONSUMER:
            yield Fact("consumer_account", _sources(evidence, scene, account), account, domain)
        elif looked:
            yield Fact("imap_said_off", looked, account)


def _sources(evidence: Evidence, scene: Scene, account: str) -> tuple[Source, ...]:
    """The first place that names the address: a trace on the machine, else the case."""
    traces = [source for fact in scene.traces if fact.subject == account for source in fact.sources]
    named = pl.col("value").str.to_lowercase() == account
    told = evidence.facts.filter(pl.col("name") == "case.account", named).select(_PLACE).collect()
    return tuple([*traces, *(Source(artifact or "", place or "") for artifact, place in told.rows())][:1])
