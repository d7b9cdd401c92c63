from __future__ import annotations

import string

import pytest

from analyzer.compare import Answer, Machines, StepState
from analyzer.compare.retries import PROTOCOLS
from analyzer.compare.tokens import Fate
from analyzer.model import Integrity, Means, Outcome, Stage, Status, Strength
from analyzer.pipeline import Result
from reports import page
from reports.page.blocks import Side
from reports.page.course import STATIONS
from reports.page.wording import Wording, languages, load
from tests.unit.reports import samples

FAILED = ("refused", "dialog", "told", "dialog_unknown_wording", "mail_error", "office_error")
MISSING = (
    *("login", "password", "doubtful", "later"),
    *("token_old", "token_undated", "token_gone", "token_unread"),
)
ENUMS = {
    "status": Status,
    "head.one": Status,
    "outcome": Outcome,
    "strength": Strength,
    "stage": Stage,
    "integrity": Integrity,
    "side": Side,
    "side.none": ("for", "against", "blind"),
    "tally": [f"{side}.{number}" for side in Side for number in ("one", "many")],
    "ledger.would_be": Means,
    "broke_at": STATIONS,
    "answer": ("pass", "fail", "ask", "unknown"),
    "station": ("passed", "broke", "unreached", "unknown"),
    "risk": ("low", "medium", "high"),
    "owner": ("user", "desktop_it", "google_admin", "network_team"),
    "network": ("probed", "off", "unknown"),
    "head": ("pinpointed", "several", "no_fault_found", "undetermined"),
    "manifest": ("ok", "absent", "damaged"),
    "omitted": ("missing", "denied", "failed", "too_big", "skipped"),
    "user_basis": ("option", "case", "console", "google_trace", "several", "unknown"),
    "comparison.answer": Answer,
    "comparison.machines": Machines,
    "comparison.why": ("names", "records", "no_name", "renamed", "strangers"),
    "comparison.state": StepState,
    "comparison.said.step.entry": Fate,
    "comparison.said.step.token": StepState,
    "comparison.said.step.login": StepState,
    "comparison.said.step": ("no_trace", "unread", "still", "old_record", "record", "changed"),
    "comparison.said.token": (Fate.RENEWED, Fate.NEW),
    "comparison.said.accepted": PROTOCOLS,
    "comparison.said.failed": FAILED,
    "comparison.said.missing": ("account", "user", "restart", "restart_outlook"),
    "comparison.said.missing.unread": ("oalerts_log", "outlook_imap_log", "outlook_opm_log"),
    **{f"comparison.said.missing.{key}": PROTOCOLS for key in MISSING},
    "comparison.reason": ("accepted", "not_tried", "half", "plan_b", "errors", "unread", "restart", "other_user"),
    "comparison.reason.failed": ("refused", "dialog", "told"),
    "comparison.kind": ("credential", "build", "webview2", "proxy", "measured", "setting"),
    "comparison.point": ("login_imap", "login_smtp", "token_imap", "token_smtp", "quiet"),
    "failure_basis": ("reproduced", "case", "option", "dialog", "dialog_unknown_wording", "log", "unknown"),
}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_says_the_same_things_with_the_same_fields() -> None:
    english = {name: fields(text) for name, text in load("en").texts.items()}
    for lang in languages():
        assert {name: fields(text) for name, text in load(lang).texts.items()} == english, lang


@pytest.mark.parametrize("lang", languages())
def test_every_value_of_an_enum_has_a_word(lang: str) -> None:
    texts = load(lang).texts
    assert [
        f"{prefix}.{value}" for prefix, values in ENUMS.items() for value in values if f"{prefix}.{value}" not in texts
    ] == []


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize(
    "result",
    [samples.PINPOINTED, samples.SEVERAL, samples.UNDETERMINED, samples.NO_FAULT, samples.hostile()],
    ids=["pinpointed", "several", "undetermined", "no_fault", "hostile"],
)
def test_every_text_that_a_page_asks_for_is_there(result: Result, lang: str) -> None:
    assert page.build(result, lang).lang == lang


def test_french_puts_no_breaking_space_before_a_colon() -> None:
    loose = [
        text for text in load("fr").texts.values() for mark in (" :", " ;", " ?", " !", "« ", " »") if mark in text
    ]
    assert loose == []


def test_a_number_takes_the_plural_of_its_language() -> None:
    english = Wording("en", {"gap.one": "{n} gap", "gap.many": "{n} gaps", "count.zero": "many"})
    french = Wording("fr", {"gap.one": "{n} lacune", "gap.many": "{n} lacunes", "count.zero": "one"})
    assert [english.count("gap", n) for n in (0, 1, 2)] == ["0 gaps", "1 gap", "2 gaps"]
    assert [french.count("gap", n) for n in (0, 1, 2)] == ["0 lacune", "1 lacune", "2 lacunes"]


def test_braces_in_evidence_are_not_taken_for_fields() -> None:
    assert load("en")("page.title", name="{0.__class__}").endswith("{0.__class__}")


def test_the_analyzers_own_reasons_are_told_in_french_and_anybody_elses_as_they_are() -> None:
    words = load("fr")
    assert words.reason("was not collected") == "n’a pas été collecté"
    assert words.reason("reaches back only to 2026-03-02 08:02:00 UTC") == "ne remonte qu’au 2026-03-02 08:02:00 UTC"
    assert words.reason("denied: access denied (5)") == "refusé\u00a0: accès refusé (5)"
    assert words.reason("skipped") == "ignoré"
    assert words.reason("too long: 812 bytes of it are left out") == "trop long\u00a0: 812 octets en sont omis"
    assert words.reason("Der Zugriff wurde verweigert.") == "«\u00a0Der Zugriff wurde verweigert.\u00a0»"
    assert words.reason("failed: (x+1)* [y]") == "échoué\u00a0: «\u00a0(x+1)* [y]\u00a0»"
    assert load("en").reason("denied: access denied (5)") == "denied: access denied (5)"
