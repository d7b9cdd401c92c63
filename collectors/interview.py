"""The three questions that matter, for whoever sits before the affected PC: when, which account, was a password asked.

They are asked on a terminal alone, of what the options leave open; an empty answer is no answer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from collectors import case, collect
from collectors.case import Options
from collectors.console import Console, text
from collectors.finds import Refused

_TRIES = 3
_PROMPT = "password_prompt"
_YES, _NO = ("y", "yes", "o", "oui"), ("n", "no", "non")

Ask = Callable[[str], str]


def is_possible() -> bool:
    """Whether somebody sits at a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def complete(options: Options, console: Console, ask: Ask) -> Options:
    """The options with the answers. ``ask`` shows a question and returns what was typed.

    Raises ``Refused`` before the first question for options that can be seen to be wrong.
    """
    collect.refuse(options)
    if options.failure_at is None:
        options = replace(options, failure_at=_answer(console, ask, "when", _moment))
    if options.account is None:
        options = replace(options, account=_answer(console, ask, "account", _address))
    if _PROMPT not in dict(options.reported):
        said = _answer(console, ask, "password", _yes_or_no)
        options = replace(options, reported=(*options.reported, *(((_PROMPT, said),) if said else ())))
    return options


def _answer(console: Console, ask: Ask, name: str, understand: Callable[[str], str | None]) -> str | None:
    for _ in range(_TRIES):
        try:
            typed = ask(text(console.lang, f"ask.{name}")).strip()
        except EOFError:
            return None
        understood = understand(typed) if typed else None
        if understood or not typed:
            return understood
        console.say("not_understood")
    return None


def _moment(typed: str) -> str | None:
    """A date and time, or a time of today, whose hour may have one digit."""
    today = datetime.now().astimezone()
    for candidate in (typed, f"{today:%Y-%m-%d}T{typed}", f"{today:%Y-%m-%d}T0{typed}"):
        try:
            case.instant(candidate, local=True)
        except Refused:
            continue
        return candidate
    return None


def _address(typed: str) -> str | None:
    name, at, domain = typed.partition("@")
    return typed if name and at and "." in domain and " " not in typed else None


def _yes_or_no(typed: str) -> str | None:
    word = typed.lower()
    return "yes" if word in _YES else "no" if word in _NO else None


def typed(question: str) -> str:
    """Ask on standard error, as standard output carries data. Raises ``EOFError`` where nobody answers."""
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line
