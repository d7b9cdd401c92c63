"""One module per format of the catalogue, and the runner that no bad artifact can stop.

A parser is ``read(artifact)``: it yields ``Batch``, ``Damage``, ``Covered`` and ``Identified``. The runner fills in
what every row of the artifact shares, hands the frames on, and turns damage into gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import polars as pl

from analyzer.bundle.formats import COMPANIONS
from analyzer.damages import Damages
from analyzer.model import Covered, Damage, Gap, Identified, Integrity, Member, Reading, Stage
from analyzer.tables import Batch, frame

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

Sink = Callable[[str, pl.DataFrame], None]
Parser = Callable[["Artifact"], Iterator[Batch | Damage | Covered | Identified]]

# formats without a module: named to the reader, never passed over in silence
NOT_DECODED: dict[str, str] = {
    "text": "present, not decoded: it is there for a person to read",
}


def read_artifact(artifact: Artifact, sink: Sink, *, strict: bool = False) -> tuple[Reading, tuple[Gap, ...]]:
    """Read one member to its end or to its crash; ``sink`` receives each frame with the name of its table.

    The reading's member carries the item that the content tells. With ``strict`` a crash is raised.
    """
    notes = _Notes(artifact)
    kind = artifact.member.format or ""
    if kind in COMPANIONS and kind not in NOT_DECODED:
        return notes.reading(), ()
    read = None if kind in NOT_DECODED else _parser(kind)
    if read is None:
        notes.take(Damage("", NOT_DECODED.get(kind, "not read: its format is not known")))
    else:
        _drain(artifact, read, notes, sink, strict=strict)
    return notes.reading(), notes.gaps()


def _parser(kind: str) -> Parser | None:
    """The reader of a format, imported only now: most bundles hold few formats."""
    name = f"{__name__}.{kind}"
    if not kind[:1].isalpha() or not kind.isidentifier() or find_spec(name) is None:
        return None
    read: Parser = import_module(name).read
    return read


@dataclass(slots=True)
class _Notes:
    """What has been told of one artifact so far."""

    artifact: Artifact
    rows: int = 0
    identified: Identified | None = None
    damages: Damages = field(default_factory=Damages)
    covered: list[Covered] = field(default_factory=list)

    def take(self, told: Damage | Covered | Identified) -> None:
        """Keep a parser's word."""
        match told:
            case Damage():
                self.damages.add(told)
            case Covered():
                self.covered.append(told)
            case Identified():
                self.identified = told

    def member(self) -> Member:
        """The member as its content shows it; a user that the content names goes before the path's."""
        member = self.artifact.member
        if self.identified is None:
            return member
        return replace(member, item=self.identified.item, user=self.identified.user or member.user)

    def reading(self) -> Reading:
        """The result, without any cover that damage has taken away."""
        return Reading(
            member=self.member(),
            rows=self.rows,
            lost_at_least=sum(damage.lost_at_least for damage in self.damages),
            whole=not self.damages and not self._unsafe(),
            covered=() if self._unsafe() else tuple(self._standing()),
            doubts=frozenset(place for damage in self.damages for place in damage.doubts),
        )

    def _unsafe(self) -> bool:
        """Whether the bytes are not those that were collected: such an artifact never acquits."""
        return self.artifact.member.integrity is Integrity.DIFFERS or bool(self.artifact.damage)

    def _standing(self) -> Iterator[Covered]:
        broken = {damage.part for damage in self.damages}
        if None not in broken:
            yield from (covered for covered in self.covered if covered.part not in broken)

    def gaps(self) -> tuple[Gap, ...]:
        """One gap for each damage, in an order that does not depend on the reading."""
        member = self.member()
        found = (
            Gap(member.name, member.item, Stage.PARSE, told.place, told.reason, told.lost_at_least)
            for told in (*self.damages, *self._unasked())
        )
        return tuple(sorted(found, key=Gap.order))

    def _unasked(self) -> list[Damage]:
        if self.identified is None or self.identified.item is not None or self.rows:
            return []
        return [Damage("", "identified, not decoded: no diagnosis asks for what it holds")]


def _drain(artifact: Artifact, read: Parser, notes: _Notes, sink: Sink, *, strict: bool) -> None:
    try:
        for told in read(artifact):
            if isinstance(told, Batch):
                _deliver(told, notes, sink)
            else:
                notes.take(told)
    # the one place where anything may go wrong: a bad artifact must not take the others along
    except Exception as error:
        if strict:
            raise
        notes.take(Damage(f"after row {notes.rows}", f"from here on: {_words(error, artifact)}"))


def _deliver(batch: Batch, notes: _Notes, sink: Sink) -> None:
    if not len(batch):
        return
    member = notes.member()
    shared = [pl.lit(member.name).alias("artifact")]
    if "user" not in batch.columns:
        shared.append(pl.lit(member.user, dtype=pl.String).alias("user"))
    rows = frame(batch.table, batch.columns).with_columns(shared)
    sink(batch.table, rows)
    notes.rows += rows.height


def _words(error: Exception, artifact: Artifact) -> str:
    """Type and message in one line; the analyst's own folders are no evidence."""
    said = (error.strerror or "") if isinstance(error, OSError) else str(error)
    said = said.replace(str(artifact.path), artifact.member.name).replace(str(artifact.path.parent), "")
    return f"{type(error).__name__}: {' '.join(said.split())[:300]}"
