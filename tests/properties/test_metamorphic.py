"""The same fault on a machine that differs in everything that is no fault: the verdict is the same.

What is expected is what the scenarios expect, and only those that accuse somebody are asked: a tool that says nothing
fails.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from zlib import crc32

import pytest

from fixtures.forge import variations
from fixtures.forge.bundle import bundle_files
from fixtures.forge.scenario import Scenario, load_scenario
from tests.properties.languages import in_language
from tests.properties.reading import complaints, read
from tests.scenarios.judgement import machines
from tests.scenarios.test_mutations import HEADLINE

SPOKEN = (("fr", "cp850"), ("de", "cp850"), ("pl", "cp852"), ("fr", "utf-16"), ("de", "utf-16"), ("pl", "utf-16"))
LAYOUTS = ("velociraptor", "kape", "cylr")
DIALOG = re.compile(r"We couldn['’]t log on to the incoming \(POP/IMAP\) server\.")
# No wording but the English one is known; the protocol in brackets is in all.
DIALOGS = {
    "fr": "Impossible d’ouvrir une session sur le serveur entrant (POP/IMAP).",
    "de": "Anmeldung am Posteingangsserver (POP/IMAP) nicht möglich.",
    "pl": "Nie można zalogować się do serwera poczty przychodzącej (POP/IMAP).",
}
# The initial answer of XOAUTH2: the account in base64.
INITIAL = re.compile(r"\bdXNlcj1[A-Za-z0-9+/]+=*")
# What files of the disk decide alone, with the status that they must still give: no live state, no manifest, and
# nobody reported anything.
ON_DISK = {
    "clock_corrected_back": ("clock_skew", "likely"),
    "clock_schannel_alone": ("clock_skew", "likely"),
    "handoff_blocked": ("browser_handoff_blocked", "confirmed"),
    "proxy_pac_by_file": ("proxy_misconfigured", "likely"),
    "token_binary_only": ("stale_token", "likely"),
    "token_invalid_grant": ("stale_token", "confirmed"),
    "webview2_blocked_applocker": ("webview2_blocked", "confirmed"),
    "webview2_blocked_debugger": ("webview2_blocked", "confirmed"),
    "webview2_crashing_each_time": ("webview2_crashing", "confirmed"),
    # without a listing of its folders, the three keys alone are strong
    "webview2_missing_hive": ("webview2_missing", "likely"),
}


def _pinpointed() -> list[str]:
    """Scenarios that accuse one cause: all of the headline causes, three of each other.

    Where bytes are damaged at an offset, nothing may be longer than it was.
    """
    told: dict[str, list[str]] = {}
    for folder in machines("scenarios"):
        one = load_scenario(folder)
        if one.expect.get("verdict") == "pinpointed" and not one.damage and not _names_in_base64(one):
            told.setdefault(one.expect["causes"][0], []).append(folder.name)
    return sorted(name for cause, names in told.items() for name in (names if cause in HEADLINE else names[:3]))


def _names_in_base64(scenario: Scenario) -> bool:
    """Whether a log holds a name inside the base64 of a password login, where a new name does not reach."""
    return any("AUTH PLAIN " in text.body for text in scenario.texts)


def _load(name: str) -> Scenario:
    return load_scenario(Path(__file__).parents[2] / "fixtures" / "scenarios" / name)


def _number(name: str) -> int:
    """Which of the variations a scenario gets: always the same, whatever other scenarios there are."""
    return crc32(name.encode())


# -- the variations ------------------------------------------------------------------------------------------------


def as_somebody_else(scenario: Scenario) -> Scenario:
    """Other names of the account, the computer and the user, also where a log holds the account in base64."""
    machine, account = scenario.machine, scenario.case.get("account", "")
    local = account.partition("@")[0]
    domain = account.partition("@")[2]
    names = {_squeezed(account): _squeezed(f"j.lopes-33@{domain}"), local: "j.lopes-33"} if local else {}
    names |= {machine.name: "PC-LISBOA-7", machine.sid.rpartition("-")[0]: "S-1-5-21-77-88-99", machine.user: "jorge"}
    texts = tuple(
        replace(text, body=INITIAL.sub(lambda found: _reencoded(found[0], names), text.body)) for text in scenario.texts
    )
    return variations.renamed(replace(scenario, texts=texts), names)


def _squeezed(account: str) -> str:
    """As the name of a log tells the account."""
    return account.replace("@", "").replace(".", "")


def _reencoded(initial: str, names: dict[str, str]) -> str:
    said = base64.b64decode(initial + "=" * (-len(initial) % 4)).decode()
    for old, new in names.items():
        said = said.replace(old, new)
    return base64.b64encode(said.encode()).decode()


def elsewhere(scenario: Scenario) -> Scenario:
    """Another time zone; the logs of Outlook print local times and would tell of another hour."""
    if any(not text.member.startswith("live/") for text in scenario.texts):
        return scenario
    return variations.in_time_zone(scenario, -345, "Nepal Standard Time")


def in_tongue(scenario: Scenario, spoken: tuple[str, str]) -> Scenario:
    """Commands and the dialog of Office in another language and encoding."""
    language, encoding = spoken
    sentences = {
        found[0]: DIALOGS[language]
        for log in scenario.logs
        for event in log.events
        if isinstance(event.data, list)
        for found in map(DIALOG.search, map(str, event.data))
        if found
    }
    return variations.renamed(in_language(scenario, language, encoding), sentences)


VARIATIONS: dict[str, Callable[[Scenario], Scenario]] = {
    "somebody else": as_somebody_else,
    "another time zone": elsewhere,
    "another order": variations.reordered,
    "more that is of no interest": variations.noisy,
}
VARIATIONS |= {f"{spoken[0]} in {spoken[1]}": partial(in_tongue, spoken=spoken) for spoken in SPOKEN}


# -- and what they must leave as it is -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", _pinpointed())
def test_the_same_fault_on_another_machine_gets_the_same_verdict(name: str) -> None:
    spoken = SPOKEN[_number(name) % len(SPOKEN)]
    scenario = elsewhere(as_somebody_else(_load(name)))
    scenario = variations.noisy(variations.reordered(in_tongue(scenario, spoken)))
    found = complaints(scenario, read(dict(reversed(bundle_files(scenario).items()))))
    assert not found, "\n".join([f"{spoken}", *found])


@pytest.mark.parametrize("variation", VARIATIONS)
@pytest.mark.parametrize("name", ["field_bundle", "proxy_winhttp_dead"])
def test_one_difference_alone_moves_no_verdict(name: str, variation: str) -> None:
    scenario = VARIATIONS[variation](_load(name))
    assert scenario != _load(name)
    assert complaints(scenario, read(bundle_files(scenario))) == []


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", ON_DISK)
def test_what_the_disk_alone_decides_is_found_in_bundles_of_other_tools(name: str, layout: str) -> None:
    cause, status = ON_DISK[name]
    scenario = replace(_load(name), expect={"verdict": "pinpointed", "causes": [cause], "statuses": {cause: status}})
    assert complaints(scenario, read(bundle_files(scenario, layout))) == []
