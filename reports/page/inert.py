"""Evidence as text that cannot act: what is invisible or steers a display is shown as what it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

QUOTE_CHARS = 300
TEXT_CHARS = 2000

_STEERING = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0 and C1 controls: ANSI escapes, backspaces
    "\u00ad\u061c\u200b-\u200f\u2060-\u2064\ufeff"  # soft hyphen, marks and spaces of no width
    "\u2028-\u202e\u2066-\u206f"  # line separators, bidirectional embeddings, overrides and isolates
    "\ud800-\udfff\ufff9-\ufffb\ufffe\uffff"  # lone surrogates (not encodable), annotations, noncharacters
    "\U000e0000-\U000e007f"  # tags
    "]"
)
_BREAKS = re.compile(r"[\r\n]+")


def inert(text: str, limit: int = TEXT_CHARS) -> str:
    """The text on one line of at most ``limit`` characters, with every steering character spelled out.

    Line breaks become one ``⏎``, a tab a space, any other control ``⟨U+202E⟩``. A longer text ends in ``…``.
    """
    # Cut first as well: a text of megabytes is not worth being searched. Only runs of line breaks get shorter below.
    text = _BREAKS.sub(" ⏎ ", text[: 4 * limit].strip("\r\n")).replace("\t", " ")
    text = _STEERING.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def quoted(text: str) -> str:
    """The text of a record, cut to what a citation may carry."""
    return inert(text, QUOTE_CHARS)


def anchor(*parts: str) -> str:
    """An ``id`` for a deep link out of ids and numbers, safe in HTML and in a URL."""
    return "-".join(re.sub(r"[^A-Za-z0-9_.]+", "-", part)[:80] for part in parts)


def iso(at: datetime) -> str:
    """The instant as ``findings.json`` spells it: ``2026-03-02T08:02:00.000000Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def moment(at: datetime) -> str:
    """The instant as a person reads it: ``2026-03-02 08:02:00 UTC``; thousandths only where there are any."""
    text = iso(at)
    thousandths = text[19:23]
    return f"{text[:10]} {text[11:19]}{thousandths if thousandths != '.000' else ''} UTC"


def offset(span: timedelta) -> str:
    """A span as a person reads it, signed: ``−0:00:52.810``, ``+3 d 04:00:00``; the end itself is ``0:00:00``."""
    sign = "−" if span < timedelta() else "+" if span > timedelta() else ""
    size = abs(span)
    minutes, seconds = divmod(size.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    thousandths = size.microseconds // 1000
    clock = f"{hours:02d}:{minutes:02d}:{seconds:02d}" if size.days else f"{hours}:{minutes:02d}:{seconds:02d}"
    fraction = f".{thousandths:03d}" if thousandths else ""
    return f"{sign}{f'{size.days} d ' if size.days else ''}{clock}{fraction}"
