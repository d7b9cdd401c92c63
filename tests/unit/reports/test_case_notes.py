from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.model import Need
from analyzer.pipeline import Result
from reports import page
from reports.export import case_notes
from tests.unit.reports import samples
from tests.unit.reports.samples import ALERTS, PINPOINTED, with_diagnosis

ALL = {
    "pinpointed": PINPOINTED,
    "several": samples.SEVERAL,
    "undetermined": samples.UNDETERMINED,
    "no_fault": samples.NO_FAULT,
    "hostile": samples.hostile(),
}


def notes(result: Result, lang: str = "en") -> list[str]:
    return case_notes.render(page.build(result, lang)).splitlines()


def part(lines: list[str], label: str) -> str:
    """The part that begins with a label, as one line."""
    start = next(number for number, line in enumerate(lines) if line.startswith(label))
    rest = lines[start + 1 :]
    end = next((number for number, line in enumerate(rest) if not line.startswith(" ")), len(rest))
    return " ".join(" ".join([lines[start].removeprefix(label), *rest[:end]]).split())


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("name", ALL)
def test_notes_are_12_to_25_lines_of_at_most_100_plain_characters(name: str, lang: str) -> None:
    lines = notes(ALL[name], lang)
    assert 12 <= len(lines) <= 25
    assert max(map(len, lines)) <= 100
    assert all(line.isprintable() or "\u00a0" in line for line in lines)
    assert not any(letter in line for line in lines for letter in "\x1b\u202e\x00")


def test_notes_give_verdict_proof_with_citation_fix_and_next() -> None:
    lines = notes(PINPOINTED)
    assert part(lines, "VERDICT") == "Pinpointed. A stored Google token is stale: this is the most likely cause."
    proof = part(lines, "PROOF")
    assert proof.startswith("[Strong] The sign-in failed at 2026-03-02 08:02 without any password prompt")
    assert f"→ record 4711 in {ALERTS}, 2026-03-02 08:02:00 UTC" in proof
    assert "→ line 12 in live/cmdkey_list.txt" in proof
    assert part(lines, "AGAINST") == "Nothing that was read."
    assert part(lines, "FIX").startswith("1. Update Office. (Desktop IT) ")
    assert '2. Remove the access of "Microsoft apps & services" in the Google account. (User)' in part(lines, "FIX")
    assert part(lines, "NEXT").startswith("Please switch on Outlook's transport log")
    assert lines[-1].endswith("f" * 64 + ".")


def test_what_is_not_judged_names_the_reason_and_counts_the_rest() -> None:
    found = part(notes(PINPOINTED), "NOT JUDGED")
    assert found.startswith("Not known: “Google answered XOAUTH2 with status 400.” outlook_transport_log")
    assert found.endswith("(and 1 more, see the report)")


def test_what_speaks_against_is_cited_too() -> None:
    assert part(notes(samples.SEVERAL), "AGAINST") == (
        "[Decisive] The computer's clock is wrong: The clock was 1.1 s from accounts.google.com. "
        "→ clock.samples[0] in live/state.json, 2026-03-02 08:11:00 UTC"
    )


def test_a_command_is_given_whole_or_not_at_all() -> None:
    long = with_diagnosis(needs=(Need("item", "run " + "x" * 500, "Please run this.", ()),))
    assert part(notes(long), "NEXT") == "Please run this. (and 1 more, see the report)"


def test_every_step_is_one_line_and_those_left_out_are_counted() -> None:
    step = replace(samples.STALE.fix[0], do="Remove " + "the token " * 30)
    verdict = replace(samples.STALE, fix=tuple(replace(step, id=f"stale_token.{n}") for n in range(1, 10)))
    lines = notes(with_diagnosis(verdicts=(verdict,)))
    start = next(number for number, line in enumerate(lines) if line.startswith("FIX"))
    assert [line[12:14] for line in lines[start : start + 4]] == ["1.", "2.", "3.", "4."]
    assert all(line.endswith("… (User)") for line in lines[start : start + 4])
    assert lines[start + 4].strip() == "(and 5 more, see the report)"


def test_without_an_accused_cause_the_notes_say_how_the_causes_stand() -> None:
    lines = notes(samples.UNDETERMINED)
    assert part(lines, "CAUSES").startswith(
        "Undetermined: 2 · Ruled out: 1 [Undetermined] A stored Google token is stale · alice@gmail.com"
    )
    assert not [line for line in lines if line.startswith(("PROOF", "FIX"))]


def test_french_notes_have_french_labels() -> None:
    labels = [line.split("  ")[0] for line in notes(PINPOINTED, "fr") if not line.startswith(" ")]
    assert labels[:6] == ["VERDICT", "DOSSIER", "PREUVES", "CONTRE", "NON JUGÉ", "CORRECTION"]


def test_without_an_accused_cause_the_first_lines_say_what_to_collect() -> None:
    lines = case_notes.first_lines(page.build(samples.UNDETERMINED, "en")).splitlines()
    assert part(lines, "CAUSES") == "Undetermined: 2 · Ruled out: 1"
    assert part(lines, "NEXT")


def test_the_first_lines_give_verdict_and_proof() -> None:
    lines = case_notes.first_lines(page.build(PINPOINTED, "en")).splitlines()
    assert lines == notes(PINPOINTED)[: len(lines)]
    assert lines[-1].strip() == "→ line 12 in live/cmdkey_list.txt"
