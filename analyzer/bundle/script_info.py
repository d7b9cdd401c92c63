"""OutlookTrace's ``ScriptInfo.xml``: who ran it for whom, and what it did before it collected.

Without it nobody knows whose the credentials and settings in such a bundle are.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from analyzer.exported_objects import Reading, read
from analyzer.secrets import mask

NAME = "scriptinfo.xml"


@dataclass(frozen=True, slots=True)
class ScriptInfo:
    """``run_as`` and ``target`` are ``PC\\user`` as it was written; empty where the paper does not tell."""

    run_as: str = ""
    target: str = ""
    removed_identities: bool = False

    @property
    def owner(self) -> str | None:
        """The profile name of the person for whom all was taken; None where another person ran the script."""
        if not self.target or self.run_as.lower() != self.target.lower():
            return None
        return self.target.rpartition("\\")[2] or None


def decode(data: bytes) -> ScriptInfo:
    """What the paper says; nothing where it is none."""
    told = {name.lower(): value for properties in read(BytesIO(data), Reading()) for name, value in properties}
    removed = re.search(r"(?i)(?<!\S)-RemoveIdentityCache(?!:?\s*\$?false)\b", told.get("invocation", ""))
    return ScriptInfo(told.get("runasuser", "").strip(), told.get("targetuser", "").strip(), removed is not None)


_FAILED = re.compile(r"\[ErrorRecord\]InvocationInfo\.MyCommand: ([^,]{0,100}), Exception\.Message: (.{0,300}?), Invoc")
MOST_FAILURES = 200


def failures(log: bytes) -> Iterator[tuple[int, str]]:
    """Line and words of what failed while it collected, by its ``Log.csv``.

    Source: OutlookTrace writes a caught error as ``[ErrorRecord]InvocationInfo.MyCommand: …, Exception.Message: …``.
    """
    text = log.decode("utf-16" if log[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8", "replace")
    found = 0
    for number, line in enumerate(text.splitlines(), 1):
        if (told := _FAILED.search(line)) and found < MOST_FAILURES:
            found += 1
            yield number, mask(f"{told[1].strip() or 'a command'} failed: {told[2]}")
