"""``findings.json``: the diagnosis for scripts and other teams, exactly as its published schema says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.model import Gap, Head, Observation, Reading, Source, Step, Verdict
from reports.export.findings_schema import Findings
from reports.page.blocks import Side
from reports.page.draft import Draft
from reports.page.inert import inert, iso, quoted
from reports.page.ledger import on

if TYPE_CHECKING:
    from analyzer.pipeline import Result

_CITED = 20


def encode(result: Result, lang: str) -> bytes:
    """The file's bytes: UTF-8, indented by two, ending in a line feed. The same result gives the same bytes.

    Raises ``msgspec.ValidationError`` for a result that the published schema does not allow: a defect, never input.
    """
    told = msgspec.convert(_Writer.of(result, lang).findings(), Findings)
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


@dataclass(frozen=True, slots=True)
class _Writer:
    """Turns each noun of the model into its object; ``gaps`` is the list that observations point into."""

    draft: Draft
    gaps: tuple[Gap, ...]
    numbers: Mapping[Gap, int]

    @classmethod
    def of(cls, result: Result, lang: str) -> _Writer:
        """The writer of a result. A gap that only an observation knows joins the list at its end."""
        diagnosis = result.diagnosis
        named = {gap for verdict in diagnosis.verdicts for seen in verdict.observations for gap in seen.gaps}
        gaps = (*dict.fromkeys(diagnosis.gaps), *sorted(named - set(diagnosis.gaps), key=Gap.order))
        return cls(Draft.of(result, lang), gaps, {gap: number for number, gap in enumerate(gaps)})

    def findings(self) -> dict[str, Any]:
        """The whole file."""
        diagnosis = self.draft.diagnosis
        person, failure = diagnosis.person, diagnosis.failure
        return {
            "schema": "mailscope-findings/1",
            "lang": self.draft.words.lang,
            "tool": _fields(self.draft.result.tool, "version knowledge_sha256 knowledge_date catalog_version"),
            "bundle": self._bundle(),
            "user": _fields(person, "sid name basis"),
            "failure": {"times": [iso(at) for at in failure.times], "basis": failure.basis},
            "machine": [
                _fields(detail, "name value") | {"sources": self._sources(detail.sources)}
                for detail in diagnosis.machine
            ],
            "verdict": self._head(diagnosis.head),
            "verdicts": [self._verdict(verdict) for verdict in diagnosis.verdicts],
            "contributors": _texts(diagnosis.contributors),
            **self._course(),
            "checklist": self._checklist(),
            "gaps": [self._gap(gap) for gap in self.gaps],
            "next": [
                _fields(need, "item command ask") | {"would_decide": _texts(need.would_decide)}
                for need in diagnosis.needs
            ],
        }

    def _bundle(self) -> dict[str, Any]:
        bundle = self.draft.result.bundle
        return _fields(bundle, "name sha256 layout manifest ticket host elevated network") | {
            "collected_utc": _time(bundle.collected_utc),
            "members": [_member(reading) for reading in bundle.readings],
            "omissions": [_fields(omission, "item source_path outcome reason") for omission in bundle.omissions],
        }

    def _verdict(self, verdict: Verdict) -> dict[str, Any]:
        sides = {str(side): [self._observation(seen) for seen in on(verdict, side)] for side in Side}
        return _fields(verdict, "cause family role account rank status title summary") | {
            "user_sid": _text(verdict.user),
            **sides,
            "fix": [_step(step) for step in verdict.fix],
            "do_not": _texts(verdict.do_not),
        }

    def _observation(self, seen: Observation) -> dict[str, Any]:
        return _fields(seen, "signal strength declared means group reported text total") | {
            "sources": self._sources(seen.sources),
            "gaps": sorted({self.numbers[gap] for gap in seen.gaps}),
        }

    def _sources(self, sources: Sequence[Source]) -> list[dict[str, Any]]:
        return [
            {
                "member": inert(source.artifact),
                "sha256": self.draft.hashes.get(source.artifact, ""),
                "place": inert(source.place),
                "at": _time(source.at),
                "quote": quoted(source.quote),
            }
            for source in sources[:_CITED]
        ]

    def _head(self, head: Head | None, account: str | None = None) -> dict[str, Any]:
        sentence = self.draft.sentence(head, account)
        if head is None:
            return {"status": "undetermined", "causes": [], "sentence": sentence}
        return {"status": head.status, "causes": _texts(head.causes), "sentence": sentence}

    def _course(self) -> dict[str, Any]:
        """Accounts and attempts."""
        diagnosis = self.draft.diagnosis
        accounts = [
            {
                "account": inert(account.address),
                "user_sid": _text(account.user),
                "verdict": self._head(account.head, account.address),
                "targets": _texts(account.targets),
                "sources": self._sources(account.sources),
            }
            for account in diagnosis.accounts
        ]
        attempts = [
            _fields(attempt, "account broke_at prompt_reached")
            | {"at": iso(attempt.at), "until": _time(attempt.until), "sources": self._sources(attempt.sources)}
            for attempt in diagnosis.attempts
        ]
        return {"accounts": accounts, "attempts": attempts}

    def _checklist(self) -> list[dict[str, Any]]:
        return [
            _fields(check, "id answer ask_whom")
            | {"text": self.draft.words(f"check.{check.id}"), "sources": self._sources(check.sources)}
            for check in self.draft.diagnosis.checklist
        ]

    def _gap(self, gap: Gap) -> dict[str, Any]:
        blinds = _texts(self.draft.diagnosis.blinds.get(gap, ()))
        return _fields(gap, "item stage place reason lost_at_least") | {"member": _text(gap.artifact), "blinds": blinds}


def _fields(noun: object, names: str) -> dict[str, Any]:
    """The named fields, texts made inert; the words of enums stay what they are."""
    values = {name: getattr(noun, name) for name in names.split()}
    return {name: inert(value) if type(value) is str else value for name, value in values.items()}


def _member(reading: Reading) -> dict[str, Any]:
    member = reading.member
    return {
        "member": inert(member.name),
        **_fields(member, "item format sha256 size_bytes integrity"),
        **_fields(reading, "whole rows lost_at_least"),
    }


def _step(step: Step) -> dict[str, Any]:
    names = "id owner do command elevated risk reversible backup undo check account target"
    return _fields(step, names) | {"because": _texts(step.because)}


def _text(text: str | None) -> str | None:
    return None if text is None else inert(text)


def _texts(texts: Iterable[str]) -> list[str]:
    return [inert(text) for text in texts]


def _time(at: datetime | None) -> str | None:
    return iso(at) if at else None
