"""Whatever happens to one artifact of a bundle: it is told, the others are not touched, and nobody is acquitted by it.

The manifest is no artifact, but it says what the others were: a loss of it acquits nobody either. A byte changed in
it must not crash, nothing more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.forge.bundle import MANIFEST, bundle_files
from fixtures.forge.scenario import LogFile, load_scenario
from tests.properties.harms import cuts, flips
from tests.properties.reading import Read, changed_beside, gaps_of, newly, read

SCENARIOS = Path(__file__).parents[2] / "fixtures" / "scenarios"
# Machines of which much was taken: hives and exports, logs of every kind, live state and commands.
RICH = (
    "field_bundle",
    "token_refused",
    "clock_schannel_with_offset",
    "tls_forged_untrusted",
    "proxy_refuses_google",
    "webview2_missing_no_admin",
)


@cache
def _files(name: str) -> Mapping[str, bytes]:
    return bundle_files(load_scenario(SCENARIOS / name))


@cache
def _whole(name: str) -> Read:
    return read(_files(name))


@cache
def _artifacts(name: str) -> list[str]:
    """The members whose bytes the manifest vouches for."""
    return sorted(row["member"] for row in json.loads(_files(name)[MANIFEST])["artifacts"])


def _wrongs(name: str, member: str, data: bytes | None) -> list[str]:
    """What goes wrong with other bytes, or none, in the place of one member, held against the undamaged bundle."""
    files = {**_files(name), member: data or b""}
    if data is None:
        del files[member]
    hurt = read(files)
    wrongs = [str(verdict) for verdict in newly(_whole(name), hurt)]
    if member == MANIFEST:
        return wrongs
    if not gaps_of(hurt, member) - gaps_of(_whole(name), member):
        wrongs.append(f"no gap names {member}")
    return wrongs + [str(changed) for changed in changed_beside(_whole(name), hurt, member)]


any_artifact = st.sampled_from(RICH).flatmap(lambda name: st.sampled_from([(name, m) for m in _artifacts(name)]))
any_loss = any_artifact.flatmap(lambda one: st.tuples(st.just(one), cuts(_files(one[0])[one[1]])))
any_change = any_artifact.flatmap(lambda one: st.tuples(st.just(one), flips(_files(one[0])[one[1]])))


@pytest.mark.parametrize("name", RICH)
def test_the_undamaged_bundle_accuses_its_cause(name: str) -> None:
    causes = load_scenario(SCENARIOS / name).expect["causes"]
    assert causes
    assert _whole(name).diagnosis.head.causes == tuple(causes)


@pytest.mark.parametrize("name", RICH)
def test_an_artifact_taken_away_is_missed_and_acquits_nobody(name: str) -> None:
    assert {member: wrongs for member in (*_artifacts(name), MANIFEST) if (wrongs := _wrongs(name, member, None))} == {}


def test_a_lost_dialog_does_not_make_an_acceptance_the_last_word() -> None:
    scenario = load_scenario(SCENARIOS / "token_refused_then_accepted")
    later = tuple(_later(log) if log.channel == "OAlerts" else log for log in scenario.logs)
    files = bundle_files(replace(scenario, logs=later))
    alerts = next(name for name in files if name.endswith("OAlerts.evtx"))
    whole = read(files)
    assert whole.diagnosis.head.causes == ("stale_token",)
    for data in (files[alerts][:4096], files[alerts][:-1], None):
        left = {name: content for name, content in files.items() if name != alerts or data is not None}
        assert list(newly(whole, read(left | ({alerts: data} if data else {})))) == []


def _later(log: LogFile) -> LogFile:
    """The same dialogs, forty minutes later: after the acceptance."""
    return replace(log, events=tuple(replace(event, at=event.at + timedelta(minutes=40)) for event in log.events))


@settings(max_examples=40)
@given(any_loss)
def test_an_artifact_cut_anywhere_is_told_and_acquits_nobody(loss: tuple[tuple[str, str], bytes]) -> None:
    (name, member), left = loss
    assert _wrongs(name, member, left) == []


@settings(max_examples=40)
@given(any_change)
def test_a_changed_artifact_is_told_and_acquits_nobody(change: tuple[tuple[str, str], bytes]) -> None:
    (name, member), data = change
    assert _wrongs(name, member, data) == []


@settings(max_examples=10)
@given(cuts(_files(RICH[0])[MANIFEST]))
def test_a_manifest_cut_anywhere_acquits_nobody(left: bytes) -> None:
    assert _wrongs(RICH[0], MANIFEST, left) == []


@settings(max_examples=10)
@given(flips(_files(RICH[0])[MANIFEST]))
def test_a_changed_manifest_crashes_nothing(data: bytes) -> None:
    assert read({**_files(RICH[0]), MANIFEST: data}).diagnosis.verdicts
