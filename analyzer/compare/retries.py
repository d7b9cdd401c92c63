"""What was tried since BEFORE: logins that Google accepted or refused, dialogs, failures that were told.

Only what is new counts; a refusal or a dialog that the account's token was written after is of the time before the
fix was finished, and says nothing about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from analyzer.citations import QUOTE_AT_MOST, cite
from analyzer.compare.passage import Passage
from analyzer.compare.tokens import Pair
from analyzer.measures import Scene
from analyzer.measures.evidence import Element, elements, instant, natural
from analyzer.measures.failure import dialogs, is_harmful
from analyzer.measures.logins import earliest, logins, of_google, owner, protocol
from analyzer.model import Source
from analyzer.tables import Evidence

PROTOCOLS = ("imap", "smtp")
_TOLD = ("reproduced", "case", "option")
_TRANSPORT = ("outlook_imap_log", "outlook_opm_log")


@dataclass(frozen=True, slots=True)
class Login:
    """One authentication that is not known to be older than BEFORE; ``accepted`` says that Google said OK.

    ``sure`` says that it is newer, and that its bytes are not in doubt. ``method`` as the log's parser tells it.
    """

    account: str | None
    protocol: str
    accepted: bool
    method: str
    at: datetime | None
    source: Source
    sure: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure since BEFORE. ``hard`` ones prove that it fails still; the others only that something went wrong.

    ``kind`` names its sentence; ``account`` is None where the record names none.
    """

    kind: str
    account: str | None
    protocol: str
    at: datetime | None
    source: Source
    hard: bool


@dataclass(frozen=True, slots=True)
class Tries:
    """All that was tried by one person since BEFORE, logins in order of time."""

    logins: tuple[Login, ...]
    failures: tuple[Failure, ...]


def tries(pair: Pair, passage: Passage) -> Tries:
    """What AFTER tells of tries that are not known to be older than BEFORE."""
    scene, evidence = pair.after
    made = tuple(_logins(scene, evidence, passage))
    failed = [*_refused(made), *_told(scene, passage), *_dialogs(scene, evidence, passage)]
    failed += [*_errors(scene, evidence, passage)]
    return Tries(made, tuple(failed))


def _logins(scene: Scene, evidence: Evidence, passage: Passage) -> Iterator[Login]:
    for login in logins(evidence, scene):
        at = earliest(scene, login)
        if login.text("answer") not in ("ok", "no", "bad") or not of_google(login) or passage.had_login(login):
            continue
        if passage.is_new(login.source, at) or passage.may_be_new(login.source, at):
            source = login.source
            yield Login(
                owner(scene, login),
                protocol(login),
                login.text("answer") == "ok",
                login.text("method"),
                at,
                _with_answer(cite(evidence, replace(source, at=at)), login),
                passage.is_new(source, at) and not evidence.doubtful(source.artifact, source.place),
            )


def _with_answer(source: Source, login: Element) -> Source:
    """The command's line, and Google's own words to it."""
    words = f"{source.quote} → {login.text('response') or login.text('answer')}"
    return replace(source, quote=words[:QUOTE_AT_MOST])


def _refused(made: tuple[Login, ...]) -> Iterator[Failure]:
    """Refusals that no later acceptance over the same protocol took back.

    Of a refusal without a certain time only its own log tells what came later: it proves nothing, and stands.
    """
    for number, login in enumerate(made):
        if not login.accepted and not any(_follows(made[number + 1 :], login)):
            yield Failure("refused", login.account, login.protocol, login.at, login.source, hard=login.sure)


def _follows(later: tuple[Login, ...], login: Login) -> Iterator[Login]:
    """Other answers to the same question that came after it; the last refusal stands for all before it."""
    for one in later:
        same = (one.account, one.protocol) == (login.account, login.protocol)
        if same and (login.at is not None or _below(one.source, login.source)):
            yield one


def _below(one: Source, other: Source) -> bool:
    """Whether a line stands further down in the same log."""
    keys = natural((one.artifact, one.place)), natural((other.artifact, other.place))
    return one.artifact == other.artifact and keys[0] > keys[1]


def _told(scene: Scene, passage: Passage) -> Iterator[Failure]:
    """A failure of true time, shifted to the machine's, that is newer than BEFORE."""
    failure = scene.failure
    if failure.basis not in _TOLD:
        return
    sources = failure.sources or (Source("", ""),)
    for at, (start, end) in zip(failure.times, failure.windows, strict=True):
        middle = start + (end - start) / 2
        if passage.later(middle):
            said = next((s for s in sources if s.at == at), sources[0])
            yield Failure("told", _only(scene), "", middle, said, hard=True)


def _dialogs(scene: Scene, evidence: Evidence, passage: Passage) -> Iterator[Failure]:
    worded = dialogs(evidence, scene.person)
    for source in (*worded, *(s for s in dialogs(evidence, scene.person, worded=False) if s not in worded)):
        if passage.may_be_new(source, source.at):
            intact = not evidence.doubtful(source.artifact, source.place)
            sure = source in worded and intact and passage.is_new(source, source.at)
            kind = "dialog" if source in worded else "dialog_unknown_wording"
            yield Failure(kind, _only(scene), "", source.at, cite(evidence, source), hard=sure)


def _errors(scene: Scene, evidence: Evidence, passage: Passage) -> Iterator[Failure]:
    """Errors that name a host of Google's or a code of the sign-in: they may have passed, so they prove no failure."""
    told = (("mail_error", "mail_error", of_google), ("office_log", "office_error", is_harmful))
    for prefix, kind, speaks in told:
        for element in elements(evidence, prefix):
            at = instant(element, scene.zone, scene.collected)
            if speaks(element) and passage.may_be_new(element.source, at):
                source = cite(evidence, Source(element.source.artifact, element.source.place, at))
                yield Failure(kind, None, protocol(element), at, source, hard=False)


def _only(scene: Scene) -> str | None:
    """The account that a record without a name is about: the only one there is."""
    return scene.accounts[0] if len(scene.accounts) == 1 else None


# --- was everything read that could tell of a failure -------------------------------------------------------------


def unread(pair: Pair, since: datetime | None) -> tuple[str, ...]:
    """The catalogue ids of what could hold a later failure, and was not read whole over all the time since then.

    Office's log of dialogs must be there; a transport log is off by default, but one that is there must be whole.
    """
    _, evidence = pair.after
    found = [] if _reaches(evidence, "oalerts_log", since) else ["oalerts_log"]
    torn = {r.member.item for r in evidence.readings if r.member.item in _TRANSPORT and not r.covered}
    denied = {o.item for o in evidence.gaps if o.item in _TRANSPORT and o.artifact is None and _kept_back(o.reason)}
    return (*found, *sorted(item for item in torn | denied if item))


def _reaches(evidence: Evidence, item: str, since: datetime | None) -> bool:
    covering = evidence.covering(item)
    return any(c.since is None or (since is not None and c.since <= since) for _, c in covering)


def _kept_back(reason: str) -> bool:
    """Whether an omission says that there was something: what is missing had nothing to tell."""
    return reason.partition(":")[0] in ("denied", "failed", "too_big")
