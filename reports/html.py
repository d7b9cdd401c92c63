"""The page as one HTML file that loads nothing, runs nothing, and reads whole without its style sheet."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from reports.page.blocks import Page
from reports.page.inert import inert
from reports.page.wording import load

_SHOWN_CITATIONS = 3


def render(page: Page) -> str:
    """The file's text; write it as UTF-8 with line feeds."""
    style = _resource("page.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        _environment()
        .get_template("page.html.j2")
        .render(page=page, words=load(page.lang), style=style, policy=policy, shown=_SHOWN_CITATIONS)
    )


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
