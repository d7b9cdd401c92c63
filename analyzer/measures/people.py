"""Whose sign-in failed: the user that the diagnosis is for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import polars as pl

from analyzer.layouts import is_service_account
from analyzer.measures.evidence import elements
from analyzer.model import Person, Refusal
from analyzer.tables import Evidence

_TEMPORARY = re.compile(r"temp(\..*)?", re.IGNORECASE)
_PROFILES = r"software\microsoft\windows nt\currentversion\profilelist"
_GOOGLE = "tp_google"
_OF_A_PROVIDER = r"[\\_]tp_[a-z]+[^\\]*$"
_IDENTITIES = "\\common\\identity\\identities\\"
_OUTLOOK_PROFILES = "\\outlook\\profiles\\"


def affected(evidence: Evidence, option: str | None = None) -> tuple[Person, ...]:
    """The affected user, by the first rule that names one; several when each must be judged apart.

    The ladder: ``--user``, the case, the console user, the only user with a Google trace, the only user whose hive
    or files were taken, each user with an Outlook profile. Where nobody is known, one nameless person.

    Raises ``Refusal`` for an option that names nobody in the bundle.
    """
    everyone = people(evidence)
    if option:
        return (_named(option, everyone, "option") or _refuse(option, everyone),)
    for fact, basis in (("case.user_sid", "case"), ("case.console_user_sid", "console")):
        sid = _case(evidence, fact)
        if sid and not is_service_account(sid):
            return (_named(sid, everyone, basis) or Person(sid, None, basis),)
    traced = _with_labels(everyone, google_users(evidence))
    if len(traced) == 1:
        return (_based(traced[0], "google_trace"),)
    for some in (() if traced else _with_labels(everyone, _hive_users(evidence)), everyone):
        if len(some) == 1:
            return (_based(some[0], "unknown"),)
    profiled = traced or _with_labels(everyone, _outlook_users(evidence))
    if len(profiled) == 1:
        return (_based(profiled[0], "unknown"),)
    return tuple(_based(person, "several") for person in profiled) or (Person(None, None),)


def people(evidence: Evidence) -> tuple[Person, ...]:
    """Every user whose evidence is in the bundle, SID and name joined where something says so; no service account."""
    names = dict(_pairs(evidence))
    labels = {r.member.user for r in evidence.readings if r.member.user and r.member.item}
    for table in ("registry", "facts", "log_lines"):
        labels |= set(evidence.tables[table].select("user").unique().collect()["user"].drop_nulls().to_list())
    sids = {name.lower(): sid for sid, name in names.items()}
    found: dict[str, Person] = {}
    for label in sorted(labels):
        sid = label if label.upper().startswith("S-1-") else sids.get(label.lower())
        name = names.get(label) if sid == label else label
        person = Person(sid, name)
        if not any(is_service_account(text) for text in (sid, name) if text):
            found[(person.label or "").lower()] = person
    everyone = _joined(tuple(found[key] for key in sorted(found)), evidence)
    return tuple(sorted(everyone, key=lambda person: (person.label or "").lower()))


def _joined(everyone: tuple[Person, ...], evidence: Evidence) -> tuple[Person, ...]:
    """The affected user by SID, and the only profile folder that no SID belongs to, are the same person.

    Not where another SID without a name is about: the folder may be theirs.
    """
    affected, console = _case(evidence, "case.user_sid"), _case(evidence, "case.console_user_sid")
    sids = {affected, console, *(person.sid for person in everyone)} - {None}
    nameless = sids - {person.sid for person in everyone if person.name}
    folders = [person.name for person in everyone if person.sid is None]
    if nameless != {affected} or len(folders) != 1:
        return everyone
    return (*(person for person in everyone if person.sid and person.sid != affected), Person(affected, folders[0]))


def _pairs(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """SID and name as Windows' profile list and the running system tell them.

    Source: a profile that could not be loaded is set aside as <SID>.bak; its owner then works in ``C:\\Users\\TEMP``.
    """
    rows = evidence.registry.filter(
        pl.col("key").str.to_lowercase().str.starts_with(_PROFILES + "\\s-1-5-"),
        pl.col("name").str.to_lowercase() == "profileimagepath",
    )
    pairs = [(row["key"], row["value"] or "") for row in rows.sort("key").collect().to_dicts()]
    folders = {key.rsplit("\\", 1)[1]: path.rsplit("\\", 1)[-1] for key, path in pairs}
    for sid, folder in folders.items():
        if not sid.lower().endswith(".bak"):
            set_aside = folders.get(f"{sid}.bak") if _TEMPORARY.fullmatch(folder) else None
            yield sid, set_aside or folder
    for host in elements(evidence, "host"):
        if host.text("sid") and host.text("user"):
            yield host.text("sid"), host.text("user").rsplit("\\", 1)[-1]
    for pair in elements(evidence, "case.people"):
        yield pair.text("sid"), pair.text("name")


def _named(label: str, everyone: Iterable[Person], basis: str) -> Person | None:
    return next((_based(p, basis) for p in everyone if label.lower() in p.aliases), None)


def _refuse(option: str, everyone: tuple[Person, ...]) -> Person:
    known = ", ".join(person.label or "" for person in everyone) or "nobody"
    raise Refusal(f"no user {option} in this bundle; it holds evidence of {known}")


def _based(person: Person, basis: str) -> Person:
    return Person(person.sid, person.name, basis)


def _with_labels(everyone: tuple[Person, ...], labels: set[str]) -> tuple[Person, ...]:
    return tuple(person for person in everyone if person.aliases & labels)


def _case(evidence: Evidence, name: str) -> str | None:
    values = evidence.facts.filter(pl.col("name") == name).select("value").collect()["value"].drop_nulls()
    return None if values.is_empty() else str(values[0])


def _users(rows: pl.LazyFrame) -> set[str]:
    return {user.lower() for user in rows.select("user").unique().collect()["user"].drop_nulls()}


def google_users(evidence: Evidence) -> set[str]:
    """The labels, in lower case, of everybody whose Google token or identity is in the bundle."""
    targets = evidence.facts.filter(
        pl.col("name") == "credentials.target", pl.col("value").str.to_lowercase().str.contains(_GOOGLE, literal=True)
    )
    key = pl.col("key").str.to_lowercase()
    traces = evidence.registry.filter(
        key.str.contains(_IDENTITIES, literal=True),
        (pl.col("name").str.to_lowercase() == "idp") & (pl.col("number") == 6),
        ~key.str.contains(_OF_A_PROVIDER) | key.str.contains(_GOOGLE, literal=True),
    )
    return _users(targets) | _users(traces)


def _hive_users(evidence: Evidence) -> set[str]:
    """Those whose own hive or files were taken: who collected need not be among them."""
    files = {r.member.user.lower() for r in evidence.readings if r.member.user and "/Users/" in f"/{r.member.name}"}
    return files | _users(evidence.registry.filter(pl.col("hive") == "HKCU"))


def _outlook_users(evidence: Evidence) -> set[str]:
    keys = pl.col("key").str.to_lowercase()
    return _users(evidence.registry.filter(keys.str.contains(_OUTLOOK_PROFILES, literal=True)))
