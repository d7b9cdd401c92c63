from __future__ import annotations

import io
import string
import tomllib

import pytest

from collectors import catalog, console
from collectors.console import LANGUAGES, Console
from collectors.finds import Refused
from collectors.manifest import Left
from collectors.real.calls import refusal
from collectors.windows import Outcome
from reports.page import wording
from tests.contracts.tree import ROOT

FOLDER = ROOT / "collectors" / "languages"


def texts(lang: str) -> dict[str, str]:
    told = tomllib.loads((FOLDER / f"{lang}.toml").read_text("utf-8"))
    return {f"{head}.{name}": text for head, table in told.items() for name, text in table.items()}


def fields(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_every_language_has_the_same_texts_with_the_same_fields() -> None:
    english = {name: fields(text) for name, text in texts("en").items()}
    for lang in LANGUAGES:
        told = {name: fields(text) for name, text in texts(lang).items() if not name.startswith("why.")}
        assert told == english, lang


def test_french_says_of_every_item_why_it_is_taken() -> None:
    told = {name.removeprefix("why.") for name in texts("fr") if name.startswith("why.")}
    assert told == {item.id for item in catalog.load().items}


@pytest.mark.parametrize(
    ("locale", "lang"), [("fr-CH", "fr"), ("FR", "fr"), ("de-DE", "en"), ("en-US", "en"), ("fy-NL", "en")]
)
def test_a_console_speaks_the_language_of_windows_where_it_has_it(locale: str, lang: str) -> None:
    assert console.spoken(locale) == lang


@pytest.mark.parametrize(
    ("variables", "lang"),
    [({}, "en"), ({"LANG": "fr_FR.UTF-8"}, "fr"), ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "en")],
)
def test_elsewhere_it_speaks_the_language_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], lang: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert console.spoken() == lang


def test_progress_tells_how_far_it_is_and_why_the_item_is_taken() -> None:
    heard = io.StringIO()
    Console("en", heard)("hosts_file", 66, 67)
    Console("fr", heard)("hosts_file", 66, 67)
    assert heard.getvalue().splitlines() == [
        "[67/67] hosts_file: names that this PC answers itself",
        "[67/67] hosts_file: noms auxquels ce PC répond lui-même",
    ]


def test_what_could_not_be_taken_is_told_by_reason_and_what_is_not_there_is_not() -> None:
    left = (
        Left("system_log", "C:\\a", Outcome.DENIED, "access denied (5)"),
        Left("aad_log", "C:\\b", Outcome.MISSING, "not there"),
        Left("security_log", "C:\\c", Outcome.DENIED, "access denied (5)"),
        Left("user_hive", "C:\\d", Outcome.FAILED, "in use (32)"),
        Left("user_hive", "C:\\e", Outcome.FAILED, "in use (32)"),
    )
    heard = io.StringIO()
    Console("en", heard).tell_left(left)
    assert heard.getvalue().splitlines() == [
        "Not taken:",
        "  denied: access denied (5): system_log, security_log",
        "  failed: in use (32): user_hive",
    ]


def test_nothing_left_is_nothing_told() -> None:
    heard = io.StringIO()
    Console("en", heard).tell_left((Left("aad_log", "C:\\b", Outcome.MISSING, "not there"),))
    assert heard.getvalue() == ""


def test_a_console_without_accents_shows_a_mark_instead_of_failing() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    Console("fr", stream).say("done")
    assert raw.getvalue().decode("ascii").startswith("Termin?. Envoyez")


def test_silence_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    Console("en", None)("hosts_file", 0, 1)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refusal_is_one_line(lang: str) -> None:
    told = console.refusal(lang, Refused("unwritable", file="a.zip", reason="No space left on device"))
    assert "a.zip" in told
    assert "No space left on device" in told
    assert "\n" not in told


WORDED = (
    "not there",
    "only a running Windows can tell",
    "the keys are in the hives",
    "a link, which is never followed",
    "kept in the cloud: opening it would download it",
    "the affected user is not known",
    "the time for this collection was used up",
    "the size allowed for this collection, or half of what the disk had free, was used up",
    "the affected user is not signed in: the keys are in the hive",
    "a proxy script on another machine's share is not read",
    "no proxy script is set",
    "a key below could not be read",
    "empty",
)


@pytest.mark.parametrize("reason", WORDED)
def test_a_report_tells_the_collectors_usual_reasons_in_french(reason: str) -> None:
    modules = ("gathering", "running", "tree", "volume", "live/texts")
    code = "".join((ROOT / "collectors" / f"{name}.py").read_text("utf-8") for name in modules)
    assert f'"{reason}"' in code
    assert wording.load("fr").reason(reason) != reason
    assert wording.load("en").reason(reason) == reason


@pytest.mark.parametrize(
    ("code", "french"),
    [
        (5, "SYSTEM\xa0: accès refusé (5)"),
        (2, "SYSTEM\xa0: absent (2)"),
        (32, "SYSTEM\xa0: utilisé par un autre programme (32)"),
        (1314, "SYSTEM\xa0: privilège non détenu (1314)"),
        (15007, "SYSTEM\xa0: journal absent (15007)"),
    ],
)
def test_a_report_tells_the_usual_answers_of_windows_in_french(code: int, french: str) -> None:
    assert wording.load("fr").reason(refusal("SYSTEM", code).reason) == french
