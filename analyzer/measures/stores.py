"""Whether Windows can keep a credential at all: the vault's service, the profile it is kept in, and its last writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import polars as pl

from analyzer.measures.evidence import Fact, Scene, elements
from analyzer.measures.records import source
from analyzer.model import utc
from analyzer.tables import Evidence

_PROFILES = r"software\microsoft\windows nt\currentversion\profilelist" + "\\"
_TEMPORARY = re.compile(r"\\temp(\.[^\\]+)?$", re.IGNORECASE)


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """A disabled vault, a temporary profile, one set aside, and a credential written at the failure or after it."""
    for service in elements(evidence, "services"):
        if service.text("name").lower() == "vaultsvc" and service.text("start").lower() == "disabled":
            yield Fact("vault_disabled", (service.source,), None, service.text("state") or None)
    yield from _profiles(evidence, scene)
    yield from _writes(evidence, scene)


def _profiles(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """This person's entries in the list of profiles.

    Source: ProfileList\\<SID>!ProfileImagePath; a profile that could not be loaded is set aside as <SID>.bak and a
    folder TEMP stands in for it (Microsoft's support pages, from memory).
    """
    sid = (scene.person.sid or "").lower()
    for row in _entries(evidence) if sid else ():
        key = row["key"].lower().removeprefix(_PROFILES)
        if key == sid and _TEMPORARY.search(row["value"] or ""):
            yield Fact("temporary_profile", (source(row),), None, row["value"], at=row["at"], user=scene.person.sid)
        if key == sid + ".bak":
            yield Fact("profile_set_aside", (source(row),), None, row["value"], at=row["at"], user=scene.person.sid)


def _entries(evidence: Evidence) -> list[dict[str, Any]]:
    rows = evidence.registry.filter(
        pl.col("hive") == "HKLM",
        pl.col("key").str.to_lowercase().str.starts_with(_PROFILES),
        pl.col("name").str.to_lowercase() == "profileimagepath",
    )
    return rows.sort("artifact", "key").collect().to_dicts()


def _writes(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The first credential of this person that Windows wrote since the failure began."""
    since = min((start for start, _ in scene.failure.windows), default=None)
    for credential in elements(evidence, "credentials"):
        at = utc(credential.text("last_written_utc"))
        if since and at and at >= since and scene.mine(credential.user):
            yield Fact("credential_written", (credential.source,), None, None, at=at, user=credential.user)
            return
