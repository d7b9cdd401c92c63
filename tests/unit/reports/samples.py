"""Diagnoses built by hand: what the report must be able to say, in a form a person can read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from analyzer.model import (
    Account,
    Attempt,
    BundleInfo,
    Detail,
    Diagnosis,
    Failure,
    Gap,
    Head,
    Integrity,
    Means,
    Member,
    Need,
    Observation,
    Omission,
    Outcome,
    Person,
    Reading,
    Role,
    Sight,
    Source,
    Stage,
    Status,
    Step,
    Strength,
    Verdict,
)
from analyzer.pipeline import Result, ToolInfo

ALERTS = "C/Windows/System32/winevt/Logs/OAlerts.evtx"
CREDENTIALS = "live/cmdkey_list.txt"
HIVE = "C/Users/alice/NTUSER.DAT"
SYSTEM = "C/Windows/System32/winevt/Logs/System.evtx"
STATE = "live/state.json"
IDENTITY = r"HKCU\Software\Microsoft\Office\16.0\Common\Identity\Identities\0f3c_ADAL!IdP"
TARGET = "MicrosoftOffice16_Data:OAUTH2:tp_google_imap_oauth2:alice@gmail.com"
FAILED = datetime(2026, 3, 2, 8, 2, tzinfo=UTC)
DIALOG = Source(
    ALERTS, "record 4711", FAILED, "Microsoft Outlook\nWe couldn't log on to the incoming (POP/IMAP) server."
)
STORED = Source(CREDENTIALS, "line 12", None, f"Target: LegacyGeneric:target={TARGET}")
NO_TRANSPORT_LOG = Gap(
    None, "outlook_transport_log", Stage.COLLECT, "%TEMP%\\Outlook Logging", "missing: logging is off by default"
)
SHORT_LOG = Gap(
    SYSTEM, "system_log", Stage.REACH, "before 2026-03-01", "the log reaches back to 2026-03-01 06:58 only", 0
)
TORN_LOG = Gap(ALERTS, "oalerts_log", Stage.PARSE, "chunk 3", "the checksum of the chunk is wrong", 17)


def seen(signal: str, strength: Strength, text: str, *sources: Source, means: Means = Means.FOR) -> Observation:
    """A signal that was seen with its declared strength."""
    return Observation(signal, Sight.SEEN, means, strength, strength, None, text, False, len(sources), sources)


def blind(signal: str, declared: Strength, text: str, *gaps: Gap, means: Means = Means.FOR) -> Observation:
    """A signal nothing could answer."""
    return Observation(signal, Sight.BLIND, means, Strength.CONTEXT, declared, None, text, gaps=gaps)


STALE = Verdict(
    cause="stale_token",
    family="token",
    role=Role.CAUSE,
    status=Status.LIKELY,
    title="A stored Google token is stale",
    summary="Outlook keeps presenting a Google token that Google no longer accepts, and never asks.",
    observations=(
        seen(
            "silent_failure_with_token",
            Strength.STRONG,
            "The sign-in failed at 2026-03-02 08:02 without any password prompt, and alice owns a stored Google token.",
            DIALOG,
            STORED,
        ),
        replace(
            seen("token_not_renewed", Strength.WEAK, "The token was last written 533 days before the failure.", STORED),
            declared=Strength.STRONG,
            reported=True,
        ),
        seen(
            "google_identity",
            Strength.CONTEXT,
            "An identity of provider Google is registered in Office.",
            Source(HIVE, IDENTITY, datetime(2024, 9, 14, 7, 0, 0, 120000, tzinfo=UTC), "6"),
        ),
        Observation(
            "token_rewritten",
            Sight.ABSENT,
            Means.AGAINST,
            Strength.STRONG,
            Strength.STRONG,
            None,
            "The token was rewritten after the failure.",
        ),
        blind("google_refused_token", Strength.DECISIVE, "Google answered XOAUTH2 with status 400.", NO_TRANSPORT_LOG),
        blind(
            "google_accepted_token",
            Strength.DECISIVE,
            "Google accepted XOAUTH2 after the failure.",
            NO_TRANSPORT_LOG,
            TORN_LOG,
            means=Means.AGAINST,
        ),
    ),
    fix=(
        Step(
            "stale_token.1",
            "user",
            'Remove the access of "Microsoft apps & services" in the Google account.',
            None,
            False,
            "low",
            False,
            None,
            None,
            "The entry is gone from the list of third-party access.",
            ("silent_failure_with_token",),
            account="alice@gmail.com",
        ),
        Step(
            "stale_token.2",
            "desktop_it",
            "Delete the stored Google credential.",
            f'cmdkey /delete:"{TARGET}"',
            False,
            "medium",
            True,
            'Export the key first: reg export "HKCU\\Software\\Microsoft\\Office\\16.0\\Common\\Identity" identity.reg',
            "Sign in again; Outlook stores a new token.",
            "cmdkey /list no longer shows the target.",
            ("silent_failure_with_token", "token_not_renewed"),
            account="alice@gmail.com",
            target=TARGET,
        ),
    ),
    do_not=("Do not delete identities at random.", "Do not reset the activation of Office: it does not touch Google."),
    references=("https://learn.microsoft.com/office/", "javascript:alert(1)"),
    not_this_when="The same account works in a new Windows profile.",
    account="alice@gmail.com",
    user="S-1-5-21-1-2-3-1001",
    rank=1,
)
CLOCK = Verdict(
    cause="clock_skew",
    family="clock",
    role=Role.CAUSE,
    status=Status.RULED_OUT,
    title="The computer's clock is wrong",
    summary="A clock far from true time makes certificates and tokens invalid.",
    observations=(
        seen(
            "clock_right",
            Strength.DECISIVE,
            "The clock was 1.1 s from accounts.google.com.",
            Source(STATE, "clock.samples[0]", FAILED.replace(minute=11), "offset_seconds: 1.1"),
            means=Means.AGAINST,
        ),
        blind("clock_changed", Strength.WEAK, "The clock was set since the failure.", SHORT_LOG),
    ),
    rank=3,
)
OUTDATED = Verdict(
    cause="office_outdated",
    family="office",
    role=Role.CONTRIBUTOR,
    status=Status.POSSIBLE,
    title="Outlook is outdated",
    summary="This build is older than the first one with the corrected Google sign-in.",
    observations=(
        seen(
            "old_build",
            Strength.WEAK,
            "The build is 16.0.17126.20132.",
            Source(
                "C/Windows/System32/config/SOFTWARE",
                r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration!VersionToReport",
                None,
                "16.0.17126.20132",
            ),
        ),
    ),
    fix=(
        Step(
            "office_outdated.1",
            "desktop_it",
            "Update Office.",
            "OfficeC2RClient.exe /update user",
            True,
            "low",
            False,
            None,
            None,
            "File > Account shows a build of 16.0.17531 or later.",
            ("old_build",),
        ),
    ),
    rank=2,
)
PROXY = Verdict(
    "proxy_misconfigured",
    "network",
    Role.CAUSE,
    Status.UNDETERMINED,
    "The proxy stands in the way",
    "A proxy or its script keeps Outlook from Google.",
    (
        blind(
            "proxy_refuses",
            Strength.DECISIVE,
            "The proxy refused a Google host.",
            Gap(None, "live_state", Stage.COLLECT, "", "network probes were switched off"),
        ),
    ),
    rank=4,
)


def member(name: str, digit: str, item: str, kind: str, integrity: Integrity = Integrity.MATCHES) -> Member:
    """A member whose SHA-256 is one digit 64 times."""
    return Member(name, 69632, digit * 64, integrity, item, kind)


READINGS = (
    Reading(member(HIVE, "b", "user_hive", "hive"), 214, 0, True),
    Reading(member(ALERTS, "a", "oalerts_log", "evtx"), 40, 17, False),
    Reading(member(SYSTEM, "c", "system_log", "evtx", Integrity.DIFFERS), 5120, 0, True),
    Reading(member(CREDENTIALS, "d", "cmdkey_list", "command_text", Integrity.UNLISTED), 3, 0, True),
    Reading(member(STATE, "e", "live_state", "live_state"), 88, 0, True),
)
BUNDLE = BundleInfo(
    name="INC0012345.zip",
    sha256="f" * 64,
    layout="mailscope",
    manifest="ok",
    ticket="INC0012345",
    host="PC-042",
    collected_utc=datetime(2026, 3, 2, 8, 11, 41, 2000, tzinfo=UTC),
    elevated=False,
    network="off",
    readings=READINGS,
    omissions=(
        Omission("security_log", "C:\\Windows\\System32\\winevt\\Logs\\Security.evtx", "denied", "access denied (5)"),
    ),
)
TOOL = ToolInfo("1.0.0", "0" * 64, "2026-11-22", "1")
PINPOINTED = Result(
    Diagnosis(
        head=Head(Outcome.PINPOINTED, ("stale_token",)),
        verdicts=(STALE, OUTDATED, CLOCK, PROXY),
        person=Person("S-1-5-21-1-2-3-1001", "alice", "console"),
        failure=Failure("dialog", (FAILED,), ((FAILED, FAILED),), (DIALOG,)),
        accounts=(
            Account(
                "alice@gmail.com",
                "S-1-5-21-1-2-3-1001",
                (TARGET,),
                (STORED,),
                Head(Outcome.PINPOINTED, ("stale_token",)),
            ),
        ),
        attempts=(Attempt(FAILED, None, "alice@gmail.com", "google_page", False, (DIALOG,)),),
        machine=(Detail("office_build", "16.0.17126.20132", ()), Detail("time_zone", "Romance Standard Time", ())),
        gaps=(NO_TRANSPORT_LOG, TORN_LOG, SHORT_LOG),
        needs=(
            Need(
                "outlook_transport_log",
                "reg add HKCU\\Software\\Microsoft\\Office\\16.0\\Outlook\\Options\\Mail /v EnableLogging /d 1",
                "Please switch on Outlook's transport log, try once more to add the account, and send a new bundle.",
                ("stale_token",),
            ),
        ),
        contributors=("office_outdated",),
        blinds={
            NO_TRANSPORT_LOG: ("stale_token.google_refused_token", "stale_token.google_accepted_token"),
            TORN_LOG: ("stale_token.google_accepted_token",),
            SHORT_LOG: ("clock_skew.clock_changed",),
        },
    ),
    BUNDLE,
    TOOL,
)


def with_diagnosis(**changes: Any) -> Result:
    """The pinpointed result with parts of its diagnosis replaced."""
    return replace(PINPOINTED, diagnosis=replace(PINPOINTED.diagnosis, **changes))


SEVERAL = with_diagnosis(
    head=Head(Outcome.SEVERAL, ("stale_token", "clock_skew")),
    verdicts=(
        replace(STALE, status=Status.CONFIRMED),
        replace(CLOCK, status=Status.CONFIRMED, rank=2),
        replace(OUTDATED, rank=3),
        PROXY,
    ),
)
UNDETERMINED = with_diagnosis(
    head=Head(Outcome.UNDETERMINED, ()),
    verdicts=(replace(STALE, status=Status.UNDETERMINED, rank=1), replace(PROXY, rank=2), replace(CLOCK, rank=3)),
    contributors=(),
    attempts=(),
    accounts=(),
    failure=Failure(),
    person=Person(None, None),
)
NO_FAULT = with_diagnosis(
    head=Head(Outcome.NO_FAULT_FOUND, ()),
    verdicts=(replace(CLOCK, rank=1), replace(STALE, status=Status.UNLIKELY, rank=2)),
    contributors=(),
    attempts=(),
    gaps=(),
    needs=(),
    blinds={},
    failure=Failure(),
)

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31mred\u202efdp.exe\u2066\ud800\"'{{7*7}}`=cmd|calc"
)


def hostile() -> Result:
    """The pinpointed result in which everything a bundle or a foreign knowledge folder can say is hostile."""
    source = Source(HOSTILE, HOSTILE, FAILED, HOSTILE * 10_000)
    gap = Gap(HOSTILE, HOSTILE, Stage.PARSE, HOSTILE, HOSTILE, 3)
    first = STALE.observations[0]
    verdict = replace(
        STALE,
        cause="stale_token",
        title=HOSTILE,
        summary=HOSTILE,
        not_this_when=HOSTILE,
        account=HOSTILE,
        user=HOSTILE,
        do_not=(HOSTILE,),
        references=(HOSTILE, "javascript:alert(1)", "data:text/html,<b>", "JaVaScRiPt:alert(1)"),
        observations=(
            replace(first, signal=HOSTILE, text=HOSTILE * 10_000, sources=(source,)),
            blind(HOSTILE, Strength.STRONG, HOSTILE, gap),
        ),
        fix=(
            Step(
                HOSTILE,
                "user",
                HOSTILE,
                HOSTILE,
                True,
                "high",
                False,
                HOSTILE,
                HOSTILE,
                HOSTILE,
                (HOSTILE,),
                HOSTILE,
                HOSTILE,
            ),
        ),
    )
    readings = (Reading(member(HOSTILE, "9", "other", "evtx"), 1, 0, True),)
    omission = Omission(HOSTILE, HOSTILE, "denied", HOSTILE)
    bundle = replace(BUNDLE, name=HOSTILE, host=HOSTILE, ticket=HOSTILE, readings=readings, omissions=(omission,))
    diagnosis = replace(
        PINPOINTED.diagnosis,
        verdicts=(verdict,),
        person=Person(HOSTILE, HOSTILE, "console"),
        accounts=(Account(HOSTILE, HOSTILE, (HOSTILE,), (source,), Head(Outcome.PINPOINTED, ("stale_token",))),),
        attempts=(Attempt(FAILED, FAILED, HOSTILE, "window", None, (source,)),),
        machine=(Detail(HOSTILE, HOSTILE, (source,)),),
        gaps=(gap,),
        needs=(Need(HOSTILE, HOSTILE, HOSTILE, (HOSTILE,)),),
        contributors=(HOSTILE,),
        blinds={gap: (HOSTILE,)},
        failure=Failure("dialog", (FAILED,), (), (source,)),
    )
    return replace(PINPOINTED, diagnosis=diagnosis, bundle=bundle)
