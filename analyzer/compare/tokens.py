"""The Google tokens of one account on both sides: which are gone, which were written anew, which stayed.

Credential Manager tells by its API when an entry was last written; a printed list (``cmdkey``) does not: then a token
that is still listed may be the old one or a new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from analyzer.compare.passage import Passage
from analyzer.measures import Scene
from analyzer.measures.accounts import Credential, credentials, listed_whole
from analyzer.model import Source
from analyzer.tables import Evidence


class Fate(StrEnum):
    """What became of one entry."""

    RENEWED = "renewed"
    NEW = "new"
    SAME = "same"
    GONE = "gone"
    UNDATED = "undated"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Token:
    """One target on both sides. ``written`` is AFTER's last write, by its clock; ``kind`` imap, smtp, pop or empty."""

    target: str
    account: str | None
    kind: str
    fate: Fate
    written: datetime | None
    before: Source | None
    after: Source | None

    @property
    def fresh(self) -> bool:
        """Whether it was written after BEFORE was collected."""
        return self.fate in (Fate.RENEWED, Fate.NEW)


@dataclass(frozen=True, slots=True)
class Pair:
    """One person's scenes and measured evidence on both sides."""

    before: tuple[Scene, Evidence]
    after: tuple[Scene, Evidence]


def tokens(pair: Pair, passage: Passage) -> tuple[Token, ...]:
    """Every Google token of this person on either side, by target."""
    old = {one.target.lower(): one for one in credentials(pair.before[1], pair.before[0])}
    now = {one.target.lower(): one for one in credentials(pair.after[1], pair.after[0])}
    return tuple(_token(pair, passage, (old.get(key), now.get(key)), one) for key, one in sorted((old | now).items()))


def _token(pair: Pair, passage: Passage, both: tuple[Credential | None, Credential | None], one: Credential) -> Token:
    old, now = both
    return Token(
        one.target,
        one.account,
        one.kind,
        _fate(pair, passage, old, now),
        now.written if now else None,
        _source(old) if old else None,
        _source(now) if now else None,
    )


def _source(one: Credential) -> Source:
    """Where an entry stands, with the one thing that is asked of it."""
    told = f"last_written_utc = {one.written:%Y-%m-%d %H:%M:%S} UTC" if one.written else f"target = {one.target}"
    return replace(one.source, quote=f"credentials.{told}")


def _fate(pair: Pair, passage: Passage, old: Credential | None, now: Credential | None) -> Fate:
    if now is None:
        return Fate.GONE if listed_whole(pair.after[1], pair.after[0]) else Fate.UNREAD
    if pair.after[1].doubtful(now.source.artifact, now.source.place):
        return Fate.UNDATED
    if old is None and listed_whole(pair.before[1], pair.before[0]):
        return Fate.NEW
    if now.written is None:
        return Fate.UNDATED
    if old and old.written:
        return Fate.SAME if old.written == now.written else Fate.RENEWED
    if passage.later(now.written):
        return Fate.RENEWED if old else Fate.NEW
    return Fate.SAME if old else Fate.UNDATED


def of_account(some: tuple[Token, ...], account: str | None) -> Iterator[Token]:
    """The tokens of one account; those that name nobody are its as well."""
    return (token for token in some if account is None or token.account in (account, None))
