"""The answer for one account.

*Cured*: since BEFORE, Google accepted the account's OAuth token for receiving and for sending, both tokens are newer
than BEFORE, and everything that could tell of a later failure was read whole and tells of none. *Not cured*: the last
thing that is known of the account is a new failure. Everything else cannot be told, and what is missing is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from analyzer.compare.nouns import Answer, Judgement, Point, Statement
from analyzer.compare.retries import PROTOCOLS, Failure, Login, Tries, unread
from analyzer.compare.tokens import Fate, Pair, Token, of_account
from analyzer.measures.accounts import listed_whole
from analyzer.measures.logins import PASSWORD_METHODS


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of one account since BEFORE."""

    address: str | None
    user: str | None
    pair: Pair
    tokens: tuple[Token, ...]
    tries: Tries

    @property
    def renewed(self) -> datetime | None:
        """When its token was last written, where that was since BEFORE."""
        written = [token.written for token in self.tokens if token.fresh and token.written]
        return max(written, default=None)

    def accepted(self, protocol: str) -> Login | None:
        """The login that stands last for this protocol, where Google accepted a token by it."""
        mine = [one for one in self.tries.logins if one.account == self.address and one.protocol == protocol]
        last = mine[-1] if mine else None
        return last if last and last.accepted and last.method == "xoauth2" and last.sure else None

    def password(self, protocol: str) -> Login | None:
        """The same of a password: plan B."""
        mine = [one for one in self.tries.logins if one.account == self.address and one.protocol == protocol]
        return mine[-1] if mine and mine[-1].accepted and mine[-1].method in PASSWORD_METHODS else None


def account_of(address: str | None, user: str | None, pair: Pair, some: tuple[Token, ...], made: Tries) -> Account:
    """The account with its own tokens."""
    return Account(address, user, pair, tuple(of_account(some, address)), made)


def judge(account: Account) -> Judgement:
    """The answer, by what speaks for it, what against it, and what is missing."""
    failures = tuple(one for one in account.tries.failures if _concerns(one, account))
    hard = [one for one in failures if one.hard and one.account == account.address and account.address]
    soft = [one for one in failures if one not in hard]
    proofs, contrary = tuple(_proofs(account)), tuple(_quoted((*hard, *soft)))
    missing = tuple(_missing(account))
    points = tuple(_points(account, hard, missing))
    if hard:
        answer, reason = Answer.NOT_CURED, f"failed.{hard[-1].kind}"
    elif missing or soft:
        answer, reason = Answer.CANNOT_TELL, _why_open(account, missing, soft)
    else:
        answer, reason = Answer.CURED, "accepted"
    return Judgement(account.address, account.user, answer, reason, proofs, contrary, missing, points)


def _concerns(failure: Failure, account: Account) -> bool:
    """Whether the failure is, or may be, this account's, and nothing newer took it back."""
    if failure.account not in (account.address, None):
        return False
    if failure.at is None:
        return True
    if account.renewed and failure.at <= account.renewed:
        return False
    over = (failure.protocol,) if failure.protocol in PROTOCOLS else ("imap",)
    return not any((login := account.accepted(p)) and login.at and login.at > failure.at for p in over)


def _proofs(account: Account) -> Iterator[Statement]:
    for protocol in PROTOCOLS:
        if login := account.accepted(protocol):
            yield Statement(f"accepted.{protocol}", after=(login.source,))
    for token in account.tokens:
        if token.fresh:
            sources = _some(token.before), _some(token.after)
            yield Statement(f"token.{token.fate}", (("target", token.target),), *sources)


def _quoted(failures: Iterable[Failure]) -> Iterator[Statement]:
    for one in failures:
        fields = (("protocol", one.protocol.upper()),) if one.protocol else ()
        yield Statement(f"failed.{one.kind}", fields, after=(one.source,) if one.source.artifact else ())


def _some(source: object) -> tuple:  # type: ignore[type-arg]
    return (source,) if source else ()


# --- what is missing ----------------------------------------------------------------------------------------------


def _missing(account: Account) -> Iterator[Statement]:
    if account.address is None:
        yield Statement("missing.account")
    logins = {protocol: account.accepted(protocol) for protocol in PROTOCOLS}
    failed = _last_failure(account)
    for protocol, login in logins.items():
        if login is None:
            yield Statement(f"missing.{_unproven(account, protocol)}.{protocol}")
        elif failed and (login.at is None or login.at <= failed):
            yield Statement(f"missing.later.{protocol}", after=(login.source,))
    yield from _stale(account)
    if all(logins.values()):
        since = min((login.at for login in logins.values() if login and login.at), default=None)
        yield from (Statement(f"missing.unread.{item}") for item in unread(account.pair, since))


def _last_failure(account: Account) -> datetime | None:
    """When it last failed as a whole since its token was written, whether or not receiving worked later."""
    mine = (one for one in account.tries.failures if one.account == account.address and not one.protocol)
    times = [one.at for one in mine if one.hard and one.at]
    return max((at for at in times if account.renewed is None or at > account.renewed), default=None)


def _unproven(account: Account, protocol: str) -> str:
    if account.password(protocol):
        return "password"
    return "doubtful" if _doubted(account, protocol) else "login"


def _doubted(account: Account, protocol: str) -> bool:
    mine = [one for one in account.tries.logins if one.account == account.address and one.protocol == protocol]
    return bool(mine) and mine[-1].accepted and not mine[-1].sure


def _stale(account: Account) -> Iterator[Statement]:
    """For receiving and for sending: why the token is not known to be new."""
    for protocol in PROTOCOLS:
        mine = [token for token in account.tokens if token.kind in (protocol, "")]
        there = [token for token in mine if token.fate is not Fate.GONE]
        if any(token.fresh for token in there):
            if old := [token for token in there if token.fate is Fate.SAME]:
                yield Statement(f"missing.token_old.{protocol}", (), _places(old, "before"), _places(old, "after"))
        elif there:
            kind = {Fate.SAME: "token_old", Fate.UNDATED: "token_undated", Fate.UNREAD: "token_unread"}[there[0].fate]
            yield Statement(f"missing.{kind}.{protocol}", (), _places(there, "before"), _places(there, "after"))
        else:
            kind = "token_gone" if listed_whole(account.pair.after[1], account.pair.after[0]) else "token_unread"
            yield Statement(f"missing.{kind}.{protocol}")


def _places(some: list[Token], side: str) -> tuple:  # type: ignore[type-arg]
    return tuple(source for token in some if (source := getattr(token, side)))


def _why_open(account: Account, missing: tuple[Statement, ...], soft: list[Failure]) -> str:
    """Which of the sentences on an open answer fits best."""
    keys = {statement.key for statement in missing}
    if all(account.password(protocol) for protocol in PROTOCOLS):
        return "plan_b"
    if not any(one.account == account.address for one in account.tries.logins) and not soft:
        return "not_tried"
    if soft and not any(key.startswith("missing.login") for key in keys):
        return "errors"
    if any(key.startswith("missing.unread") for key in keys):
        return "unread"
    return "half"


# --- control points -----------------------------------------------------------------------------------------------


def _points(account: Account, hard: list[Failure], missing: tuple[Statement, ...]) -> Iterator[Point]:
    lacking = {statement.key for statement in missing}
    for protocol in PROTOCOLS:
        login = account.accepted(protocol)
        refused = next((one for one in hard if one.protocol == protocol), None)
        source = refused.source if refused else login.source if login else None
        answer = "fail" if refused else "pass" if login else "unknown"
        yield Point(f"login_{protocol}", answer, account.address, _some(source))
    for protocol in PROTOCOLS:
        fresh = [token for token in account.tokens if token.kind in (protocol, "") and token.fresh]
        old = f"missing.token_old.{protocol}" in lacking or f"missing.token_gone.{protocol}" in lacking
        answer = "fail" if old else "pass" if fresh else "unknown"
        yield Point(f"token_{protocol}", answer, account.address, _places(fresh, "after"))
    quiet = "fail" if hard else "unknown" if missing else "pass"
    yield Point("quiet", quiet, account.address, tuple(one.source for one in hard if one.source.artifact))
