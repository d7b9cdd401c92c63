from __future__ import annotations

import base64

import pytest

from collectors.secrets import blanked, without_login
from collectors.windows import Value

ACCOUNT = (
    "HKCU\\Software\\Microsoft\\Office\\16.0\\Outlook\\Profiles\\Outlook\\9375CFF0413111d3B88A00104B2A6676\\00000002"
)
ENVIRONMENT = "HKCU\\Environment"
PROTECTED = b"\x01\0\0\0" + bytes.fromhex("d08c9ddf0115d1118c7a00c04fc297eb") + b"the rest"


def sz(name: str, text: str) -> Value:
    return Value(name, 1, (text + "\0").encode("utf-16-le"))


@pytest.mark.parametrize(
    "name",
    [
        "IMAP Password",
        "POP3 Password",
        "SMTP Password",
        "HTTP Password",
        "imap passwd",
        "ClientSecret",
        "CloudManagementEnrollmentToken",
        "ApiKey",
    ],
)
def test_a_password_keeps_name_type_and_length_and_loses_its_content(name: str) -> None:
    held = Value(name, 3, b"\x02" + PROTECTED)
    assert blanked(ACCOUNT, held) == Value(name, 3, bytes(len(held.data)))


def test_protected_data_is_kept_back_whatever_it_is_called() -> None:
    assert blanked(ACCOUNT, Value("00036601", 3, b"xx" + PROTECTED)).data == bytes(len(PROTECTED) + 2)


@pytest.mark.parametrize(
    "secret",
    [
        "ya29.a0AfH6SMBxxxxxxxxxxxx",
        "1//0gAbCdEfGhIjKlMnOpQrStUv",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln",
        "Bearer abcdefghijklmnop",
        base64.b64encode(PROTECTED).decode(),
        PROTECTED.hex(),
        PROTECTED.hex().upper(),
    ],
)
@pytest.mark.parametrize("kind", [1, 3])
def test_a_token_is_kept_back_in_text_and_in_binary(secret: str, kind: int) -> None:
    held = Value("Anything", kind, f"before {secret}\0".encode("utf-16-le"))
    told = blanked(ACCOUNT, held)
    assert len(told.data) == len(held.data)
    assert secret.encode("utf-16-le") not in told.data
    assert set(told.text) <= {"*"}


def test_a_password_in_an_address_goes_and_the_address_stays() -> None:
    told = blanked("HKCU\\Software\\X", sz("ProxyServer", "http://bob:hunter2@proxy.corp:8080"))
    assert told.text == "http://bob:*******@proxy.corp:8080"


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ProxyServer"])
def test_a_password_in_a_proxys_address_goes_without_a_scheme_too(name: str) -> None:
    assert blanked(ENVIRONMENT, sz(name, "bob:hunter2@proxy.corp:80")).text == "bob:*******@proxy.corp:80"


def test_a_password_goes_out_of_a_text_that_ends_in_half_a_character_too() -> None:
    held = Value("Link", 1, "http://bob:hunter2@x".encode("utf-16-le") + b"y")
    told = blanked("HKCU\\Software\\X", held)
    assert told.data == "http://bob:*******@x".encode("utf-16-le") + b"y"


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "OPENAI_API_KEY"])
def test_variables_that_are_named_like_secrets_are_kept_back(name: str) -> None:
    assert set(blanked(ENVIRONMENT, sz(name, "s3cr3t")).text) == {"*"}
    assert blanked(ACCOUNT + "\\x", sz("Token name", "s3cr3t")).text == "s3cr3t"


@pytest.mark.parametrize(
    "value",
    [
        sz("HTTPS_PROXY", "http://proxy.corp:8080"),
        sz("Path", "C:\\Windows"),
        sz("IMAP Server", "imap.gmail.com"),
        sz("TokenBroker", "C:\\Windows"),
        sz("SecretStore", "off"),
        Value("IMAP Use SPA", 4, b"\0\0\0\0"),
        Value("Remember Password", 4, b"\x01\0\0\0"),
        Value("Odd", 1, b"abc"),
        sz("Text", base64.b64encode(b'{"status":"400"}').decode()),
    ],
)
def test_everything_else_goes_out_as_it_was_found(value: Value) -> None:
    assert blanked(ACCOUNT, value) == value


def test_a_variable_that_is_named_like_no_secret_goes_out_as_it_was_found() -> None:
    assert blanked(ENVIRONMENT, sz("Path", "C:\\Windows")).text == "C:\\Windows"
    assert blanked(ENVIRONMENT, sz("HTTPS_PROXY", "http://proxy.corp:8080")).text == "http://proxy.corp:8080"


@pytest.mark.parametrize(
    ("proxy", "told"),
    [
        ("bob:hunter2@proxy.corp:8080", "bob:*******@proxy.corp:8080"),
        ("http=bob:hunter2@one:80;https=eve:pw@two:81", "http=bob:*******@one:80;https=eve:**@two:81"),
        ("https://bob:hunter2@proxy.corp", "https://bob:*******@proxy.corp"),
        ("http=one.corp:80;https=two.corp:81", "http=one.corp:80;https=two.corp:81"),
        ("proxy.corp:8080", "proxy.corp:8080"),
    ],
)
def test_a_proxys_login_goes_whether_or_not_a_scheme_stands_before_it(proxy: str, told: str) -> None:
    assert without_login(proxy) == told


def test_a_mail_address_behind_a_word_is_no_login() -> None:
    assert blanked(ACCOUNT, sz("proxyAddresses", "SMTP:alice@example.org")).text == "SMTP:alice@example.org"
