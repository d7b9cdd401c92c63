"""What a collection would take and why, for whoever has to allow it: told without taking anything."""

from __future__ import annotations

from collections.abc import Iterator

from collectors import catalog, volume
from collectors.case import Options
from collectors.catalog import Item
from collectors.console import text, why
from collectors.finds import Find
from collectors.volume import Volume
from collectors.windows import NotTaken


def listing(options: Options, lang: str) -> Iterator[str]:
    """The lines. With ``root`` the files that are there now stand below their item. Raises ``Refused``."""
    mounted = volume.mount(options.root, options.drive) if options.root else None
    for item in catalog.load().items:
        yield f"{item.id}: {why(lang, item.id)}"
        where = item.command or item.key or item.channel or ", ".join(item.places)
        yield f"    {text(lang, f'plan.{item.method}')}: {where}"
        yield f"    {_marks(item, lang)}"
        if mounted:
            yield from _there(mounted, item, lang)
    yield ""
    yield text(lang, "plan.never")
    yield text(lang, "plan.offline" if mounted or not options.network else "plan.network")


def _marks(item: Item, lang: str) -> str:
    """Who is asked, whether it tells of a person, and how much of it is taken at most."""
    names = (("user" if item.user else "machine"), "private" if item.private else "technical")
    rights = ("admin",) if item.needs_admin else ()
    told = [text(lang, f"plan.{name}") for name in (*names, *rights)]
    return "; ".join((*told, text(lang, "plan.limit", mebibytes=f"{item.max_bytes >> 20:,}")))


def _there(mounted: Volume, item: Item, lang: str) -> Iterator[str]:
    try:
        for found in mounted.look(item):
            if isinstance(found, Find):
                yield f"    + {found.source_path} ({text(lang, 'plan.bytes', size=f'{found.size or 0:,}')})"
            else:
                yield f"    - {found.source_path}: {found.reason}"
    except NotTaken as refused:
        yield f"    - {refused.reason}"
