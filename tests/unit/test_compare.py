"""Two sides written down by hand: what counts as new, what cures, and what merely keeps the answer open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from analyzer.compare import Answer, Comparison, Judgement, Machines, Side, compare
from analyzer.measures import Inquiry, survey
from analyzer.model import (
    BundleInfo,
    Covered,
    Diagnosis,
    Gap,
    Head,
    Observation,
    Omission,
    Outcome,
    Reading,
    Refusal,
    Source,
    Stage,
    Step,
)
from tests.unit.evidence import (
    ALICE,
    CMDKEY,
    HELPDESK,
    HIVE,
    IMAP_LOG,
    IMAP_TARGET,
    MAIL,
    OALERTS,
    OTHER_MAIL,
    SMTP_TARGET,
    SYSTEM_LOG,
    Row,
    Rows,
    case,
    credential,
    dialog,
    event,
    fact,
    holding,
    log,
    login,
    observation,
    pages,
    probe,
    reading,
    section,
    setting,
    state,
    verdict,
    when,
)

OPM_LOG = "C/Users/alice/AppData/Local/Temp/Outlook Logging/opmlog.log"
OLD, MADE, WRITTEN, LATER = (
    "2025-11-01T07:00:00Z",
    "2026-03-02T09:00:00Z",
    "2026-03-02T10:00:00Z",
    "2026-03-02T12:00:00Z",
)
RECEIVED, SENT, AGAIN = "2026-03-02T10:05:00Z", "2026-03-02T10:06:00Z", "2026-03-02T11:00:00Z"
Part = Row | Reading | Gap | Rows
ALERTS = log(OALERTS, "oalerts_log")
LIST = state("credentials", "clock")
MISSING = tuple(Omission(item, "", "missing", "no such file") for item in ("outlook_imap_log", "outlook_opm_log"))


def transport(name: str, **more: Any) -> Reading:
    item = "outlook_opm_log" if name == OPM_LOG else "outlook_imap_log"
    return reading(name, item, *more.pop("covered", (Covered(),)), **more)


def tokens(written: str | None) -> tuple[Rows, Rows]:
    return credential(IMAP_TARGET, written), credential(SMTP_TARGET, written, number=1)


def sending(answer: str, at: str | None = SENT, line: int = 20, **fields: str) -> Rows:
    told = {"account": MAIL, "method": "xoauth2", "answer": answer, "server": "smtp.gmail.com"} | fields
    return section("mail_login", f"line {line}", told, artifact=OPM_LOG, at=at, user=ALICE)


def side(made: str | None, *parts: Part, sha256: str = "b", host: str | None = "PC-042", **more: Any) -> Side:
    """A bundle of Alice's, accused of a stale token, with the parts that a test gives it."""
    told = {"user_sid": ALICE, "account": MAIL} | ({"started_utc": made} if made else {})
    evidence = holding(*parts, case(**told), fact("host.sid", more.get("collector", ALICE), place="host"))
    at = when(made) if made else None
    omissions = more.get("omissions", ())
    info = BundleInfo("b", sha256 * 64, "mailscope", "ok", None, host, at, True, "off", evidence.readings, omissions)
    surveys = survey(evidence, Inquiry())
    scene = surveys[0][0]
    accused = ("stale_token",) if more.get("accused", True) else ()
    verdicts = tuple(more.get("verdicts", ()))
    accused = tuple(verdict.cause for verdict in verdicts) or accused
    diagnosis = Diagnosis(Head(Outcome.PINPOINTED, accused), verdicts, scene.person, scene.failure)
    return Side(info, diagnosis, evidence, surveys)


def before(*parts: Part, made: str | None = MADE, **more: Any) -> Side:
    return side(made, *(parts or (*tokens(OLD), dialog(), LIST, ALERTS)), **{"omissions": MISSING} | more)


usual = cache(before)


WORKING: tuple[Part, ...] = (
    *tokens(WRITTEN), login("ok", RECEIVED), sending("ok"), dialog(),
    LIST, ALERTS, transport(IMAP_LOG), transport(OPM_LOG),
)  # fmt: skip


def after(*parts: Part, made: str | None = LATER, **more: Any) -> Side:
    return side(made, *parts, sha256="a", **more)


def compared(*parts: Part, was: Side | None = None, **more: Any) -> Comparison:
    return compare(was or usual(), after(*parts, **more), pages())


def judged(*parts: Part, was: Side | None = None, **more: Any) -> Judgement:
    return next(j for j in compared(*parts, was=was, **more).judgements if j.account == MAIL)


def keys(judgement: Judgement, name: str = "missing") -> list[str]:
    return [statement.key for statement in getattr(judgement, name)]


def without(*gone: Part) -> Sequence[Part]:
    return [part for part in WORKING if part not in gone]


def test_logins_both_ways_with_new_tokens_and_quiet_logs_cure() -> None:
    found = compared(*WORKING)
    assert (found.answer, found.reason, found.machines) == (Answer.CURED, "accepted", Machines.SAME)
    assert keys(found.judgements[0]) == []


# --- what is missing ------------------------------------------------------------------------------------------------


def test_a_log_of_messages_that_is_not_there_or_begins_later_keeps_it_open() -> None:
    for some in (without(ALERTS), [*without(ALERTS), log(OALERTS, "oalerts_log", AGAIN)]):
        found = judged(*some)
        assert (found.answer, found.reason) == (Answer.CANNOT_TELL, "unread")
        assert keys(found) == ["missing.unread.oalerts_log"]


def test_another_transport_log_that_is_damaged_keeps_it_open() -> None:
    torn = transport(IMAP_LOG.replace("IMAP-1", "IMAP-2"), covered=())
    assert keys(judged(*WORKING, torn)) == ["missing.unread.outlook_imap_log"]


def test_a_transport_log_that_was_kept_back_may_hold_a_refusal() -> None:
    denied = Gap(None, "outlook_opm_log", Stage.COLLECT, "", "denied: access denied (5)")
    assert keys(judged(*WORKING, denied)) == ["missing.unread.outlook_opm_log"]
    nothing = Gap(None, "outlook_opm_log", Stage.COLLECT, "", "missing: no such file")
    assert judged(*WORKING, nothing).answer is Answer.CURED


def test_a_login_whose_own_bytes_are_in_doubt_proves_nothing() -> None:
    doubted = transport(IMAP_LOG, doubts=("line 10",))
    found = judged(*without(transport(IMAP_LOG)), doubted)
    assert (found.answer, keys(found)) == (Answer.CANNOT_TELL, ["missing.doubtful.imap"])


def test_a_login_of_which_nobody_knows_how_it_was_made_is_no_token_and_no_password() -> None:
    found = judged(*without(login("ok", RECEIVED)), login("ok", RECEIVED, method="other"))
    assert keys(found) == ["missing.login.imap"]


def test_a_password_for_one_way_alone_is_not_plan_b() -> None:
    found = judged(*without(sending("ok")), sending("ok", method="plain"))
    assert (found.reason, keys(found)) == ("half", ["missing.password.smtp"])


def test_the_token_that_one_way_needs_may_be_the_old_one_still() -> None:
    mixed = (credential(IMAP_TARGET, WRITTEN), credential(SMTP_TARGET, OLD, number=1))
    found = judged(*without(*tokens(WRITTEN)), *mixed)
    assert (found.answer, keys(found)) == (Answer.CANNOT_TELL, ["missing.token_old.smtp"])


def test_a_list_of_another_user_says_nothing_about_the_tokens() -> None:
    theirs = [*without(*tokens(WRITTEN), LIST), *(credential(IMAP_TARGET, WRITTEN, user=HELPDESK),)]
    found = judged(*theirs, state("credentials", user=HELPDESK))
    assert keys(found) == ["missing.token_unread.imap", "missing.token_unread.smtp"]


def test_a_token_that_stands_in_no_list_of_before_may_be_an_old_one() -> None:
    was = before(dialog(), ALERTS)
    printed = reading(CMDKEY, "cmdkey_list", Covered(user=ALICE))
    found = judged(*without(*tokens(WRITTEN), LIST), *tokens(None), printed, was=was)
    assert keys(found) == ["missing.token_undated.imap", "missing.token_undated.smtp"]


def test_a_token_that_no_whole_list_held_before_is_new_though_undated() -> None:
    was = before(dialog(), LIST, ALERTS)
    printed = reading(CMDKEY, "cmdkey_list", Covered(user=ALICE))
    found = judged(*without(*tokens(WRITTEN), LIST), *tokens(None), printed, was=was)
    assert found.answer is Answer.CURED
    assert "token.new" in keys(found, "proofs")


# --- new failures ---------------------------------------------------------------------------------------------------


def test_a_refusal_after_the_acceptance_is_the_last_word() -> None:
    found = judged(*WORKING, login("no", AGAIN, line=30, status="400", response="NO Invalid credentials"))
    assert (found.answer, found.reason) == (Answer.NOT_CURED, "failed.refused")
    assert "NO Invalid credentials" in found.contrary[0].after[0].quote


def test_an_acceptance_after_the_refusal_takes_it_back() -> None:
    assert judged(*WORKING, login("no", "2026-03-02T10:03:00Z", line=5)).answer is Answer.CURED


def test_a_refusal_that_stands_in_a_doubtful_line_keeps_it_open_only() -> None:
    doubted = transport(IMAP_LOG, doubts=("line 30",))
    found = judged(*without(transport(IMAP_LOG)), doubted, login("no", AGAIN, line=30))
    assert (found.answer, keys(found, "contrary")) == (Answer.CANNOT_TELL, ["failed.refused"])


def test_a_failure_before_the_token_was_written_is_of_the_time_before_the_fix() -> None:
    early = "2026-03-02T09:30:00Z"
    assert judged(*WORKING, dialog(early), login("no", early, line=3)).answer is Answer.CURED
    alone = judged(*tokens(WRITTEN), dialog(), dialog(early), LIST, ALERTS)
    assert (alone.answer, alone.reason) == (Answer.CANNOT_TELL, "not_tried")


def test_a_message_between_the_logins_leaves_the_earlier_one_unproven() -> None:
    sent_first = [*without(sending("ok")), sending("ok", "2026-03-02T10:02:00Z"), dialog("2026-03-02T10:03:00Z")]
    found = judged(*sent_first)
    assert (found.answer, keys(found)) == (Answer.CANNOT_TELL, ["missing.later.smtp"])


def test_a_message_of_unknown_wording_keeps_it_open_and_proves_no_failure() -> None:
    found = judged(*WORKING, dialog(AGAIN, "IMAP-Server antwortet nicht."))
    assert (found.answer, found.reason) == (Answer.CANNOT_TELL, "errors")
    assert keys(found, "contrary") == ["failed.dialog_unknown_wording"]


def test_a_message_names_no_account_and_so_proves_nothing_where_there_are_two() -> None:
    other = credential(IMAP_TARGET.replace("1_tp", "2_tp"), OLD, number=5, user_name=OTHER_MAIL)
    found = judged(*WORKING, other, dialog(AGAIN))
    assert (found.answer, keys(found, "contrary")) == (Answer.CANNOT_TELL, ["failed.dialog"])


def test_a_refusal_of_another_account_says_nothing_about_this_one() -> None:
    other = credential(IMAP_TARGET.replace("1_tp", "2_tp"), OLD, number=5, user_name=OTHER_MAIL)
    found = judged(*WORKING, other, login("no", AGAIN, line=30, account=OTHER_MAIL))
    assert (found.answer, keys(found, "contrary")) == (Answer.CURED, [])


def test_the_same_record_in_both_is_old_whatever_time_it_bears() -> None:
    same = dialog(AGAIN, record_id=5)
    assert judged(*WORKING, same, was=before(*tokens(OLD), dialog(), same, LIST, ALERTS)).answer is Answer.CURED


def test_an_undated_refusal_keeps_it_open_unless_before_had_it() -> None:
    undated = login("no", None, line=30, response="NO")
    assert judged(*WORKING, undated, was=before(omissions=())).answer is Answer.CANNOT_TELL
    had = before(*tokens(OLD), dialog(), LIST, ALERTS, undated, omissions=())
    assert judged(*WORKING, undated, was=had).answer is Answer.CURED


# --- steps ----------------------------------------------------------------------------------------------------------


def planned(number: int, **more: Any) -> Step:
    told: dict[str, Any] = {
        "owner": "user",
        "do": "Do it.",
        "command": None,
        "elevated": False,
        "risk": "low",
        "reversible": True,
    }
    return Step(f"stale_token.{number}", **told, backup=None, undo=None, check="Done.", **{"because": ()} | more)


def states(*parts: Part, was: Side) -> list[str]:
    return [str(check.state) for check in compared(*parts, was=was).steps]


def accusing(cause: str, *observations: Observation, fix: tuple[Step, ...], was: Sequence[Part] = ()) -> Side:
    parts = (*tokens(OLD), dialog(), LIST, ALERTS, *was)
    return before(*parts, verdicts=(verdict(cause, "confirmed", *observations, fix=fix),))


def test_an_entry_is_gone_only_from_a_list_that_was_read_to_its_end() -> None:
    was = accusing("stale_token", fix=(planned(1, target=IMAP_TARGET),))
    assert states(LIST, ALERTS, was=was) == ["verified"]
    assert states(ALERTS, was=was) == ["cannot_tell"]
    assert states(*tokens(OLD), LIST, ALERTS, was=was) == ["not_verified"]


def test_signing_in_and_sending_are_shown_by_token_and_login() -> None:
    was = accusing("stale_token", fix=(planned(1, shown_by="token", account=MAIL), planned(2, shown_by="login")))
    assert states(*WORKING, was=was) == ["verified", "verified"]
    assert states(*tokens(WRITTEN), LIST, ALERTS, was=was) == ["verified", "cannot_tell"]
    assert states(*tokens(OLD), login("no", AGAIN), LIST, ALERTS, was=was) == ["not_verified", "not_verified"]


def test_a_step_that_no_record_shows_is_asked_about() -> None:
    assert states(*WORKING, was=accusing("stale_token", fix=(planned(1),))) == ["cannot_tell"]


def of_format(name: str, kind: str) -> Reading:
    whole = reading(name, None, Covered())
    return replace(whole, member=replace(whole.member, format=kind))


OLD_RECORD = Source(SYSTEM_LOG, "record 7", when(OLD))


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (Source(HIVE, "HKCU\\X!Y"), observation("for", "strong", "absent"), ("verified", "step.changed")),
        (Source(HIVE, "HKCU\\X!Y"), observation("for", "strong", "blind"), ("cannot_tell", "step.unread")),
        (OLD_RECORD, observation("for", "strong", "absent"), ("cannot_tell", "step.record")),
        (
            Source(HIVE, "HKCU\\X!Y"),
            observation("for", "strong", sources=(Source(HIVE, "HKCU\\X!Y"),)),
            ("not_verified", "step.still"),
        ),
        (OLD_RECORD, observation("for", "strong", sources=(OLD_RECORD,)), ("cannot_tell", "step.old_record")),
    ],
    ids=["gone", "unread", "no_record_again", "still", "old_record"],
)
def test_a_state_that_its_signals_no_longer_see_verifies_a_step_and_a_log_does_not(
    was: Source, now: Observation, expected: tuple[str, str]
) -> None:
    files = (of_format(HIVE, "hive"), of_format(SYSTEM_LOG, "evtx"))
    seen = observation("for", "strong", sources=(was,))
    bad = accusing("office_policy", seen, fix=(planned(1, because=("asked",), shown_by="signals"),), was=files)
    found = compared(*WORKING, *files, was=bad, verdicts=(verdict("office_policy", "unlikely", now),))
    assert [(str(check.state), check.why[0].key) for check in found.steps] == [expected]


def test_that_something_is_there_is_no_fault_that_a_step_could_take_away() -> None:
    seen = observation("for", "context", sources=(Source(HIVE, "HKCU\\X!Y"),))
    bad = accusing("office_policy", seen, fix=(planned(1, because=("asked",), shown_by="signals"),))
    assert states(*WORKING, was=bad) == ["cannot_tell"]


SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"


def test_a_failure_before_the_restart_that_a_setting_waits_for_says_nothing_but_a_cure_is_one() -> None:
    cited = Source(HIVE, f"{SCHANNEL}!Enabled")
    off, on = (setting(SCHANNEL, "Enabled", number, at=at) for number, at in ((0, OLD), (1, WRITTEN)))
    was = accusing("tls12_disabled", observation("for", "decisive", sources=(cited,)), fix=(), was=(off,))
    started = fact("boot_utc", "2026-03-02T06:00:00Z")
    assert judged(*WORKING, on, started, was=was).answer is Answer.CURED
    failing = judged(*tokens(OLD), dialog(AGAIN), LIST, ALERTS, on, started, was=was)
    assert (failing.answer, failing.reason, keys(failing)[0]) == (Answer.CANNOT_TELL, "restart", "missing.restart")
    restarted = fact("boot_utc", "2026-03-02T10:30:00Z")
    assert judged(*tokens(OLD), dialog(AGAIN), LIST, ALERTS, on, restarted, was=was).answer is Answer.NOT_CURED


# --- clocks ---------------------------------------------------------------------------------------------------------


def measured(local: str, true: str) -> Rows:
    return probe("www.google.com", local_utc=local, http_date_utc=true)


AHEAD = measured("2026-03-05T09:00:00Z", "2026-03-02T09:00:00Z")
RIGHT = measured(LATER, LATER)


def test_a_clock_that_was_set_back_does_not_turn_the_order_around() -> None:
    was = before(*tokens(OLD), dialog("2026-03-05T08:02:00Z"), LIST, ALERTS, AHEAD, made="2026-03-05T09:00:00Z")
    found = compared(*WORKING, RIGHT, was=was)
    assert (found.answer, found.clocks.moved) == (Answer.CURED, True)
    assert found.clocks.since == when(MADE)


def test_where_the_clock_was_set_a_time_alone_does_not_make_a_login_new() -> None:
    parts = (*tokens(OLD), dialog("2026-03-05T08:02:00Z"), LIST, ALERTS, AHEAD)
    found = judged(*WORKING, RIGHT, was=before(*parts, made="2026-03-05T09:00:00Z", omissions=()))
    assert (found.answer, keys(found)) == (Answer.CANNOT_TELL, ["missing.doubtful.imap", "missing.doubtful.smtp"])


def test_clocks_that_were_moved_by_more_than_there_is_time_are_compared_all_the_same() -> None:
    first, last = "1601-03-05T09:00:00Z", "2999-03-05T09:00:00Z"
    was = before(*tokens(OLD), dialog(), LIST, ALERTS, measured(last, first))
    assert compared(*WORKING, measured(first, last), was=was).clocks.moved


def test_what_another_user_did_not_find_may_have_been_there() -> None:
    parts = (*tokens(OLD), dialog("2026-03-05T08:02:00Z"), LIST, ALERTS, AHEAD)
    was = before(*parts, made="2026-03-05T09:00:00Z", collector=HELPDESK)
    assert judged(*WORKING, RIGHT, was=was).answer is Answer.CANNOT_TELL


def test_the_newer_one_first_is_refused_and_so_is_one_bundle_twice() -> None:
    with pytest.raises(Refusal, match=r"09:00:00 UTC, before BEFORE at 2026-03-02 12:00:00 UTC"):
        compare(after(*WORKING), before(), pages())
    with pytest.raises(Refusal, match="the same bundle"):
        compare(before(), before(), pages())


def test_a_bundle_that_tells_no_time_proves_by_what_it_lacks() -> None:
    assert judged(*WORKING, was=before(made=None)).answer is Answer.CURED
    found = judged(*WORKING, was=before(made=None, omissions=()))
    assert (found.answer, keys(found)) == (Answer.CANNOT_TELL, ["missing.doubtful.imap", "missing.doubtful.smtp"])


# --- machines -------------------------------------------------------------------------------------------------------

SHARED = event("Service Control Manager", 7036, "2026-03-01T07:00:00Z", channel="System", record_id=7)


@pytest.mark.parametrize(
    ("names", "shared", "machines"),
    [
        (("PC-042", "pc-042.example.org"), False, Machines.SAME),
        (("PC-042", "PC-043"), False, Machines.TWO),
        (("PC-042", "PC-043"), True, Machines.UNKNOWN),
        (("PC-042", None), False, Machines.UNKNOWN),
        ((None, None), True, Machines.SAME),
    ],
)
def test_one_machine_is_known_by_its_name_or_by_a_record_that_both_hold(
    names: tuple[str | None, str | None], shared: bool, machines: Machines
) -> None:
    some = (SHARED,) if shared else ()
    was = before(*tokens(OLD), dialog(), LIST, ALERTS, *some, host=names[0])
    parts = [part for part in WORKING if part != dialog()]
    found = compared(*parts, *some, was=was, host=names[1])
    assert found.machines is machines
    assert (found.answer is Answer.CURED) is (machines is Machines.SAME)


def test_what_never_failed_cannot_be_cured() -> None:
    was = before(*tokens(OLD), LIST, ALERTS, accused=False)
    assert (compared(*WORKING, was=was).answer, compared(*WORKING, was=was).reason) == (
        Answer.CANNOT_TELL,
        "no_fault_before",
    )
