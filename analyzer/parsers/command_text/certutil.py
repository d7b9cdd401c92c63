"""``certutil -store root``: the certificates of a store.

A certificate of a French machine::

    ================ Certificat 0 ================
    Numéro de série : 79ad16a14aa0a5ad4c7358f407132e65
    Émetteur: CN=Microsoft Root Certificate Authority, DC=microsoft, DC=com
     NotBefore : 10/05/2001 00:19
     NotAfter : 10/05/2021 00:28
    Objet: CN=Microsoft Root Certificate Authority, DC=microsoft, DC=com
    Certificat racine : le sujet correspond à l’émetteur
    Hach. cert. (sha1) : cd d4 ee ae 60 00 ac 7f 40 c3 80 2c 17 1e 30 14 80 30 c0 72
    CertUtil: -store La commande s’est terminée correctement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.parsers.command_text.page import Answer, Command, Line, Page
from analyzer.tables import Fact

_SEPARATOR = re.compile(r"={6,}[^=]{1,60}={6,}\s*$")
_NAME = re.compile(r"(?:[A-Z]{1,12}|[0-9.]{3,40})=")
_SHA1 = re.compile(r"(?:[0-9a-f]{2} ?){20}$", re.IGNORECASE)


def _looks(page: Page) -> bool:
    return any(_SEPARATOR.match(line.text) or _is_end(line) for line in page.lines)


def _is_end(line: Line) -> bool:
    """The closing line begins alike in every language; a failure names its code."""
    return line.text.startswith("CertUtil: -store") and not re.search("0x[0-9a-f]{8}", line.text, re.IGNORECASE)


def _read(page: Page) -> Answer:
    lines = page.lines
    starts = [index for index, line in enumerate(lines) if _SEPARATOR.match(line.text)]
    ends = [*starts[1:], len(lines)]
    facts = tuple(
        fact
        for start, end in zip(starts, ends, strict=True)
        for fact in _certificate(lines[start], lines[start + 1 : end])
    )
    return Answer(facts, "" if _is_end(lines[-1]) else "the list of certificates does not reach its end")


def _certificate(head: Line, lines: tuple[Line, ...]) -> Iterator[Fact]:
    """The issuer stands before the subject; the hash is the line that names its algorithm."""
    values = [line.value or "" for line in lines]
    hashes = [value for line, value in zip(lines, values, strict=True) if "sha1" in line.text and _SHA1.match(value)]
    subject = hashes[0].replace(" ", "").lower() if hashes else None
    if subject:
        yield Fact(head.place, "certutil.sha1", subject, subject)
    names = [value for value in values if _NAME.match(value)]
    for name, value in zip(("certutil.issuer", "certutil.subject"), names, strict=False):
        yield Fact(head.place, name, subject, value)


CERTUTIL = Command(_looks, _read)
