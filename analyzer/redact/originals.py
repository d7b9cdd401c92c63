"""What must not be read in a redacted output: the names of people, accounts, hosts and domains of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from urllib.parse import unquote

import polars as pl

from analyzer.model import BundleInfo
from analyzer.redact.public import is_public
from analyzer.tables import Evidence


class Kind(StrEnum):
    """What a token stands for."""

    ACCOUNT = "account"
    USER = "user"
    HOST = "host"
    DOMAIN = "domain"
    SID = "sid"
    IP_PRIVATE = "ip-private"
    IP_PUBLIC = "ip-public"


Originals = frozenset[tuple[Kind, str]]

# The domain ends where an underscore begins: targets of credentials go on with one.
# It begins where its letters begin, or goes on from the domain of another: a search from each letter would not end.
ADDRESS = re.compile(
    r"(?:(?<![\w.+%-])[\w.+%-]+|(?<=[^\W_])[_+%.][\w.+%-]{0,64})(?:@|%40)(?:[^\W_]|-)+(?:\.(?:[^\W_]|-)+)+"
)
# A name this short is a syllable of other words; where it names a profile folder, the place of the word tells.
SHORTEST = 3
# Words of the product's own texts, which a folder or a computer may be called by as well.
_PLAIN_WORDS = frozenset(
    "account admin administrateur administrator all alle computer default desktop everyone gast google guest home imap "
    "laptop localhost mail microsoft nobody none office outlook owner pc postmaster private public sales support "
    "system test user users utilisateur windows work".split()
)
_PERSONAL_VALUES = frozenset(
    {"friendlyname", "displayname", "display name", "registeredowner", "lastloggedonuser", "lastloggedondisplayname"}
)
_USER_FACTS = ("host.user", "case.people.name", "credentials.user_name")
_HOST_FACTS = ("host.name",)
_PROFILE = re.compile(r"(?:^|[\\/])users[\\/]([^\\/\"*?<>|:]+)", re.IGNORECASE)
_SHARED_PROFILES = frozenset({"public", "default", "default user", "all users"})


def originals(evidence: Evidence, info: BundleInfo) -> Originals:
    """Every name that the bundle's own columns and values give away, as written."""
    found = {*_hosts(evidence, info), *_people(evidence), *_accounts(evidence)}
    return frozenset((kind, text) for kind, text in found if _counts(kind, text))


def _counts(kind: Kind, text: str) -> bool:
    if kind is Kind.ACCOUNT:
        return True
    return len(text) >= SHORTEST and text.lower() not in _PLAIN_WORDS and not is_public(text)


def _hosts(evidence: Evidence, info: BundleInfo) -> Iterator[tuple[Kind, str]]:
    computers = _distinct(evidence.events.select(pl.col("computer").alias("value")))
    for name in (*computers, *_values(evidence, _HOST_FACTS), *filter(None, [info.host])):
        host, _, domain = name.partition(".")
        yield Kind.HOST, host
        if domain:
            yield Kind.DOMAIN, domain


def _people(evidence: Evidence) -> Iterator[tuple[Kind, str]]:
    for name in _values(evidence, _USER_FACTS):
        domain, slash, user = name.rpartition("\\")
        if "@" in user:
            continue
        yield Kind.USER, user
        if slash:
            yield Kind.HOST, domain
    for reading in evidence.readings:
        yield from ((Kind.USER, name) for name in profile_names(reading.member.name))
    personal = evidence.registry.filter(
        pl.col("name").str.to_lowercase().is_in(list(_PERSONAL_VALUES)),
        pl.col("key").str.to_lowercase().str.contains(r"\\identit|\\profiles\\|\\logonui|windows nt\\currentversion$"),
    )
    for name in _distinct(personal.select("value")):
        if "@" not in name:
            yield Kind.USER, name.rpartition("\\")[2]


def profile_names(path: str) -> list[str]:
    """The users whose profile folders a path names."""
    return [name for name in _PROFILE.findall(path) if name.lower() not in _SHARED_PROFILES]


def _accounts(evidence: Evidence) -> Iterator[tuple[Kind, str]]:
    """Every address in the columns that hold one, whatever the rest of the cell says."""
    cells = (
        *_distinct(evidence.facts.select(pl.col("subject").alias("value"))),
        *_distinct(evidence.facts.select("value")),
        *_distinct(evidence.registry.select("value")),
    )
    for cell in cells:
        if "@" in cell:
            yield from ((Kind.ACCOUNT, unquote(address)) for address in ADDRESS.findall(cell))


def _values(evidence: Evidence, names: Iterable[str]) -> list[str]:
    return _distinct(evidence.facts.filter(pl.col("name").is_in(list(names))).select("value"))


def _distinct(column: pl.LazyFrame) -> list[str]:
    return sorted(column.drop_nulls().unique().collect().to_series().to_list())
