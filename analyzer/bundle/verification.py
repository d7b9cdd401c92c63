"""``mailscope verify``: every member's bytes against the hashes of the manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from analyzer.bundle import Bundle
from analyzer.bundle.entries import printable
from analyzer.model import Integrity


class Check(StrEnum):
    """What became of one member between the affected PC and here, in the order of the counts."""

    OK = "ok"
    DIFFERS = "differs"
    MISSING = "missing"
    UNLISTED = "unlisted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verification:
    """One line of the answer."""

    member: str
    check: Check


_CHECKS = {Integrity.MATCHES: Check.OK, Integrity.DIFFERS: Check.DIFFERS, Integrity.UNLISTED: Check.UNLISTED}


def verify(bundle: Bundle) -> tuple[Verification, ...]:
    """One answer a member, sorted by name; the manifest itself is unlisted, as no file holds its own hash."""
    refused = tuple(Verification(name, Check.REFUSED) for name in bundle.refused)
    held = tuple(Verification(printable(member.name), _CHECKS[member.integrity]) for member in bundle.members)
    missing = tuple(Verification(printable(name), Check.MISSING) for name in bundle.missing)
    return tuple(sorted((*held, *refused, *missing), key=lambda one: (one.member, one.check)))


def is_clean(verifications: Iterable[Verification]) -> bool:
    """Whether nothing differs, is missing or was refused: exit 0, else 3."""
    return all(one.check in (Check.OK, Check.UNLISTED) for one in verifications)


def lines(verifications: Iterable[Verification]) -> tuple[str, ...]:
    """The text of the answer: check, tab, member; then one line of counts."""
    listed = tuple(verifications)
    counts = Counter(one.check for one in listed)
    summary = ", ".join(f"{counts[check]} {check}" for check in Check)
    return (*(f"{one.check}\t{one.member}" for one in listed), summary)
