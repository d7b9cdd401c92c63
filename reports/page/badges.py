"""Statuses as badges: always a word and a symbol, the colour comes on top."""

from __future__ import annotations

from analyzer.model import Outcome, Status, Strength
from analyzer.notes import Kind
from reports.page.blocks import Badge, Side, Tone
from reports.page.wording import Wording

# The fill of the circle follows how firmly the cause stands.
_STATUS = {
    Status.CONFIRMED: ("●", Tone.BAD),
    Status.CONTRADICTORY: ("≠", Tone.UNSURE),
    Status.LIKELY: ("◕", Tone.BAD),
    Status.POSSIBLE: ("◑", Tone.WARN),
    Status.UNDETERMINED: ("?", Tone.UNSURE),
    Status.UNLIKELY: ("◔", Tone.QUIET),
    Status.RULED_OUT: ("○", Tone.QUIET),
}
_OUTCOME = {
    Outcome.PINPOINTED: ("●", Tone.BAD),
    Outcome.SEVERAL: ("◑", Tone.WARN),
    Outcome.NO_FAULT_FOUND: ("✓", Tone.GOOD),
    Outcome.UNDETERMINED: ("?", Tone.UNSURE),
}
_STRENGTH = {
    Strength.DECISIVE: ("◆", Tone.BAD),
    Strength.STRONG: ("▲", Tone.WARN),
    Strength.WEAK: ("△", Tone.QUIET),
    Strength.CONTEXT: ("·", Tone.QUIET),
}
_ANSWER = {"pass": ("✓", Tone.GOOD), "fail": ("✕", Tone.BAD), "ask": ("→", Tone.WARN), "unknown": ("?", Tone.UNSURE)}
_STATION = {
    "passed": ("✓", Tone.GOOD),
    "broke": ("✕", Tone.BAD),
    "unreached": ("○", Tone.QUIET),
    "unknown": ("?", Tone.UNSURE),
}
_REMARK = {Kind.BOOKMARK: ("★", Tone.WARN), Kind.NOTE: ("✎", Tone.QUIET), Kind.IRRELEVANT: ("⊘", Tone.UNSURE)}
_RISK = {"low": ("○", Tone.QUIET), "medium": ("◑", Tone.WARN), "high": ("●", Tone.BAD)}
SIDES = {Side.FOR: "+", Side.AGAINST: "−", Side.BLIND: "?", Side.CONTEXT: "·"}


def status(words: Wording, value: Status) -> Badge:
    """The status of one cause."""
    return Badge(words(f"status.{value}"), *_STATUS[value])


def outcome(words: Wording, value: Outcome) -> Badge:
    """The verdict of a bundle or an account."""
    return Badge(words(f"outcome.{value}"), *_OUTCOME[value])


def strength(words: Wording, value: Strength) -> Badge:
    """How far an observation carries."""
    return Badge(words(f"strength.{value}"), *_STRENGTH[value])


def blind(words: Wording) -> Badge:
    """The answer of a signal that could not be judged."""
    return Badge(words("strength.blind"), "?", Tone.UNSURE)


def answer(words: Wording, value: str) -> Badge:
    """The answer to a line of the checklist."""
    return Badge(words(f"answer.{value}"), *_ANSWER[value])


def station(words: Wording, name: str, state: str) -> Badge:
    """A station of an attempt; the word says both which and how it went, for those who see no symbol."""
    return Badge(words(f"station.{state}", name=words(f"broke_at.{name}")), *_STATION[state])


def risk(words: Wording, value: str) -> Badge:
    """The risk of a step."""
    return Badge(words.known("risk", value), *_RISK.get(value, _RISK["high"]))


def remark(words: Wording, value: Kind) -> Badge:
    """What an engineer's mark says."""
    return Badge(words(f"remark.{value}"), *_REMARK[value])
