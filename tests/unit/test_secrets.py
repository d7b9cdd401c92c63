"""Secrets leave no trace in a masked text, and evidence that merely looks like one stays."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.secrets import MARKERS, holds_secret_marker, mask, mask_field, xoauth2_user

ACCESS = "ya29." + "a0AfB_byC-1~x" * 14
REFRESH = "1//0gAbCdEfGhIjKlMnOpQrStUvWx-yz_0123456789"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6ImFAYi5jIn0.c2lnbmF0dXJlLXBhcnQtaGVyZQ"
REFUSAL = "eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZ29vZ2xlLmNvbS8ifQ=="
BLOB = bytes.fromhex("01000000d08c9ddf0115d1118c7a00c04fc297eb01000000") + b"SECRET-SECRET-SECRET"
ANSWER = base64.b64encode(f"user=alice@gmail.com\x01auth=Bearer {ACCESS}\x01\x01".encode()).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("token " + "ya29." + "x" * 178, "token (masked OAuth token, 183 characters)"),
        (f"refresh {REFRESH}.", "refresh (masked OAuth token, 43 characters)."),
        ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer (masked authorization, 13 characters)"),
        ("Proxy-Authorization: Basic YWxpOnB3", "Proxy-Authorization: Basic (masked authorization, 8 characters)"),
        ("wk2e LOGIN a@gmail.com abcd efgh ijkl mnop", "wk2e LOGIN a@gmail.com (masked password, 19 characters)"),
        ('wk2e LOGIN "alice@gmail.com" "hunter2"', 'wk2e LOGIN "alice@gmail.com" (masked password, 9 characters)'),
        ("IMAP: 11:40:24 [tx] wk2e LOGIN bob pw", "IMAP: 11:40:24 [tx] wk2e LOGIN bob (masked password, 2 characters)"),
        ("PASS hunter2", "PASS (masked password, 7 characters)"),
        ('{"password": "hunter2"}', '{"password": "(masked password, 7 characters)"}'),
        (r"{\"refresh_token\":\"abc/def\",", r"{\"refresh_token\":\"(masked token, 8 characters)" + '",'),
        ("user=x&password=hunter2&z=1", "user=x&password=(masked password, 7 characters)&z=1"),
        ("password: abcd efgh ijkl mnop end", "password: (masked password, 19 characters) end"),
        ("http://alice:hunter2@proxy.corp:8080", "http://alice:(masked password, 7 characters)@proxy.corp:8080"),
        ("Set-Cookie: SID=abc; Path=/", "Set-Cookie: (masked cookie, 15 characters)"),
        ("?code=4/0AbCdEfGhIjKlMnOpQrStUv&scope=x", "?code=(masked OAuth code, 25 characters)&scope=x"),
        (f"id {JWT}", f"id (masked token, {len(JWT)} characters)"),
    ],
)
def test_a_secret_becomes_words_that_say_what_it_was(text: str, expected: str) -> None:
    assert mask(text) == expected


def test_the_account_of_an_oauth_answer_stays_and_its_token_goes() -> None:
    expected = f"wk2e AUTHENTICATE XOAUTH2 user=alice@gmail.com (masked OAuth token, {len(ANSWER)} characters)"
    assert mask(f"wk2e AUTHENTICATE XOAUTH2 {ANSWER}") == expected
    assert mask(ANSWER) == f"user=alice@gmail.com (masked OAuth token, {len(ANSWER)} characters)"
    assert xoauth2_user(ANSWER) == "alice@gmail.com"


def test_the_account_of_a_cut_oauth_answer_is_still_known() -> None:
    assert xoauth2_user(ANSWER[:61]) == "alice@gmail.com"
    assert xoauth2_user("AAAA") is None


def test_the_plain_answer_goes_and_the_list_of_methods_stays() -> None:
    payload = base64.b64encode(b"\0alice@gmail.com\0hunter2").decode()
    assert payload not in mask(f"a AUTHENTICATE PLAIN {payload}")
    assert mask("250-AUTH PLAIN LOGIN XOAUTH2 PLAIN-CLIENTTOKEN") == "250-AUTH PLAIN LOGIN XOAUTH2 PLAIN-CLIENTTOKEN"


@pytest.mark.parametrize("before", [b"", b"\x02", b"ab", b"abc"])
def test_protected_data_is_masked_in_base64_wherever_it_begins(before: bytes) -> None:
    text = base64.b64encode(before + BLOB).decode()
    assert "U0VDUkVU" not in mask(f"blob {text} end")
    assert mask(f"blob {text} end").endswith("characters) end")
    for shift in (1, 2, 3):
        assert base64.b64encode(BLOB[-18 - shift :]).decode()[8:16] not in mask(text)


@pytest.mark.parametrize("form", [BLOB.hex(), BLOB.hex().upper(), BLOB.hex(","), BLOB.hex(" ")])
def test_protected_data_is_masked_in_hexadecimal(form: str) -> None:
    assert mask(f"hex:{form}!") == f"hex:(masked protected data, {len(form)} characters)!"


def test_protected_data_of_a_registry_export_is_masked_across_its_lines() -> None:
    pairs = BLOB.hex(",")
    wrapped = pairs[:27] + "\\\r\n  " + pairs[27:60] + "\\\r\n  " + pairs[60:]
    assert mask(f'"IMAP Password"=hex:{wrapped}').count("masked") == 1
    assert "53,45" not in mask(f"value hex:{wrapped}")


@pytest.mark.parametrize(
    "evidence",
    [
        f"+ {REFUSAL}",
        f"334 {REFUSAL}",
        "MicrosoftOffice16_Data:OAUTH2:123_tp_google_imap_oauth2",
        "LegacyGeneric:target=MicrosoftOffice16_Data:ADALWAM:1f3a2c54-8f1e-4a57-9c2c-0242ac130003@@@1.000000",
        "{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "oauth2.googleapis.com accounts.google.com:443",
        "[ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)",
        "535-5.7.8 Username and Password not accepted. For more information, go to",
        "wk2e OK LOGIN completed.",
        "OK LOGIN completed now",
        "* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 AUTH=PLAIN LOGINDISABLED",
        "AUTH LOGIN PLAIN XOAUTH2",
        'WWW-Authenticate: Bearer realm="https://accounts.google.com/"',
        '{"PromptForPassword": false, "password":null}',
        '"error":"invalid_grant","error_description":"Token has been expired or revoked."',
        "Type: Domain Password",
        "Bypass List: <local>;localhost http://proxy.corp:8080/a@b",
    ],
)
def test_evidence_is_never_masked(evidence: str) -> None:
    assert mask(evidence) == evidence


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Password", "correct horse, battery", "(masked password, 22 characters)"),
        ("refresh_token", "opaque", "(masked token, 6 characters)"),
        ("note", "password=hunter2", "password=(masked password, 7 characters)"),
        ("Cookie", "SID=abc", "(masked cookie, 7 characters)"),
        ("ProxyServer", "http=a:1;https=bob:pw@b:2", "http=a:1;https=bob:(masked password, 2 characters)@b:2"),
        ("user_name", "imap:alice@gmail.com", "imap:alice@gmail.com"),
        ("SavePassword", "yes", "yes"),
        ("password", "", ""),
    ],
)
def test_what_a_field_holds_is_masked_whole_where_its_name_says_that_it_is_a_secret(
    name: str, value: str, expected: str
) -> None:
    assert mask_field(name, value) == expected
    assert mask_field(name, expected) == expected


SECRETS = st.sampled_from(
    (ACCESS, REFRESH, JWT, ANSWER, BLOB.hex(), BLOB.hex(","), base64.b64encode(BLOB).decode(), f"Bearer {'Zq7' * 9}")
)
SURROUNDINGS = st.text(alphabet=st.sampled_from(' \t\r\n":,;={}[]()é’мя'), max_size=12)


@given(SURROUNDINGS, SECRETS, SURROUNDINGS)
def test_no_secret_survives_whatever_stands_around_it(before: str, secret: str, after: str) -> None:
    shown = mask(before + secret + after)
    assert secret not in shown
    assert secret[len(secret) // 2 :] not in shown
    assert "(masked " in shown


PIECES = st.one_of(
    st.sampled_from(
        (*MARKERS, ACCESS, ANSWER, JWT, "LOGIN a b", "PASS x", 'password="', '\\"', "Cookie: a", "Basic  ")
    ),
    st.text(max_size=6),
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@given(st.lists(PIECES, max_size=8).map("".join))
def test_a_text_without_a_marker_is_left_alone(text: str) -> None:
    assert holds_secret_marker(text) or mask(text) == text


HOSTILE = (
    *('password="', 'password=\\"', "password=", "mot de passe ", "eyJ", "eyJ-", "dXNlcj0", "1//", "://a:"),
    *("eyJaaaaaaaaaa.", "] a LOGIN ", '] a LOGIN "', "a LOGIN b ", "Authorization: Basic  ", "Bearer  ", "Cookie: "),
    *("01000000d08c9ddf", "d0,8c,9d,", "-----BEGIN PRIVATE KEY-----"),
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_line_of_a_megabyte_comes_to_an_end(piece: str) -> None:
    line = (piece * ((1 << 20) // len(piece) + 1))[: 1 << 20]
    assert mask(line)
