"""What happened, to whom, and when: attempts, accounts, machine, timeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from analyzer.model import Account, Attempt, Source, Trace
from reports.page import badges
from reports.page.blocks import Badge, Block, Cell, Code, Moment, Pairs, Prose, Section, Side, Strip, Table
from reports.page.draft import Draft
from reports.page.inert import anchor, inert, moment, offset, quoted
from reports.page.ledger import on

STATIONS = ("window", "google_page", "consent", "token_stored", "imap", "smtp")
_TIMELINE_ROWS = 120
_TOKENS = {"token_refused", "token_accepted", "token_written"}
_TRACES = 20


def attempts(draft: Draft) -> Section:
    """Each try to sign in, with the station where it broke."""
    words = draft.words
    strips: tuple[Block, ...] = tuple(
        _strip(draft, n, attempt) for n, attempt in enumerate(draft.diagnosis.attempts, 1)
    )
    return Section("attempts", words("section.attempts"), strips or (Prose(words("attempts.none")),))


def _strip(draft: Draft, number: int, attempt: Attempt) -> Strip:
    words = draft.words
    span = moment(attempt.at) + (f" – {moment(attempt.until)}" if attempt.until else "")
    prompt = {True: "value.yes", False: "value.no", None: "value.unknown"}[attempt.prompt_reached]
    notes = [(words("attempts.prompt"), words(prompt))]
    if attempt.account:
        notes.insert(0, (words("fact.account"), inert(attempt.account)))
    name = anchor("attempt", str(number))
    return Strip(
        name,
        span,
        _stations(draft, attempt),
        tuple(notes),
        draft.cite(name, attempt.sources),
        tuple(_moment(draft, trace, attempt.until or attempt.at) for trace in attempt.traces[:_TRACES]),
        words.count("rows.more", left) if (left := len(attempt.traces) - _TRACES) > 0 else "",
    )


def _moment(draft: Draft, trace: Trace, end: datetime) -> Moment:
    """When it happened and what it was; what a person said is quoted, its time is not that of the machine."""
    words, at = draft.words, trace.source.at
    told = words(f"trace.{trace.kind}")
    if trace.kind == "reported":
        return Moment(
            "", "", words("value.pair", name=told, value=quoted(trace.source.quote.removeprefix("reported.")))
        )
    told = words("value.pair", name=told, value=inert(trace.account)) if trace.account else told
    if at is None:
        return Moment("", "", told)
    # a told time is true time, and the end is the machine's
    return Moment(moment(at), "" if trace.kind == "told" else offset(at - end), told)


def _stations(draft: Draft, attempt: Attempt) -> tuple[Badge, ...]:
    """Each station with what is known of it; nothing is claimed where it is not known."""
    broke_at = attempt.broke_at
    if broke_at not in STATIONS:
        return tuple(badges.station(draft.words, name, "unknown") for name in STATIONS)
    broken = STATIONS.index(broke_at)
    before = tuple(_passed(name, attempt) for name in STATIONS[:broken])
    states = (*before, "broke", *("unreached",) * (len(STATIONS) - broken - 1))
    return tuple(badges.station(draft.words, name, state) for name, state in zip(STATIONS, states, strict=True))


def _passed(name: str, attempt: Attempt) -> str:
    """What the broken station tells of an earlier one.

    One page of the sign-in needs the one before it. A server, though, may have been shown an old token, for which
    no page was opened at all, or a password, for which there is no token either.
    """
    prompt_reached, kinds = attempt.prompt_reached, {trace.kind for trace in attempt.traces}
    if attempt.broke_at not in ("imap", "smtp") or name == "imap":
        return "passed"
    if name == "token_stored":
        return "passed" if kinds & _TOKENS else "unreached" if "password_refused" in kinds else "unknown"
    if prompt_reached is None or (prompt_reached and name != "window"):
        return "unknown"
    return "passed" if prompt_reached else "unreached"


def accounts(draft: Draft) -> Section:
    """The Google accounts with the verdict of each, and the machine."""
    words = draft.words
    found = draft.diagnosis.accounts
    columns = tuple(words(f"accounts.{name}") for name in ("account", "user", "verdict", "targets", "sources"))
    rows = tuple(_account(draft, n, account) for n, account in enumerate(found, 1))
    table: Block = Table(words("accounts.caption"), columns, rows) if rows else Prose(words("accounts.none"))
    machine = tuple(
        (inert(words.known("machine", detail.name)), inert(detail.value)) for detail in draft.diagnosis.machine
    )
    return Section("accounts", words("section.accounts"), (table, Pairs(machine)) if machine else (table,))


def _account(draft: Draft, number: int, account: Account) -> tuple[Cell, ...]:
    return (
        inert(account.address),
        inert(account.user or draft.words("value.unknown")),
        draft.sentence(account.head, account.address),
        Code(" · ".join(inert(target) for target in account.targets)) if account.targets else draft.words("value.none"),
        draft.cite(anchor("account", str(number)), account.sources[:3]),
    )


def timeline(draft: Draft) -> Section:
    """Everything that is cited and has a time, failures among it, as the machine's clock wrote it."""
    words = draft.words
    moments = sorted(_moments(draft), key=lambda one: (one[0], one[1], one[2].artifact, one[2].place, one[2].quote))
    rows = tuple(_timeline_row(draft, n, one) for n, one in enumerate(moments[-_TIMELINE_ROWS:], 1))
    if not rows:
        return Section("timeline", words("section.timeline"), (Prose(words("timeline.none")),))
    columns = (words("timeline.at"), words("timeline.what"), words("timeline.source"))
    left = len(moments) - len(rows)
    table = Table(words("timeline.caption"), columns, rows, words.count("timeline.more", left) if left else "")
    return Section("timeline", words("section.timeline"), (Prose(words("timeline.clock"), "note"), table))


def _moments(draft: Draft) -> set[tuple[datetime, str, Source]]:
    """Time, what it tells, and the source; each once however many causes cite it."""
    words, found = draft.words, set()
    for at in draft.diagnosis.failure.times:
        found.add((at, words("timeline.failure"), Source("", "")))
    for attempt in draft.diagnosis.attempts:
        found.add((attempt.at, words("timeline.attempt"), Source("", "")))
    for verdict in draft.diagnosis.verdicts:
        for side in (Side.FOR, Side.AGAINST, Side.CONTEXT):
            for observation in on(verdict, side):
                found |= {(source.at, inert(observation.text), source) for source in observation.sources if source.at}
    return found


def _timeline_row(draft: Draft, number: int, one: tuple[datetime, str, Source]) -> tuple[Cell, ...]:
    at, text, source = one
    # the time stands in the row already
    cited = draft.cite(anchor("time", str(number)), (replace(source, at=None),)) if source.artifact else ()
    return (moment(at), quoted(text), cited)
