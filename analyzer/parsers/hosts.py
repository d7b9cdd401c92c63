"""The hosts file: names that the PC answers itself, without asking a name server.

Every name of an active line is one fact, ``hosts.address`` with the name as subject; comments say nothing::

    # Copyright (c) 1993-2009 Microsoft Corp.
    #	::1             localhost
    0.0.0.0 accounts.google.com   # added by somebody
    10.0.0.7	imap.gmail.com smtp.gmail.com

A hosts file need not end with a line end. Without a manifest that vouches for its bytes, one that does not may be cut:
its last line is in doubt, and it does not speak for absence.

Source: the comment of the file that Windows installs; learn.microsoft.com, "TCP/IP: hosts file".
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING

from analyzer.damages import Damages
from analyzer.encodings import Line, lines
from analyzer.model import Covered, Damage, Identified, Integrity
from analyzer.tables import BATCH_ROWS, Batch, Fact, batches

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

# lists that block advertising hold a hundred thousand names
_MOST_NAMES = 250_000


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """All names with their addresses."""
    vouched = artifact.member.integrity is Integrity.MATCHES
    facts: list[Fact] = []
    damages = Damages()
    if not vouched and not artifact.member.size_bytes:
        damages.add(Damage("the whole file", "empty"))
    names = 0
    with artifact.open() as stream:
        for line in lines(stream, oem=artifact.host.oem_code_page, ansi=artifact.host.ansi_code_page):
            if damage := _damage(line, vouched=vouched):
                damages.add(damage)
            found = [Fact(f"line {line.number}", "hosts.address", name, address) for address, name in _names(line.text)]
            facts.extend(found[: max(0, _MOST_NAMES - names)])
            names += len(found)
            if len(facts) >= BATCH_ROWS:
                yield from batches("facts", facts, user=None)
                facts = []
    yield from batches("facts", facts, user=None)
    if names > _MOST_NAMES:
        lost = names - _MOST_NAMES
        damages.add(Damage("the whole file", f"more than {_MOST_NAMES} names", lost_at_least=lost))
    if artifact.member.item != "hosts_file":
        yield Identified("hosts_file")
    yield from damages or (Covered(),)


def _names(text: str) -> Iterator[tuple[str, str]]:
    """Address and name, once for each name of the line; none for what is no entry."""
    address, *names = text.partition("#")[0].split() or [""]
    try:
        ip_address(address.partition("%")[0])
    except ValueError:
        return
    yield from ((address, name.lower().rstrip(".")) for name in names)


def _damage(line: Line, *, vouched: bool) -> Damage | None:
    place = f"line {line.number}"
    if line.cut_bytes:
        return Damage(place, f"too long: {line.cut_bytes} bytes of it are left out")
    if "\0" in line.text:
        return Damage(place, "not a line of text", doubts=(place,))
    if not line.ended and not vouched:
        return Damage(place, "the file may stop inside this line", doubts=(place,))
    return None
