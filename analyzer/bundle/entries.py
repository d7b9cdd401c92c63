"""What comes into a bundle, before anybody asks what it is: the rules for names, and the bytes at rest.

A name is never used as a path on this computer. It is checked all the same, because it is shown, compared and
written into reports, and because an archive that tries to climb out is not to be trusted in silence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from analyzer.model import Damage, Gap, Refusal, Stage

BLOCK_BYTES = 1 << 20
"""The unit of every read and write, so that memory does not grow with the input."""

HEAD_BYTES = 4096
"""How much of a file's beginning is kept to tell its format: a hive's base block is 4096 bytes long."""

MAX_MEMBERS = 100_000
"""A triage collection of a whole machine holds some thousand files; more is an attack, or a disk."""

MAX_NAME = 2_048
"""Characters in a name: Windows allows 260 by default, and percent-encoding makes three of one."""

# Source: "Naming Files, Paths, and Namespaces", learn.microsoft.com: reserved with any extension too.
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])\s*(?:\..*)?", re.IGNORECASE)
# Marks that reverse the order in which a name is drawn, so that it reads as another one.
_REVERSING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the input with its bytes at rest at ``path``.

    ``damage`` says what is known to be wrong with the bytes before any parser has seen them.
    """

    name: str
    path: Path
    size_bytes: int
    sha256: str
    head: bytes
    damage: tuple[Damage, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything an input holds: what came in, the names that did not, and why."""

    entries: tuple[Entry, ...]
    refused: tuple[str, ...]
    gaps: tuple[Gap, ...]


@dataclass(slots=True)
class Intake:
    """Decides name by name what comes in, and remembers what does not."""

    refused: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def admit(self, raw: str) -> str | None:
        """The name with forward slashes, or None after noting why it stays out."""
        reason = objection(raw)
        name = normal(raw)
        if not reason and name.lower() in self._taken:
            reason = "a second member of the same name (names are compared without regard to case)"
        if reason:
            self.refuse(raw, reason)
            return None
        self._taken.add(name.lower())
        self._bound(len(self._taken))
        return name

    def _bound(self, count: int) -> None:
        if count > MAX_MEMBERS:
            raise Refusal(f"the input holds more than {MAX_MEMBERS:,} files: give a bundle, not a whole disk")

    def refuse(self, raw: str, reason: str) -> None:
        """Note that a member is skipped; its name is shown in a form that does no harm."""
        self.refused.append(printable(raw))
        self._bound(len(self.refused))
        self.gaps.append(Gap(printable(raw), None, Stage.OPEN, "", f"refused and skipped: {reason}"))

    def contents(self, entries: list[Entry]) -> Contents:
        """The whole, Refusal when nothing of it can be used."""
        if not entries and self.refused:
            first = min(self.gaps, key=Gap.order)
            raise Refusal(f"the input holds no usable file: {first.artifact!r} {first.reason}")
        entries.sort(key=lambda entry: entry.name)
        return Contents(tuple(entries), tuple(sorted(self.refused)), tuple(self.gaps))


def objection(raw: str) -> str:
    """Why a name must not come in; empty for a harmless one."""
    slashed = raw.replace("\\", "/")
    parts = [part for part in slashed.split("/") if part not in ("", ".")]
    checks = (
        (not parts, "an empty name"),
        (len(raw) > MAX_NAME, f"a name of {len(raw):,} characters"),
        (any(_is_control(letter) for letter in raw), "control characters in its name"),
        (slashed.startswith("/"), "an absolute name"),
        (re.match("[A-Za-z]:", slashed) is not None, "a name qualified by a drive"),
        (".." in (part.strip() for part in parts), "a name that climbs out of its folder"),
        (any(_DEVICE.fullmatch(part) for part in parts), "the name of a device"),
    )
    return next((reason for wrong, reason in checks if wrong), "")


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs") or letter in _REVERSING


def normal(raw: str) -> str:
    """Forward slashes, no empty parts."""
    return "/".join(part for part in raw.replace("\\", "/").split("/") if part not in ("", "."))


def printable(raw: str) -> str:
    """A name as it can be shown: what is not printable is escaped, what is too long is cut."""
    shown = raw if len(raw) <= 200 else f"{raw[:200]}…"
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in shown)
