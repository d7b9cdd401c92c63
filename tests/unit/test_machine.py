"""The machine in a few lines: each fact with where it stands."""

from __future__ import annotations

from analyzer.machine import details
from tests.unit.evidence import Row, event, holding, section, setting

CLICK_TO_RUN = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
WEBVIEW2 = r"HKLM\SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"


def shown(*parts: Row | tuple[Row, ...]) -> list[tuple[str, str]]:
    return [(d.name, d.value) for d in details(holding(*parts))]


def step(at: str, new: str, old: str) -> Row:
    return event("Microsoft-Windows-Kernel-General", 1, at, data={"NewTime": new, "OldTime": old, "Reason": 1})


def test_the_host_is_named_with_its_build_language_and_zone() -> None:
    fields = {
        "name": "PC-042",
        "os_build": "10.0.22631.4460",
        "ui_locale": "fr-FR",
        "time_zone": "Romance Standard Time",
    }
    assert shown(section("host", "host", fields | {"sid": "S-1"})) == [
        ("computer", "PC-042"),
        ("os_build", "10.0.22631.4460"),
        ("time_zone", "Romance Standard Time"),
        ("ui_locale", "fr-FR"),
    ]


def test_office_and_the_runtime_are_told_by_the_registry_with_the_place() -> None:
    found = details(
        holding(
            setting(CLICK_TO_RUN, "VersionToReport", "16.0.17928.20114", artifact="SOFTWARE"),
            setting(CLICK_TO_RUN, "Platform", "", artifact="SOFTWARE"),
            setting(WEBVIEW2, "pv", "131.0.2903.86", artifact="SOFTWARE"),
        )
    )
    assert [(d.name, d.value) for d in found] == [
        ("office_build", "16.0.17928.20114"),
        # the newest day of the table of builds, which a reader must know to weigh the build
        ("office_builds_known_until", "2026-09-22"),
        ("webview2_version", "131.0.2903.86"),
    ]
    assert found[0].sources[0].place == CLICK_TO_RUN + "!VersionToReport"


def test_another_program_of_edge_update_is_not_the_runtime() -> None:
    assert shown(setting(WEBVIEW2.replace("F3017226", "56EB18F8"), "pv", "131.0")) == []


def test_steps_of_the_clock_are_counted_and_the_largest_shown_with_its_sign() -> None:
    steps = (
        step("2026-03-02T08:00:00Z", "2026-03-02T08:00:00.0Z", "2026-03-02T08:00:02.0Z"),
        step("2026-03-02T09:00:00Z", "2026-03-02T09:00:00.0Z", "2026-03-04T09:00:00.0Z"),
    )
    assert shown(*steps) == [("clock_changes", "2"), ("largest_clock_change_s", "-172800")]


def test_nothing_known_is_nothing_shown() -> None:
    assert shown() == []


def test_a_computer_that_nobody_names_is_named_by_its_newest_record() -> None:
    older = event("Service Control Manager", 7036, "2026-03-02T08:00:00Z", computer="WIN-SETUP")
    newer = event("Service Control Manager", 7036, "2026-03-02T09:00:00Z", computer="PC-042")
    assert shown(older, newer) == [("computer", "PC-042")]
