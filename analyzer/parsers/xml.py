r"""``gpresult /x``: which group policy imposes which value of the registry.

A sample; names of elements are compared without their namespaces::

    <Rsop xmlns="http://www.microsoft.com/GroupPolicy/Rsop"><UserResults>
      <GPO><Name>Mail lockdown</Name><Path><Identifier>{31B2F340-…}</Identifier></Path></GPO>
      <ExtensionData><Extension xsi:type="q1:RegistrySettings"><q1:RegistrySetting>
        <GPO><Identifier>{31B2F340-…}</Identifier></GPO><Precedence>1</Precedence>
        <q1:KeyPath>Software\Policies\Microsoft\Office\16.0\Outlook\Options</q1:KeyPath>
        <q1:Value><q1:Name>DisableIMAP</q1:Name><q1:Number>1</q1:Number></q1:Value>
      </q1:RegistrySetting></Extension></ExtensionData></UserResults></Rsop>

Each setting of precedence 1 (the one that won) is one fact, ``gpresult.gpo``: its subject is the value's full path, its
value the policy's name, its place the section and the setting's number. A policy that the report tells by its title
alone names no value and is left out. Nothing here speaks for absence: the report holds what was applied, not all.

Source: element names of the RSoP report from memory; no public sample of an Office policy was found. Namespaces and
order are not relied upon.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from analyzer.model import Covered, Damage, Identified
from analyzer.secrets import mask
from analyzer.tables import Batch, Fact, batches

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

_ROOTS = {"UserResults": "HKCU", "ComputerResults": "HKLM"}
_MOST = 5000


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """The settings of both sections with the names of their policies."""
    facts: list[Fact] = []
    try:
        for section in _sections(artifact):
            facts += _section(section)
    except (ParseError, DefusedXmlException, LookupError, UnicodeError) as error:
        yield Damage(f"after setting {len(facts)}", f"no well-formed report from here on: {error}")
    yield from batches("facts", facts[:_MOST])
    if len(facts) > _MOST:
        yield Damage(f"setting {_MOST}", "more settings than are read", len(facts) - _MOST)


def _sections(artifact: Artifact) -> Iterator[Element]:
    """The sections as they end, each forgotten when the next is asked for."""
    with artifact.open() as stream:
        for _, element in iterparse(stream, events=("end",), forbid_dtd=True):
            if _local(element) in _ROOTS:
                yield element
                element.clear()


def _section(section: Element) -> Iterator[Fact]:
    """The value's path and the policy's name, for each setting that won."""
    name = _local(section)
    policies = {_text(gpo, "Identifier"): _text(gpo, "Name") for gpo in section if _local(gpo) == "GPO"}
    settings = (element for element in section.iter() if _local(element) == "RegistrySetting")
    for number, setting in enumerate(settings, 1):
        key, value = _text(setting, "KeyPath"), _value_name(setting)
        policy = policies.get(_text(setting, "Identifier"))
        if key and value and policy and _text(setting, "Precedence") in ("", "1"):
            path = f"{_ROOTS[name]}\\{key}!{value}"
            yield Fact(f"{name} setting {number}", "gpresult.gpo", mask(path), mask(policy))


def _value_name(setting: Element) -> str:
    values = (element for element in setting if _local(element) == "Value")
    return next((_text(value, "Name") for value in values), "")


def _text(element: Element, name: str) -> str:
    """The text of the first descendant of that name."""
    found = (each.text for each in element.iter() if each is not element and _local(each) == name)
    return (next(found, "") or "").strip()


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
