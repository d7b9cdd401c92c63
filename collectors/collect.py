"""The collection: what is asked for, where it is taken from, and the bundle that comes of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from collectors import catalog, manifest, volume
from collectors.archive import Archive
from collectors.console import Console
from collectors.finds import Refused, Source
from collectors.gathering import Budget, Gathering, Listener
from collectors.manifest import Case, Left, Manifest, Taken

KEYS = (
    "password_prompt",
    "sign_in_window",
    "consent_offered",
    "works_on_other_pc",
    "works_on_other_network",
    "works_without_vpn",
    "manual_setup_fails",
    "google_page_text",
    "imap_enabled",
    "two_step_on",
    "advanced_protection",
    "access_revoked",
)
"""What a person may be quoted with: ``case.reported`` of the bundle format."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. ``failure_at`` is ISO 8601; without an offset it is local to the affected machine."""

    root: Path | None = None
    out: Path | None = None
    drive: str = "C"
    ticket: str | None = None
    account: str | None = None
    failure_at: str | None = None
    reported: tuple[tuple[str, str], ...] = ()
    network: bool = True
    budget: Budget = field(default_factory=Budget)


@dataclass(frozen=True, slots=True)
class Collected:
    """A finished bundle."""

    file: Path
    sha256: str
    taken: tuple[Taken, ...]
    left: tuple[Left, ...]

    def closing(self) -> str:
        """The last line on standard output: path, SHA-256, counts. It is the same in every language."""
        told = " ".join(f"{name}={count}" for name, count in manifest.counts(self.taken, self.left).items())
        return f"{self.file} sha256={self.sha256} {told}"


def collect(options: Options, console: Console) -> Collected:
    """Collect as the options say. Raises ``Refused``; then there is no bundle, and no half of one."""
    if options.root is None:
        raise Refused("not_windows")
    done = _from_volume(options.root, options, console)
    console.tell_left(done.left)
    console.say("done")
    return done


def _from_volume(root: Path, options: Options, listen: Listener) -> Collected:
    case = opened_case(options, local=False)
    source = volume.mount(root, options.drive)
    target = options.out or Path(default_name(root.resolve().name))
    return _collected(source, case, target, options.budget, listen)


def _collected(source: Source, case: Case, target: Path, budget: Budget, listen: Listener) -> Collected:
    started = datetime.now(UTC)
    budget.start()
    with Archive(target) as archive:
        gathering = Gathering(archive, budget)
        gathering.take(source, catalog.load().items, listen)
        taken, left = tuple(gathering.taken), tuple(gathering.left)
        paper = Manifest(case, source.host(), source.network, started, datetime.now(UTC), taken, left)
        archive.add(manifest.NAME, [manifest.encode(paper)], limit=1 << 30)
        digest = archive.finish()
    return Collected(target, digest, taken, left)


def opened_case(options: Options, *, local: bool) -> Case:
    """What the ticket knows; ``local`` says that this computer is the affected one. Raises ``Refused``."""
    now = datetime.now(UTC)
    case = Case(str(uuid.uuid4()), options.ticket, options.account)
    said = tuple(manifest.Said(key, value, "user", now) for key, value in _known(options.reported))
    return replace(case, reported=said, failure_utc=instant(options.failure_at, local=local))


def said(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """``KEY=VALUE`` taken apart. Raises ``Refused``."""
    pairs = [text.partition("=") for text in texts]
    for text, (key, equals, value) in zip(texts, pairs, strict=True):
        if not (key and equals and value):
            raise Refused("no_value", text=text)
    return tuple((key, value) for key, _, value in pairs)


def _known(reported: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    for key, _ in reported:
        if key not in KEYS:
            raise Refused("no_key", key=key, keys=", ".join(KEYS))
    return reported


def instant(text: str | None, *, local: bool) -> datetime | None:
    """An instant out of ISO 8601. Raises ``Refused`` for what is none, or is local to a machine that is not this."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None and not local:
            raise Refused("no_offset", time=text)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused("no_time", time=text) from error


def default_name(machine: str) -> str:
    """A name that sorts by machine and time, and that every file system takes."""
    kept = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in machine).strip("-")
    return f"{kept or 'mailscope'}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.zip"
