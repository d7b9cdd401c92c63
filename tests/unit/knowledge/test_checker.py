"""The checker of knowledge tells everything that is wrong at once, each with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import knowledge
from analyzer.model import Refusal

# the page that the design shows, in its own words
SAMPLE = """
id = "clock_skew"                      # = file name
family = "clock"
role = "cause"                         # cause | contributor
core = ["offset_measured"]             # signals without which it cannot be judged
title = "The computer's clock is wrong"
summary = "…"
references = ["https://learn.microsoft.com/…"]     # a source for each claim
not_this_when = "The clock was corrected after the failure and before collection."

[[signal]]
id = "outside_certificate"
needs = ["live_state"]                 # catalogue ids: without them this signal is blind
table = "facts"
where.name = "certificate_time_error_s"
where.number = { above = 0 }
means = "for"                          # for | against
strength = "decisive"                  # decisive | strong | weak | context
group = "measured_offset"
text = "The clock stood {number:.0f} s outside the validity of the certificate Google served."

[[fix]]
id = "resync"
per = "machine"                        # machine | account | target
because = ["outside_certificate"]
risk = "low"
reversible = true
owner = "user"                         # user | desktop_it | google_admin | network_team
do = "…"
command = "w32tm /resync /force"
elevated = true
backup = ""                            # command that saves what `command` changes
undo = ""
check = "…"                            # how to see that it worked
"""
FRENCH = """
[clock_skew]
title = "L'horloge est fausse"
summary = "…"
not_this_when = "L'horloge a été corrigée."
signal.outside_certificate.text = "L'horloge se trouvait à {number:.0f} s."
fix.resync.do = "…"
fix.resync.check = "…"
"""
CORE = 'core = ["outside_certificate"]'


def folder(at: Path, page: str = SAMPLE, french: str = FRENCH) -> Path:
    """A folder of knowledge as a third party would write it."""
    for name, text in (("causes/clock_skew.toml", page), ("languages/fr.toml", french)):
        (at / name).parent.mkdir(exist_ok=True)
        (at / name).write_text(text, "utf-8")
    return at


def sound(at: Path, *changes: tuple[str, str], french: str = FRENCH) -> Path:
    """The sample with the one signal it lacks replaced, and further changes."""
    page = SAMPLE.replace('core = ["offset_measured"]', CORE)
    for old, new in changes:
        assert page.count(old) == 1, old
        page = page.replace(old, new)
    return folder(at, page, french)


def test_our_own_knowledge_is_sound_in_every_language() -> None:
    assert knowledge.check() == ()
    assert {cause.id for cause in knowledge.load(None, "fr").causes} == {c.id for c in knowledge.load().causes}


def test_the_sample_of_the_design_lacks_only_the_signal_that_it_names_and_does_not_show(tmp_path: Path) -> None:
    assert knowledge.check(folder(tmp_path)) == ("causes/clock_skew.toml: core: no signal 'offset_measured'",)


def test_the_sample_with_a_core_that_it_has_is_accepted_and_read(tmp_path: Path) -> None:
    assert knowledge.check(sound(tmp_path)) == ()
    made = knowledge.load(tmp_path)
    cause = made.find("clock_skew")
    assert cause is not None
    assert (cause.family, cause.role, cause.judges, cause.do_not) == ("clock", "cause", "machine", ())
    signal = cause.signals[0]
    assert (signal.needs[0][0].item, signal.strength, signal.group) == ("live_state", "decisive", "measured_offset")
    assert [(c.column, c.operator, c.value) for c in signal.where] == [
        ("name", "is", "certificate_time_error_s"),
        ("number", "above", 0),
    ]
    assert signal.asks == "The clock stood … s outside the validity of the certificate Google served."
    assert cause.fix[0].command == "w32tm /resync /force"


def test_pages_may_lie_directly_in_the_folder(tmp_path: Path) -> None:
    sound(tmp_path)
    (tmp_path / "causes" / "clock_skew.toml").rename(tmp_path / "clock_skew.toml")
    (tmp_path / "causes").rmdir()
    assert knowledge.check(tmp_path) == ()


def test_a_page_in_french_speaks_french_and_judges_the_same(tmp_path: Path) -> None:
    english, french = knowledge.load(sound(tmp_path)).causes[0], knowledge.load(tmp_path, "fr").causes[0]
    assert french.title == "L'horloge est fausse"
    assert french.signals[0].text == "L'horloge se trouvait à {number:.0f} s."
    assert french.signals[0].where == english.signals[0].where
    assert french.fix[0].command == english.fix[0].command


BROKEN = """
id = "another"
family = "weather"
role = "villain"
core = ["nobody"]
title = ""
summary = "It is so."
references = ["http://example.org"]
not_this_when = "It is not so."
colour = "red"

[[signal]]
id = "one"
needs = ["no_such_item", "live_state/no_such_section", "oalerts_log/part", "measured/no_such_measure"]
table = "facts"
where.name = "no_such_fact"
where.shape = "round"
where.number = { near = 3 }
where.value = { above = 3 }
means = "against"
strength = "weak"
text = "It was {weather} at {value:.0f}."

[[signal]]
id = "one"
table = "events"
where.text = { matches = "(unclosed" }
where.event_id = { any_of = 3 }
means = "against"
strength = "strong"
text = "No placeholder {here"
yields = true

[[fix]]
id = "cure"
per = "target"
because = ["two"]
risk = "low"
owner = "user"
do = "Remove {target} of {nobody}."
check = "It is gone."
"""


def test_a_page_with_many_faults_yields_all_of_them_at_once_with_file_and_key(tmp_path: Path) -> None:
    found = knowledge.check(folder(tmp_path, BROKEN))
    file = "causes/clock_skew.toml: "
    expected = [
        "id: 'another' differs from the file name 'clock_skew'",
        "family: 'weather' is none of",
        "role: 'villain' is none of cause, contributor",
        "core: no signal 'nobody'",
        "title: must be a text that is not empty",
        "references: 'http://example.org' is no https address",
        "colour: unknown key",
        "signal.one: the id stands twice",
        "signal.one.needs: unknown catalogue id 'no_such_item'",
        "signal.one.needs: live/state.json has no section 'no_such_section'",
        "signal.one.needs: oalerts_log has no parts",
        "signal.one.needs: unknown fact 'no_such_measure'",
        "signal.one.where.name: unknown fact 'no_such_fact'",
        "signal.one.where.shape: the table facts has no such column",
        "signal.one.where.number: unknown operator 'near'; there are is, any_of, contains, matches, above, below",
        "signal.one.where.value.above: only a number can be above or below",
        "signal.one.strength: weak against",
        "signal.one.text: unknown placeholder {weather}",
        "signal.one.text: placeholder {value} is no number and takes no format",
        "signal.one.where.text.matches: '(unclosed' is no pattern",
        "signal.one.where.event_id.any_of: takes a list",
        "signal.one.text: braces do not match",
        "signal.one.yields: only a signal for the cause can yield",
        "signal.one.needs: missing: what was not read cannot acquit",
        "fix.cure.because: no signal 'two'",
        "fix.cure.reversible: missing",
        "fix.cure.do: unknown placeholder {nobody}",
    ]
    lacking = [fault for fault in expected if not any(told.startswith(file + fault) for told in found)]
    assert lacking == []
    assert any(told.startswith("languages/fr.toml: another.title: missing") for told in found)


def faults(at: Path, *changes: tuple[str, str]) -> list[str]:
    return [
        told.removeprefix("causes/clock_skew.toml: signal.outside_certificate.")
        for told in knowledge.check(sound(at, *changes))
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('where.name = "certificate_time_error_s"\n', "", "where.name: a signal on facts names the fact"),
        ('where.name = "certificate_time_error_s"', 'where.name = { matches = "x" }', "where.name: a signal on facts"),
        ("{ above = 0 }", '{ above = "0" }', "where.number.above: must be a number"),
        ("{ above = 0 }", "true", "where.number.is: must be a number"),
        ("{ above = 0 }", '{ contains = "1" }', "where.number.contains: a number has no text"),
        ("{ above = 0 }", "{ any_of = [] }", "where.number.any_of: must be a number"),
        ("{ above = 0 }", '{ any_of = [1, "x"] }', "where.number.any_of: must be a number"),
        ("where.number = { above = 0 }", "where.at = { above = 0 }", "where.at: the table facts has no such column"),
        ("where.number = { above = 0 }", "where.joined = 1", "where.joined: the table facts has no such column"),
        ('means = "for"', 'means = "for"\nnone = true', "text: placeholder {number} cannot be filled"),
        ('means = "for"', 'means = "for"\nnone = "yes"', "none: must be true or false"),
        ("{number:.0f}", "{number:.0q}", "text: placeholder {number:.0q} has an unknown format"),
        ("{number:.0f}", "{number.real}", "text: unknown placeholder {number.real}"),
        ("{number:.0f}", "{0}", "text: unknown placeholder {0}"),
        ('table = "facts"', 'table = "rumours"', "table: 'rumours' is none of events, registry, log_lines, facts"),
        ('group = "measured_offset"', 'grupp = "measured_offset"', "grupp: unknown key"),
        ('group = "measured_offset"', 'asks = "Is it {number}?"', "asks: a question has no placeholders"),
        ('needs = ["live_state"]', 'needs = "live_state"', "needs: must be a list of texts"),
        ('needs = ["live_state"]', "needs = ['user_hive/HKCU\\Nowhere']", "needs: the catalogue collects no key"),
        ('needs = ["live_state"]', 'needs = ["live_state | nothing"]', "needs: unknown catalogue id 'nothing'"),
    ],
)
def test_each_fault_of_a_signal_is_named(old: str, new: str, fault: str, tmp_path: Path) -> None:
    assert any(told.startswith(fault) for told in faults(tmp_path, (old, new))), faults


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        ('shown_by = "hope"', "'hope' is none of signals, token, login"),
        ('because = []\nshown_by = "signals"', "there are no signals in because that could show it"),
    ],
)
def test_what_shows_that_a_step_was_taken_must_be_something_that_can(shown: str, fault: str, tmp_path: Path) -> None:
    old = 'because = ["outside_certificate"]'
    found = knowledge.check(sound(tmp_path, (old, shown if "because" in shown else f"{old}\n{shown}")))
    assert found == (f"causes/clock_skew.toml: fix.resync.shown_by: {fault}",)


def test_one_fault_is_one_error(tmp_path: Path) -> None:
    """A misspelt item is not blamed again for lacking a sentence that asks for it."""
    assert len(knowledge.check(sound(tmp_path, ('needs = ["live_state"]', 'needs = ["no_such_item"]')))) == 1


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('title = "L\'horloge est fausse"\n', "", "clock_skew.title: missing"),
        (
            "signal.outside_certificate.text",
            "signal.outside_certificat.text",
            "clock_skew.signal.outside_certificate.text: missing",
        ),
        (
            "signal.outside_certificate.text",
            "signal.outside_certificat.text",
            "clock_skew.signal.outside_certificat: unknown key",
        ),
        ('fix.resync.check = "…"\n', "", "clock_skew.fix.resync.check: missing"),
        ("{number:.0f}", "{nombre}", "clock_skew.signal.outside_certificate.text: unknown placeholder {nombre}"),
        (
            'fix.resync.do = "…"',
            'fix.resync.do = "{account}"',
            "clock_skew.fix.resync.do: unknown placeholder {account}",
        ),
        ("[clock_skew]", 'clock_skw.title = "x"\n[clock_skew]', "clock_skw: unknown key"),
        ("[clock_skew]\n", '[clock_skew]\ndo_not = ["Non."]\n', "clock_skew.do_not: has 1 texts, the page has 0"),
    ],
)
def test_what_is_missing_in_french_is_named(old: str, new: str, fault: str, tmp_path: Path) -> None:
    assert FRENCH.count(old) == 1
    found = knowledge.check(sound(tmp_path, french=FRENCH.replace(old, new)))
    assert any(told.startswith(f"languages/fr.toml: {fault}") for told in found), found


def test_a_folder_without_french_lacks_every_text_of_it(tmp_path: Path) -> None:
    sound(tmp_path)
    (tmp_path / "languages" / "fr.toml").unlink()
    found = knowledge.check(tmp_path)
    assert len(found) == 6
    assert all(told.startswith("languages/fr.toml: clock_skew.") and told.endswith("missing") for told in found)


@pytest.mark.parametrize("name", ["causes/clock_skew.toml", "languages/fr.toml"])
@pytest.mark.parametrize("torn", [b"id = ", b'title = "\xff"'])
def test_a_file_that_is_no_toml_is_one_error_and_no_crash(name: str, torn: bytes, tmp_path: Path) -> None:
    sound(tmp_path)
    (tmp_path / name).write_bytes(torn)
    assert any(told.startswith(f"{name}: ") for told in knowledge.check(tmp_path))


@pytest.mark.parametrize("wrong", ["signal = 3", "[signal]\nid = 3", "[[signal]]\nid = 3\nwhere = 3", "fix = [3]"])
def test_a_page_of_the_wrong_shape_is_no_crash(wrong: str, tmp_path: Path) -> None:
    assert knowledge.check(folder(tmp_path, wrong)) != ()


def test_a_third_party_page_brings_the_sentence_for_an_item_that_ours_do_not_ask_for(tmp_path: Path) -> None:
    changed = sound(tmp_path, ('needs = ["live_state"]', 'needs = ["outlook_etl"]'))
    asked = "languages/{}.toml: items.outlook_etl.ask: missing"
    if "outlook_etl" not in knowledge.load().asks:
        assert set(knowledge.check(changed)) == {asked.format(lang) for lang in knowledge.LANGUAGES}
    for lang in knowledge.LANGUAGES:
        book = tmp_path / "languages" / f"{lang}.toml"
        said = book.read_text("utf-8") if book.exists() else ""
        book.write_text(said + '\n[items.outlook_etl]\nask = "…"\n', "utf-8")
    assert knowledge.check(changed) == ()
    assert knowledge.load(changed).asks["outlook_etl"] == "…"


def test_loading_damaged_knowledge_is_refused_with_the_first_error_and_their_number(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"causes/clock_skew\.toml: family: .* and \d+ more errors") as refusal:
        knowledge.load(folder(tmp_path, BROKEN))
    assert "\n" not in str(refusal.value)


def test_a_folder_that_holds_no_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no cause page"):
        knowledge.check(tmp_path)
    with pytest.raises(Refusal, match="no such folder"):
        knowledge.check(tmp_path / "nowhere")


def test_the_hash_of_the_knowledge_follows_every_byte(tmp_path: Path) -> None:
    first = knowledge.load(sound(tmp_path)).sha256
    assert knowledge.load(tmp_path, "fr").sha256 == first
    sound(tmp_path, ("# = file name", "# the file name"))
    assert knowledge.load(tmp_path).sha256 != first
