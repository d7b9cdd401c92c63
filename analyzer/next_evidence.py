"""What to collect next: the missing evidence that could move the ranking furthest, and how to get it.

What an item could change is tried out: each cause is weighed as if everything that this item would show had been seen,
once all that speaks for it, once all that speaks against it. The distance between the two, and how much the cause is
suspected already, order the items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from analyzer.diagnose import weigh
from analyzer.knowledge import Cause, Knowledge, Signal
from analyzer.model import Means, Need, Observation, Role, Sight, Status, Strength, Verdict
from collectors import catalog
from collectors.catalog import Item

# How much a cause is suspected; what is confirmed or ruled out is not asked about again.
_SUSPICION = {
    Status.CONTRADICTORY: 100,
    Status.LIKELY: 100,
    Status.POSSIBLE: 30,
    Status.UNDETERMINED: 6,
    Status.UNLIKELY: 1,
}
_DIALOGS = "oalerts_log"
_COPIERS = ("velociraptor", "kape", "cylr")
# Source: OutlookTrace, Save-EventLog exports Application, System and names that match a short list; it runs no w32tm.
_NOT_BY_OUTLOOKTRACE = frozenset(
    {
        *(
            "oalerts_log",
            "security_log",
            "time_service_log",
            "defender_log",
            "code_integrity_log",
            "wininet_config_log",
        ),
        *("winhttp_log", "network_profile_log", "ncsi_log", "dns_client_log", "wlan_log", "live_state", "pac_file"),
        *("w32tm_status", "w32tm_peers", "w32tm_stripchart", "wfp_netevents"),
    }
)


@dataclass(slots=True)
class _Wish:
    """One missing item: the causes it would decide with how far each could move."""

    causes: dict[str, int] = field(default_factory=dict)

    def order(self) -> tuple[int, int]:
        return -sum(self.causes.values()), -len(self.causes)


def wanted(verdicts: tuple[Verdict, ...], knowledge: Knowledge, *, failure_lost: bool = False) -> tuple[Need, ...]:
    """Missing items, those that could change the verdicts most first.

    The firmer the verdict, the less is asked: once a cause is confirmed, only what concerns another suspect. Where the
    only word of a failure was lost (``failure_lost``), the dialogs come first.
    """
    wishes: dict[str, _Wish] = {}
    least = _least(verdicts)
    for verdict in verdicts:
        page = knowledge.find(verdict.cause)
        if page is None or _SUSPICION.get(verdict.status, 0) < least:
            continue
        for item in dict.fromkeys(_deciding(verdict, page)):
            wish = wishes.setdefault(item, _Wish())
            moved = _swing(verdict, page, item) * _SUSPICION[verdict.status]
            wish.causes[verdict.cause] = max(wish.causes.get(verdict.cause, 0), moved)
    items = sorted(wishes, key=lambda item: (wishes[item].order(), item))
    needs = tuple(_without_repeats(_need(item, wishes[item], knowledge) for item in items))
    if not failure_lost:
        return needs
    return _dialogs(verdicts, knowledge), *(need for need in needs if need.item != _DIALOGS)


def _dialogs(verdicts: tuple[Verdict, ...], knowledge: Knowledge) -> Need:
    """The log of the dialogs, for every cause that only a known failure lets speak."""
    lean = {cause.id for cause in knowledge.causes if any(signal.with_failure for signal in cause.signals)}
    open_ = dict.fromkeys(v.cause for v in verdicts if v.cause in lean and v.status in _SUSPICION)
    return replace(_need(_DIALOGS, _Wish(), knowledge), would_decide=tuple(open_))


def _without_repeats(needs: Iterable[Need]) -> Iterator[Need]:
    """A request that is word for word an earlier one, and would decide nothing more, is not made twice."""
    made: dict[str, set[str]] = {}
    for need in needs:
        if not need.ask or need.command or not set(need.would_decide) <= made.get(need.ask, set()):
            made.setdefault(need.ask, set()).update(need.would_decide)
            yield need


def _least(verdicts: tuple[Verdict, ...]) -> int:
    """The suspicion below which nothing is asked about a cause."""
    statuses = {verdict.status for verdict in verdicts if verdict.role is Role.CAUSE}
    if Status.CONFIRMED in statuses:
        return _SUSPICION[Status.POSSIBLE]
    return _SUSPICION[Status.UNDETERMINED if Status.LIKELY in statuses else Status.UNLIKELY]


def _deciding(verdict: Verdict, page: Cause) -> Iterator[str]:
    """Items for want of which a signal is blind that could decide the cause."""
    for o in verdict.observations:
        if o.sight is Sight.BLIND and _decides(o, page.core):
            yield from (gap.item for gap in o.gaps if gap.item)


def _decides(observation: Observation, core: tuple[str, ...]) -> bool:
    if observation.signal in core or observation.declared is Strength.DECISIVE:
        return True
    return observation.declared is Strength.STRONG and observation.means is Means.AGAINST


def _swing(verdict: Verdict, page: Cause, item: str) -> int:
    """How many steps of status lie between the best and the worst that the item could show."""
    signals = {signal.id: signal for signal in page.signals}
    ends = []
    for means in Means:
        shown = tuple(_shown(o, signals.get(o.signal), item, means) for o in verdict.observations)
        ends.append(list(Status).index(weigh(shown, page.core)))
    return max(ends) - min(ends)


def _shown(o: Observation, signal: Signal | None, item: str, means: Means) -> Observation:
    """The observation as the item could turn it: seen where it points that way, absent where not."""
    if o.sight is not Sight.BLIND or not _answers(o, signal, item):
        return o
    return replace(o, sight=Sight.SEEN if o.means is means else Sight.ABSENT, strength=o.declared)


def _answers(o: Observation, signal: Signal | None, item: str) -> bool:
    """Whether the item alone would let a blind signal see: every other need of it is met already."""
    missing = {gap.item for gap in o.gaps}
    needs = [{need.item for need in alternatives} for alternatives in signal.needs] if signal else []
    return item in missing and all(item in some or not some & missing for some in needs)


def _need(item_id: str, wish: _Wish, knowledge: Knowledge) -> Need:
    item = catalog.load().find(item_id)
    decided = sorted(wish.causes, key=lambda cause: (-wish.causes[cause], cause))
    return Need(item_id, command(item) if item else None, knowledge.asks.get(item_id, ""), tuple(decided))


def command(item: Item) -> str | None:
    """The command that takes the item by hand on the affected PC; None where a file is simply copied."""
    if item.channel:
        return f'wevtutil epl "{item.channel}" "%LOCALAPPDATA%\\{item.id}.evtx"'
    if item.key:
        return f'reg export "{item.key}" "%LOCALAPPDATA%\\{item.id}.reg" /y'
    # the collector reads what the command prints; a person sends a file
    return item.command and item.command.replace("file=-", "file=netevents.xml")


# --- what a kind of bundle cannot hold ----------------------------------------------------------------------------


def never(layout: str, verdicts: tuple[Verdict, ...], knowledge: Knowledge) -> tuple[Need, ...]:
    """Items that a bundle of this kind never holds and that leave a cause open, with all the causes they leave open."""
    found = (item for item in catalog.load().items if _beyond(item, layout))
    blind = {item.id: _left_open(item.id, verdicts) for item in found}
    return tuple(_ask(item, causes, knowledge) for item, causes in blind.items() if causes)


def _ask(item_id: str, causes: tuple[str, ...], knowledge: Knowledge) -> Need:
    return Need(item_id, None, knowledge.asks.get(item_id, ""), causes)


def _beyond(item: Item, layout: str) -> bool:
    """Whether a tool of that layout cannot take it: those that copy files ask nothing of the running system."""
    if layout in _COPIERS:
        return item.method in ("api", "command")
    return layout == "outlooktrace" and item.id in _NOT_BY_OUTLOOKTRACE


def _left_open(item: str, verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    causes = {v.cause for v in verdicts for o in v.observations if any(gap.item == item for gap in o.gaps)}
    return tuple(sorted(causes))
