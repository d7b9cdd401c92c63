from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from collectors import interview
from collectors.case import Options
from collectors.console import Console
from tests.unit.collectors.volumes import SILENT


def answering(*answers: str) -> tuple[interview.Ask, list[str]]:
    given: Iterator[str] = iter(answers)
    heard: list[str] = []

    def ask(question: str) -> str:
        heard.append(question)
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    return ask, heard


def test_the_answers_to_three_questions_become_options() -> None:
    ask, heard = answering("2026-03-02 09:02", " alice@gmail.com ", "n")
    options = interview.complete(Options(), SILENT, ask)
    assert (options.failure_at, options.account) == ("2026-03-02 09:02", "alice@gmail.com")
    assert options.reported == (("password_prompt", "no"),)
    assert len(heard) == 3


def test_a_time_alone_is_a_time_of_today() -> None:
    ask, _ = answering("09:02", "", "")
    failed = interview.complete(Options(), SILENT, ask).failure_at
    assert failed is not None
    assert failed.endswith("T09:02")
    assert len(failed) == len("2026-03-02T09:02")
    ask, _ = answering("9:02", "", "")
    assert interview.complete(Options(), SILENT, ask).failure_at == failed


def test_an_empty_answer_is_no_answer() -> None:
    ask, heard = answering("", "", "")
    options = interview.complete(Options(), SILENT, ask)
    assert (options.failure_at, options.account, options.reported, len(heard)) == (None, None, (), 3)


def test_what_the_options_say_is_not_asked() -> None:
    given = Options(failure_at="2026-03-02T09:02", account="a@b.org", reported=(("password_prompt", "yes"),))
    ask, heard = answering()
    assert interview.complete(given, SILENT, ask) is given
    assert heard == []


@pytest.mark.parametrize(("typed", "said"), [("OUI", "yes"), ("o", "yes"), ("Non", "no"), ("yes", "yes")])
def test_yes_and_no_are_understood_in_both_languages(typed: str, said: str) -> None:
    ask, _ = answering("", "", typed)
    assert interview.complete(Options(), SILENT, ask).reported == (("password_prompt", said),)


def test_what_is_not_understood_is_asked_again_and_then_left() -> None:
    heard = io.StringIO()
    ask, questions = answering("this morning", "gestern", "9 Uhr", "alice", "alice@gmail.com", "maybe", "n")
    options = interview.complete(Options(), Console("en", heard), ask)
    assert options.failure_at is None
    assert options.account == "alice@gmail.com"
    assert options.reported == (("password_prompt", "no"),)
    assert len(questions) == 7
    assert heard.getvalue().count("not understood") == 5


def test_nobody_at_the_keyboard_is_no_answer() -> None:
    ask, _ = answering()
    options = interview.complete(Options(), SILENT, ask)
    assert (options.failure_at, options.account, options.reported) == (None, None, ())


def test_questions_go_to_standard_error(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert interview.typed("Really? ") == "n\n"
    assert capsys.readouterr() == ("", "Really? ")
    with pytest.raises(EOFError):
        interview.typed("Really? ")
