"""Every cause we know, as one Markdown document: ``docs/causes.md`` is its output.

::

    python -m reports.export.cause_list > docs/causes.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby

from analyzer import knowledge
from analyzer.knowledge import Cause, FixStep, Knowledge, Needed, Signal

HEAD = """\
<!-- Written by `make causes` out of analyzer/knowledge/causes. Change the pages, not this. -->

# What mailscope can find

Each cause is a state of the machine or of the account. Its signals are questions asked of the bundle: what a signal
sees speaks *for* or *against* the cause, as strongly as said; what it could not see, because what it needs was not
read whole, is *blind* and acquits nobody. How to add one stands in [how-to/add-a-cause.md](how-to/add-a-cause.md).
"""


def document(pages: Knowledge) -> str:
    """The whole text, families in the order of their names; ends with a line break."""
    causes = sorted(pages.causes, key=lambda cause: (cause.family, cause.id))
    lines = [HEAD, *_contents(causes)]
    for family, members in groupby(causes, key=lambda cause: cause.family):
        lines += ["", f"## {family}"]
        for cause in members:
            lines += _page(cause)
    return "\n".join(lines) + "\n"


def _contents(causes: list[Cause]) -> Iterator[str]:
    yield "| cause | family | in words |"
    yield "| --- | --- | --- |"
    for cause in causes:
        yield f"| [`{cause.id}`](#{cause.id}) | {cause.family} | {_cell(cause.title)} |"


def _page(cause: Cause) -> Iterator[str]:
    yield from ("", f"### {cause.id}", "")
    judged = "account by account" if cause.judges == "account" else "once for the machine"
    yield f"**{_line(cause.title)}** ({cause.role}, judged {judged})"
    yield from ("", _line(cause.summary))
    if cause.not_this_when:
        yield from ("", f"*Not this when:* {_line(cause.not_this_when)}")
    core = ", ".join(f"`{signal}`" for signal in cause.core)
    yield from ("", f"Cannot be judged without: {core or 'nothing in particular'}.", "")
    yield "| signal | speaks | reads | asks |"
    yield "| --- | --- | --- | --- |"
    yield from map(_signal, cause.signals)
    yield from ("", "What to do:", "")
    yield from (_step(number, step) for number, step in enumerate(cause.fix, 1))
    if cause.do_not:
        yield from ("", *(f"- {_line(warning)}" for warning in cause.do_not))
    if cause.references:
        yield from ("", "Sources: " + ", ".join(f"<{reference}>" for reference in cause.references))


def _signal(signal: Signal) -> str:
    reads = "; ".join(" or ".join(_need(each) for each in some) for some in signal.needs) or "–"
    return f"| `{signal.id}` | {_weight(signal)} | {reads} | {_cell(signal.asks)} |"


def _weight(signal: Signal) -> str:
    weight = "context" if signal.strength == "context" else f"{signal.means}, {signal.strength}"
    conditions = {
        "near the failure": signal.near_failure,
        "only with a failure": signal.with_failure,
        "yields to another cause": signal.yields,
    }
    said = [words for words, holds in conditions.items() if holds]
    return f"{weight} ({', '.join(said)})" if said else weight


def _need(need: Needed) -> str:
    return f"{need.item} `{need.part}`" if need.part else need.item


def _step(number: int, step: FixStep) -> str:
    lasting = "" if step.reversible else ", cannot be undone"
    elevated = ", as administrator" if step.elevated else ""
    return f"{number}. {_line(step.do)} *({step.owner}, risk {step.risk}{elevated}{lasting})*"


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.write(document(knowledge.load()))
