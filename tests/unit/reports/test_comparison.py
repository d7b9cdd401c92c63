"""What a comparison's page and its JSON say, drawn from comparisons built by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import msgspec
import pytest

from reports.export import comparison as export
from reports.export.comparison_schema import schema
from reports.page import comparison, linear
from reports.page.blocks import Headline, Page, Points, Table
from tests.unit.reports.comparisons import ALL, CURED, FAILS, HOSTILE_TEXTS, TWO, Compared

every = pytest.mark.parametrize("one", ALL.values(), ids=ALL)


def built(one: Compared, lang: str = "en") -> Page:
    return comparison.build(one.found, one.before, one.after, lang)


def told(one: Compared, lang: str = "en") -> Any:
    return json.loads(export.encode(one.found, one.before, one.after, lang))


def headings(page: Page) -> list[str]:
    return [block.title for block in page.section("verdict").blocks if isinstance(block, Points)]


def test_more_differences_than_the_sheet_holds_lead_to_the_section_of_differences() -> None:
    (change,) = [one for one in TWO.found.changes if one.bears][:1]
    many = replace(TWO.found, changes=tuple(replace(change, name=f"{change.name} {n}") for n in range(9)))
    page = built(replace(TWO, found=many))
    (differences,) = [b for b in page.section("verdict").blocks if isinstance(b, Points) and b.more]
    assert differences.more is not None
    assert differences.more.href == "#changes"
    assert page.section("changes")


@every
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_json_obeys_its_schema(one: Compared, lang: str) -> None:
    published = json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.Draft202012Validator(published).validate(told(one, lang))


def test_every_object_of_the_schema_is_closed_and_requires_all_its_keys() -> None:
    for name, one in json.loads(schema())["$defs"].items():
        if one.get("type") == "object":
            assert one["additionalProperties"] is False, name
            assert one["required"] == list(one["properties"]), name


def test_an_answer_of_no_known_word_is_a_defect() -> None:
    wrong = replace(CURED, found=replace(CURED.found, answer="better"))  # type: ignore[arg-type]
    with pytest.raises(msgspec.ValidationError):
        told(wrong)


def test_the_page_and_the_json_say_the_same() -> None:
    page, found = built(FAILS), told(FAILS)
    headline = next(block for block in page.section("verdict").blocks if isinstance(block, Headline))
    assert (headline.sentence, found["answer"]) == (found["sentence"], "not_cured")
    text = linear.render(page)
    for statement in found["accounts"][0]["contrary"]:
        assert statement["text"] in text
        assert statement["after"][0]["place"] in text


def test_what_makes_the_answer_comes_first() -> None:
    assert headings(built(CURED)) == ["Speaks for the cure", "Speaks against it"]
    assert headings(built(FAILS)) == ["Speaks against it"]
    assert headings(built(HOSTILE_TEXTS)) == [
        "Is missing",
        "Speaks against it",
        "Speaks for the cure",
        "How to find out",
    ]
    assert headings(built(TWO)) == ["What differs and bears on a cause"]


def test_how_to_find_out_is_told_in_the_order_of_doing_it() -> None:
    hows = told(HOSTILE_TEXTS)["next"]
    assert [how.split(" ")[0] for how in hows] == ["Restart", "Switch", "Collect"]
    assert told(CURED)["next"] == []


def test_a_citation_says_of_which_side_it_is() -> None:
    proofs = next(block for block in built(CURED).section("verdict").blocks if isinstance(block, Points))
    assert [citation.member for citation in proofs.items[1][1]] == [
        "live/state.json (BEFORE)",
        "live/state.json (AFTER)",
    ]


def test_two_machines_have_differences_and_no_steps() -> None:
    page = built(TWO)
    assert [section.id for section in page.sections] == ["verdict", "moves", "changes", "events", "gaps", "provenance"]


def test_a_long_binary_value_is_told_by_its_beginning_and_length() -> None:
    table = next(block for block in built(CURED).section("changes").blocks if isinstance(block, Table))
    assert table.rows[1][1:3] == ("abababababababababababab… (40 bytes)", "1")


@every
def test_the_same_comparison_gives_the_same_bytes(one: Compared) -> None:
    assert export.encode(one.found, one.before, one.after, "en") == export.encode(
        one.found, one.before, one.after, "en"
    )
    assert built(one) == built(one)
