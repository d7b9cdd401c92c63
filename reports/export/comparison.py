"""``comparison.json``: what a comparison found, for scripts and other teams, exactly as its schema says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.compare import Change, Comparison, Judgement, Point, Statement, StepCheck
from analyzer.model import Gap, Source
from reports.export.comparison_schema import Compared
from reports.page.comparison.material import Drafts, said, sentence, step_of
from reports.page.comparison.sections import pointed
from reports.page.comparison.sheet import next_steps
from reports.page.draft import Draft
from reports.page.inert import inert, iso, quoted

if TYPE_CHECKING:
    from analyzer.pipeline import Result

_CITED = 20


def encode(found: Comparison, before: Result, after: Result, lang: str) -> bytes:
    """The file's bytes: UTF-8, indented by two, ending in a line feed. The same comparison gives the same bytes."""
    told = _Writer(Drafts(found, Draft.of(before, lang), Draft.of(after, lang))).comparison()
    return msgspec.json.format(msgspec.json.encode(msgspec.convert(told, Compared)), indent=2) + b"\n"


class _Writer:
    """Turns each noun of a comparison into its object."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts, self._found, self._words = drafts, drafts.found, drafts.words

    def comparison(self) -> dict[str, Any]:
        """The whole file."""
        found, clocks, words = self._found, self._found.clocks, self._words
        tool = self._drafts.after.result.tool
        why = {"same": found.machines, "why": found.why_machines, "text": words(f"comparison.why.{found.why_machines}")}
        return {
            "schema": "mailscope-comparison/1",
            "lang": words.lang,
            "tool": _fields(tool, "version knowledge_sha256 knowledge_date catalog_version"),
            "before": self._side(self._drafts.before, clocks.before, clocks.before_error_s),
            "after": self._side(self._drafts.after, clocks.after, clocks.after_error_s),
            "machines": why,
            "newer": {"since": _time(clocks.since), "clock_moved": clocks.moved},
            "answer": found.answer,
            "reason": found.reason,
            "sentence": sentence(words, found.reason),
            "accounts": [self._account(one) for one in found.judgements],
            "points": [self._point(one) for one in found.points],
            "steps": [self._step(one) for one in found.steps],
            "moves": [_fields(move, "cause account before after") for move in found.moves],
            "changes": [self._change(one) for one in found.changes],
            "events": [_fields(tally, "provider event_id before after new") for tally in found.events],
            "gaps": [*_gaps("before", found.gaps_before), *_gaps("after", found.gaps_after)],
            "next": list(next_steps(words, found)),
        }

    def _side(self, draft: Draft, at: datetime | None, error_s: float | None) -> dict[str, Any]:
        bundle, head = draft.result.bundle, draft.diagnosis.head
        causes = [inert(cause) for cause in head.causes]
        return _fields(bundle, "name sha256 ticket") | {
            "host": _text(draft.result.machine),
            "collected_utc": _time(at),
            "clock_error_s": error_s,
            "verdict": {"status": head.status, "causes": causes, "sentence": draft.sentence(head)},
        }

    def _account(self, one: Judgement) -> dict[str, Any]:
        told = {name: [self._said(s) for s in getattr(one, name)] for name in ("proofs", "contrary", "missing")}
        return _fields(one, "account user answer reason") | {"sentence": sentence(self._words, one.reason), **told}

    def _said(self, one: Statement) -> dict[str, Any]:
        return {
            "id": one.key,
            "text": said(self._words, one),
            "before": self._sources(self._drafts.before, one.before),
            "after": self._sources(self._drafts.after, one.after),
        }

    def _point(self, one: Point) -> dict[str, Any]:
        cited = self._sources(self._drafts.after, one.sources)
        return _fields(one, "id answer account") | {"text": pointed(self._words, one), "sources": cited}

    def _step(self, one: StepCheck) -> dict[str, Any]:
        told = step_of(self._drafts, one)
        return _fields(one, "cause account user state") | {
            "id": inert(one.step),
            "do": inert(told.do) if told else "",
            "why": [self._said(statement) for statement in one.why],
        }

    def _change(self, one: Change) -> dict[str, Any]:
        return _fields(one, "kind name before after") | {
            "bears_on": [inert(cause) for cause in one.bears],
            "before_source": self._source(self._drafts.before, one.before_source),
            "after_source": self._source(self._drafts.after, one.after_source),
        }

    def _sources(self, draft: Draft, sources: Sequence[Source]) -> list[dict[str, Any]]:
        return [_cited(draft, source) for source in sources[:_CITED]]

    def _source(self, draft: Draft, source: Source | None) -> dict[str, Any] | None:
        return _cited(draft, source) if source else None


def _cited(draft: Draft, source: Source) -> dict[str, Any]:
    return {
        "member": inert(source.artifact),
        "sha256": draft.hashes.get(source.artifact, ""),
        "place": inert(source.place),
        "at": _time(source.at),
        "quote": quoted(source.quote),
    }


def _gaps(side: str, some: Sequence[Gap]) -> Iterator[dict[str, Any]]:
    for gap in some:
        yield {"side": side, "member": _text(gap.artifact)} | _fields(gap, "item stage place reason lost_at_least")


def _fields(noun: object, names: str) -> dict[str, Any]:
    """The named fields, texts made inert; the words of enums stay what they are."""
    values = {name: getattr(noun, name) for name in names.split()}
    return {name: inert(value) if type(value) is str else value for name, value in values.items()}


def _text(text: str | None) -> str | None:
    return None if text is None else inert(text)


def _time(at: datetime | None) -> str | None:
    return iso(at) if at else None
