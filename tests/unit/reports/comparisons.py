"""Comparisons built by hand over the sample diagnoses: one that is cured, one that fails, one of hostile texts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from analyzer.compare import (
    Answer,
    Change,
    Clocks,
    Comparison,
    Judgement,
    Machines,
    Move,
    Point,
    Statement,
    StepCheck,
    StepState,
    Tally,
)
from analyzer.model import Source, Status
from analyzer.pipeline import Result
from tests.unit.reports import samples
from tests.unit.reports.samples import DIALOG, HOSTILE, NO_FAULT, PINPOINTED, STATE, TARGET

MADE = datetime(2026, 3, 2, 8, 12, tzinfo=UTC)
LOG = "C/Users/alice/AppData/Local/Temp/Outlook Logging/IMAP-alicegmailcom-03_02_2026-11_05_00_001.log"
ACCEPTED = Source(LOG, "line 6", MADE + timedelta(hours=2), "b2ym AUTHENTICATE XOAUTH2 → OK Success")
WRITTEN = Source(
    STATE, "credentials[0]", MADE + timedelta(hours=1), "credentials.last_written_utc = 2026-03-02 09:12:00 UTC"
)


@dataclass(frozen=True)
class Compared:
    """A comparison with both results."""

    found: Comparison
    before: Result
    after: Result


def _later(result: Result) -> Result:
    return replace(result, bundle=replace(result.bundle, name="later.zip", sha256="1" * 64))


_PROOFS = (
    Statement("accepted.imap", after=(ACCEPTED,)),
    Statement("token.renewed", (("target", TARGET),), (replace(WRITTEN, at=None),), (WRITTEN,)),
)
_CURED = Judgement("alice@gmail.com", None, Answer.CURED, "accepted", _PROOFS)
CURED = Compared(
    Comparison(
        Answer.CURED,
        "accepted",
        Machines.SAME,
        "names",
        Clocks(MADE, MADE + timedelta(hours=4), 1.5, -0.3, MADE, moved=False),
        (_CURED,),
        (Point("login_imap", "pass", "alice@gmail.com", (ACCEPTED,)), Point("search_coherent", "ask")),
        (
            StepCheck("stale_token", "alice@gmail.com", None, "stale_token.1", StepState.VERIFIED, _PROOFS[1:]),
            StepCheck("clock_skew", None, None, "gone.1", StepState.CANNOT_TELL, (Statement("step.no_trace"),)),
        ),
        (Move("stale_token", None, Status.LIKELY, Status.RULED_OUT), Move("proxy_misconfigured", None, None, None)),
        (
            Change("credential", TARGET, "listed", None, (), WRITTEN, None),
            Change("setting", r"HKCU\Software\X!Y", "ab" * 40, "1", ("stale_token",), WRITTEN, WRITTEN),
            Change("proxy", "proxy_configured (WinHTTP)", None, "proxy:8080", ("stale_token",)),
        ),
        (Tally("Microsoft Office 16 Alerts", 300, 2, 3, 1),),
        (),
        (samples.TORN_LOG,),
    ),
    PINPOINTED,
    _later(NO_FAULT),
)
_FAILED = Judgement(
    "alice@gmail.com",
    None,
    Answer.NOT_CURED,
    "failed.dialog",
    contrary=(Statement("failed.dialog", after=(replace(DIALOG, at=MADE),)),),
)
FAILS = replace(
    CURED,
    found=replace(CURED.found, answer=Answer.NOT_CURED, reason="failed.dialog", judgements=(_FAILED,)),
    after=_later(PINPOINTED),
)
_BAIT = Source(HOSTILE, HOSTILE, MADE, HOSTILE * 1000)
_SAID = Statement("token.new", (("target", HOSTILE * 1000),), (_BAIT,), (_BAIT,))
_OPEN = Judgement(
    HOSTILE, HOSTILE, Answer.CANNOT_TELL, "half", (_SAID,), (Statement("failed.refused", (("protocol", HOSTILE),)),),
    (
        Statement("missing.login.smtp"),
        Statement("missing.restart", (("setting", HOSTILE),)),
        Statement("missing.unread.oalerts_log"),
    ),
)  # fmt: skip
HOSTILE_TEXTS = Compared(
    replace(
        CURED.found,
        answer=Answer.CANNOT_TELL,
        reason="half",
        judgements=(_OPEN, replace(_OPEN, account=None)),
        points=(Point("login_imap", "fail", HOSTILE, (_BAIT,)),),
        steps=(StepCheck(HOSTILE, HOSTILE, HOSTILE, HOSTILE, StepState.NOT_VERIFIED, (_SAID,)),),
        moves=(Move(HOSTILE, HOSTILE, Status.CONFIRMED, None),),
        changes=(Change("setting", HOSTILE, HOSTILE * 1000, HOSTILE, (HOSTILE,), _BAIT, _BAIT),),
        events=(Tally(HOSTILE, 1, 2, 3, None),),
    ),
    samples.hostile(),
    _later(samples.hostile()),
)
TWO = replace(
    CURED,
    found=replace(
        CURED.found,
        answer=Answer.CANNOT_TELL,
        reason="two_machines",
        machines=Machines.TWO,
        judgements=(),
        points=(),
        steps=(),
    ),
)
ALL = {"cured": CURED, "fails": FAILS, "hostile": HOSTILE_TEXTS, "two": TWO}
