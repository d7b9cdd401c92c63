"""What to collect next: the missing evidence that would move the ranking most, and how to get it."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.knowledge import Knowledge
from analyzer.model import Means, Need, Observation, Sight, Status, Strength, Verdict
from collectors import catalog
from collectors.catalog import Item

# These could still change their place; what is confirmed or ruled out is not asked about again.
_OPEN = (Status.CONTRADICTORY, Status.LIKELY, Status.POSSIBLE, Status.UNDETERMINED, Status.UNLIKELY)


def wanted(verdicts: tuple[Verdict, ...], knowledge: Knowledge) -> tuple[Need, ...]:
    """Missing items, those that would decide the most causes first."""
    causes: dict[str, dict[str, None]] = {}
    for item, cause in _deciding(verdicts, knowledge):
        causes.setdefault(item, {})[cause] = None
    items = sorted(causes, key=lambda item: (-len(causes[item]), item))
    return tuple(_need(item, tuple(sorted(causes[item])), knowledge) for item in items)


def _deciding(verdicts: tuple[Verdict, ...], knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    for verdict in verdicts:
        page = knowledge.find(verdict.cause)
        if page is None or verdict.status not in _OPEN:
            continue
        for o in verdict.observations:
            if o.sight is Sight.BLIND and _decides(o, page.core):
                yield from ((gap.item, verdict.cause) for gap in o.gaps if gap.item)


def _decides(observation: Observation, core: tuple[str, ...]) -> bool:
    if observation.signal in core or observation.declared is Strength.DECISIVE:
        return True
    return observation.declared is Strength.STRONG and observation.means is Means.AGAINST


def _need(item_id: str, causes: tuple[str, ...], knowledge: Knowledge) -> Need:
    item = catalog.load().find(item_id)
    return Need(item_id, command(item) if item else None, knowledge.asks.get(item_id, ""), causes)


def command(item: Item) -> str | None:
    """The command that takes the item by hand on the affected PC; None where a file is simply copied."""
    if item.channel:
        return f'wevtutil epl "{item.channel}" "%USERPROFILE%\\{item.id}.evtx"'
    if item.key:
        return f'reg export "{item.key}" "%USERPROFILE%\\{item.id}.reg" /y'
    return item.command
