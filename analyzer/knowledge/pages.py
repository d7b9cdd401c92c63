"""Cause pages out of TOML tables; everything that is wrong with one is noted at once."""

from __future__ import annotations

import string
from typing import Any

import polars as pl

from analyzer.knowledge.page import Cause, Condition, FixStep, Judges, Needed, Operator, Signal
from analyzer.knowledge.reader import Table
from analyzer.knowledge.spans import is_span
from analyzer.model import Means, Role, Strength
from analyzer.tables import SCHEMAS
from analyzer.vocabulary import UNITS, is_said
from collectors import catalog

FAMILIES = ("token", "webview2", "proxy", "clock", "office", "tls", "account")
OWNERS = ("user", "desktop_it", "google_admin", "network_team")
RISKS = ("low", "medium", "high")
PER = ("machine", "account", "target")
SHOWN_BY = ("signals", "token", "login")
# What the sections of live/state.json are called in bundle-format.md.
STATE_SECTIONS = (
    "host",
    "clock",
    "credentials",
    "proxy",
    "webview2",
    "tls_probes",
    "dns",
    "mail_domain",
    "processes",
    "volumes",
    "services",
    "security_products",
    "mail_stores",
    "adapters",
)


def cause(page: Table, name: str) -> Cause:
    """The page as a cause; its errors are noted in the table. ``name`` is the file's, which the id must equal."""
    made = Cause(
        id=page.text("id"),
        family=page.one_of("family", FAMILIES),
        role=page.choice("role", Role),
        judges=page.choice("judges", Judges, Judges.MACHINE),
        core=page.texts("core", required=True),
        title=page.text("title"),
        summary=page.text("summary"),
        references=page.texts("references", required=True),
        not_this_when=page.text("not_this_when"),
        do_not=page.texts("do_not"),
        signals=tuple(_signal(row) for row in page.tables("signal")),
        fix=tuple(_fix(row) for row in page.tables("fix")),
    )
    page.get("checked")
    page.done()
    _check_links(page, made, name)
    return made


def _check_links(page: Table, made: Cause, name: str) -> None:
    if made.id != name:
        page.blame("id", f"{made.id!r} differs from the file name {name!r}")
    if not made.signals:
        page.blame("signal", "missing: a cause without a signal judges nothing")
    known = [signal.id for signal in made.signals]
    for kind, ids in (("signal", known), ("fix", [step.id for step in made.fix])):
        for twice in sorted({i for i in ids if ids.count(i) > 1}):
            page.blame(f"{kind}.{twice}", "the id stands twice")
    for key, meant in (("core", made.core), *((f"fix.{step.id}.because", step.because) for step in made.fix)):
        for unknown in (i for i in meant if i not in known):
            page.blame(key, f"no signal {unknown!r}")
    for url in made.references:
        if not url.startswith("https://"):
            page.blame("references", f"{url!r} is no https address")


def _signal(row: Table) -> Signal:
    table = row.one_of("table", tuple(SCHEMAS))
    text = row.text("text")
    made = Signal(
        id=row.text("id"),
        needs=tuple(_need(row, need) for need in row.texts("needs")),
        table=table,
        where=_where(row.table("where"), table),
        means=row.choice("means", Means),
        strength=row.choice("strength", Strength),
        text=text,
        asks=row.text("asks", default=_unfilled(text)),
        group=row.text("group", default="") or None,
        none=row.flag("none"),
        near_failure=row.flag("near_failure"),
        with_failure=row.flag("with_failure"),
        yields=row.flag("yields"),
    )
    row.done()
    _check_signal(row, made)
    return made


def _check_signal(row: Table, signal: Signal) -> None:
    if signal.means is Means.AGAINST and signal.strength is Strength.WEAK:
        row.blame("strength", "weak against is no evidence: make it strong, or context")
    if signal.yields and signal.means is Means.AGAINST:
        row.blame("yields", "only a signal for the cause can yield")
    if (signal.none or signal.means is Means.AGAINST) and not signal.needs and not _reported(signal):
        row.blame("needs", "missing: what was not read cannot acquit")
    check_placeholders(row, "text", signal.text, signal)
    if "{" in signal.asks and signal.asks != _unfilled(signal.text):
        row.blame("asks", "a question has no placeholders")


def _reported(signal: Signal) -> bool:
    names = [c.value for c in signal.where if c.column == "name"]
    return bool(names) and all(isinstance(n, str) and is_said(n) for n in names)


def check_placeholders(row: Table, key: str, text: str, signal: Signal) -> None:
    """Blame every placeholder that no column of the signal's table can fill."""
    try:
        fields = [(name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        row.blame(key, f"braces do not match: {error}")
        return
    for name, spec in fields:
        if signal.none:
            row.blame(key, f"placeholder {{{name}}} cannot be filled where no row is found")
        elif name not in SCHEMAS[signal.table]:
            row.blame(key, f"unknown placeholder {{{name}}}")
        elif spec and not _numeric(SCHEMAS[signal.table][name]):
            row.blame(key, f"placeholder {{{name}}} is no number and takes no format")
        elif spec and not is_span(spec):
            _check_spec(row, key, name, spec)


def _check_spec(row: Table, key: str, name: str, spec: str) -> None:
    try:
        format(1.0, spec)
    except ValueError:
        row.blame(key, f"placeholder {{{name}:{spec}}} has an unknown format")


def _unfilled(text: str) -> str:
    """The text with its placeholders left open, for an answer that could not be given."""
    try:
        return "".join(part + ("…" if name is not None else "") for part, name, _, _ in string.Formatter().parse(text))
    except ValueError:
        return text


def _need(row: Table, need: str) -> tuple[Needed, ...]:
    return tuple(_needed(row, alternative.strip()) for alternative in need.split(" | "))


def _needed(row: Table, text: str) -> Needed:
    item, _, part = text.partition("/")
    if item == "measured":
        if part not in UNITS:
            row.blame("needs", f"unknown fact {part!r}")
        return Needed(item, part)
    known = catalog.load().find(item)
    if known is None:
        row.blame("needs", f"unknown catalogue id {item!r}")
    elif part and known.format == "live_state" and part not in STATE_SECTIONS:
        row.blame("needs", f"live/state.json has no section {part!r}")
    elif part and known.format == "hive" and not _collected(part):
        row.blame("needs", f"the catalogue collects no key that holds {part!r}")
    elif part and known.format not in ("hive", "live_state"):
        row.blame("needs", f"{item} has no parts")
    return Needed(item, part)


def _collected(key: str) -> bool:
    trees = [item.key.lower() for item in catalog.load().items if item.key]
    return any(key.lower() == tree or key.lower().startswith(tree + "\\") for tree in trees)


def _where(where: Table, table: str) -> tuple[Condition, ...]:
    conditions = []
    for column in where.raw:
        value = where.get(column)
        if column not in SCHEMAS[table] or column in ("at", "joined"):
            where.blame(column, f"the table {table} has no such column to ask")
            continue
        operators = value if isinstance(value, dict) else {"is": value}
        for operator, operand in operators.items():
            conditions.append(_condition(where, column, operator, operand, SCHEMAS[table][column]))
    if table == "facts":
        _check_names(where)
    return tuple(sorted((c for c in conditions if c), key=lambda c: (c.column, c.operator)))


def _condition(where: Table, column: str, operator: str, operand: Any, kind: Any) -> Condition | None:
    if operator not in list(Operator):
        where.blame(column, f"unknown operator {operator!r}; there are {', '.join(Operator)}")
        return None
    made = Condition(column, Operator(operator), tuple(operand) if isinstance(operand, list) else operand)
    if why := _misfit(made, numeric=_numeric(kind)):
        where.blame(f"{column}.{operator}", why)
        return None
    return made


def _misfit(condition: Condition, *, numeric: bool) -> str | None:
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    if isinstance(condition.value, tuple) is not (condition.operator is Operator.ANY_OF):
        return "takes a list" if condition.operator is Operator.ANY_OF else "takes one value"
    if condition.operator in (Operator.ABOVE, Operator.BELOW) and not numeric:
        return "only a number can be above or below"
    if condition.operator in (Operator.CONTAINS, Operator.MATCHES) and numeric:
        return "a number has no text"
    wanted = (int, float) if numeric else str
    if not values or any(isinstance(v, bool) or not isinstance(v, wanted) for v in values):
        return f"must be {'a number' if numeric else 'a text'}"
    return _bad_pattern(str(condition.value)) if condition.operator is Operator.MATCHES else None


def _bad_pattern(pattern: str) -> str | None:
    try:
        pl.Series([""]).str.contains(f"(?i){pattern}")
    except pl.exceptions.ComputeError:
        return f"{pattern!r} is no pattern"
    return None


def _check_names(where: Table) -> None:
    names = where.raw.get("name")
    if isinstance(names, dict):
        names = names.get("is", names.get("any_of"))
    if names is None:
        where.blame("name", "a signal on facts names the fact")
    for name in names if isinstance(names, list) else [names]:
        if isinstance(name, str) and name not in UNITS and not name.startswith("proxy.environment."):
            where.blame("name", f"unknown fact {name!r}")


def _numeric(kind: Any) -> bool:
    return bool(kind == pl.Int64 or kind == pl.Float64)


def _fix(row: Table) -> FixStep:
    made = FixStep(
        id=row.text("id"),
        per=row.one_of("per", PER),
        because=row.texts("because"),
        risk=row.one_of("risk", RISKS),
        reversible=row.flag("reversible", default=None),
        owner=row.one_of("owner", OWNERS),
        do=row.text("do"),
        check=row.text("check"),
        elevated=row.flag("elevated"),
        command=row.text("command", default=""),
        backup=row.text("backup", default=""),
        undo=row.text("undo", default=""),
        shown_by=row.one_of("shown_by", SHOWN_BY) if "shown_by" in row.raw else "",
    )
    row.done()
    if made.shown_by == "signals" and not made.because:
        row.blame("shown_by", "there are no signals in because that could show it")
    for key in ("do", "command", "backup", "undo", "check"):
        check_step_placeholders(row, key, getattr(made, key), made.per)
    return made


def check_step_placeholders(row: Table, key: str, text: str, per: str) -> None:
    """Blame a placeholder that a step of this kind cannot fill."""
    allowed = {"machine": (), "account": ("account",), "target": ("account", "target")}[per]
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        row.blame(key, f"braces do not match: {error}")
        return
    for name in names:
        if name not in allowed:
            row.blame(key, f"unknown placeholder {{{name}}} for a step per {per}")
