"""The report, the notes in each form and the findings name the same causes, sources and steps."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from analyzer.pipeline import Result
from reports import html, page
from reports.export import case_notes, findings, ticket
from tests.unit.reports import samples
from tests.unit.reports.test_html import Document

ALL = {
    "pinpointed": samples.PINPOINTED,
    "several": samples.SEVERAL,
    "undetermined": samples.UNDETERMINED,
    "no_fault": samples.NO_FAULT,
}
every = pytest.mark.parametrize("name", ALL)


def found(result: Result, lang: str = "en") -> dict[str, Any]:
    return dict(json.loads(findings.encode(result, lang)))


def texts(result: Result, lang: str = "en") -> dict[str, str]:
    """What a reader of each file sees, on one line; escapes of the ticket dialects undone."""
    drawn = page.build(result, lang)
    read = {
        "html": Document(html.render(drawn)).text,
        "txt": case_notes.render(drawn),
        "md": re.sub(r"\\(.)", r"\1", ticket.render(drawn, "md")),
        "jira": re.sub(r"\\(.)", r"\1", unescape(ticket.render(drawn, "jira"))),
    }
    # code spans keep a path's backslashes, so both sides of a comparison go without
    return {name: " ".join(text.split()).replace("\\", "") for name, text in read.items()}


def accused(told: dict[str, Any]) -> list[dict[str, Any]]:
    standing = ("confirmed", "contradictory", "likely", "possible")
    return [v for v in told["verdicts"] if v["cause"] in told["verdict"]["causes"] and v["status"] in standing]


def missing(wanted: list[str], text: str) -> list[str]:
    return [one for one in wanted if " ".join(one.split()).replace("\\", "") not in text]


@every
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_all_say_the_verdict_in_the_same_sentence(name: str, lang: str) -> None:
    sentence = found(ALL[name], lang)["verdict"]["sentence"]
    assert {form for form, text in texts(ALL[name], lang).items() if missing([sentence], text)} == set()


@every
def test_all_accuse_the_same_causes_in_the_same_order(name: str) -> None:
    told = found(ALL[name])
    titles = [verdict["title"] for verdict in accused(told)]
    for form, text in texts(ALL[name]).items():
        assert missing(titles, text) == [], form
        places = [text.index(title) for title in titles]
        assert places == sorted(places), form
    document = Document(html.render(page.build(ALL[name], "en")))
    cards = [a["id"] for tag, a in document.tags if tag == "article" and "card cause" in (a.get("class") or "")]
    assert cards == [f"cause-{verdict['cause']}" for verdict in accused(told)]


@every
def test_report_and_comments_cite_every_source_of_the_findings_and_the_notes_the_first_of_each(name: str) -> None:
    read = texts(ALL[name])
    for verdict in accused(found(ALL[name])):
        seen = [one for side in ("for", "against") for one in verdict[side]]
        cited = [text for one in seen for s in one["sources"] for text in (s["place"], s["member"])]
        assert {form for form in ("html", "md", "jira") if missing(cited, read[form])} == set()
        first = [text for one in seen for s in one["sources"][:1] for text in (s["place"], s["member"])]
        assert missing(first, read["txt"]) == []


@every
def test_what_could_not_be_judged_is_named_alike(name: str) -> None:
    read = texts(ALL[name])
    blind = [one["text"] for verdict in accused(found(ALL[name])) for one in verdict["blind"]]
    assert {form for form in ("html", "md", "jira") if missing(blind, read[form])} == set()
    left = re.search(r"\(and (\d+) more, see the report\)", read["txt"])
    assert len(blind) - len(missing(blind, read["txt"])) + int(left[1] if left else 0) >= len(blind)


@every
def test_all_give_the_same_steps_in_the_same_order_with_the_same_commands(name: str) -> None:
    told, read = found(ALL[name]), texts(ALL[name])
    planned = [
        step
        for verdict in (*(v for v in told["verdicts"] if v["cause"] in told["contributors"]), *accused(told))
        for step in verdict["fix"]
    ]
    for form in ("html", "md", "jira"):
        assert missing([step["id"] for step in planned], read[form]) == []
        assert missing([step["do"] for step in planned], read[form]) == []
        assert missing([step["command"] for step in planned if step["command"]], read[form]) == []
        places = [read[form].index(step["id"]) for step in planned]
        assert places == sorted(places), form
    numbered = [f"{n}. {step['do'][:40]}" for n, step in enumerate(planned, 1)]
    assert missing(numbered, read["txt"]) == []


@every
def test_all_ask_for_the_same_evidence_next(name: str) -> None:
    read = texts(ALL[name])
    asked = [need["ask"] for need in found(ALL[name])["next"]]
    assert {form for form, text in read.items() if missing(asked[:1], text)} == set()
    assert {form for form in ("html", "md", "jira") if missing(asked, read[form])} == set()
