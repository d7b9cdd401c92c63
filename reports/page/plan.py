"""The fix plan: steps by rising risk, each with its backup, its undo and its check."""

from __future__ import annotations

from analyzer.model import Step, Verdict
from reports.page import badges
from reports.page.blocks import Badge, Block, Cautions, Link, Points, Prose, Section, Steps, Task, Tone
from reports.page.draft import Draft
from reports.page.inert import anchor, inert, quoted
from reports.page.ledger import entry_anchor
from reports.page.why import titled

# two lines of a printed page: what is cut is the end of the sentence, and with it what is to be done
_BRIEF_CHARS = 180
_AFTERCARE = ("sync", "rules", "store", "search", "recurrence", "leavers")


def section(draft: Draft) -> Section:
    """The steps of what contributes, then of every accused cause, each with what must not be done."""
    words = draft.words
    blocks: list[Block] = []
    for place, verdict in draft.to_be_fixed():
        if verdict.fix:
            blocks.append(Steps(tasks(draft, place, verdict), title=titled(draft, verdict)))
        if verdict.do_not:
            blocks.append(Cautions(words("plan.do_not"), tuple(inert(text) for text in verdict.do_not)))
    lead = Prose(words("plan.rule" if blocks else "plan.none"), "note" if blocks else "plain")
    if any(isinstance(block, Steps) for block in blocks):
        blocks.append(_aftercare(draft))
    return Section("plan", words("section.plan"), (lead, *blocks))


def _aftercare(draft: Draft) -> Points:
    """What keeps the cure: the first days, what brings the fault back, and where several people share the machine."""
    several = ("accounts",) if len(draft.diagnosis.accounts) > 1 else ()
    shared = any(detail.name == "people_with_google_mail" for detail in draft.diagnosis.machine)
    names = (*several, *_AFTERCARE, *(("shared",) if shared else ()))
    return Points(draft.words("aftercare.title"), "→", tuple((draft.words(f"aftercare.{name}"), ()) for name in names))


def tasks(draft: Draft, place: str, verdict: Verdict) -> tuple[Task, ...]:
    """The steps on one cause; ``place`` is its anchor."""
    return tuple(_task(draft, (place, number), verdict, step) for number, step in enumerate(verdict.fix, 1))


def _task(draft: Draft, at: tuple[str, int], verdict: Verdict, step: Step) -> Task:
    place, number = at
    seen = {observation.signal for observation in verdict.observations}
    because = tuple(Link(inert(signal), f"#{entry_anchor(place, signal)}") for signal in step.because if signal in seen)
    return Task(
        anchor=anchor("step", place.removeprefix("cause-"), str(number)),
        id=inert(step.id),
        do=inert(step.do),
        brief=brief(inert(step.do)),
        command=inert(step.command or ""),
        tags=_tags(draft, step),
        notes=_notes(draft, verdict, step),
        because=because,
    )


def brief(text: str) -> str:
    """The text up to its first full stop, on one line of a printed page or two."""
    sentence, stop, rest = text.partition(". ")
    sentence += "." if stop and rest else ""
    if len(sentence) <= _BRIEF_CHARS:
        return sentence
    return f"{sentence[:_BRIEF_CHARS].rpartition(' ')[0] or sentence[:_BRIEF_CHARS]} …"


def _tags(draft: Draft, step: Step) -> tuple[Badge, ...]:
    words = draft.words
    tags = [Badge(words.known("owner", step.owner), "→", Tone.QUIET), badges.risk(words, step.risk)]
    if step.elevated:
        tags.append(Badge(words("plan.elevated"), "▲", Tone.WARN))
    if not step.reversible:
        tags.append(Badge(words("plan.irreversible"), "!", Tone.BAD))
    return tuple(tags)


def _names(text: str, step: Step) -> bool:
    """Whether a statement is about the step's own entry: of several entries it names the first."""
    return step.target is None or step.target in text


def _notes(draft: Draft, verdict: Verdict, step: Step) -> tuple[tuple[str, str], ...]:
    words = draft.words
    why = next((o.text for o in verdict.observations if o.signal in step.because and _names(o.text, step)), None)
    named = (
        ("why", quoted(why) if why else None),
        ("imposed_by", step.imposed_by),
        ("account", step.account),
        ("target", step.target),
        ("backup", step.backup),
        ("check", step.check),
        ("undo", step.undo),
    )
    return tuple((words(f"plan.{name}"), inert(text)) for name, text in named if text)
