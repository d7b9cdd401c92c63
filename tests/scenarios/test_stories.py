"""Ten machines of different families, each retold whole: what happened, what to do, what to ask for next.

The files in ``stories`` were read line by line before they were kept. Where one differs, read the new one as critically
before ``python -m tests.scenarios.test_stories`` keeps it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from analyzer.pipeline import Options, analyze
from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import load_scenario
from reports.page.wording import load
from tests.scenarios.conftest import Judging, stand_in
from tests.scenarios.judgement import FIXTURES, judge
from tests.scenarios.story import tell

STORIES = Path(__file__).parent / "stories"
# scenario: its language
KEPT = {
    "field_bundle": "fr",
    "webview2_missing_live": "en",
    "proxy_refuses_google": "en",
    "clock_three_days": "en",
    "office_outdated_beside_token": "en",
    "tls12_client_off": "en",
    "policy_enforced": "fr",
    "tls_forged_untrusted": "en",
    "apppw_asked": "en",
    "vpn_works_without": "en",
}


@pytest.mark.parametrize("name", sorted(KEPT))
def test_the_story_is_the_one_that_was_read_and_kept(name: str, judging: Judging) -> None:
    assert tell(judging(name, KEPT[name]).result, KEPT[name]) == (STORIES / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(KEPT))
def test_nothing_is_told_of_entries_that_the_machine_does_not_have(name: str, judging: Judging) -> None:
    judged = judging(name, KEPT[name])
    accounts = {account.address for account in judged.diagnosis.accounts}
    targets = {target for account in judged.diagnosis.accounts for target in account.targets}
    members = {reading.member.name for reading in judged.result.bundle.readings} | {"manifest.json"}
    steps = [step for verdict in judged.verdicts for step in verdict.fix]
    assert {step.account for step in steps} <= accounts | {None}
    assert {step.target for step in steps} <= targets | {None}
    for attempt in judged.diagnosis.attempts:
        assert attempt.account in accounts | {None}
        assert {source.artifact for source in attempt.sources} <= members
        assert attempt.sources
    assert {s.artifact for check in judged.diagnosis.checklist for s in check.sources} <= members


def test_a_bundle_of_copied_files_says_what_its_kind_can_never_answer(tmp_path: Path) -> None:
    bundle = tmp_path / "kape.zip"
    bundle.write_bytes(build_bundle(load_scenario(FIXTURES / "scenarios" / "field_bundle"), layout="kape"))
    result = analyze(bundle, tmp_path / "case", Options(), lambda _name, _done, _all: None)
    beyond = {need.item: need for need in result.diagnosis.never}
    assert {"live_state", "cmdkey_list"} <= set(beyond)
    assert not set(beyond) & {"oalerts_log", "user_hive", "outlook_imap_log"}
    assert "stale_token" in beyond["cmdkey_list"].would_decide
    assert all(need.ask for need in beyond.values())
    assert load("en")("next.never") in tell(result)


def keep() -> None:
    """Write every story anew, to be read before it is committed."""
    STORIES.mkdir(exist_ok=True)
    with stand_in():
        for name, lang in KEPT.items():
            with tempfile.TemporaryDirectory() as room:
                judged = judge(FIXTURES / "scenarios" / name, Path(room), Options(lang))
                (STORIES / f"{name}.txt").write_text(tell(judged.result, lang), "utf-8")


if __name__ == "__main__":
    keep()
