"""What a code or a pasted text means for this sign-in, without any bundle.

Codes are taken in every spelling they are met in: ``0x80072F05``, ``80072F05``, ``-2147012859``, ``2147954437``,
``12037``; a sentence of a server, a dialog or a page by the words that no release changes. What is not in the table is
said to be unknown; nothing is guessed from neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.knowledge.codes import Meaning, load

_WORD = re.compile(r"(?<![\w.])(?:0x[0-9a-f]{1,8}|-?\d+(?:\.\d{1,2}\.\d{1,3})?|[0-9a-f]{8})(?![\w])", re.IGNORECASE)
# a server's reply says less than the enhanced status behind it; a hyphen between them says that more lines follow
_REPLY = re.compile(r"\b\d{3}[- ](?=\d\.\d{1,2}\.\d)")
_BARE_HEX = re.compile(r"[89a-f][0-9a-f]{7}", re.IGNORECASE)
_WININET = range(12000, 13000)
_WIN32 = 0x80070000
_MOST = 200


@dataclass(frozen=True, slots=True)
class Explanation:
    """One thing that was asked about.

    ``spellings`` are other forms of a code; ``wraps`` the number of the Windows error inside an HRESULT of facility 7.
    ``meanings`` is empty for what nobody knows; ``family`` says that only the beginning of the code is known.
    """

    asked: str
    spellings: tuple[str, ...]
    wraps: int | None
    meanings: tuple[Meaning, ...]
    family: bool = False


def explain(words: Sequence[str]) -> tuple[Explanation, ...]:
    """Everything in the words that is a code or a known sentence, sentences first, each once.

    A number inside a sentence is asked about only where it is known; where there are but numbers, each is. Where
    nothing is known at all, one explanation without a meaning.
    """
    text = " ".join(words).replace("’", "'")[:100_000]
    sentences = _sentences(text)
    told = {meaning for one in sentences for meaning in one.meanings}
    bare = not re.sub(r"[\s,;:()\[\]]", "", _WORD.sub("", text))
    codes = [_code(found) for found in dict.fromkeys(m.group() for m in _WORD.finditer(_REPLY.sub("", text)))]
    kept = [one for one in codes if bare or one.meanings or _is_hresult(one)]
    fresh = [one for one in kept if not (one.meanings and told.issuperset(one.meanings))]
    return (*sentences, *fresh[:_MOST]) or (Explanation(text.strip(), (), None, ()),)


def _sentences(text: str) -> tuple[Explanation, ...]:
    lower = " ".join(text.lower().split())
    found = []
    for meaning in load():
        held = next((words for words in meaning.holds if words in lower), None)
        if held:
            found.append(Explanation(_as_written(text, held), (), None, (meaning,)))
    return tuple(found)


def _as_written(text: str, words: str) -> str:
    """The words as they stand in the text."""
    flat = " ".join(text.split())
    at = flat.lower().find(words)
    return flat[at : at + len(words)]


# --- codes --------------------------------------------------------------------------------------------------------


def _code(word: str) -> Explanation:
    if (value := _value(word)) is None:
        return _small(word)
    shown = f"0x{value:08X}"
    others = tuple(form for form in _forms(value) if form.lower() != word.lower())
    known = _by_code(shown)
    family = () if known else tuple(m for m in load() if any(shown.upper().startswith(b.upper()) for b in m.begins))
    wraps = value - _WIN32 if value & 0xFFFF0000 == _WIN32 else None
    return Explanation(word, others, wraps, known or family, family=bool(family))


def _value(word: str) -> int | None:
    """The 32 bits of an HRESULT; None for a number that is none."""
    if word.lower().startswith("0x"):
        return int(word, 16)
    if re.fullmatch(r"-?\d{1,12}", word):
        number = int(word)
        if number in _WININET:
            return _WIN32 + number
        if -(2**31) <= number < -(2**16) or 2**31 <= number < 2**32:
            return number & 0xFFFFFFFF
    return int(word, 16) if _BARE_HEX.fullmatch(word) else None


def _forms(value: int) -> Iterator[str]:
    yield f"0x{value:08X}"
    if value >= 2**31:
        yield str(value - 2**32)
    if value - _WIN32 in _WININET:
        yield str(value - _WIN32)


def _small(word: str) -> Explanation:
    """A number of a server, a socket or an event record, or an enhanced status after its reply: ``535-5.7.8``."""
    return Explanation(word, (), None, _by_code(word))


def _by_code(code: str) -> tuple[Meaning, ...]:
    return tuple(meaning for meaning in load() if any(code.lower() == each.lower() for each in meaning.codes))


def _is_hresult(one: Explanation) -> bool:
    return bool(one.spellings) or one.asked.lower().startswith("0x")


def causes(explanations: Iterable[Explanation]) -> tuple[str, ...]:
    """Every cause they point to, in the order they were met."""
    return tuple(dict.fromkeys(cause for one in explanations for meaning in one.meanings for cause in meaning.causes))
