"""Lengths of time in the words of a page: ``{number:dhms}`` for seconds, ``{number:dh}`` for hours.

The letters are the units that the text prints, so that a language brings its own: French writes ``jhms`` and ``jh``. A
``+`` before them keeps the sign.
"""

from __future__ import annotations

import math
import re

_SPEC = re.compile(r"(\+?)([dj])(h)(ms)?")
_SECONDS = (86_400, 3_600, 60, 1)


def is_span(spec: str) -> bool:
    """Whether a placeholder asks for a length of time."""
    return _SPEC.fullmatch(spec) is not None


def span(number: float, spec: str) -> str:
    """The length in its two largest units, ``3 d 4 h``; below ten seconds with a tenth."""
    found = _SPEC.fullmatch(spec)
    if found is None:
        raise ValueError(f"no length of time: {spec}")
    sign = ("-" if number < 0 else "+") if found[1] else ""
    size_s = abs(number) if found[4] else abs(number) * 3_600
    return sign + _told(size_s, (f"{found[2]}", "h", "min", "s"))


def _told(size_s: float, units: tuple[str, ...]) -> str:
    if size_s < 10 or not math.isfinite(size_s):
        return f"{size_s:.1f} {units[-1]}"
    left, parts = round(size_s), []
    for seconds, unit in zip(_SECONDS, units, strict=True):
        count, left = divmod(left, seconds)
        parts.append((count, unit))
    first = next(place for place, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)
