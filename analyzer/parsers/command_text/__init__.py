"""Raw output of Windows commands, in any language and code page.

Labels are translated, so nothing is read by its label: order of lines, shape of values and names that Microsoft does
not translate carry the meaning. A target of ``cmdkey /list`` in English, French, German and Spanish::

    Currently stored credentials:

        Target: LegacyGeneric:target=git:https://github.com     Cible : LegacyGeneric:target=git:https://github.com
        Type: Generic                                           Ziel: …          Destino: …
        User: alice@gmail.com                                   Typ: Allgemeine  Tipo: Genérico
        Local machine persistence                               Benutzer: …      Persistencia del equipo local

``w32tm /query /status /verbose`` has 16 lines in one order (``Leap Indicator: 0(no warning)``, ``Indicateur de
dérive : 0(Aucun avertissement)``, ``Sprungindikator: 0(keine Warnung)`` …); a line of ``w32tm /stripchart`` is
``11:21:53, +137.0856223s`` or ``09:56:11 d:+00.0623991s o:-00.6887759s  [ * ]`` or ``09:56:13 error: 0x800705B4``.
``netsh winhttp show proxy`` says ``Accès direct (sans serveur proxy).`` or ``Serveur(s) proxy :  proxy.local:8080``.

A command that was cut, or that printed an error alone, leaves its facts and a ``Damage``: an empty credential list is
one that says so. The list of ``cmdkey`` has no end mark, so that a cut exactly between two entries shows only by the
manifest's hash; ``ipconfig`` has none either and never speaks for absence.

Source: learn.microsoft.com on cmdkey, w32tm ("Windows Time service tools and settings"), netsh winhttp, certutil,
systeminfo, ipconfig and "Troubleshoot devices by using the dsregcmd command"; outputs in English, French, German,
Spanish, Polish and Portuguese seen in public source code. That ``o`` of stripchart is server minus local is seen in
public source code too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzer.encodings import decode
from analyzer.model import Covered, Damage, Identified
from analyzer.parsers.command_text.certutil import CERTUTIL
from analyzer.parsers.command_text.cmdkey import CMDKEY
from analyzer.parsers.command_text.machine import DSREGCMD, IPCONFIG, NETSH, SYSTEMINFO
from analyzer.parsers.command_text.page import Command, Page
from analyzer.parsers.command_text.w32tm import PEERS, STATUS, STRIPCHART, error_of
from analyzer.secrets import mask
from analyzer.tables import Batch, Fact, batches
from collectors.catalog import load

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

_MOST_BYTES = 16 << 20

# the most distinctive first: an unnamed text is the first that it looks like
_COMMANDS: dict[str, Command] = {
    "certutil_root": CERTUTIL,
    "dsregcmd_status": DSREGCMD,
    "ipconfig_all": IPCONFIG,
    "systeminfo": SYSTEMINFO,
    "netsh_winhttp_proxy": NETSH,
    "w32tm_stripchart": STRIPCHART,
    "w32tm_status": STATUS,
    "w32tm_peers": PEERS,
    "cmdkey_list": CMDKEY,
}


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """The facts of one command's output, under the names of ``live/state.json`` where it has them."""
    with artifact.open() as stream:
        data = stream.read(_MOST_BYTES + 1)
    text, _ = decode(data[:_MOST_BYTES], oem=artifact.host.oem_code_page, ansi=artifact.host.ansi_code_page)
    page = Page.of(text)
    item = _recognise(artifact.member.item, page)
    if item is None:
        yield Damage("line 1", "no output of a known command: exit without output, or another text")
        return
    if item != artifact.member.item:
        yield Identified(item)
    owner = artifact.member.user if _is_of_a_user(item) else None
    answer = _COMMANDS[item].read(page)
    yield from _batches(answer.facts, owner)
    lack = answer.lack or ("" if page.ended and len(data) <= _MOST_BYTES else "the output is cut in a line")
    before, hole, _ = text.partition("\0")
    if hole:
        number = before.count("\n") + 1
        yield Damage(f"line {number}", "NULs stand where text was to be written", lost_at_least=1)
    elif lack:
        yield Damage("end", lack, lost_at_least=0 if page.ended else 1)
    elif _COMMANDS[item].has_end:
        yield Covered(user=owner)


def _recognise(item: str | None, page: Page) -> str | None:
    """The catalogue id that the bundle names, where the content agrees, else the one that the content shows."""
    if item in _COMMANDS and (_COMMANDS[item].looks(page) or (item.startswith("w32tm") and error_of(page))):
        return item
    return next((other for other, command in _COMMANDS.items() if command.looks(page)), None)


def _is_of_a_user(item: str) -> bool:
    found = load().find(item)
    return found is not None and found.user


def _batches(facts: tuple[Fact, ...], owner: str | None) -> Iterator[Batch]:
    clean = (fact._replace(value=_clean(fact.value), subject=_clean(fact.subject)) for fact in facts)
    return batches("facts", clean, user=owner)


def _clean(text: str | None) -> str | None:
    return None if text is None else mask(text)
