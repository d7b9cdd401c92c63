"""What a line of an Office log says in words that no language changes: errors of OAuth, and codes by their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_OAUTH_ERROR = re.compile(
    r"\b(invalid_grant|invalid_client|invalid_request|admin_policy_enforced|disallowed_useragent|access_denied"
    r"|org_internal|access_not_configured|redirect_uri_mismatch)\b"
)
# one of these stands in every line that has a meaning
_TELLING = (
    *("invalid_", "admin_policy_", "disallowed_", "access_", "org_internal", "redirect_uri_"),
    *("0x8", "0X8", "214", "12037"),
)
_GOOGLE_HOST = re.compile(
    r"(?<![a-z0-9.@-])(?:[a-z0-9-]{1,63}\.){0,6}(?:google|googleapis|gmail|googlemail|gstatic)\.com\b", re.IGNORECASE
)
_MICROSOFT = re.compile(r"\bAADSTS\d|login\.(?:microsoftonline|windows|live)\.", re.IGNORECASE)
_SIGN_IN_URL = re.compile(r"https?://[^\s\"'<>]{0,300}?(?:oauth|token|login|/auth)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,6}", re.IGNORECASE)
# An HRESULT, in decimal too, and WinINet's own number for a certificate's date, 12000 + 37.
_CODE = re.compile(
    r"\b0x(8[0-9a-f]{7})\b|(?<![\w.-])(-214[67]\d{6}|214[78]\d{6})(?![\w.]\w)|\b(?:error|code)\W{1,4}(12037)\b",
    re.IGNORECASE,
)


def meanings(text: str, record: Callable[[], str]) -> Iterator[tuple[str, str | None, str]]:
    """Name, subject and value of what a line says in words that no language changes; ``record`` gives its record."""
    # patterns that may begin anywhere are slow: most lines hold none of the letters they need
    if not any(map(text.__contains__, _TELLING)):
        return
    host = _GOOGLE_HOST.search(text) if ".com" in text.lower() else None
    address = _ADDRESS.search(text) if "@" in text else None
    subject = host[0].lower() if host else address[0].lower() if address else None
    errors = dict.fromkeys(_OAUTH_ERROR.findall(text))
    for error in errors if errors and not _is_of_another(record()) else ():
        yield "office_log.oauth_error", subject, error
    codes = dict.fromkeys(_code(*found) for found in _CODE.findall(text))
    for code in codes if host else ():
        yield "office_log.error_code", subject, code
    for code in codes if "webview2" in text.lower() else ():
        yield "office_log.webview2_error", subject, code


def _code(digits: str, number: str, date: str) -> str:
    """``0x80090325`` for itself, for ``-2146893019`` and for ``2148074277``; ``0x80072F05`` for ``12037``."""
    if digits:
        return f"0x{digits.upper()}"
    return f"0x{0x80070000 + int(date) if date else int(number) % 2**32:08X}"


def _is_of_another(record: str) -> bool:
    """Whether Microsoft or another provider speaks: its errors have the same names, and are not about Google."""
    if _MICROSOFT.search(record):
        return True
    return bool(_SIGN_IN_URL.search(record)) and not _GOOGLE_HOST.search(record)
