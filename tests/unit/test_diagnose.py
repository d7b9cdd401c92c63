"""From observations to verdicts: each row of the tables of verdicts, and how causes are weighed against each other."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer import knowledge
from analyzer.diagnose import ESSENTIAL, accounts, blinded, conclude, contributors, counts, judge, rank, weigh
from analyzer.knowledge import Judges
from analyzer.measures import Inquiry, survey
from analyzer.model import (
    Covered,
    Diagnosis,
    Failure,
    Gap,
    Head,
    Means,
    Observation,
    Outcome,
    Reading,
    Role,
    Stage,
    Status,
    Strength,
    Verdict,
)
from analyzer.pipeline import diagnose
from analyzer.tables import Evidence
from tests.unit.evidence import (
    ALICE,
    BOB,
    CMDKEY,
    FAILED,
    IMAP_TARGET,
    MAIL,
    OALERTS,
    OTHER_MAIL,
    SYSTEM_LOG,
    Row,
    asking,
    case,
    credential,
    dialog,
    event,
    fact,
    failed,
    holding,
    identity,
    log,
    login,
    observation,
    page,
    pages,
    reading,
    reported,
    scene,
    setting,
    state,
    step,
    user_hive,
    verdict,
)

# --- one cause ----------------------------------------------------------------------------------------------------

# the table of verdicts, row by row: decisive for, decisive against, strong for, strong against, weak for; a dot is
# an empty cell of the table, which stands for either
TABLE = {
    "yes no . . .": "confirmed",
    "no yes . . .": "ruled_out",
    "yes yes . . .": "contradictory",
    "no no yes no .": "likely",
    "no no yes yes .": "possible",
    "no no no yes .": "unlikely",
    "no no no no yes": "possible",
    "no no no no no": "unlikely",
}
KINDS = (("for", "decisive"), ("against", "decisive"), ("for", "strong"), ("against", "strong"), ("for", "weak"))
ROWS = [
    (cells, status)
    for pattern, status in TABLE.items()
    for cells in product(*[("yes", "no") if cell == "." else (cell,) for cell in pattern.split()])
]


def answers(cells: tuple[str, ...]) -> list[Observation]:
    """One observation for each yes, and for each no one that was looked for in vain."""
    return [
        observation(means, strength, "seen" if cell == "yes" else "absent", signal=f"{means}_{strength}")
        for cell, (means, strength) in zip(cells, KINDS, strict=True)
    ]


def test_the_table_answers_every_combination_once() -> None:
    assert sorted(cells for cells, _ in ROWS) == sorted(product(("yes", "no"), repeat=5))


@pytest.mark.parametrize("core", ["absent", "blind"])
@pytest.mark.parametrize(("cells", "status"), ROWS, ids=lambda part: part if isinstance(part, str) else "-".join(part))
def test_the_verdict_on_a_cause_follows_the_table(cells: tuple[str, ...], status: str, core: str) -> None:
    nothing = set(cells) == {"no"}
    expected = "undetermined" if nothing and core == "blind" else status
    asked = [*answers(cells), observation("for", "context", core, signal="core")]
    assert weigh(asked, ("core",)) == expected


def test_only_a_core_signal_makes_a_cause_undetermined() -> None:
    blind = [observation("for", "decisive", "blind", signal="other"), observation("for", "strong", "absent")]
    assert weigh(blind, ("asked",)) is Status.UNLIKELY
    assert weigh(blind, ("asked", "other")) is Status.UNDETERMINED


@given(st.integers(1, 40))
def test_no_number_of_weak_signals_makes_a_cause_likely(number: int) -> None:
    weak = [observation("for", "weak", signal=f"s{n}", group=f"g{n}") for n in range(number)]
    assert weigh(weak, ()) is Status.POSSIBLE


@pytest.mark.parametrize("means", ["for", "against"])
def test_context_is_never_counted(means: str) -> None:
    context = observation(means, "context", declared="strong")
    assert weigh([context], ()) is Status.UNLIKELY
    assert counts(verdict("c", "unlikely", context)) == (0, 0, 0)


@pytest.mark.parametrize("sight", ["absent", "blind"])
def test_what_was_not_seen_does_not_speak(sight: str) -> None:
    assert weigh([observation("for", "decisive", sight), observation("against", "strong", sight)], ()) == "unlikely"


def test_signals_of_one_group_count_once_by_the_strongest() -> None:
    one = verdict(
        "c",
        "likely",
        observation("for", "weak", group="g"),
        observation("for", "strong", group="g"),
        observation("for", "strong", group="g"),
        observation("for", "strong", group="h"),
        observation("for", "strong"),
        observation("for", "strong"),
        observation("for", "weak", "absent"),
        observation("against", "decisive"),
    )
    assert counts(one) == (0, 4, 0)


# --- rank ---------------------------------------------------------------------------------------------------------


def test_verdicts_are_ranked_by_status_then_counts_then_id() -> None:
    strong, weak = observation("for", "strong"), observation("for", "weak")
    expected = [
        verdict("z", "confirmed", observation("for", "decisive")),
        verdict("y", "contradictory"),
        verdict("x", "likely", strong, strong),
        verdict("b", "likely", strong, weak),
        verdict("a", "likely", strong),
        verdict("w", "likely", strong),
        verdict("v", "possible"),
        verdict("u", "undetermined"),
        verdict("t", "unlikely"),
        verdict("s", "ruled_out"),
    ]
    ranked = rank(reversed(expected))
    assert [v.cause for v in ranked] == [v.cause for v in expected]
    assert [v.rank for v in ranked] == list(range(1, 11))


@given(st.permutations(range(6)))
def test_rank_is_a_total_order(order: list[int]) -> None:
    same = [verdict("c", "likely", account=a, user=u) for a in (None, MAIL, OTHER_MAIL) for u in (ALICE, BOB)]
    assert rank(same[n] for n in order) == rank(same)


# --- the bundle ---------------------------------------------------------------------------------------------------


def head(*statuses: str, failure_known: bool = True, role: str = "cause", also: tuple[Verdict, ...] = ()) -> Head:
    """The verdict over causes a, b, c … of these statuses."""
    found = [verdict(name, status, role=role) for name, status in zip("abcdef", statuses, strict=False)]
    return conclude(rank([*found, *also]), failure_known=failure_known)


@pytest.mark.parametrize(
    ("statuses", "outcome", "causes"),
    [
        ("confirmed", "pinpointed", "a"),
        ("likely confirmed contradictory", "pinpointed", "b"),
        ("likely possible unlikely", "pinpointed", "a"),
        ("confirmed likely confirmed", "several", "a c"),
        ("likely likely", "several", "a b"),
        ("likely contradictory", "several", "b a"),
        ("contradictory contradictory", "several", "a b"),
        ("contradictory possible", "undetermined", ""),
        ("possible possible", "undetermined", ""),
        ("undetermined unlikely", "undetermined", ""),
        ("ruled_out ruled_out", "undetermined", ""),
    ],
)
def test_the_verdict_of_the_bundle_follows_from_the_causes(statuses: str, outcome: str, causes: str) -> None:
    assert head(*statuses.split()) == Head(Outcome(outcome), tuple(causes.split()))


def test_a_cause_counts_once_by_its_best_status_over_all_accounts() -> None:
    found = rank([verdict("a", s, account=m) for s, m in (("likely", MAIL), ("ruled_out", OTHER_MAIL))])
    assert conclude(found, failure_known=True) == Head(Outcome.PINPOINTED, ("a",))
    twice = rank([verdict("a", "likely", account=m) for m in (MAIL, OTHER_MAIL)])
    assert conclude(twice, failure_known=True) == Head(Outcome.PINPOINTED, ("a",))


def essential(**more: str) -> tuple[Verdict, ...]:
    """The four causes that must be judged before nothing was found, all unlikely unless told."""
    return tuple(verdict(name, more.get(name, "unlikely")) for name in ESSENTIAL)


def test_the_four_essential_causes_are_token_webview2_proxy_and_clock() -> None:
    assert sorted(ESSENTIAL) == ["clock_skew", "proxy_misconfigured", "stale_token", "webview2_missing"]


def test_nothing_is_wrong_when_the_four_were_judged_no_failure_is_known_and_nothing_is_above_possible() -> None:
    found = head("undetermined", "possible", failure_known=False, also=essential())
    assert found == Head(Outcome.NO_FAULT_FOUND, ())


def test_a_known_failure_is_a_fault_even_if_nothing_explains_it() -> None:
    assert head("unlikely", failure_known=True, also=essential()).status is Outcome.UNDETERMINED


@pytest.mark.parametrize("blind", ESSENTIAL)
def test_one_unread_essential_cause_leaves_the_bundle_undetermined(blind: str) -> None:
    unread = tuple(verdict(name, "possible", core_read=name != blind) for name in ESSENTIAL)
    assert head(failure_known=False, also=unread).status is Outcome.UNDETERMINED


@pytest.mark.parametrize("left_out", ESSENTIAL)
def test_one_essential_cause_that_no_page_judges_leaves_the_bundle_undetermined(left_out: str) -> None:
    known = tuple(v for v in essential() if v.cause != left_out)
    assert head(failure_known=False, also=known).status is Outcome.UNDETERMINED


def test_one_account_whose_list_was_not_read_leaves_the_bundle_undetermined() -> None:
    unread = verdict("stale_token", "unlikely", account=OTHER_MAIL, core_read=False)
    assert head(failure_known=False, also=(*essential(), unread)).status is Outcome.UNDETERMINED


def test_other_causes_may_be_unread() -> None:
    other = verdict("account_mismatch", "undetermined", core_read=False)
    assert head(failure_known=False, also=(*essential(), other)).status is Outcome.NO_FAULT_FOUND


def test_a_contradictory_cause_is_above_possible() -> None:
    assert head("contradictory", failure_known=False, also=essential()).status is Outcome.UNDETERMINED


# --- contributors -------------------------------------------------------------------------------------------------


def contributor(status: str) -> Verdict:
    return verdict("office_outdated", status, role="contributor")


@pytest.mark.parametrize("status", ["confirmed", "likely"])
def test_a_contributor_never_contests_a_cause_and_is_listed_beside_it(status: str) -> None:
    verdicts = rank([contributor(status), verdict("a", "likely")])
    found = conclude(verdicts, failure_known=True)
    assert found == Head(Outcome.PINPOINTED, ("a",))
    assert contributors(verdicts, found) == ("office_outdated",)


@pytest.mark.parametrize("status", ["confirmed", "likely"])
def test_a_contributor_is_the_verdict_when_a_failure_is_known_and_nothing_else_is_likely(status: str) -> None:
    verdicts = rank([contributor(status), verdict("a", "possible")])
    found = conclude(verdicts, failure_known=True)
    assert found == Head(Outcome.PINPOINTED, ("office_outdated",))
    assert contributors(verdicts, found) == ()


def test_a_contributor_is_not_the_verdict_beside_a_contradictory_cause() -> None:
    found = conclude(rank([contributor("confirmed"), verdict("a", "contradictory")]), failure_known=True)
    assert found == Head(Outcome.UNDETERMINED, ())


def test_one_contradictory_contributor_pinpoints_nothing() -> None:
    found = conclude(rank([contributor("contradictory")]), failure_known=True)
    assert found == Head(Outcome.UNDETERMINED, ())


def test_of_several_contributors_the_one_that_is_confirmed_is_the_verdict() -> None:
    other = verdict("b", "likely", role="contributor")
    found = conclude(rank([contributor("confirmed"), other]), failure_known=True)
    assert found == Head(Outcome.PINPOINTED, ("office_outdated",))


@pytest.mark.parametrize("status", ["confirmed", "likely", "contradictory"])
def test_without_a_known_failure_a_contributor_is_no_fault(status: str) -> None:
    verdicts = rank([contributor(status), *essential()])
    assert conclude(verdicts, failure_known=False) == Head(Outcome.NO_FAULT_FOUND, ())


def test_an_unlikely_contributor_is_not_listed() -> None:
    verdicts = rank([contributor("possible"), verdict("a", "likely")])
    assert contributors(verdicts, conclude(verdicts, failure_known=True)) == ()


# --- causes weighed against each other ----------------------------------------------------------------------------

YIELDING = asking("facts", name="silent_failure_with_token", yields=True, with_failure=True)
SILENT = fact("silent_failure_with_token", at=FAILED)


def judged(
    *causes: knowledge.Cause, evidence: Evidence, failure: Failure | None = None, **more: Any
) -> dict[str, Verdict]:
    """Each cause's verdict; with several accounts under ``cause account``."""
    found = judge(scene(failure or failed(), **more), evidence, pages(*causes))
    return {f"{v.cause} {v.account}" if v.account else v.cause: v for v in found}


def rival(**more: Any) -> knowledge.Cause:
    role, judges = more.pop("role", Role.CAUSE), more.pop("judges", Judges.MACHINE)
    asked: dict[str, Any] = {"event_id": 1014, "near_failure": True, **more}
    return page("name_resolution", asking("events", **asked), role=role, judges=judges)


@pytest.mark.parametrize("strength", ["decisive", "strong"])
def test_a_signal_that_yields_is_weak_while_a_rival_holds_the_failure(strength: str) -> None:
    evidence = holding(SILENT, event("DNS", 1014, FAILED))
    found = judged(page("stale_token", YIELDING), rival(strength=Strength(strength)), evidence=evidence)
    assert found["stale_token"].observations[0].strength is Strength.WEAK
    assert found["stale_token"].status is Status.POSSIBLE


@pytest.mark.parametrize(
    "harmless",
    [
        rival(strength=Strength.WEAK),
        rival(strength=Strength.CONTEXT),
        rival(means=Means.AGAINST),
        rival(role=Role.CONTRIBUTOR),
    ],
    ids=["weak", "context", "against", "contributor"],
)
def test_a_signal_yields_to_nothing_less(harmless: knowledge.Cause) -> None:
    evidence = holding(SILENT, event("DNS", 1014, FAILED))
    assert judged(page("stale_token", YIELDING), harmless, evidence=evidence)["stale_token"].status is Status.LIKELY


def test_a_signal_does_not_yield_to_what_happened_at_another_time() -> None:
    evidence = holding(SILENT, event("DNS", 1014, "2026-02-01T08:00:00Z"))
    found = judged(page("stale_token", YIELDING), rival(near_failure=False), evidence=evidence)
    assert found["stale_token"].status is Status.LIKELY
    assert found["name_resolution"].status is Status.LIKELY


def test_a_setting_holds_the_failure_whenever_it_was_made() -> None:
    proxy = page("proxy_misconfigured", asking("registry", name="ProxyEnable"))
    evidence = holding(SILENT, setting(r"HKCU\Internet Settings", "ProxyEnable", 1, at="2024-01-01T00:00:00Z"))
    assert judged(page("stale_token", YIELDING), proxy, evidence=evidence)["stale_token"].status is Status.POSSIBLE


def test_other_signals_of_the_same_page_do_not_make_it_yield() -> None:
    own = asking("events", event_id=1014, near_failure=True, id="own")
    evidence = holding(SILENT, event("DNS", 1014, FAILED))
    assert (
        judged(page("stale_token", YIELDING, own), evidence=evidence)["stale_token"].observations[0].strength
        == "strong"
    )


def test_the_failure_of_one_account_does_not_make_another_yield() -> None:
    token = page("stale_token", YIELDING, judges=Judges.ACCOUNT)
    disabled = page("imap_disabled", asking("facts", name="google_answer"), judges=Judges.ACCOUNT)
    evidence = holding(SILENT, fact("google_answer", "imap_disabled", subject=OTHER_MAIL, at=FAILED))
    found = judged(token, disabled, evidence=evidence, accounts=(MAIL, OTHER_MAIL))
    assert found[f"imap_disabled {OTHER_MAIL}"].status is Status.LIKELY
    assert found[f"stale_token {OTHER_MAIL}"].status is Status.POSSIBLE
    assert found[f"stale_token {MAIL}"].status is Status.LIKELY


# --- judging ------------------------------------------------------------------------------------------------------


def test_a_page_by_account_is_judged_for_each_and_one_by_machine_once() -> None:
    token = page(
        "stale_token", asking("facts", name="oauth_refused", strength=Strength.DECISIVE), judges=Judges.ACCOUNT
    )
    clock = page("clock_skew", asking("facts", name="clock_error_s"))
    evidence = holding(fact("oauth_refused", "400", subject=MAIL))
    found = judged(token, clock, evidence=evidence, accounts=(MAIL, OTHER_MAIL))
    assert {name: v.status.value for name, v in found.items()} == {
        f"stale_token {MAIL}": "confirmed",
        f"stale_token {OTHER_MAIL}": "unlikely",
        "clock_skew": "unlikely",
    }


def test_a_page_by_account_is_judged_once_where_no_account_is_known() -> None:
    token = page("stale_token", asking("facts", name="oauth_refused"), judges=Judges.ACCOUNT)
    assert list(judged(token, evidence=holding())) == ["stale_token"]


@pytest.mark.parametrize(("needs", "read"), [("system_log", False), ("live_state/clock", True)])
def test_a_verdict_says_whether_its_core_was_read(needs: str, read: bool) -> None:
    found = judged(page("a", asking("events", needs, event_id=1)), evidence=holding(state("clock")))
    assert found["a"].core_read is read


@pytest.mark.parametrize(("event_id", "planned"), [(1014, True), (99, False)])
def test_a_cure_is_planned_only_for_what_may_be_the_cause(event_id: int, planned: bool) -> None:
    cause = page("a", asking("events", event_id=event_id), fix=(step("one"),))
    found = judged(cause, evidence=holding(event("DNS", 1014, FAILED)))
    assert bool(found["a"].fix) is planned


def test_an_account_is_shown_with_its_targets_and_its_own_verdict() -> None:
    evidence = holding(
        credential(), credential(user_name=OTHER_MAIL, target=f"2_{IMAP_TARGET}", number=1), state("credentials")
    )
    where, measured = survey(evidence)[0]
    cause = page("a", asking("facts", name="google_credential", value=IMAP_TARGET), judges=Judges.ACCOUNT)
    shown = accounts(where, measured, judge(where, measured, pages(cause)))
    assert [(one.address, one.targets) for one in shown] == [
        (MAIL, (IMAP_TARGET,)),
        (OTHER_MAIL, (f"2_{IMAP_TARGET}",)),
    ]
    assert [one.head for one in shown] == [Head(Outcome.PINPOINTED, ("a",)), Head(Outcome.UNDETERMINED, ())]
    assert {(s.artifact, s.place) for s in shown[0].sources} == {("live/state.json", "credentials[0]")}


def test_each_gap_tells_which_signals_it_blinds() -> None:
    gap = Gap(None, "system_log", Stage.COLLECT, "", "denied")
    blind = [observation("for", "strong", "blind", signal=s, gaps=(gap,)) for s in ("two", "one")]
    found = blinded((verdict("a", "unlikely", *blind), verdict("a", "unlikely", *blind, account=MAIL)))
    assert found == {gap: ("a.one", "a.two")}


# --- whole machines, with our own pages ---------------------------------------------------------------------------


Part = Row | Reading


def diagnosed(*parts: Part, **asked: str) -> Diagnosis:
    return diagnose(holding(*parts), knowledge.load(), Inquiry(**asked))


def status(diagnosis: Diagnosis, cause: str, account: str | None = MAIL) -> Status:
    return next(v.status for v in diagnosis.verdicts if v.cause == cause and v.account in (account, None))


def cmdkey(*rows: Row) -> tuple[Row, ...]:
    return tuple(Row(r.table, r.cells | {"artifact": CMDKEY}) for r in rows)


OWN_LIST = reading(CMDKEY, "cmdkey_list", Covered("", None, ALICE), user=ALICE)
FIELD: dict[str, tuple[Part, ...]] = {
    "state": (*credential(written="2025-09-14T07:00:00Z"), *identity(), state("credentials")),
    "cmdkey": (*cmdkey(*credential()), *identity(), OWN_LIST),
    # no list was taken: the identity alone tells of the token
    "identity": identity(),
}


@pytest.mark.parametrize("source", FIELD)
def test_the_typical_field_bundle_is_pinpointed_as_a_stale_token(source: str) -> None:
    found = diagnosed(*FIELD[source], dialog(user=ALICE), user_hive())
    assert status(found, "stale_token") is Status.LIKELY
    assert found.head == Head(Outcome.PINPOINTED, ("stale_token",))


@pytest.mark.parametrize("source", FIELD)
def test_the_same_bundle_without_a_known_failure_is_possible_at_most(source: str) -> None:
    found = diagnosed(*FIELD[source], user_hive())
    assert status(found, "stale_token") in (Status.POSSIBLE, Status.UNLIKELY, Status.UNDETERMINED)


def test_a_healthy_account_has_a_token_and_an_identity_and_is_not_accused() -> None:
    found = diagnosed(*credential(), *identity(), state("credentials"), user_hive(), reported("password_prompt", "no"))
    assert status(found, "stale_token") is Status.UNLIKELY


def test_a_refused_token_is_confirmed_and_only_for_its_account() -> None:
    both = (*credential(), *credential(user_name=OTHER_MAIL, target=f"2_{IMAP_TARGET}", number=1))
    found = diagnosed(*both, *login("no", status="400"), state("credentials"))
    assert status(found, "stale_token") is Status.CONFIRMED
    assert status(found, "stale_token", OTHER_MAIL) is not Status.CONFIRMED


def test_an_accepted_token_rules_the_cause_out() -> None:
    covered = reading(login("ok")[0].cells["artifact"], "outlook_imap_log", Covered(), user=ALICE)
    rows = (dialog(), *credential(), *login("ok", "2026-03-02T08:30:00Z"))
    taken = (covered, state("credentials"))
    assert status(diagnosed(*rows, *taken, log(OALERTS, "oalerts_log")), "stale_token") is Status.RULED_OUT
    # a dialog that was lost may be newer than the acceptance
    assert status(diagnosed(*rows, *taken), "stale_token") not in (Status.RULED_OUT, Status.CONFIRMED)


def test_each_user_with_a_profile_is_judged_and_one_known_failure_is_known_for_the_bundle() -> None:
    profile = r"HKCU\Software\Microsoft\Office\16.0\Outlook\Profiles\Outlook"
    parts = (
        setting(profile, user=ALICE, artifact="a"),
        setting(profile, user=BOB, artifact="b"),
        dialog(user=BOB),
    )
    found = diagnosed(*parts)
    assert {v.user for v in found.verdicts} == {ALICE, BOB}
    assert found.person.basis == "several"
    assert found.failure.known


# --- taking evidence away never judges anew -----------------------------------------------------------------------

CLOCK_OK = (
    *(
        fact(f"clock.samples.{n}", v, place="clock.samples[0]")
        for n, v in (("offset_seconds", 1.0), ("source", "http-date"))
    ),
)
MACHINES: dict[str, tuple[Part, ...]] = {
    "stale": (
        *credential(written="2025-09-14T07:00:00Z"),
        *identity(),
        dialog(user=ALICE),
        *login("no", status="400"),
        *CLOCK_OK,
        state("credentials", "clock", "host", "tls_probes"),
        user_hive(),
        log(dialog().cells["artifact"], "oalerts_log"),
        log(SYSTEM_LOG, "system_log"),
        reading(login("no")[0].cells["artifact"], "outlook_imap_log", Covered(), user=ALICE),
    ),
    "accepted": (
        *credential(written="2026-03-02T09:14:00Z"),
        *identity(),
        dialog(user=ALICE),
        *login("no", status="400"),
        *login("ok", "2026-03-02T09:15:00Z", 11),
        *CLOCK_OK,
        state("credentials", "clock"),
        user_hive(),
        log(SYSTEM_LOG, "system_log"),
        reading(login("no")[0].cells["artifact"], "outlook_imap_log", Covered(), user=ALICE),
    ),
    "clock set since": (
        dialog("2026-04-20T08:02:00Z", user=ALICE),
        event(
            "Microsoft-Windows-Kernel-General",
            1,
            "2026-03-02T08:10:00Z",
            data={"NewTime": "2026-03-02T08:10:00.0Z", "OldTime": "2026-04-20T08:10:00.0Z", "Reason": 1},
        ),
        event("Schannel", 36881, "2026-04-20T08:02:00Z", data={"CallerProcessImageName": "OUTLOOK"}),
        *CLOCK_OK,
        *identity(),
        state("clock", "credentials"),
        user_hive(),
        log(SYSTEM_LOG, "system_log"),
    ),
    "two users": (
        *credential(written="2025-09-14T07:00:00Z"),
        *credential(user=BOB, user_name=OTHER_MAIL, target=f"2_{IMAP_TARGET}", number=1),
        *case(console_user_sid=ALICE, failure_utc=FAILED),
        reported("sign_in_window", "none"),
        state("credentials"),
        user_hive(),
    ),
}


def without(parts: tuple[Part, ...], artifact: str) -> tuple[Part, ...]:
    """The machine as if that member had never been collected."""
    return tuple(
        part for part in parts if (part.cells["artifact"] if isinstance(part, Row) else part.member.name) != artifact
    )


@pytest.mark.parametrize(
    ("machine", "artifact"),
    [
        (machine, name)
        for machine, parts in MACHINES.items()
        for name in sorted({p.cells["artifact"] for p in parts if isinstance(p, Row)})
        if name != "manifest.json"
    ],
)
def test_taking_a_member_away_never_rules_out_or_confirms_a_cause(machine: str, artifact: str) -> None:
    final = (Status.CONFIRMED, Status.RULED_OUT)
    before = diagnosed(*MACHINES[machine], user=ALICE)
    after = diagnosed(*without(MACHINES[machine], artifact), *case(user_sid=ALICE))
    known = {(v.cause, v.account): v.status for v in before.verdicts}
    anew = [
        f"{v.cause} {v.account}: {known.get((v.cause, v.account))} became {v.status}"
        for v in after.verdicts
        if v.status in final
        and known.get((v.cause, v.account), Status.UNDETERMINED) not in (v.status, Status.CONTRADICTORY)
    ]
    assert anew == []


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
@pytest.mark.parametrize("machine", MACHINES)
def test_the_order_of_the_bundle_changes_no_verdict(machine: str, data: st.DataObject) -> None:
    parts = MACHINES[machine]
    assert shape(diagnosed(*data.draw(st.permutations(parts)))) == shape(diagnosed(*parts))


def shape(found: Diagnosis) -> tuple[object, ...]:
    """All that was thought; the words of a quotation follow the rows they are taken from."""
    observed = [
        (v.cause, v.account, v.status, replace(o, sources=()), [(s.artifact, s.place, s.at) for s in o.sources])
        for v in found.verdicts
        for o in v.observations
    ]
    known = [(a.address, a.targets, a.head) for a in found.accounts]
    return found.head, observed, known, found.failure, found.person, found.needs
