from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from analyzer.model import (
    Account,
    Attempt,
    Check,
    Detail,
    Gap,
    Head,
    Need,
    Observation,
    Outcome,
    Sight,
    Source,
    Stage,
    Status,
    Strength,
    Trace,
)
from analyzer.notes import Kind, Note
from analyzer.pipeline import Result
from reports import page
from reports.page.blocks import (
    Badge,
    Card,
    Cautions,
    Code,
    Headline,
    Link,
    Page,
    Pairs,
    Points,
    Prose,
    Side,
    Steps,
    Strip,
    Table,
    Tone,
)
from reports.page.ledger import side
from tests.unit.reports import samples
from tests.unit.reports.samples import ALERTS, CREDENTIALS, FAILED, PINPOINTED, STALE, with_diagnosis


def english(result: Result) -> Page:
    return page.build(result, "en")


def test_a_machine_that_no_collector_names_is_called_as_its_records_call_it() -> None:
    found = with_diagnosis(machine=(Detail("computer", "PC-SOUTH", ()),))
    recorded = replace(found, bundle=replace(found.bundle, host=None))
    assert english(recorded).title == "Outlook's sign-in to Gmail on PC-SOUTH"
    (facts,) = [block for block in english(recorded).section("verdict").blocks if isinstance(block, Pairs)]
    assert ("Machine", "PC-SOUTH") in facts.rows


def card(result: Result, anchor: str) -> Card:
    return next(card for card in english(result).cards() if card.anchor == anchor)


def headline(result: Result, lang: str = "en") -> Headline:
    return next(b for b in page.build(result, lang).section("verdict").blocks if isinstance(b, Headline))


def points(result: Result) -> dict[str, Points]:
    return {b.title: b for b in english(result).section("verdict").blocks if isinstance(b, Points)}


def table(result: Result, section: str) -> Table:
    return next(b for b in english(result).section(section).blocks if isinstance(b, Table))


def test_where_nobody_is_accused_the_first_sheet_counts_how_the_causes_stand_and_names_the_possible() -> None:
    possible = replace(STALE, status=Status.POSSIBLE)
    doubted = with_diagnosis(
        head=Head(Outcome.UNDETERMINED, ()), verdicts=(possible, replace(possible, account="b@c.de"))
    )
    standing = points(doubted)["How the causes stand"]
    assert [text for text, _ in standing.items] == ["Possible: 1", f"Possible: {STALE.title}"]
    assert "How the causes stand" not in points(PINPOINTED)


def test_the_sections_stand_in_the_order_of_reading() -> None:
    assert [section.id for section in english(PINPOINTED).sections] == [
        "verdict",
        "why",
        "plan",
        "attempts",
        "accounts",
        "timeline",
        "checklist",
        "next",
        "gaps",
        "provenance",
    ]


def test_a_likely_cause_is_the_verdict_in_one_sentence() -> None:
    assert headline(PINPOINTED) == Headline(
        Badge("Pinpointed", "●", Tone.BAD),
        "A stored Google token is stale: this is the most likely cause.",
        (Link("A stored Google token is stale (alice@gmail.com)", "#cause-stale_token"),),
    )


def test_a_confirmed_cause_is_said_to_be_confirmed_in_french_too() -> None:
    result = with_diagnosis(verdicts=(replace(STALE, status=Status.CONFIRMED),))
    assert headline(result, "fr").sentence == "A stored Google token is stale\u00a0: c’est confirmé."


def test_several_causes_are_all_named_by_rank() -> None:
    named = "“A stored Google token is stale”, “The computer's clock is wrong”."
    assert headline(samples.SEVERAL).sentence == f"2 causes are confirmed: {named}"
    verdicts = tuple(replace(each, status=Status.LIKELY) for each in samples.SEVERAL.diagnosis.verdicts)
    likely = with_diagnosis(head=samples.SEVERAL.diagnosis.head, verdicts=verdicts)
    assert headline(likely).sentence == f"2 causes are in question: {named}"


def test_an_account_is_judged_by_its_own_verdict_on_the_cause() -> None:
    bob = replace(STALE, account="bob@gmail.com", status=Status.CONFIRMED, rank=2)
    head = Head(Outcome.PINPOINTED, ("stale_token",))
    result = with_diagnosis(
        verdicts=(STALE, bob),
        accounts=(Account("alice@gmail.com", None, (), (), head), Account("bob@gmail.com", None, (), (), head)),
    )
    assert [row[2] for row in table(result, "accounts").rows] == [
        "A stored Google token is stale: this is the most likely cause.",
        "A stored Google token is stale: this is confirmed.",
    ]


def test_the_first_page_says_why_the_message_misleads_whatever_the_verdict() -> None:
    for result in (PINPOINTED, samples.SEVERAL, samples.UNDETERMINED, samples.NO_FAULT):
        texts = [b.text for b in english(result).section("verdict").blocks if isinstance(b, Prose)]
        assert any(text.startswith("Outlook's message names the POP/IMAP server, and misleads.") for text in texts)


def test_the_first_page_proves_the_verdict_by_its_strongest_signals_first() -> None:
    weak_first = replace(STALE, observations=(STALE.observations[1], STALE.observations[0]))
    proof = points(with_diagnosis(verdicts=(weak_first,)))["Speaks for it"]
    assert [text for text, _ in proof.items] == [
        "The sign-in failed at 2026-03-02 08:02 without any password prompt, and alice owns a stored Google token.",
        "The token was last written 533 days before the failure.",
    ]
    assert (proof.items[0][1][0].member, proof.items[0][1][0].place) == (ALERTS, "record 4711")


def test_nothing_against_is_said_and_not_left_out() -> None:
    assert points(PINPOINTED)["Speaks against it"].items == (("Nothing that was read.", ()),)


def test_where_several_are_accused_each_statement_names_its_cause() -> None:
    (only,) = points(samples.SEVERAL)["Speaks against it"].items
    assert only[0] == "The computer's clock is wrong: The clock was 1.1 s from accounts.google.com."


def test_what_could_not_be_judged_is_never_worded_as_a_fact() -> None:
    text, _ = points(PINPOINTED)["Could not be judged"].items[0]
    assert text == (
        "Not known: “Google answered XOAUTH2 with status 400.” "
        "outlook_transport_log (%TEMP%\\Outlook Logging): missing: logging is off by default"
    )


def test_what_could_not_be_judged_is_left_alone_where_it_is_a_question() -> None:
    asked = replace(STALE.observations[4], text="Did Google refuse the stored token?")
    text, _ = points(with_diagnosis(verdicts=(replace(STALE, observations=(asked,)),)))["Could not be judged"].items[0]
    assert text.startswith("Did Google refuse the stored token? outlook_transport_log")


def test_the_first_page_gives_eight_steps_in_short_and_counts_the_rest() -> None:
    step = replace(STALE.fix[0], do="Remove the token. " + "And more about it. " * 20)
    fix = tuple(replace(step, id=f"stale_token.{n}") for n in range(1, 12))
    brief = next(
        b
        for b in english(with_diagnosis(verdicts=(replace(STALE, fix=fix),))).section("verdict").blocks
        if isinstance(b, Steps)
    )
    assert [task.brief for task in brief.tasks] == ["Remove the token."] * 8
    assert brief.more == "and 3 more, below"


def test_a_long_first_sentence_is_cut_between_words() -> None:
    step = replace(STALE.fix[0], do="Remove " + "the token " * 30)
    task = next(
        b
        for b in english(with_diagnosis(verdicts=(replace(STALE, fix=(step,)),))).section("plan").blocks
        if isinstance(b, Steps)
    ).tasks[0]
    assert task.brief == "Remove " + "the token " * 17 + "…"


def test_only_the_causes_of_the_verdict_are_accused() -> None:
    assert [(c.cause, c.accused) for c in english(PINPOINTED).cards()] == [
        ("stale_token", True),
        ("office_outdated", False),
        ("clock_skew", False),
        ("proxy_misconfigured", False),
    ]


def test_a_cause_of_the_verdict_that_is_ruled_out_for_another_account_is_not_accused_there() -> None:
    bob = replace(STALE, account="bob@gmail.com", status=Status.RULED_OUT, rank=2)
    assert [c.accused for c in english(with_diagnosis(verdicts=(STALE, bob))).cards()] == [True, False]


def test_two_subjects_of_one_cause_have_two_anchors() -> None:
    bob = replace(STALE, account="bob@gmail.com", rank=2)
    assert [c.anchor for c in english(with_diagnosis(verdicts=(STALE, bob))).cards()] == [
        "cause-stale_token",
        "cause-stale_token-2",
    ]


def test_the_ledger_holds_each_answer_on_its_side_and_leaves_out_what_is_absent() -> None:
    book = {
        ledger.side: [entry.signal for entry in ledger.entries]
        for ledger in card(PINPOINTED, "cause-stale_token").ledgers
    }
    assert book == {
        Side.FOR: ["silent_failure_with_token", "token_not_renewed"],
        Side.BLIND: ["google_refused_token", "google_accepted_token"],
        Side.CONTEXT: ["google_identity"],
    }


def test_a_blind_answer_is_blind_even_where_it_would_only_be_context() -> None:
    observation = replace(STALE.observations[2], sight=Sight.BLIND)
    assert observation.strength is Strength.CONTEXT
    assert side(observation) is Side.BLIND


def test_a_signal_that_was_lowered_to_context_does_not_stand_among_the_proofs() -> None:
    lowered: Observation = replace(STALE.observations[0], strength=Strength.CONTEXT)
    assert side(lowered) is Side.CONTEXT


def test_an_entry_says_that_it_was_lowered_and_that_a_person_reported_it() -> None:
    entry = card(PINPOINTED, "cause-stale_token").ledgers[0].entries[1]
    assert entry.note == "counts as weak, not as strong · reported by a person"
    assert entry.weight == Badge("Weak", "△", Tone.QUIET)


def test_a_blind_entry_names_every_gap_and_which_way_it_would_speak() -> None:
    entry = card(PINPOINTED, "cause-stale_token").ledgers[1].entries[1]
    assert entry.note == "would speak against it (decisive)"
    assert entry.unread == (
        "outlook_transport_log (%TEMP%\\Outlook Logging): missing: logging is off by default",
        f"{ALERTS} (chunk 3): the checksum of the chunk is wrong",
    )


def test_a_citation_says_file_hash_place_time_and_words() -> None:
    (first, second) = card(PINPOINTED, "cause-stale_token").ledgers[0].entries[0].citations
    assert (first.anchor, first.member, first.sha256, first.place, first.at, first.quote) == (
        "ev-stale_token-silent_failure_with_token-1",
        ALERTS,
        "a" * 64,
        "record 4711",
        "2026-03-02 08:02:00 UTC",
        "Microsoft Outlook ⏎ We couldn't log on to the incoming (POP/IMAP) server.",
    )
    assert (second.member, second.sha256, second.at) == (CREDENTIALS, "d" * 64, "")


def test_twenty_sources_are_cited_and_the_others_counted() -> None:
    many = tuple(replace(samples.DIALOG, place=f"record {n}") for n in range(30))
    observation = replace(STALE.observations[0], sources=many, total=50_000)
    entry = (
        card(with_diagnosis(verdicts=(replace(STALE, observations=(observation,)),)), "cause-stale_token")
        .ledgers[0]
        .entries[0]
    )
    assert len(entry.citations) == 20
    assert entry.more == "50000 rows in all; the first 20 are cited."


def test_the_plan_holds_the_steps_of_what_contributes_then_of_the_cause_each_with_its_dont() -> None:
    blocks = english(PINPOINTED).section("plan").blocks
    steps = [b for b in blocks if isinstance(b, Steps)]
    assert [[task.id for task in b.tasks] for b in steps] == [["office_outdated.1"], ["stale_token.1", "stale_token.2"]]
    assert [b.items for b in blocks if isinstance(b, Cautions)] == [STALE.do_not]


def test_a_step_says_who_at_what_risk_with_which_backup_undo_and_check() -> None:
    task = [b for b in english(PINPOINTED).section("plan").blocks if isinstance(b, Steps)][1].tasks[1]
    assert [tag.word for tag in task.tags] == ["Desktop IT", "Medium risk"]
    assert [name for name, _ in task.notes] == ["Account", "Target", "Backup first", "Verify", "Undo"]
    assert task.command == f'cmdkey /delete:"{samples.TARGET}"'
    assert [link.href for link in task.because] == [
        "#ev-stale_token-silent_failure_with_token",
        "#ev-stale_token-token_not_renewed",
    ]


def test_a_step_that_cannot_be_undone_or_needs_an_administrator_says_so() -> None:
    plan = [b for b in english(PINPOINTED).section("plan").blocks if isinstance(b, Steps)]
    assert [tag.word for tag in plan[1].tasks[0].tags] == ["User", "Low risk", "Cannot be undone"]
    assert [tag.word for tag in plan[0].tasks[0].tags] == [
        "Desktop IT",
        "Low risk",
        "As administrator",
        "Cannot be undone",
    ]


def test_without_an_accused_cause_nothing_is_to_be_changed() -> None:
    (only,) = english(samples.UNDETERMINED).section("plan").blocks
    assert isinstance(only, Prose)
    assert only.text.startswith("Nothing is to be changed yet")


def stations(attempt: Attempt) -> list[str]:
    strip = english(with_diagnosis(attempts=(attempt,))).section("attempts").blocks[0]
    assert isinstance(strip, Strip)
    return [badge.symbol for badge in strip.stations]


def test_an_attempt_shows_what_it_passed_where_it_broke_and_what_it_never_reached() -> None:
    assert stations(Attempt(FAILED, None, None, "consent", True, ())) == ["✓", "✓", "✕", "○", "○", "○"]


def test_a_refusal_by_the_mail_server_does_not_claim_that_a_page_was_shown() -> None:
    token = (Trace("token_refused", "imap", "broke", samples.DIALOG),)
    password = (Trace("password_refused", "imap", "broke", samples.DIALOG),)
    assert stations(Attempt(FAILED, None, None, "imap", False, (), token)) == ["○", "○", "○", "✓", "✕", "○"]
    assert stations(Attempt(FAILED, None, None, "imap", None, (), token)) == ["?", "?", "?", "✓", "✕", "○"]
    assert stations(Attempt(FAILED, None, None, "imap", None, (), password)) == ["?", "?", "?", "○", "✕", "○"]
    assert stations(Attempt(FAILED, None, None, "imap", None, ())) == ["?", "?", "?", "?", "✕", "○"]
    assert stations(Attempt(FAILED, None, None, "smtp", True, (), token)) == ["✓", "?", "?", "✓", "✓", "✕"]


def test_an_attempt_that_broke_nobody_knows_where_claims_nothing() -> None:
    assert stations(Attempt(FAILED, None, None, "unknown", None, ())) == ["?"] * 6


def test_the_timeline_is_in_order_of_time_and_names_the_failure() -> None:
    rows = table(PINPOINTED, "timeline").rows
    assert [row[0] for row in rows] == sorted(str(row[0]) for row in rows)
    assert ("2026-03-02 08:02:00 UTC", "The sign-in failed", ()) in rows


def test_a_source_that_two_causes_cite_for_the_same_stands_once_in_the_timeline() -> None:
    twice = with_diagnosis(verdicts=(STALE, replace(STALE, cause="other_cause", rank=2)))
    assert len(table(twice, "timeline").rows) == len(table(with_diagnosis(verdicts=(STALE,)), "timeline").rows)


def test_the_lists_are_drawn_one_by_one_with_whom_to_ask() -> None:
    checks = (
        Check("imap_on", "quick", "ask", "user", ()),
        Check("clock_right", "quick", "fail", None, (samples.DIALOG,)),
        Check("search_coherent", "after", "ask", "user", ()),
        Check("test_mail_arrived", "after", "pass", None, (), reported=True),
    )
    drawn = [b for b in english(with_diagnosis(checklist=checks)).section("checklist").blocks if isinstance(b, Table)]
    assert [[row[1:3] for row in one.rows] for one in drawn] == [
        [(Badge("Ask", "→", Tone.WARN), "User"), (Badge("Fail", "✕", Tone.BAD), "")],
        [(Badge("Ask", "→", Tone.WARN), "User"), (Badge("Pass", "✓", Tone.GOOD), "")],
    ]
    assert str(drawn[1].rows[1][0]).endswith("(reported by a person)")
    cited = drawn[0].rows[1][3]
    assert isinstance(cited, tuple)
    assert [citation.member for citation in cited] == [ALERTS]


def test_gaps_that_leave_a_signal_open_come_first_and_losses_are_at_least() -> None:
    quiet = replace(samples.TORN_LOG, artifact="A.evtx", lost_at_least=5)
    blocks = english(with_diagnosis(gaps=(quiet, samples.TORN_LOG))).section("gaps").blocks
    first, others = (block for block in blocks if isinstance(block, Table))
    assert first.rows == (
        (
            Code(ALERTS),
            Code("chunk 3"),
            "not fully read: the checksum of the chunk is wrong (at least 17 lost)",
            "A stored Google token is stale",
        ),
    )
    assert [row[0] for row in others.rows] == [Code("A.evtx")]
    assert (first.folded, others.folded) == (False, True)


def test_a_gap_of_what_nobody_said_names_what_was_asked() -> None:
    silence = Gap(None, None, Stage.COLLECT, "reported.imap_enabled", "nothing in the bundle measures it")
    (row,) = table(with_diagnosis(gaps=(silence,), blinds={}), "gaps").rows
    assert row[:2] == (Code("reported.imap_enabled"), "")


def test_a_gap_names_three_causes_that_wait_for_it_and_counts_the_others() -> None:
    waiting = ("stale_token.a", "stale_token.b", "clock_skew.a", "office_outdated.a", "proxy_misconfigured.a")
    found = with_diagnosis(gaps=(samples.TORN_LOG,), blinds={samples.TORN_LOG: waiting})
    assert table(found, "gaps").rows[0][3] == (
        "A stored Google token is stale · The computer's clock is wrong · Outlook is outdated (+1)"
    )


def test_gaps_beyond_two_hundred_are_counted() -> None:
    gaps = tuple(replace(samples.TORN_LOG, place=f"chunk {n}") for n in range(250))
    found = table(with_diagnosis(gaps=gaps, blinds={}), "gaps")
    assert (len(found.rows), found.more) == (200, "50 more gaps are in findings.json.")


def test_what_a_foreign_bundle_can_never_answer_is_told_with_what_it_leaves_open() -> None:
    beyond = (Need("live_state", None, "Please run the collector.", ("clock_skew", "unheard_of")),)
    drawn = [b for b in english(with_diagnosis(needs=(), never=beyond)).section("next").blocks if isinstance(b, Table)]
    assert [one.rows for one in drawn] == [
        ((Code("live_state"), "Please run the collector.", "The computer's clock is wrong · unheard_of"),)
    ]


def test_what_to_collect_next_names_the_command_and_the_cause_by_its_title() -> None:
    (steps,) = (b for b in english(PINPOINTED).section("next").blocks if isinstance(b, Steps))
    (task,) = steps.tasks
    assert (task.id, task.do) == ("outlook_transport_log", samples.PINPOINTED.diagnosis.needs[0].ask)
    assert task.command.startswith("reg add HKCU\\Software\\Microsoft\\Office")
    assert (task.why, task.because) == (
        "Would decide",
        (Link("A stored Google token is stale", "#cause-stale_token"),),
    )


def test_the_provenance_lists_every_file_with_its_hash_and_what_was_not_taken() -> None:
    tables = [b for b in english(PINPOINTED).section("provenance").blocks if isinstance(b, Table)]
    assert [row[0] for row in tables[0].rows] == [Code(reading.member.name) for reading in samples.READINGS]
    assert tables[0].rows[1] == (Code(ALERTS), "69632", "matches", "40", "17", "no", Code("a" * 64))
    assert tables[1].rows == (
        ("security_log", Code("C:\\Windows\\System32\\winevt\\Logs\\Security.evtx"), "denied", "access denied (5)"),
    )


def test_every_link_of_a_page_leads_to_an_anchor_of_it() -> None:
    drawn = english(samples.SEVERAL)
    anchors = {section.id for section in drawn.sections} | {c.anchor for c in drawn.cards()}
    anchors |= {entry.anchor for c in drawn.cards() for ledger in c.ledgers for entry in ledger.entries}
    plan = [b for b in drawn.section("plan").blocks if isinstance(b, Steps)]
    links = [link for b in plan for task in b.tasks for link in task.because]
    links += headline(samples.SEVERAL).causes
    assert links
    assert [link.href for link in links if link.href.removeprefix("#") not in anchors] == []


def test_the_accused_causes_come_first_and_the_others_under_a_heading_of_their_own() -> None:
    blocks = english(PINPOINTED).section("why").blocks
    told = [b.anchor if isinstance(b, Card) else b.kind for b in blocks if isinstance(b, Card | Prose)]
    assert told == [
        "note",
        "cause-stale_token",
        "title",
        "cause-office_outdated",
        "cause-clock_skew",
        "cause-proxy_misconfigured",
    ]


def test_a_cause_is_summed_up_by_what_stands_on_each_side_that_holds_anything() -> None:
    assert card(PINPOINTED, "cause-stale_token").tally == "2 for, 2 not judged, 1 context"
    silent = with_diagnosis(verdicts=(replace(STALE, observations=()),))
    assert card(silent, "cause-stale_token").tally == "nothing"


def test_the_first_page_shows_where_the_last_attempt_broke() -> None:
    def shown(*attempts: Attempt) -> list[str]:
        blocks = english(with_diagnosis(attempts=attempts)).section("verdict").blocks
        return [b.label for b in blocks if isinstance(b, Strip)]

    first = PINPOINTED.diagnosis.attempts[0]
    second = replace(first, at=FAILED.replace(hour=9))
    assert shown(first, second) == ["The last attempt: 2026-03-02 09:02:00 UTC"]
    assert shown(first, replace(second, broke_at="unknown")) == ["The last attempt: 2026-03-02 08:02:00 UTC"]
    assert shown(replace(first, broke_at="unknown")) == []


def test_what_happened_around_an_attempt_stands_in_order_with_its_distance_from_the_end() -> None:
    crash = Trace(
        "webview2_crash", "window", "broke", Source(samples.SYSTEM, "record 9", FAILED - timedelta(seconds=52.81))
    )
    dialog = Trace("dialog", None, "seen", samples.DIALOG)
    said = Trace("reported", "window", "broke", Source("manifest.json", "case.reported[0]", None, "reported.x = none"))
    attempt = replace(PINPOINTED.diagnosis.attempts[0], traces=(crash, dialog, said))
    (strip,) = english(with_diagnosis(attempts=(attempt,))).section("attempts").blocks
    assert isinstance(strip, Strip)
    assert [(m.at, m.offset) for m in strip.moments] == [
        ("2026-03-02 08:01:07.190 UTC", "−0:00:52.810"),
        ("2026-03-02 08:02:00 UTC", "0:00:00"),
        ("", ""),
    ]
    assert strip.moments[2].text.endswith("x = none")


def test_a_step_says_why_by_what_was_seen_and_of_several_entries_only_by_its_own() -> None:
    def notes(target: str | None) -> list[str]:
        told = replace(STALE, fix=(replace(STALE.fix[1], target=target),))
        steps = next(
            b for b in english(with_diagnosis(verdicts=(told,))).section("plan").blocks if isinstance(b, Steps)
        )
        return [text for name, text in steps.tasks[0].notes if name == "Why"]

    assert notes(None) == [STALE.observations[0].text]
    assert notes("another entry") == []


def test_the_engineers_notes_are_a_section_where_there_are_any() -> None:
    written = FAILED.replace(hour=10)
    notes = (
        Note("1", Kind.IRRELEVANT, ALERTS, "record 4711", "another \x1b[31mmailbox", written),
        Note("2", Kind.NOTE, "", "", "asked the user", written),
    )
    drawn = english(replace(PINPOINTED, notes=notes))
    assert [section.id for section in drawn.sections][:4] == ["verdict", "why", "plan", "notes"]
    first, second = table(replace(PINPOINTED, notes=notes), "notes").rows
    mark, text, cited, at = first
    assert (mark, text, at) == (
        Badge("Not relevant", "⊘", Tone.UNSURE),
        "another ⟨U+001B⟩[31mmailbox",
        "2026-03-02 10:02:00 UTC",
    )
    assert isinstance(cited, tuple)
    assert [(c.member, c.place, c.sha256) for c in cited] == [(ALERTS, "record 4711", "a" * 64)]
    assert (second[1], second[2]) == ("asked the user", ())
