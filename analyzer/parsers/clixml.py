"""Objects that OutlookTrace exported from PowerShell (``Export-CliXml``): properties by name, in any Windows language.

``ScriptInfo.xml`` (shortened)::

    <Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">
      <Obj RefId="0">
        <TN RefId="0"><T>System.Management.Automation.PSCustomObject</T></TN>
        <MS>
          <S N="RunAsUser">PC-042\\helpdesk</S>
          <S N="TargetUser">PC-042\\alice</S>
          <DT N="WaitStart">2026-03-02T08:01:30Z</DT>
          <DT N="WaitStop">2026-03-02T08:03:10Z</DT>
        </MS>
      </Obj>
    </Objs>

Between ``WaitStart`` and ``WaitStop`` the user reproduced the failure: they are facts like the collector's own. Stored
credentials become facts under the names of ``live/state.json``. All other properties are facts too, named after the
file: ``clixml.WebView2.Version``; of OneAuth's accounts, which are not Google's, the names of the properties alone.
Whose the objects are is decided where the bundle is opened. Nothing here speaks for absence: which objects a version
of OutlookTrace exports is its own affair.

Source: github.com/jpmessaging/OutlookTrace names the file after the noun of the command that made the objects; the form
is in MS-PSRP.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from analyzer.exported_objects import Properties, Reading
from analyzer.exported_objects import read as objects
from analyzer.model import Covered, Damage, Identified, utc
from analyzer.secrets import mask, mask_field
from analyzer.tables import Batch, Fact, batches

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

_CREDENTIAL = {"targetname": "credentials.target", "username": "credentials.user_name", "type": "credentials.type"}
_NAMES_ALONE = frozenset({"oneauthaccount"})
_BRACKET = {"waitstart": "case.reproduced.started_utc", "waitstop": "case.reproduced.ended_utc"}


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """The objects' properties, then what could not be read."""
    noun = artifact.original.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    told = Reading()
    number = 0
    facts: list[Fact] = []
    with artifact.open() as stream:
        _skip_banner(stream)
        fields = (part for properties in objects(stream, told) for part in _split(properties))
        for number, part in enumerate(fields, 1):
            facts.extend(_facts(noun, f"object {number}", part))
    yield from batches("facts", facts)
    if told.lack:
        yield Damage(f"after object {number}", told.lack)
    elif not number:
        yield Damage("", "no exported object in it")


def _skip_banner(stream: BinaryIO) -> None:
    """Output that was caught from a console begins with a line that is no XML."""
    if stream.readline(100).lstrip(b"\xef\xbb\xbf").strip() != b"#< CLIXML":
        stream.seek(0)


def _split(properties: Properties) -> Iterator[Properties]:
    """A list exported as one object becomes several: where a name comes again, the next one begins."""
    fields: dict[str, str] = {}
    for name, value in properties:
        if name in fields:
            yield tuple(fields.items())
            fields = {}
        fields[name] = value
    if fields:
        yield tuple(fields.items())


def _facts(noun: str, place: str, fields: Properties) -> Iterator[Fact]:
    known = {name.lower(): value for name, value in fields}
    if noun.lower() == "scriptinfo":
        yield from _bracket(place, known)
    if noun.lower() == "storedcredential" and known.get("targetname"):
        for name, fact in _CREDENTIAL.items():
            if name in known:
                yield Fact(place, fact, mask(known["targetname"]), mask(known[name]))
        return
    for name, value in fields:
        if noun.lower() in _NAMES_ALONE:
            yield Fact(place, f"clixml.{noun}.{name}")
            continue
        yield Fact(place, f"clixml.{noun}.{name}", value=mask_field(name, value))


def _bracket(place: str, known: dict[str, str]) -> Iterator[Fact]:
    """Nothing where only the configuration was collected: the times are empty then."""
    if all(utc(known.get(name, "")) for name in _BRACKET):
        for name, fact in _BRACKET.items():
            yield Fact(place, fact, value=known[name])
