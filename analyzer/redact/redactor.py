"""Texts with tokens in the place of names."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import unquote

from analyzer.redact.originals import ADDRESS, SHORTEST, Kind, Originals
from analyzer.redact.public import is_public

T = TypeVar("T")

_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_SID = re.compile(r"S-1-5-21(?:-\d+){3,4}|S-1-12-1(?:-\d+){4}", re.IGNORECASE)
_PROFILE = re.compile(r"(?i)((?:^|[\\/])users[\\/])([^\\/\"*?<>|:]+)")
_SHARED = frozenset({"public", "default", "default user", "all users"})
# A private host is known by its domain's last label: reserved for private use, or one that anybody may register. Two
# letters are a country's, unless they end a file's name. What follows a single backslash is a key or a folder.
_HOST = re.compile(
    r"(?<![\w.@%-])(?<![^\\]\\)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}(?![\w-])", re.IGNORECASE
)
_GENERIC = frozenset(
    "com net org edu gov info biz io local lan internal intranet corp home private example test invalid cloud".split()
)
_FILES = frozenset("ps py sh so md rs db gz js cs pl hh ad ai id is in at to".split())
# Fields that hold identifiers of ours: a computer may be called "proxy", a cause is called so too.
_IDENTIFIERS = frozenset(
    "cause family signal id item format group kind station outcome basis broke_at stage layout manifest network sha256 "
    "knowledge_sha256 owner risk because causes contributors would_decide answer".split()
)
# Addresses of no machine in particular; 0.0.0.0 is what a WebView2 that is not there says of its version.
_PLACELESS = frozenset({"0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1"})  # noqa: S104 - nothing is bound


class Redactor:
    """Replaces names by tokens. The same name gets the same token as long as the redactor lives.

    Names that are known beforehand are numbered in their own order, others as they are met: the same output gets the
    same tokens on every run.
    """

    def __init__(self, known: Originals) -> None:
        self._tokens: dict[tuple[Kind, str], str] = {}
        self._originals: dict[str, str] = {}
        self._counts: dict[Kind, int] = defaultdict(int)
        for kind, name in sorted(known, key=lambda pair: (pair[0], pair[1].lower(), pair[1])):
            if kind is Kind.ACCOUNT:
                self._address(name)
            else:
                self._token(kind, name)

    @property
    def map(self) -> dict[str, str]:
        """Each token and what it stands for, as it was first met."""
        return dict(sorted(self._originals.items()))

    def everything(self, value: T) -> T:
        """The same structure with every text in it redacted; identifiers and scales of ours stay.

        Walks dataclasses, tuples, sets and the keys of dictionaries.
        """
        return self._walked(value)  # type: ignore[no-any-return]

    def text(self, text: str) -> str:
        """One text. A redacted text stays as it is."""
        for pattern, replaced in self._rules:
            text = pattern.sub(replaced, text)
        return text

    def _walked(self, value: Any) -> Any:
        if isinstance(value, str):
            return value if isinstance(value, Enum) else self.text(value)
        if is_dataclass(value) and not isinstance(value, type):
            # dataclasses.replace runs the constructor: fields made by it are left to it
            texts = [f.name for f in fields(value) if f.init and f.name not in _IDENTIFIERS]
            return replace(value, **{name: self._walked(getattr(value, name)) for name in texts})
        if isinstance(value, tuple | frozenset):
            return type(value)(self._walked(each) for each in value)
        if isinstance(value, dict):
            return {self._walked(key): each for key, each in value.items()}
        return value

    # -- rules, in the order in which they apply ------------------------------------------------------------------

    @cached_property
    def _rules(self) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]:
        known = ((_any(self._written), lambda found: self._written[found[0].lower()]),) if self._written else ()
        return (
            (ADDRESS, lambda found: self._address(found[0])),
            (_PROFILE, self._profile),
            (_SID, lambda found: self._token(Kind.SID, found[0])),
            (_IPV6, self._ip),
            (_IPV4, self._ip),
            (_HOST, self._host),
            *known,
        )

    def _token(self, kind: Kind, name: str) -> str:
        key = kind, name.lower()
        if key not in self._tokens:
            self._counts[kind] += 1
            self._tokens[key] = token = f"{kind}-{self._counts[kind]}"
            self._originals[token] = name
        return self._tokens[key]

    def _address(self, address: str) -> str:
        at = "@" if "@" in address else "%40"
        local, _, domain = address.rpartition(at)
        if self._is_token(local):
            return address
        return f"{self._token(Kind.ACCOUNT, unquote(address))}{at}{self._domain(domain)}"

    def _domain(self, domain: str) -> str:
        return domain if is_public(domain) or self._is_token(domain) else self._token(Kind.DOMAIN, domain)

    def _profile(self, found: re.Match[str]) -> str:
        kept = found[2].lower() in _SHARED or self._is_token(found[2])
        return found[0] if kept else found[1] + self._token(Kind.USER, found[2])

    def _ip(self, found: re.Match[str]) -> str:
        try:
            address = ipaddress.ip_address(found[0])
        except ValueError:
            return found[0]
        if found[0] in _PLACELESS:
            return found[0]
        return self._token(Kind.IP_PRIVATE if address.is_private else Kind.IP_PUBLIC, found[0])

    def _host(self, found: re.Match[str]) -> str:
        labels = found[0].lower().split(".")
        country = len(labels[-1]) == 2 and labels[-1] not in _FILES and len(labels) > 2
        if is_public(found[0]) or not (labels[-1] in _GENERIC or country):
            return found[0]
        return self._token(Kind.HOST if len(labels) > 2 else Kind.DOMAIN, found[0])

    def _is_token(self, text: str) -> bool:
        return re.fullmatch(rf"(?:{'|'.join(Kind)})-\d+", text) is not None

    @cached_property
    def _written(self) -> dict[str, str]:
        """Every way a name known beforehand is written, in lower case, with what takes its place."""
        return {way.lower(): token for way, token in self._ways() if len(way) >= SHORTEST}

    def _ways(self) -> Iterator[tuple[str, str]]:
        """As it is; Outlook writes an address with ``_`` for ``@``, and names its logs without its dots and ``@``."""
        for (kind, name), token in self._tokens.items():
            yield name, token
            if kind is Kind.ACCOUNT:
                local, _, domain = name.rpartition("@")
                yield f"{local}_{domain}", f"{token}_{self._domain(domain)}"
                yield re.sub(r"[\W_]", "", name), token
                yield re.sub(r"[@.]", "", name), token
                if _tells(local):
                    yield local, token


def _tells(local: str) -> bool:
    """Whether the part before the ``@`` names somebody by itself: ``info`` does not."""
    return bool(re.search(r"[\d._+-]", local)) or len(local) >= 8


def _any(names: dict[str, str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest_first))})(?![^\W_])", re.IGNORECASE)
