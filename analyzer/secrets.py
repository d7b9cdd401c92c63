"""What never reaches a table: tokens, passwords and protected data, masked where rows are made.

A masked text keeps everything around the secret and says what stood there: ``(masked OAuth token, 183 characters)``.
Masking twice changes nothing. The base64 of Google's refusal (``eyJzdGF0dXMiOi…``, ``{"status":"400",…}``) is
evidence and stays, as do GUIDs, hashes, host names and the names of credential targets.

Source: RFC 7628 and Google's "OAuth 2.0 Mechanism" (``user=…^Aauth=Bearer …^A^A``), RFC 3501 (LOGIN), RFC 1939 (PASS),
RFC 4616 (PLAIN), RFC 7519 (JWT), Google's "Using OAuth 2.0" (``ya29.``, ``1//``), the DPAPI provider GUID of
``CryptProtectData`` (df9d8cd0-1501-11d1-8c7a-00c04fc297eb).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

from collectors.secrets import is_named_secret

# DATA_BLOB of CryptProtectData: version 1, then the provider's GUID in memory order
_DPAPI_HEAD = bytes.fromhex("01000000d08c9ddf0115d1118c7a00c04fc297eb")


def masked(what: str, secret: str) -> str:
    """The words that stand in for a secret."""
    return f"(masked {what}, {len(secret)} characters)"


def xoauth2_user(payload: str) -> str | None:
    """The account named in the base64 of an XOAUTH2 or OAUTHBEARER answer; None where there is none.

    Padding may be missing and the payload may be cut.
    """
    found = re.search(r"(?:^user=|^n,a=)([^\x01,\s]{1,320})", text_of_base64(payload), re.ASCII)
    return found[1] if found else None


def text_of_base64(text: str) -> str:
    """What base64 says, byte by byte as Latin-1; padding may be missing, and a cut payload gives its beginning."""
    body = text.rstrip("=").replace("-", "+").replace("_", "/")
    body = body[: len(body) - 1] if len(body) % 4 == 1 else body
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4)).decode("latin-1")
    except ValueError:
        return ""


_Replace = Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class _Rule:
    """``markers`` are lower-case texts; without one of them the pattern cannot match."""

    markers: tuple[str, ...]
    pattern: re.Pattern[str]
    replace: _Replace


def _rule(markers: str, pattern: str, replace: str | _Replace, flags: int = re.IGNORECASE) -> _Rule:
    # ASCII: no letter outside ASCII may match a pattern whose marker it does not hold
    compiled = re.compile(pattern, flags | re.ASCII)
    return _Rule(tuple(markers.split("|")), compiled, replace if callable(replace) else _keeping_head(replace))


def _keeping_head(what: str) -> _Replace:
    """Group 1 stays; what follows it in the match is the secret."""

    def replace(found: re.Match[str]) -> str:
        return found[1] + masked(what, found[0][len(found[1]) :])

    return replace


def _oauth_answer(found: re.Match[str]) -> str:
    payload = found[2]
    user = xoauth2_user(payload)
    return found[1] + (f"user={user} " if user else "") + masked("OAuth token", payload)


def _plain_answer(found: re.Match[str]) -> str:
    """A server lists its methods in the same words (``AUTH PLAIN LOGIN``): an answer holds NUL between its parts."""
    return found[1] + masked("password", found[2]) if "\0" in text_of_base64(found[2]) else found[0]


def _signed_token(found: re.Match[str]) -> str:
    return masked("token", found[0]) if found[1] else found[0]


def _protected_base64() -> tuple[str, ...]:
    """The head of protected data in base64, wherever it begins within three bytes."""
    starts = []
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + _DPAPI_HEAD).decode("ascii")
        # the first and last quads also hold bits of the neighbours
        starts.append(text[4 if shift else 0 : 24])
    return tuple(starts)


_PROTECTED = _protected_base64()
_HEX_HEAD = r"[, \\\r\n]{0,8}".join(f"{byte:02x}" for byte in _DPAPI_HEAD)

_KEY_NAMES = (
    r"(?:pass(?:word|wd|phrase|wort)|(?<![a-z])pass|kennwort|contrase\S{1,2}a|senha|\bpwd|mot ?de ?passe|"
    r"(?:access|refresh|id|session|sso)[_ -]?token|client[_ -]?secret|code[_-]verifier|"
    r"(?:device|auth|authorization)[_-]code)"
)
# a switch named like a password is no password
_SWITCH = r"(?:[01]|true|false|yes|no|null|none)"
_NO_SWITCH = rf"(?!\(masked )(?![\\\"']{{0,5}}{_SWITCH}(?:[\"'\s&,;}}\\]|$))"
# no alternative fails after a long run, so that a hostile line costs one pass; sixteen letters in fours are
# an app password of Google
_VALUE = (
    r"(\"(?!\(masked )(?:[^\"\\]|\\.)+|\\+\"(?!\(masked )[^\"]+|'(?!\(masked )[^']+"
    r"|[a-z]{4}(?: [a-z]{4}){3}(?![a-z])|[^\s\"'&,;<>]+)"
)


def _named_value(found: re.Match[str]) -> str:
    """The quotes before a value stay."""
    value = found[2].lstrip("\\\"'")
    opening = found[2][: len(found[2]) - len(value)]
    return found[1] + opening + masked(_kind_named(found[1]), value) if value else found[0]


def _kind_named(name: str) -> str:
    return "token" if re.search("token|code", name, re.IGNORECASE) else "password"


_RULES: tuple[_Rule, ...] = (
    # anywhere: what stands before it may belong to the same run of letters
    _rule("dxnlcj|bixhp", r"()(dXNlcj[0-3][\w+/-]{16,}={0,2}|bixhP[\w+/-]{24,}={0,2})", _oauth_answer, 0),
    _rule(
        "xoauth2|oauthbearer",
        r"(\bAUTH(?:ENTICATE)?[ \t]+(?:XOAUTH2|OAUTHBEARER)[ \t]+)([A-Z0-9+/_-]{16,}={0,2})",
        _oauth_answer,
    ),
    _rule("plain", r"(\bAUTH(?:ENTICATE)?[ \t]+PLAIN[ \t]+)([A-Z0-9+/]{4,}={0,2})(?![\w-])", _plain_answer),
    _rule(
        "d08c9d|d0,8c,9d|d0 8c 9d",
        rf"()(?:{_HEX_HEAD})(?:[, \\\r\n]{{0,8}}[0-9a-f]{{2}})*",
        "protected data",
    ),
    _rule(
        "|".join(_PROTECTED).lower(),
        rf"()(?:{'|'.join(map(re.escape, _PROTECTED))})[A-Za-z0-9+/=]*",
        "protected data",
        0,
    ),
    _rule("private", r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[A-Za-z0-9+/=\s\\]+", "private key"),
    _rule(
        "authorization",
        r"(authorization\\{0,4}[\"']?[ \t]*[:=][ \t]*\\{0,4}[\"']?"
        r"(?:Basic|Bearer|Digest|Negotiate|NTLM|SAPISIDHASH|MSAuth1\.0)[ \t]+)(?!\(masked )[^\s\"][^\"\r\n]*",
        "authorization",
    ),
    _rule("cookie", r"(\b(?:set-)?cookie2?[ \t]*:[ \t]*)(?!\(masked )[^\s\"][^\r\n\"]*", "cookie"),
    _rule("bearer", r"(\bBearer(?:[ \t]+|%20|\+))[A-Z0-9._~+/-]{16,}=*", "OAuth token"),
    _rule("tlrmtvntuaa", r"()TlRMTVNTUAA[A-Za-z0-9+/=]+", "NTLM message", 0),
    # anywhere: a wrapped line may be joined to the word before it
    _rule("ya29.", r"()ya29\.[\w.~+/-]{10,}", "OAuth token"),
    _rule("1//|1%2f|1\\/", r"((?:^|(?<=[^\w/.])))1(?://|%2f%2f|\\/\\/)[\w-]{20,}", "OAuth token"),
    _rule("4/0|4%2f0|4\\/0", r"((?:^|(?<=[^\w/.])))4(?:\\?/|%2f)0[\w-]{20,}", "OAuth code"),
    _rule("gocspx-", r"()\bGOCSPX-[\w-]{10,}", "client secret", 0),
    # one part alone is no token: Google's refusal is one. It is passed over whole, however many more begin inside of it
    _rule("eyj", r"\b(?!eyJzdGF0dXMiOi)eyJ[\w-]{10,}+(\.[\w-]{10,}(?:\.[\w-]*)*)?", _signed_token, 0),
    _rule("://", r"(://[^/\s:@]{1,128}:)(?!\(masked )[^/\s\"]{1,256}(?=@)", "password"),
    _rule(
        "pass|kennwort|contrase|senha|pwd|token|secret|verifier|_code|-code",
        rf"({_KEY_NAMES}(?!\w)(?:\\{{0,4}}[\"'])?[ \t]{{0,8}}[=:][ \t]{{0,8}}){_NO_SWITCH}{_VALUE}",
        _named_value,
    ),
    _rule("code=", r"([?&]code=)(?!\(masked )[^&\s\"'#<>]{16,}", "OAuth code"),
    # the client's own words only; "OK LOGIN completed" and "AUTH LOGIN PLAIN" are the server's
    _rule(
        "login",
        r"((?:^|(?<=\] )|(?<=[C>]: ))(?!(?:OK|NO|BAD|AUTH) )[\w.]{1,16} LOGIN[ ]+"
        r"(?:\"[^\"\r\n]{1,320}\"|[^\s\"]{1,320})[ ]+)"
        r"(?!\(masked )[^\s{][^\r\n]*",
        "password",
        re.IGNORECASE | re.MULTILINE,
    ),
    _rule(
        "pass ",
        r"((?:^|(?<=\] )|(?<=[C>]: ))PASS )(?!\(masked )[^\s][^\r\n]*",
        "password",
        re.IGNORECASE | re.MULTILINE,
    ),
)

MARKERS: tuple[str, ...] = tuple(dict.fromkeys(marker for rule in _RULES for marker in rule.markers))
"""Lower-case ASCII texts: a text that holds none of them, whatever its case, holds no secret known here."""


def holds_secret_marker(text: str) -> bool:
    """Whether ``mask`` might change the text: cheap, and wrong on the side of caution only."""
    # `map`, not a generator: this is asked of every value of every artifact
    return any(map(text.lower().__contains__, MARKERS))


def mask(text: str) -> str:
    """The text with every secret replaced by words that say what it was and how long."""
    if not holds_secret_marker(text):
        return text
    lowered = text.lower()
    for rule in _RULES:
        if any(marker in lowered for marker in rule.markers):
            text = rule.pattern.sub(rule.replace, text)
    return text


_SECRET_NAME = re.compile(rf"{_KEY_NAMES}$", re.IGNORECASE | re.ASCII)
_NO_SECRET = re.compile(rf"{_SWITCH}?$|\(masked ", re.IGNORECASE)
# a proxy's address needs no scheme before its login
_PROXY_LOGIN = re.compile(r"((?:^|[=;,\s])[^/\s:@=;]{1,128}:)(?!\(masked |\d{1,5}[;,\s])[^/\s\"@]{1,256}(?=@)")


def names_secret(name: str, key: str = "") -> bool:
    """Whether what bears that name is a secret, whatever it says; ``key`` is the path of a registry value's key."""
    return _SECRET_NAME.search(name) is not None or is_named_secret(key, name)


def mask_field(name: str, value: str) -> str:
    """The value of a field without secrets: all of it where the field's name says that it is one."""
    if names_secret(name) and not _NO_SECRET.match(value):
        return masked(_kind_named(name), value)
    value = mask_login(name, value)
    clean = mask(value)
    return clean if clean != value else mask(f"{name}: {value}").removeprefix(f"{name}: ")


def mask_login(name: str, value: str) -> str:
    """The value of a field that names a proxy without the password before its host; every other value as it is."""
    return _PROXY_LOGIN.sub(_keeping_head("password"), value) if "proxy" in name.lower() else value
