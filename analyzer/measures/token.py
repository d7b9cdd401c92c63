"""The state of a Google token: what Google answered to it, how old it was at the failure, whether it was renewed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from operator import itemgetter

from analyzer.measures.accounts import token_kind
from analyzer.measures.consents import mailbox_of
from analyzer.measures.evidence import Element, Fact, Scene, elements, instant
from analyzer.measures.failure import NEAR
from analyzer.measures.logins import after_failure, earliest, latest, logins, owner, protocol
from analyzer.model import Source
from analyzer.tables import Evidence

# Failures that an attempt of Outlook itself left behind; a reported time is not one.
_ATTEMPTED = ("reproduced", "dialog", "dialog_unknown_wording", "log")
# when, and whose login it was
_Refusal = tuple[datetime, str | None]
_NO_TEXT = ("", "unknown", "no", "none")
_SHOWN = (
    ("sign_in_window", ("shown",)),
    ("consent_offered", ("yes",)),
)


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """What became of each account's token before, at and after the failure."""
    pages = tuple(_pages(evidence))
    yield from pages
    yield from _answers(evidence, scene)
    yield from _ages(evidence, scene)
    if scene.failure.known and not pages:
        yield from _silent(evidence, scene)


def _pages(evidence: Evidence) -> Iterator[Fact]:
    """A Google page that somebody saw: the flow got past the stored token. A prompt may be Outlook's own."""
    for said in elements(evidence, "reported"):
        for key, shown in _SHOWN:
            if said.text(key).strip().lower() in shown:
                yield Fact("google_page_reached", (said.source,), None, key)
        if said.text("google_page_text").strip().lower() not in _NO_TEXT:
            yield Fact("google_page_reached", (said.source,), None, "google_page_text")


# --- what Google answered -----------------------------------------------------------------------------------------


def _answers(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The last word on each account's token, and whether the token is another one since."""
    words = _last_words(evidence, scene)
    for account, login in sorted(words.items()):
        yield from _last_word(scene, account or None, login)
    for address in scene.accounts or (None,):
        refusals = tuple(_refusals(evidence, scene, words, address))
        yield from _replaced(scene, address, refusals)


def _last_words(evidence: Evidence, scene: Scene) -> dict[str, Element]:
    """The last login with a token that Google accepted or refused, by account, empty where nobody is named.

    Logins are taken in the order of their log; a refusal that a later acceptance follows is no longer true.
    """
    words: dict[str, Element] = {}
    for login in logins(evidence, scene):
        if login.text("method") == "xoauth2" and (_accepted(login) or _refused(login)):
            words[owner(scene, login) or ""] = login
    return words


def _accepted(login: Element) -> bool:
    return login.text("answer") == "ok"


def _refused(login: Element) -> bool:
    """Whether Google refused the token itself; a NO for another reason takes nothing back."""
    return login.text("answer") == "no" and login.text("oauth_status") == "400"


def _last_word(scene: Scene, account: str | None, login: Element) -> Iterator[Fact]:
    """A success that names no account is nobody's where there are several: it must not acquit the others."""
    if _refused(login):
        status = login.text("oauth_status")
        yield Fact("oauth_refused", (login.source,), account, status, None, login.source.at, login.user)
    elif (account or len(scene.accounts) < 2) and after_failure(scene, earliest(scene, login)):
        yield Fact("oauth_accepted", (login.source,), account, "ok", None, login.source.at, login.user)


# --- whether what was refused is still there ----------------------------------------------------------------------


def _refusals(
    evidence: Evidence, scene: Scene, words: Mapping[str, Element], account: str | None
) -> Iterator[tuple[str, datetime | None, Source]]:
    """The refusals of one account's token that stand: protocol, or empty for all, the latest time, and the source."""
    for named, login in words.items():
        if _refused(login) and (account is None or named in (account, "")):
            yield protocol(login), latest(scene, login), login.source
    for line in elements(evidence, "office_log"):
        refused = "invalid_grant" in line.texts.get("oauth_error", ()) and (line.user is None or scene.mine(line.user))
        another = "@" in (line.subject or "") and account is not None and (line.subject or "").lower() != account
        if refused and not another:
            yield "", line.source.at, line.source


def _replaced(
    scene: Scene, account: str | None, refusals: tuple[tuple[str, datetime | None, Source], ...]
) -> Iterator[Fact]:
    """A token that was written anew since each refusal: what Google refused was the one before.

    A write within minutes of the refusal belongs to the same attempt; a refusal without a certain time may be newer.
    """
    newest: list[tuple[datetime, Fact]] = []
    for kind, at, _ in refusals:
        written = _newest(scene, "google_credential", kind).get(account)
        if at is None or written is None or written[0] <= at + NEAR:
            return
        newest.append(written)
    if newest:
        first, fact = min(newest, key=lambda pair: pair[0])
        sources = {*fact.sources, *(source for *_, source in refusals)}
        last = max(at for _, at, _ in refusals if at)
        hours = (first - last).total_seconds() / 3600
        cited = tuple(sorted(sources, key=lambda s: (s.artifact, s.place)))
        yield Fact("refused_token_replaced", cited, account, None, hours, first, fact.user)


# --- how old it is ------------------------------------------------------------------------------------------------


def _ages(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Hours between a token's last write and the failures, where an attempt of Outlook for that account is known."""
    if not scene.failure.known:
        return
    failed = _failed(evidence, scene)
    middles = [start + (end - start) / 2 for start, end in scene.failure.windows]
    for account, written, source, user in _written(scene):
        before, after = (min(middles) - written), (written - max(middles))
        attempted = scene.failure.basis in _ATTEMPTED and (account is None or account in failed)
        if before > timedelta(0) and attempted:
            yield Fact("token_age_h", (source,), account, None, before.total_seconds() / 3600, written, user)
        if written > max(end for _, end in scene.failure.windows):
            hours = after.total_seconds() / 3600
            yield Fact("token_renewed_after_h", (source,), account, None, hours, written, user)


def _written(scene: Scene) -> Iterator[tuple[str | None, datetime, Source, str | None]]:
    """The newest write of each account's token; of its identity only where no credential is dated."""
    newest = _newest(scene, "google_identity") | _newest(scene, "google_credential")
    for account, (written, fact) in newest.items():
        yield account, written, fact.sources[0], fact.user


def _newest(scene: Scene, name: str, kind: str = "") -> dict[str | None, tuple[datetime, Fact]]:
    """Each account's trace of that name that was written last, with the time; of one protocol's tokens if asked."""
    dated = [(fact.at, fact) for fact in scene.traces if fact.name == name and fact.at and _serves(fact, kind)]
    return {fact.subject: (at, fact) for at, fact in sorted(dated, key=lambda pair: pair[0])}


def _serves(fact: Fact, kind: str) -> bool:
    return not kind or token_kind(fact.value or "") in (kind, "")


# --- the silent failure -------------------------------------------------------------------------------------------


def _silent(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """A failure without any window, on a machine that holds the account's token.

    Whether somebody said that no window came, or nothing in the bundle could have shown one, are two statements.
    """
    said = [e.text(key) for e in elements(evidence, "reported") for key in ("password_prompt", "sign_in_window")]
    answers = {answer.strip().lower() for answer in said}
    if "yes" in answers:
        return
    denied = bool(answers & {"no", "none"})
    name = "silent_failure_with_token" if denied else "silent_failure_unobserved"
    at = max(scene.failure.times)
    for account in _failed(evidence, scene) if scene.accounts else (None,):
        if trace := _trace(evidence, scene, account):
            sources = tuple(sorted({*scene.failure.sources[-1:], *trace.sources}, key=lambda s: (s.artifact, s.place)))
            yield Fact(name, sources, account, trace.value, None, at, trace.user)


def _failed(evidence: Evidence, scene: Scene) -> tuple[str, ...]:
    """The accounts that the failures can be about: those the case names, where the machine knows them.

    Else those that a log shows refused, where it does so near each failure; else all.
    """
    told = evidence.named("case.account")["value"].drop_nulls()
    named = {mailbox_of(account) for account in told}
    known = {mailbox_of(trace.subject) for trace in scene.traces if trace.subject}
    if theirs := tuple(account for account in scene.accounts if mailbox_of(account) in named & known):
        return theirs
    turned_away = [login for login in logins(evidence, scene) if login.text("answer") in ("no", "bad")]
    instants = ((instant(login, scene.zone, scene.collected), owner(scene, login)) for login in turned_away)
    dated = sorted(((at, whose) for at, whose in instants if at), key=itemgetter(0))
    refused = [{whose for _, whose in _between(dated, start, end)} for start, end in scene.failure.windows]
    if not all(refused) or any(None in near for near in refused):
        return scene.accounts
    return tuple(account for account in scene.accounts if any(account in near for near in refused))


def _between(dated: list[_Refusal], start: datetime, end: datetime) -> list[_Refusal]:
    first = bisect_left(dated, start, key=itemgetter(0))
    return dated[first : bisect_right(dated, end, lo=first, key=itemgetter(0))]


def _trace(evidence: Evidence, scene: Scene, account: str | None) -> Fact | None:
    """The account's token, else its identity; one whose bytes are not in doubt if there is a choice."""
    theirs = [
        fact
        for fact in scene.traces
        if fact.name in ("google_credential", "google_identity")
        and (account is None or fact.subject in (account, None))
    ]
    theirs.sort(key=lambda f: (evidence.doubtful(f.sources[0].artifact, f.sources[0].place), f.name, f.value or ""))
    return next(iter(theirs), None)
