"""Names give way to tokens that stay the same; what belongs to nobody stays."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from analyzer.model import Status
from analyzer.redact import Kind, Redactor, readable

KNOWN = frozenset(
    {
        (Kind.ACCOUNT, "Bożena.k@gmail.com"),
        (Kind.ACCOUNT, "info@contoso.example"),
        (Kind.ACCOUNT, "jan-ivo-k@firma.example"),
        (Kind.USER, "bozena"),
        (Kind.HOST, "NB-WAW-08"),
        (Kind.DOMAIN, "contoso.example"),
    }
)


@pytest.fixture
def redactor() -> Redactor:
    return Redactor(KNOWN)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("C/Users/bozena/NTUSER.DAT", "C/Users/user-1/NTUSER.DAT"),
        ("C:\\Users\\Somebody Else\\AppData", "C:\\Users\\user-2\\AppData"),
        ("C:\\Users\\Public\\Documents", "C:\\Users\\Public\\Documents"),
        ("OAUTH2:bożena.k@gmail.com_tp_google_imap_oauth2", "OAUTH2:account-1@gmail.com_tp_google_imap_oauth2"),
        ("Identities\\Bożena.k_gmail.com_tp_google", "Identities\\account-1_gmail.com_tp_google"),
        ("IMAP-bożenakgmailcom-11_10.log", "IMAP-account-1-11_10.log"),
        ("mailto:bożena.k%40gmail.com", "mailto:account-1%40gmail.com"),
        ("mailto:bo%C5%BCena.k%40gmail.com", "mailto:account-1%40gmail.com"),
        ("IMAP-jan-ivo-kfirmaexample-11_10.log", "IMAP-account-3-11_10.log"),
        ("INFO@CONTOSO.EXAMPLE and info", "account-2@domain-1 and info"),
        ("nb-waw-08$ on NB-WAW-081", "host-1$ on NB-WAW-081"),
        ("PROXY proxy.contoso.example:8080", "PROXY host-2:8080"),
        ("\\\\files.intern.lan\\share", "\\\\host-2\\share"),
        ("HKLM\\SOFTWARE\\Microsoft.NET\\x", "HKLM\\SOFTWARE\\Microsoft.NET\\x"),
        ("imap.gmail.com OUTLOOK.EXE state.json", "imap.gmail.com OUTLOOK.EXE state.json"),
        ("10.0.0.5 then 203.0.113.7", "ip-private-1 then ip-private-2"),
        ("8.8.8.8 and 2001:4860:4860::8888", "ip-public-2 and ip-public-1"),
        ("version 16.0.17531.20210 at 14:20:05, pv 0.0.0.0", "version 16.0.17531.20210 at 14:20:05, pv 0.0.0.0"),
        ("S-1-5-21-1-2-3-1001 is not S-1-5-18", "sid-1 is not S-1-5-18"),
    ],
)
def test_a_text_shows_tokens_where_names_stood(redactor: Redactor, text: str, redacted: str) -> None:
    assert redactor.text(text) == redacted
    assert redactor.text(redacted) == redacted


def test_the_same_name_gets_the_same_token_and_the_map_says_whose_it_is(redactor: Redactor) -> None:
    first, again = redactor.text("from 8.8.8.8"), redactor.text("to 8.8.8.8")
    assert (first, again) == ("from ip-public-1", "to ip-public-1")
    assert redactor.map["ip-public-1"] == "8.8.8.8"
    assert redactor.map["account-1"] == "Bożena.k@gmail.com"


def test_what_is_met_in_other_orders_is_numbered_alike_where_it_was_known_before() -> None:
    others = Redactor(frozenset(sorted(KNOWN, reverse=True)))
    assert others.map == Redactor(KNOWN).map


@dataclass(frozen=True, slots=True)
class _Page:
    cause: str
    status: Status
    lines: tuple[str, ...]
    seen: dict[str, tuple[str, ...]]


def test_a_structure_keeps_its_identifiers_and_scales() -> None:
    page = _Page("proxy", Status.CONFIRMED, ("host proxy",), {"C/Users/ada": ("stale_token.x",)})
    hidden = Redactor(frozenset({(Kind.HOST, "proxy")})).everything(page)
    assert hidden == _Page("proxy", Status.CONFIRMED, ("host host-1",), {"C/Users/user-1": ("stale_token.x",)})


@pytest.mark.parametrize(
    "content",
    [
        b"see J\xc3\xb6rg.m@firma.example here",
        "…Jörg.m@firma.example…".encode("utf-16-le"),
        b"SsO2cmcubUBmaXJtYS5leGFtcGxl",
        b"eEr2cmcubUBmaXJtYS5leGFtcGxlLCBh J\\u00f6rg.m@firma.example",
        b"j%C3%B6rg.m%40firma.example",
        "jörg-m-firma-example".encode(),
        "log-jörgmfirmaexample.txt".encode(),
    ],
)
def test_the_scan_finds_an_original_in_every_form(content: bytes) -> None:
    assert readable(content, ["Jörg.m@firma.example"]) == ["Jörg.m@firma.example"]


def test_the_scan_does_not_find_a_name_inside_another_word() -> None:
    assert readable(b"<p>The adapter was named</p>", ["ada", "was.n"]) == []
