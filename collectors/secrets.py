"""What a registry export keeps back: the content of values that hold secrets.

Such a value keeps its name, type and length, because a diagnosis asks whether it is there; its data becomes zeros, or
asterisks in a text. Everything else goes out as it was found.

Source: Outlook keeps account passwords in ``IMAP Password``, ``POP3 Password``, ``SMTP Password``, ``HTTP Password``
as protected data; the head of ``CryptProtectData``'s output is its version and the provider's GUID
(df9d8cd0-1501-11d1-8c7a-00c04fc297eb); Google's "Using OAuth 2.0" shows its tokens' beginnings; RFC 7519.
"""

from __future__ import annotations

import re
from dataclasses import replace

from collectors.windows import Value

_PROTECTED = bytes.fromhex("d08c9ddf0115d1118c7a00c04fc297eb")
_TOKENS = re.compile(
    rb"ya29\.[\w.-]{10}|(?<![\w/.])1//[\w-]{20}|eyJ[\w-]{10,}\.[\w-]{10}|Bearer\s[\w.-]{10}|GOCSPX-|auth=Bearer"
    # protected data as text: in Base64, in hexadecimal digits
    rb"|AQAAANCMnd8BFdERjHoAwE|(?i:01000000d08c9ddf0115d1118c7a00c04fc297eb)",
    re.ASCII,
)
_LOGIN = re.compile(r"(://[^/\s:@]{1,128}:)([^/\s\"@]{1,256})(?=@)")
# a proxy's address needs no scheme before its login
_PROXY_LOGIN = re.compile(r"((?:://|^|[=;,\s])[^/\s:@=;]{1,128}:)([^/\s\"@]{1,256})(?=@)")
_PROXY_NAME = re.compile(r"_proxy$|^ProxyServer$", re.IGNORECASE)
_SECRET_NAME = re.compile(r"(?:passw(?:or)?d|passphrase|secret|api_?key|enrollmenttoken)$", re.IGNORECASE)
# in a list of environment variables a name is all that tells what a text is
_VARIABLE_NAME = re.compile(r"pass|pwd|secret|token|credential|api_?key|access_?key|_pat$|_key$", re.IGNORECASE)
_TEXTS = (1, 2, 7)


def is_named_secret(key: str, name: str) -> bool:
    """Whether a value holds a secret by its name alone; ``key`` is the whole path of its key."""
    is_variable = key.lower().endswith("\\environment")
    return bool(_SECRET_NAME.search(name) or (is_variable and _VARIABLE_NAME.search(name)))


def blanked(key: str, value: Value) -> Value:
    """The value without its secret, if it holds one; ``key`` is the whole path of its key."""
    if is_named_secret(key, value.name) and len(value.data) > _FLAG_BYTES:
        return _blank(value)
    if _PROTECTED in value.data or _TOKENS.search(value.data.replace(b"\0", b"")):
        return _blank(value)
    return _without_login(value)


# a switch that is named after a password is none
_FLAG_BYTES = 4


def _blank(value: Value) -> Value:
    if value.kind not in _TEXTS:
        return replace(value, data=bytes(len(value.data)))
    characters = len(value.data) // 2
    return replace(value, data=("*" * (characters - 1) + "\0" * min(characters, 1)).encode("utf-16-le"))


def without_login(proxy: str) -> str:
    """A proxy's address, or a list of them, keeps the user and loses the password between user and host."""
    return _PROXY_LOGIN.sub(_starred, proxy)


def _starred(found: re.Match[str]) -> str:
    return found[1] + "*" * len(found[2])


def _without_login(value: Value) -> Value:
    if value.kind not in _TEXTS or b"@\0" not in value.data:
        return value
    # half a character at the end stays what it is
    whole = len(value.data) & ~1
    text = value.data[:whole].decode("utf-16-le", "surrogatepass")
    login = _PROXY_LOGIN if _PROXY_NAME.search(value.name) else _LOGIN
    clean = login.sub(_starred, text).encode("utf-16-le", "surrogatepass")
    return replace(value, data=clean + value.data[whole:])
