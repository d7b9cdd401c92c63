"""What a code or a pasted text means: every spelling finds the same, and what nobody knows is said to be unknown."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from analyzer import knowledge
from analyzer.explanation import causes, explain
from analyzer.knowledge import codes
from reports.cli.explain import command


@pytest.mark.parametrize("spelling", ["0x80072F05", "80072f05", "-2147012859", "2147954437", "12037", "(0x80072F05)"])
def test_a_code_is_found_in_every_spelling(spelling: str) -> None:
    assert causes(explain([spelling])) == ("clock_skew",)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("0x80070002", ("webview2_missing",)),
        ("12007", ("name_resolution", "proxy_misconfigured", "vpn_interference")),
        ("407", ("proxy_misconfigured",)),
        ("36882", ("tls_interception", "trusted_root_missing")),
        ("535", ("app_password_required", "stale_token")),
        ("5.7.14", ("google_risk_block",)),
        ("0xCAA70007", ()),
        ("AADSTS50126: Error validating credentials", ()),
        ("wk2e NO [ALERT] Your account is not enabled for IMAP use. Please visit …", ("imap_disabled",)),
        ("+ eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=", ("stale_token",)),
        ("Error 403: disallowed_useragent", ("office_outdated",)),
        ("534-5.7.9 Application-specific password required. Learn more at", ("app_password_required",)),
        ("535-5.7.8 Username and Password not accepted - gsmtp", ("app_password_required", "stale_token")),
        ("This feature has been disabled by your administrator.", ("office_policy",)),
        ("We couldn’t log on to the incoming (POP/IMAP) server.", ()),
        ("Nous n’avons pas pu nous connecter au serveur entrant (POP/IMAP).", ()),
        ("534-5.7.9", ("app_password_required",)),
        ("530-5.7.0 Authentication Required.", ("server_settings_wrong",)),
        ("A2 NO [AUTHENTICATIONFAILED] Invalid credentials", ("stale_token", "app_password_required")),
        ("Erreur 400 : policy_enforced — Protection avancée", ("advanced_protection",)),
        ("net::ERR_CERT_DATE_INVALID", ("clock_skew",)),
        ("ERR_TUNNEL_CONNECTION_FAILED", ("proxy_misconfigured",)),
    ],
)
def test_codes_and_sentences_point_where_the_papers_say(asked: str, wanted: tuple[str, ...]) -> None:
    found = explain(asked.split())
    assert causes(found) == wanted
    assert all(one.meanings for one in found)


@pytest.mark.parametrize("asked", ["0x80071234", "4242", "0xC0000005", "nothing of the kind", "99999999999999999999"])
def test_what_nobody_knows_is_said_to_be_unknown(asked: str) -> None:
    found = explain([asked])
    assert [one.meanings for one in found] == [()]
    assert found[0].asked == asked


def test_an_unknown_hresult_tells_the_windows_error_it_wraps() -> None:
    assert explain(["0x80070020"])[0].wraps == 32
    assert explain(["0x80090326"])[0].wraps is None


def test_a_code_of_a_known_family_is_known_by_its_beginning_alone() -> None:
    found = explain(["0x800CCC55"])[0]
    assert found.family
    assert "0x800CCC…" in found.meanings[0].name


def test_numbers_inside_a_sentence_are_told_of_only_where_they_are_known() -> None:
    line = "Server: 'smtp.gmail.com', Port: 25, Socket Error: 10061, Error Number: 0x800CCC0E"
    assert [one.asked for one in explain([line])] == ["10061", "0x800CCC0E"]


def test_what_a_sentence_told_its_number_does_not_repeat() -> None:
    assert len(explain(["534-5.7.9 Application-specific password required"])) == 1
    assert len(explain(["535-5.7.8 Username and Password not accepted"])) == 1


def test_every_row_of_the_table_can_be_found_and_names_causes_that_exist() -> None:
    known = {cause.id for cause in knowledge.load().causes}
    for meaning in codes.load():
        whole = (f"{begins}0000"[:10] for begins in meaning.begins)
        asked = next(iter((*meaning.codes, *meaning.holds, *whole)))
        told = [found for one in explain([asked]) for found in one.meanings]
        assert meaning in told, asked
        assert set(meaning.causes) <= known, meaning.name
        assert all(text for _, text in meaning.texts)


def test_no_code_has_two_rows_unless_it_is_a_servers_reply() -> None:
    held = [code for meaning in codes.load() if not meaning.holds for code in meaning.codes]
    assert len(held) == len(set(held))


def test_the_command_tells_cause_owner_and_what_to_collect_in_both_languages() -> None:
    english = CliRunner().invoke(command, ["-2147012859"])
    assert english.exit_code == 0
    assert "Points to: clock_skew (" in english.output
    assert "Who acts: User" in english.output
    assert "Collect w32tm_stripchart: " in english.output
    french = CliRunner().invoke(command, ["--lang", "fr", "0x80072F05"])
    assert "Désigne\u00a0: clock_skew (" in french.output


def test_the_command_says_that_a_code_is_unknown_and_ends_well() -> None:
    told = CliRunner().invoke(command, ["0x80071234"])
    assert told.exit_code == 0
    assert "Unknown: this table does not hold it." in told.output


def test_hostile_text_is_told_back_inert() -> None:
    told = CliRunner().invoke(command, ["\x1b[31m0x80071234\x1b[0m"])
    assert "\x1b" not in told.output


def test_what_was_asked_is_told_back_in_no_more_than_a_few_lines() -> None:
    assert len(CliRunner().invoke(command, ["A" * 100_000]).output) < 500
