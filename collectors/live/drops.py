"""The Windows Filtering Platform's records, cut down to the mail programs: what others do is nobody's business.

Source: Microsoft's examples of ``netsh wfp show netevents``: events lie below ``<netEvents>``, each names its program
in ``<appId><asString>`` as a device path in which the second byte of each character shows as a dot.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from collectors.windows import NotTaken, Outcome

# names without their dots, behind the last folder's backslash
_NAMES = ("\\outlookexe", "\\olkexe", "\\msedgewebview2exe", "\\officeclicktorunexe", "\\microsoftedgeupdateexe")


def of_mail_programs(xml: bytes) -> bytes:
    """The same document without the events of other programs; FAILED when it is not such a document."""
    start = xml.find(b"<") if xml[:2] not in (b"\xff\xfe", b"\xfe\xff") else 0
    try:
        # what Windows' own program printed on this machine
        root = ET.fromstring(xml[max(start, 0) :])  # noqa: S314
    except ET.ParseError as error:
        raise NotTaken(Outcome.FAILED, f"netsh wfp printed no whole document: {error}") from error
    lists = list(root.iter("netEvents"))
    if not lists:
        raise NotTaken(Outcome.FAILED, "netsh wfp printed no records")
    for events in lists:
        others = [event for event in events if not _of_mail(event)]
        for event in others:
            events.remove(event)
        events.attrib.pop("numItems", None)
    whole: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return whole


def _of_mail(event: ET.Element) -> bool:
    """The path ends in one of the programs' names; the dots between letters and the one before ``exe`` are alike."""
    named = (program.text or "" for program in event.iter("asString"))
    return any(name.replace(".", "").lower().endswith(_NAMES) for name in named)
