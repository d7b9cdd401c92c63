"""Office is judged by product and channel; what keeps it from being updated; and the table of builds."""

from __future__ import annotations

from datetime import date

import pytest

from analyzer.measures import office
from analyzer.measures.evidence import Fact
from tests.unit.evidence import ALICE, FAILED, MAIL, Row, credential, fact, failed, holding, scene, setting, when

CONFIGURATION = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Office\16.0\Common\OfficeUpdate"
CDN = "http://officecdn.microsoft.com/pr/"
CURRENT = "492350f6-3a01-4f97-b9c0-c7c6ddf67d60"
MONTHLY = "55336b82-a18d-4dd6-b5f6-9e5095c314a6"
SEMI_ANNUAL = "7ffbc6bf-bc32-4f92-8982-f9dd17fd3114"
OLD = "16.0.17328.20184"


def installed(build: str = OLD, channel: str = CURRENT, **more: str) -> tuple[Row, ...]:
    told = {"VersionToReport": build, "UpdateChannel": CDN + channel} | more
    return tuple(setting(CONFIGURATION, name, value, artifact="SOFTWARE") for name, value in told.items() if value)


def measured(*parts: Row | tuple[Row, ...], at: str = FAILED) -> list[Fact]:
    return list(office.measure(holding(*parts), scene(failed(), collected=when(at))))


def one(facts: list[Fact], name: str) -> Fact:
    return next(f for f in facts if f.name == name)


def names(*parts: Row | tuple[Row, ...]) -> set[str]:
    return {f.name for f in measured(*parts)}


@pytest.mark.parametrize(
    ("guid", "line"),
    [
        (CURRENT, "Current"),
        (CURRENT.upper(), "Current"),
        ("64256afe-f5d9-4f86-8936-8840a6a4f5be", "Current Preview"),
        ("5440fd1f-7ecb-4221-8110-145efaa6372f", "Beta"),
        (MONTHLY, "Monthly Enterprise"),
        (SEMI_ANNUAL, "Semi-Annual Enterprise"),
        ("b8f9b850-328d-4355-9145-c59439a0c4cf", "Semi-Annual Enterprise Preview"),
        ("F2E724C1-748F-4B47-8FB8-8E0D210E9208", "Office 2019 (VL)"),
        ("5030841d-c919-4594-8d2d-84ae4f96e58e", "Office LTSC 2021 (VL)"),
        ("7983bac0-e531-40cf-be00-fd24fe66619c", "Office LTSC 2024 (VL)"),
    ],
)
def test_the_guid_at_the_end_of_the_address_names_the_channel(guid: str, line: str) -> None:
    assert one(measured(installed(channel=guid)), "office_build").subject == line


def test_the_last_guid_of_an_address_counts() -> None:
    assert one(measured(installed(channel=f"{CURRENT}/{MONTHLY}")), "office_build").subject == "Monthly Enterprise"


def test_a_channel_that_is_no_address_of_microsoft_is_told_by_where_it_was_installed_from() -> None:
    share = installed(UpdateChannel="//files/office", CDNBaseUrl=CDN + SEMI_ANNUAL)
    assert one(measured(share), "office_build").subject == "Semi-Annual Enterprise"


def test_the_volume_product_goes_before_the_channel() -> None:
    facts = measured(installed("16.0.10417.20211", ProductReleaseIds="ProPlus2019Volume,VisioPro2019Volume"))
    assert one(facts, "office_volume_build").subject == "Office 2019 (VL)"
    assert "office_monthly_build" not in {f.name for f in facts}


def test_a_retail_product_of_the_same_year_follows_its_channel() -> None:
    assert "office_monthly_build" in names(installed(ProductReleaseIds="HomeBusiness2021Retail"))


@pytest.mark.parametrize("build", ["16.0.14332.21017", "16.0.14334.20918"])
def test_both_build_lines_of_ltsc_2021_are_known_by_themselves(build: str) -> None:
    assert one(measured(installed(build, "")), "office_volume_build").subject == "Office LTSC 2021 (VL)"


def test_an_unknown_channel_is_neither_monthly_nor_volume() -> None:
    assert names(installed(channel="00000000-0000-0000-0000-000000000000")) == {"office_build"}


@pytest.mark.parametrize("version", ["", "16.0", "16.0.x.1", "not installed"])
def test_a_version_that_is_none_tells_nothing(version: str) -> None:
    assert names(installed(version)) == set()


def test_the_number_is_the_build_and_not_its_revision() -> None:
    assert one(measured(installed("16.0.9999.30000")), "office_monthly_build").number == 9999


# --- held back ----------------------------------------------------------------------------------------------------


def reasons(*parts: Row | tuple[Row, ...]) -> list[str | None]:
    return [f.subject for f in measured(*parts) if f.name == "office_held_build"]


@pytest.mark.parametrize("text", ["False", "false", " FALSE "])
def test_updates_switched_off_hold_a_build(text: str) -> None:
    assert reasons(installed(UpdatesEnabled=text)) == ["UpdatesEnabled = False"]


def test_updates_that_are_on_or_not_mentioned_hold_nothing() -> None:
    assert reasons(installed(UpdatesEnabled="True")) == []
    assert reasons(installed()) == []


def test_the_policy_goes_before_the_setting() -> None:
    on, off = (setting(POLICY, "EnableAutomaticUpdates", number, artifact="SOFTWARE") for number in (1, 0))
    assert reasons(installed(UpdatesEnabled="False"), on) == []
    assert reasons(installed(UpdatesEnabled="True"), off) == ["enableautomaticupdates = 0"]


@pytest.mark.parametrize(("target", "held"), [(OLD, True), ("16.0.9126.2152", True), ("16.0.17531.20120", False)])
def test_a_target_version_holds_a_build_that_is_not_older(target: str, held: bool) -> None:
    wanted = setting(POLICY, "updatetargetversion", target, artifact="SOFTWARE")
    assert bool(reasons(installed(), wanted)) is held


def test_a_disabled_service_holds_a_build_and_a_stopped_one_does_not() -> None:
    def service(start: str) -> tuple[Row, ...]:
        told = {"name": "ClickToRunSvc", "state": "stopped", "start": start}
        return tuple(fact(f"services.{name}", value, place="services[0]") for name, value in told.items())

    assert reasons(installed(), service("disabled")) == ["ClickToRunSvc disabled"]
    assert reasons(installed(), service("auto")) == []


def test_only_a_monthly_channel_is_held() -> None:
    assert reasons(installed(channel=SEMI_ANNUAL, UpdatesEnabled="False")) == []


# --- days ---------------------------------------------------------------------------------------------------------


def test_a_version_has_ended_as_long_ago_as_its_channels_last_update() -> None:
    found = measured(installed("16.0.16731.20504", SEMI_ANNUAL), at="2025-03-11T08:00:00Z")
    assert one(found, "office_version_ended_d").number == 28  # 11 February to 11 March 2025


def test_a_token_from_before_the_builds_release_was_written_by_an_older_build() -> None:
    released_in_march = installed("16.0.17328.20184")  # 12 March 2024
    before = credential(written="2024-03-11T23:00:00Z", user=ALICE)
    after = credential(written="2024-03-12T00:10:00Z", user=ALICE)
    assert one(measured(released_in_march, before), "token_before_build").subject == MAIL
    assert "token_before_build" not in names(released_in_march, after)


def test_the_table_knows_its_newest_day_and_holds_builds_as_numbers() -> None:
    assert office.table_date() == date(2026, 9, 22)
    first = min(r.released for r in office.releases() if r.channel == "Current" and r.build[2] >= 17531)
    assert first == date(2024, 4, 29)


def test_a_version_of_a_channel_that_goes_on_without_versions_does_not_end() -> None:
    late = measured(installed("16.0.17328.20184"), at="2026-03-02T08:00:00Z")
    assert "office_version_ended_d" not in {fact.name for fact in late}
