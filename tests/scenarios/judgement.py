"""A forged machine goes through the whole analyzer, and the diagnosis is held against what the papers expect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from analyzer.case import TABLES
from analyzer.model import Attempt, Diagnosis, Observation, Sight, Status, Verdict
from analyzer.pipeline import Options, Result, analyze
from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import Scenario, load_scenario

_PLAIN = Options()
FIXTURES = Path(__file__).parents[2] / "fixtures"
RANK = tuple(Status)
FIELDS = {
    "verdict", "causes", "statuses", "not_above", "open", "accounts", "seen", "absent", "blind", "unseen", "source",
    "facts", "gaps", "attempts", "checklist", "imposed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """A machine with its diagnosis. ``facts`` has the columns ``name`` and ``value`` of what was read."""

    scenario: Scenario
    result: Result
    facts: pl.DataFrame

    @property
    def diagnosis(self) -> Diagnosis:
        """What the analyzer thinks."""
        return self.result.diagnosis

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Those of the affected user, and those that belong to no user; all where nobody is known to be affected."""
        person = self.diagnosis.person
        mine = None if person.basis == "several" else person.label
        return tuple(each for each in self.diagnosis.verdicts if mine is None or each.user in (None, mine))


def machines(folder: str) -> tuple[Path, ...]:
    """The scenarios of a folder of fixtures; those whose name begins with ``_`` are only built upon."""
    found = sorted((FIXTURES / folder).glob("*/scenario.toml"))
    return tuple(file.parent for file in found if not file.parent.name.startswith("_"))


def judge(
    folder: Path, room: Path, options: Options = _PLAIN, *, changed: Callable[[Scenario], Scenario] = lambda same: same
) -> Judged:
    """Forge the machine of ``folder``, ``changed`` first, and diagnose it, with all files below ``room``."""
    scenario = changed(load_scenario(folder))
    bundle = room / f"{folder.name}.zip"
    bundle.write_bytes(build_bundle(scenario))
    result = analyze(bundle, room / "case", options, lambda _name, _done, _all: None)
    parts = sorted((room / "case" / TABLES / "facts").glob("*.parquet"))
    facts = pl.read_parquet(parts, columns=["name", "value"])
    return Judged(scenario, result, facts)


def mismatches(judged: Judged) -> list[str]:
    """Every point in which the diagnosis is not what the scenario expects, in words."""
    expect = judged.scenario.expect
    if unknown := expect.keys() - FIELDS:
        raise ValueError(f"[expect] has unknown fields: {', '.join(sorted(unknown))}")
    checks = (_head, _statuses, _others, _accounts, _sights, _sources, _facts, _gaps, _attempts, _checklist, _imposed)
    found = [(line, causes) for check in checks for line, *causes in check(judged, expect)]
    concerned = dict.fromkeys(cause for _, causes in found for cause in causes)
    return [*(line for line, _ in found), *(line for cause in concerned for line in ledger(judged, cause))]


def accused(judged: Judged) -> list[str]:
    """The causes that stand above *possible*."""
    return sorted({each.cause for each in judged.verdicts if _above(each.status, Status.POSSIBLE)})


# -- one check each: what is wrong, and the causes whose ledgers explain it --------------------------------------------


def _head(judged: Judged, expect: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    head = judged.diagnosis.head
    if "verdict" not in expect and expect.get("open"):
        return
    wanted, causes = expect["verdict"], list(expect.get("causes", []))
    if head.status != wanted or list(head.causes) != causes:
        got = f"{head.status} {list(head.causes)}"
        yield f"verdict: expected {wanted} {causes}, got {got}", *sorted({*causes, *head.causes})


def _statuses(judged: Judged, expect: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for cause, wanted in expect.get("statuses", {}).items():
        status = _best(judged.verdicts, cause)
        if status is None:
            yield (f"{cause}: expected {wanted}, but no page judges it",)
        elif status not in _listed(wanted):
            yield f"{cause}: expected {wanted}, got {status}", cause


def _others(judged: Judged, expect: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    limit = Status(expect.get("not_above", Status.POSSIBLE))
    named = {*expect.get("statuses", {}), *expect.get("open", ())}
    for cause in sorted({each.cause for each in judged.verdicts} - named):
        status = _best(judged.verdicts, cause)
        if status is not None and _above(status, limit):
            yield f"{cause}: expected not above {limit}, got {status}", cause


def _accounts(judged: Judged, expect: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for account, statuses in expect.get("accounts", {}).items():
        own = [each for each in judged.verdicts if each.account == account]
        for cause, wanted in statuses.items():
            status = _best(own, cause)
            if status not in _listed(wanted):
                yield f"{cause} of {account}: expected {wanted}, got {status}", cause


def _sights(judged: Judged, expect: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for wanted in ("seen", "absent", "blind", "unseen"):
        for cause, signals in expect.get(wanted, {}).items():
            for told in signals:
                signal, _, strength = told.partition(":")
                observed = _observed(judged, cause, signal)
                if not _is(wanted, strength, observed):
                    got = ", ".join(sorted(f"{each.sight}:{each.strength}" for each in observed)) or "no such signal"
                    yield f"{cause}.{told}: expected {wanted}, got {got}", cause


def _sources(judged: Judged, expect: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for wanted in expect.get("source", ()):
        seen = [o for o in _observed(judged, wanted["cause"], wanted["signal"]) if o.sight is Sight.SEEN]
        cited = [source for each in seen for source in each.sources]
        if not any(s.artifact == wanted["member"] and _within(s.place, wanted["place"]) for s in cited):
            got = "; ".join(f"{source.artifact} {source.place}" for source in cited) or "nothing"
            told = f"{wanted['member']} {wanted['place']}"
            yield f"{wanted['cause']}.{wanted['signal']}: expected to cite {told}, cites {got}", wanted["cause"]


def _facts(judged: Judged, expect: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    details = [(detail.name, detail.value) for detail in judged.diagnosis.machine]
    for name, text in expect.get("facts", {}).items():
        read = judged.facts.filter(pl.col("name") == name)["value"].drop_nulls().to_list()
        values = [*read, *(value for known, value in details if known == name)]
        if not any(str(text) in value for value in values):
            yield (f"fact {name}: expected {text}, got {sorted(set(values))}",)


def _gaps(judged: Judged, expect: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    named = {gap.artifact for gap in judged.diagnosis.gaps}
    yield from ((f"gap: none names {member}",) for member in expect.get("gaps", ()) if member not in named)


def _attempts(judged: Judged, expect: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Each attempt in order; of the named fields only those that are expected are compared."""
    found = judged.diagnosis.attempts
    wanted = expect.get("attempts", found)
    if len(wanted) != len(found):
        told = "; ".join(f"{a.at:%Y-%m-%dT%H:%M:%SZ} {a.account} broke at {a.broke_at}" for a in found)
        yield (f"attempts: expected {len(wanted)}, got {len(found)}: {told}",)
        return
    for number, (asked, got) in enumerate(zip(wanted, found, strict=True), 1):
        for name, value in _fields(got).items():
            if isinstance(asked, Mapping) and name in asked and asked[name] != value:
                yield (f"attempt {number}: expected {name} {asked[name]}, got {value}",)


def _checklist(judged: Judged, expect: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    answers = {check.id: check.answer for check in judged.diagnosis.checklist}
    for line, wanted in expect.get("checklist", {}).items():
        if answers.get(line, "not asked") != wanted:
            yield (f"checklist {line}: expected {wanted}, got {answers.get(line, 'not asked')}",)


def _imposed(judged: Judged, expect: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for cause, policy in expect.get("imposed", {}).items():
        named = {step.imposed_by for each in judged.verdicts if each.cause == cause for step in each.fix}
        if policy not in named:
            yield (f"steps on {cause}: expected imposed by {policy}, got {sorted(filter(None, named))}",)


def _fields(attempt: Attempt) -> dict[str, Any]:
    prompt = {True: "yes", False: "no", None: "unknown"}[attempt.prompt_reached]
    return {
        "at": attempt.at,
        "until": attempt.until or "unknown",
        "account": attempt.account or "unknown",
        "broke_at": attempt.broke_at,
        "prompt_reached": prompt,
        "traces": [trace.kind for trace in attempt.traces],
    }


# -- reading a diagnosis -------------------------------------------------------------------------------------------


def _best(verdicts: Sequence[Verdict], cause: str) -> Status | None:
    statuses = [each.status for each in verdicts if each.cause == cause]
    return min(statuses, key=RANK.index, default=None)


def _above(status: Status, limit: Status) -> bool:
    return RANK.index(status) < RANK.index(limit)


def _listed(wanted: str | Sequence[str]) -> Sequence[str]:
    return [wanted] if isinstance(wanted, str) else wanted


def _observed(judged: Judged, cause: str, signal: str) -> list[Observation]:
    of_cause = [each for each in judged.verdicts if each.cause == cause]
    return [each for verdict in of_cause for each in verdict.observations if each.signal == signal]


def _is(wanted: str, strength: str, observed: Sequence[Observation]) -> bool:
    """Whether a signal's answers, one for each subject, are what was wanted: one subject seen makes it seen."""
    sights = {each.sight for each in observed}
    match wanted:
        case "seen":
            return any(o.sight is Sight.SEEN and strength in ("", o.strength) for o in observed)
        case "unseen":
            return bool(sights) and Sight.SEEN not in sights
        case _:
            return sights == {Sight(wanted)}


def _within(place: str, wanted: str) -> bool:
    return place == wanted or (place.startswith(wanted) and place[len(wanted)] in ".[!\\")


def ledger(judged: Judged, cause: str) -> Iterator[str]:
    """What was looked at for a cause, a line each, so that a failing scenario explains itself."""
    for verdict in judged.verdicts:
        if verdict.cause == cause:
            whose = " of ".join(filter(None, (cause, verdict.account)))
            yield f"    ledger of {whose}: {verdict.status}"
            yield from (f"      {_line(each)}" for each in verdict.observations)


def _line(observation: Observation) -> str:
    cited = "; ".join(f"{source.artifact} {source.place}" for source in observation.sources[:3])
    why = "; ".join(gap.reason for gap in observation.gaps)
    lowered = f" (declared {observation.declared})" if observation.strength != observation.declared else ""
    answer = f"{observation.sight:6} {observation.signal}: {observation.means}, {observation.strength}{lowered}"
    parts = (answer, cited, why)
    return " | ".join(part for part in parts if part)
