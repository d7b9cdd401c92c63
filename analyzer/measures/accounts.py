"""The Google accounts of one user, and the traces each has on the machine.

A credential, an identity and an account in an Outlook profile are three traces of the same thing. Having them says
nothing about their state: a healthy account has all three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from analyzer.measures.evidence import Element, Fact, Scene, elements
from analyzer.measures.settings import text
from analyzer.model import Source, utc
from analyzer.tables import Evidence

# Source: the support article spells `…OAUTH2…tp_google_imap_oauth2`; text copied from web pages loses underscores.
_GOOGLE_TOKEN = re.compile(r"tp_?google_?(imap|smtp|pop)?_?oauth2", re.IGNORECASE)
# Other providers' identities are of the same type: only what names none of them may be Google's.
_OTHER_PROVIDER = re.compile(r"(?:^|_)tp_(?!google)[a-z]+", re.IGNORECASE)
# a number without bound would be counted up to
_CHUNK = re.compile(r"@@@(\d{1,3})\.\d+$")
# it begins where its letters begin: a search from each letter of a long text would not end
ADDRESS = re.compile(r"(?<![\w.+'-])[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
MOST_ACCOUNTS = 100
_GOOGLE_SERVERS = ("imap.gmail.com", "imap.googlemail.com", "pop.gmail.com", "smtp.gmail.com")


@dataclass(frozen=True, slots=True)
class Credential:
    """One entry of Credential Manager that holds a Google token of Outlook.

    ``kind`` is imap, smtp, pop or empty; ``chunk`` numbers the pieces of a token too large for one entry.
    """

    target: str
    account: str | None
    kind: str
    chunk: int | None
    written: datetime | None
    source: Source
    user: str | None

    @property
    def logical(self) -> str:
        """The target without its chunk."""
        return _CHUNK.sub("", self.target).lower()


def token_kind(target: str) -> str:
    """imap, smtp, pop or empty: which protocol's token a target or the key of an identity names."""
    match = _GOOGLE_TOKEN.search(target)
    return (match.group(1) or "").lower() if match else ""


def credentials(evidence: Evidence, scene: Scene) -> tuple[Credential, ...]:
    """This person's Google tokens as Credential Manager lists them, each target once by the source that dates it."""
    found: dict[str, Credential] = {}
    for element in elements(evidence, "credentials"):
        target = element.text("target")
        if _GOOGLE_TOKEN.search(target) and scene.mine(element.user):
            made = _credential(element, target, token_kind(target))
            known = found.get(target.lower())
            if known is None or (known.written is None and made.written is not None):
                found[target.lower()] = made
    return tuple(found[key] for key in sorted(found))


def _credential(element: Element, target: str, kind: str) -> Credential:
    chunk = _CHUNK.search(target)
    address = ADDRESS.search(element.text("user_name")) or ADDRESS.search(target)
    return Credential(
        target,
        address.group().lower() if address else None,
        kind,
        int(chunk.group(1)) if chunk else None,
        utc(element.text("last_written_utc")),
        Source(element.source.artifact, element.source.place, utc(element.text("last_written_utc"))),
        element.user,
    )


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The traces of Google accounts, and pairs of tokens that are not complete."""
    owned = credentials(evidence, scene)
    for token in owned:
        yield Fact("google_credential", (token.source,), token.account, token.target, None, token.written, token.user)
    if listed_whole(evidence, scene):
        yield from _incomplete(owned)
    elif not owned:
        yield Fact("tokens_not_listed", ())
    yield from _identities(evidence, scene)
    yield from _profile_accounts(evidence, scene)


def addresses(facts: tuple[Fact, ...], told: tuple[str, ...] = ()) -> tuple[tuple[str, ...], int]:
    """Every account that has a trace, or that the case names, in lower case and order; and how many are too many.

    Each is judged apart: a listing of thousands, which nobody has, would keep the analysis busy for hours.
    """
    traces = ("google_credential", "google_identity", "google_profile_account")
    named = {t.lower() for t in told}
    found = sorted({f.subject for f in facts if f.name in traces and f.subject} - named)
    kept = found[: max(0, MOST_ACCOUNTS - len(named))]
    return tuple(sorted({*named, *kept})), len(found) - len(kept)


def listed_whole(evidence: Evidence, scene: Scene) -> bool:
    """Whether this person's credentials were listed to the end: only then is what is not listed not there."""
    covering = (*evidence.covering("live_state", "credentials"), *evidence.covering("cmdkey_list"))
    return any(scene.mine(covered.user) for _, covered in covering)


def _incomplete(owned: tuple[Credential, ...]) -> Iterator[Fact]:
    """An smtp token whose imap twin is gone; a token of several chunks that lacks one."""
    kinds: dict[str | None, set[str]] = {}
    for token in owned:
        kinds.setdefault(token.account, set()).add(token.kind)
    for token in owned:
        if token.kind == "smtp" and not kinds[token.account] & {"imap", "", "pop"}:
            yield Fact("smtp_token_without_imap", (token.source,), token.account, token.target, user=token.user)
    chunked: dict[str, list[Credential]] = {}
    for token in owned:
        if token.chunk is not None:
            chunked.setdefault(token.logical, []).append(token)
    for pieces in chunked.values():
        missing = sorted(set(range(1, max(p.chunk or 0 for p in pieces) + 1)) - {p.chunk for p in pieces})
        if missing:
            first = pieces[0]
            yield Fact("token_chunk_missing", (first.source,), first.account, first.target, missing[0], user=first.user)


def _identities(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Identities of type OAuth2 that name no other provider, or whose key names Google.

    Source: Common\\Identity\\Identities\\<id>, IdP 6 = OAuth2 (OutlookTrace, Get-OfficeIdentity).
    """
    for key, values in _keys(evidence, scene, r"\\common\\identity\\identities\\[^\\]+$").items():
        name = key.rsplit("\\", 1)[1]
        idp = values.get("idp", {}).get("number")
        if not is_google_identity(name, values.get("providerid", {}).get("value"), idp):
            continue
        address = next((a for v in ("emailaddress", "signinname") if (a := _address(values.get(v)))), None)
        row = values.get("idp") or next(iter(values.values()))
        yield Fact("google_identity", (_source(row),), address, name, None, row["at"], row["user"])


def is_google_identity(key: str, provider: str | None, idp: float | None) -> bool:
    """Whether an identity is Google's by the name of its key, its ProviderId and its type."""
    if idp is None:
        return bool(_GOOGLE_TOKEN.search(key))
    return idp == 6 and not any(_OTHER_PROVIDER.search(text) for text in (key, provider or ""))


def _profile_accounts(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Accounts of an Outlook profile that are kept at Google's servers.

    Source: section 9375CFF0413111d3B88A00104B2A6676 of a profile, values Email, IMAP Server (OutlookTrace).
    """
    pattern = r"\\profiles\\[^\\]+\\9375cff0413111d3b88a00104b2a6676\\[0-9a-f]{8}$"
    for values in _keys(evidence, scene, pattern).values():
        servers = [text(values[v]) for v in ("imap server", "pop3 server", "smtp server") if v in values]
        address = _address(values.get("email")) or _address(values.get("account name"))
        google = [s for s in servers if s.lower() in _GOOGLE_SERVERS]
        if google and address:
            row = next(values[v] for v in ("email", "account name") if v in values)
            yield Fact("google_profile_account", (_source(row),), address, google[0], None, row["at"], row["user"])


def _keys(evidence: Evidence, scene: Scene, pattern: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Keys that match, each with its rows by the value's name in lower case; the key row itself stands under ``""``."""
    rows = evidence.registry.filter(pl.col("hive") == "HKCU", pl.col("key").str.contains(f"(?i){pattern}"))
    keys: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows.sort("artifact", "key", "name", nulls_last=False).collect().iter_rows(named=True):
        if scene.mine(row["user"]):
            keys.setdefault(row["key"], {}).setdefault((row["name"] or "").lower(), row)
    return keys


def _address(row: dict[str, Any] | None) -> str | None:
    match = ADDRESS.search(text(row))
    return match.group().lower() if match else None


def _source(row: dict[str, Any]) -> Source:
    return Source(row["artifact"], row["place"], row["at"])
