"""Whether consent was given to the account that the Outlook profile holds, or to another."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.measures.evidence import Fact, Scene
from analyzer.tables import Evidence

_CONSUMER = ("gmail.com", "googlemail.com")
_OFFICE = r"HKCU\Software\Microsoft\Office"


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """For each Google account of a profile: its own identity, or else an identity that belongs to no profile account.

    That an account has no identity is told only where this person's Office settings were read whole.
    """
    profile = _by_mailbox(scene, "google_profile_account")
    identities = _by_mailbox(scene, "google_identity")
    tokens = _by_mailbox(scene, "google_credential")
    whole = any(scene.mine(covered.user) for _, covered in evidence.covering("user_hive", _OFFICE))
    strangers = [fact for mailbox, fact in identities.items() if mailbox not in profile]
    for mailbox, account in profile.items():
        if own := identities.get(mailbox) or tokens.get(mailbox):
            yield Fact("identity_of_account", own.sources, account.subject, own.subject, at=own.at, user=own.user)
        elif whole:
            yield from (_other(account, stranger) for stranger in strangers)


def _by_mailbox(scene: Scene, name: str) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for trace in scene.traces:
        if trace.name == name and trace.subject:
            found.setdefault(mailbox_of(trace.subject), trace)
    return found


def mailbox_of(address: str) -> str:
    """The mailbox an address leads to: Gmail ignores dots, what follows a plus, and which of its two domains is used.

    Source: Google, "Dots don't matter in Gmail addresses", and on plus addresses and googlemail.com.
    """
    local, _, domain = address.lower().rpartition("@")
    if domain in _CONSUMER:
        return f"{local.partition('+')[0].replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def _other(account: Fact, stranger: Fact) -> Fact:
    both = (*account.sources, *stranger.sources)
    return Fact("identity_of_another", both, account.subject, stranger.subject, at=stranger.at, user=stranger.user)
