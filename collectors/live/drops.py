"""The Windows Filtering Platform's records, cut down to the mail programs: what others do is nobody's business.

Source: output of ``netsh wfp show netevents file=-``: one ``<item>`` an event below ``<netEvents>``, the program in
``<appId><asString>`` as a device path, in UTF-16 with a dot for its terminator.
"""

from __future__ import annotations

import re

from collectors.windows import NotTaken, Outcome

_PROGRAMS = (b"outlook.exe", b"olk.exe", b"msedgewebview2.exe", b"officeclicktorun.exe", b"microsoftedgeupdate.exe")
_EVENT = re.compile(rb"[ \t]*<item>(?:(?!</?item>).)*</item>[ \t]*\r?\n?", re.DOTALL)
_ROOT = b"<netEvents"


def of_mail_programs(xml: bytes) -> bytes:
    """The same document without the events of other programs; FAILED when it is not such a document."""
    text = xml.decode("utf-16").encode() if xml[:2] in (b"\xff\xfe", b"\xfe\xff") else xml
    start = text.find(b"<")
    if _ROOT not in text or start < 0:
        raise NotTaken(Outcome.FAILED, "netsh wfp printed no records")
    return _EVENT.sub(_kept, text[start:])


def _kept(event: re.Match[bytes]) -> bytes:
    lowered = event[0].lower().replace(b"\0", b"")
    return event[0] if any(program in lowered for program in _PROGRAMS) else b""
