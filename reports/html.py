"""The page as one HTML file that loads nothing, and reads whole without its style sheet and without its script.

A file may hold the report in several languages. Each is complete; the first is shown until a link to another one, or
to anything in it, is followed. The style sheet alone does that: without one they stand one after the other.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from itertools import chain

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from reports.page.blocks import Page
from reports.page.inert import inert
from reports.page.room import ROOMS, trimmed
from reports.page.wording import load

_SHOWN_CITATIONS = 3
MOST_BYTES = 5_000_000


def fitted(*pages: Page) -> str:
    """The file's text, never above ``MOST_BYTES``: what is too much is left out of every language alike, and counted.

    Should even the smallest pages not fit together, the first stays alone.
    """
    smaller = (tuple(trimmed(page, room) for page in pages) for room in ROOMS)
    for some in chain([pages], smaller):
        text = render(*some)
        if len(text.encode()) <= MOST_BYTES:
            return text
    return render(trimmed(pages[0], ROOMS[-1]))


def render(*pages: Page) -> str:
    """The file's text, the first page's language first; write it as UTF-8 with line feeds."""
    style, script = _resource("page.css"), _resource("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    tongues = tuple((page.lang, load(page.lang)("name")) for page in pages)
    reports = tuple(_report(page, f"{page.lang}-" if number else "", tongues) for number, page in enumerate(pages))
    frame = _environment().get_template("page.html.j2")
    return frame.render(first=pages[0], reports=reports, style=style, script=script, policy=policy)


def _report(page: Page, at: str, tongues: tuple[tuple[str, str], ...]) -> Markup:
    """One language; ``at`` stands before every id of it."""
    template = _environment().get_template("report.html.j2")
    drawn = template.render(page=page, words=load(page.lang), at=at, tongues=tongues, shown=_SHOWN_CITATIONS)
    return Markup(drawn)  # noqa: S704  (drawn by the escaping environment below)


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalized,
    )
    environment.filters["kind"] = lambda block: type(block).__name__
    environment.tests["on_the_web"] = _on_the_web
    return environment


def _finalized(value: object) -> object:
    """Every text once more inert, whatever block it came from; autoescaping follows."""
    return inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _on_the_web(address: str) -> bool:
    """Whether an address may become a link: never ``javascript:`` or ``data:`` from a third party's knowledge."""
    return address.startswith(("https://", "http://"))


def _resource(name: str) -> str:
    # a checkout with CRLF must hash and render the same
    return resources.files(__package__).joinpath(name).read_text("utf-8").replace("\r\n", "\n")
