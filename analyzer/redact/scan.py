"""The last look at finished files: whether an original can still be read in one, in whatever form."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote


def readable(content: bytes, originals: Iterable[str]) -> list[str]:
    """Those of the originals that a file still shows, in its text or encoded in it."""
    text = content.decode("utf-8", "replace").lower()
    return sorted({original for original in originals if _shows(text, content, original)})


def _shows(text: str, content: bytes, original: str) -> bool:
    if any(_stands_in(text, form) for form in _written(original.lower())):
        return True
    return any(form in content for form in _encoded(original))


def _stands_in(text: str, form: str) -> bool:
    """As a word: three letters inside another word are nobody's name."""
    return form in text and re.search(rf"(?<![^\W_]){re.escape(form)}(?![^\W_])", text) is not None


def _written(original: str) -> Iterator[str]:
    """As it is, escaped for HTML, JSON and URLs, and with dashes or nothing for what is no letter or digit."""
    yield original
    yield html.escape(original)
    yield json.dumps(original)[1:-1]
    yield quote(original, safe="").lower()
    yield re.sub(r"[\W_]", "-", original)
    yield re.sub(r"[\W_]", "", original)
    yield re.sub(r"[@.]", "", original)


def _encoded(original: str) -> Iterator[bytes]:
    """UTF-16 of either byte order, and base64 at each of the three places where it may begin."""
    for encoding in ("utf-16-le", "utf-16-be"):
        yield original.encode(encoding, "surrogatepass")
    plain = original.encode("utf-8", "surrogatepass")
    for data in (plain, original.encode("utf-16-le", "surrogatepass")):
        for before in range(3):
            # the first and last letters depend on the neighbours
            inner = base64.b64encode(b"\0" * before + data)[before and 4 : -4]
            if len(inner) >= 6:
                yield inner
