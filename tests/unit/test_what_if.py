from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from analyzer import knowledge
from analyzer.diagnose import Judged
from analyzer.measures import Inquiry
from analyzer.measures.evidence import Scene
from analyzer.model import Means, Outcome, Person, Sight, Source, Status, Strength
from analyzer.tables import Evidence
from analyzer.what_if import Answer, Bench
from tests.unit.reports.samples import seen

ALICE = Scene(Person("S-1-5-21-1-2-3-1001", "alice"))
RECORD = Source("System.evtx", "record 7")


@cache
def judged(cause: str, *answers: tuple[str, Strength, Means]) -> Judged:
    """One of our pages with these answers seen and every other of its signals absent."""
    page = knowledge.load().find(cause)
    assert page is not None
    given = {name: (strength, means) for name, strength, means in answers}
    observations = tuple(
        seen(signal.id, given[signal.id][0], "", RECORD, means=given[signal.id][1])
        if signal.id in given
        else replace(seen(signal.id, Strength.WEAK, ""), sight=Sight.ABSENT)
        for signal in page.signals
    )
    return Judged(page, None, ALICE, observations)


def answer(cause: str, signal: str) -> Answer:
    return Answer(cause, "", "S-1-5-21-1-2-3-1001", signal)


def names(cause: str) -> list[str]:
    page = knowledge.load().find(cause)
    return [signal.id for signal in page.signals] if page else []


@pytest.fixture
def two() -> tuple[Bench, Answer, Answer]:
    """Two causes, each accused by its first signal."""
    clock, window = names("clock_skew")[0], names("webview2_missing")[0]
    made = Bench(
        (
            (
                judged("clock_skew", (clock, Strength.DECISIVE, Means.FOR)),
                judged("webview2_missing", (window, Strength.STRONG, Means.FOR)),
            ),
        ),
        failure_known=True,
    )
    return made, answer("clock_skew", clock), answer("webview2_missing", window)


def statuses(bench: Bench, *left_out: Answer) -> dict[str, Status]:
    return {verdict.cause: verdict.status for verdict in bench.without(frozenset(left_out)).verdicts}


def test_without_the_decisive_answer_the_next_cause_is_pinpointed(two: tuple[Bench, Answer, Answer]) -> None:
    bench, clock, _ = two
    assert bench.without(frozenset()).head.causes == ("clock_skew",)
    supposed = bench.without(frozenset({clock}))
    assert (supposed.head.status, supposed.head.causes) == (Outcome.PINPOINTED, ("webview2_missing",))
    assert supposed.left_out == {clock}


def test_what_is_left_out_counts_as_not_judged_and_acquits_nobody() -> None:
    core = knowledge.load().find("clock_skew")
    assert core is not None
    right = core.core[0]
    only = Bench(((judged("clock_skew", (right, Strength.DECISIVE, Means.AGAINST)),),), failure_known=True)
    assert statuses(only) == {"clock_skew": Status.RULED_OUT}
    assert statuses(only, answer("clock_skew", right)) == {"clock_skew": Status.UNDETERMINED}


def test_an_answer_of_another_user_is_left_in(two: tuple[Bench, Answer, Answer]) -> None:
    bench, clock, _ = two
    assert statuses(bench, replace(clock, user="S-1-5-21-9-9-9-1002")) == statuses(bench)


def test_weighing_again_changes_nothing_that_was_observed(two: tuple[Bench, Answer, Answer]) -> None:
    bench, clock, window = two
    before = statuses(bench)
    statuses(bench, clock, window)
    assert statuses(bench) == before


def test_a_bench_over_no_evidence_accuses_nobody() -> None:
    bench = Bench.of(Evidence.of(), knowledge.load(), Inquiry())
    assert bench.without(frozenset()).head.causes == ()
