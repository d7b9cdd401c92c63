"""TLS errors: whose they are, and when a date error stands beside a clock that is a day off."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from analyzer.measures import tls
from analyzer.measures.evidence import Fact
from fixtures.forge.certificates import AUTHORITIES, leaf
from tests.unit.evidence import FAILED, SYSTEM_LOG, Row, event, fact, failed, holding, sample, scene, section, when

DAY = 86_400.0
OF_OUTLOOK = {"CallerProcessImageName": "OUTLOOK", "CallerProcessId": "4711"}
OF_CHROME = {"CallerProcessImageName": "chrome", "CallerProcessId": "99"}
OLDER = {"ErrorState": "1"}


def certificate(name: str) -> str:
    """Bytes of a certificate in hex: only the names inside matter here."""
    return (b"\x30\x82" + name.encode() + b"\x00").hex().upper()


def schannel(event_id: Any = 36881, **data: Any) -> Row:
    return event("Schannel", event_id, FAILED, data=data)


def measured(*parts: Row | tuple[Row, ...]) -> list[Fact]:
    return list(tls.measure(holding(*parts), scene(failed())))


def names(*parts: Row | tuple[Row, ...]) -> list[str]:
    return [f.name for f in measured(*parts)]


@pytest.mark.parametrize("process", ["OUTLOOK", "outlook", "OUTLOOK.EXE", r"C:\Program Files\Office16\OUTLOOK.EXE"])
def test_an_error_of_outlook_is_about_mail(process: str) -> None:
    assert names(schannel(CallerProcessImageName=process)) == ["schannel_for_mail"]


@pytest.mark.parametrize("process", ["chrome", "svchost.exe", "OUTLOOKER", "MyOUTLOOK", "lsass"])
def test_a_record_of_another_process_is_noise(process: str) -> None:
    assert names(schannel(CallerProcessImageName=process)) == []


def test_a_record_of_the_older_shape_names_no_process() -> None:
    assert names(schannel(**OLDER)) == ["schannel_of_unknown_process"]
    assert names(schannel()) == ["schannel_of_unknown_process"]


@pytest.mark.parametrize("name", ["imap.gmail.com", "oauth2.googleapis.com", "accounts.GOOGLE.com"])
@pytest.mark.parametrize("shape", [OLDER, OF_CHROME], ids=["older", "another process"])
def test_an_error_over_a_google_certificate_is_about_mail(shape: dict[str, str], name: str) -> None:
    assert names(schannel(**shape, certificateContext=certificate(name))) == ["schannel_for_mail"]


def test_a_certificate_that_google_signed_for_somebody_else_is_not_googles() -> None:
    signed = certificate("O=Google Trust Services CN=WE1 shop.example http://i.pki.goog/we1.crt")
    assert names(schannel(**OLDER, certificateContext=signed)) == ["schannel_of_unknown_process"]
    assert names(schannel(**OF_CHROME, certificateContext=signed)) == []


def chain_check(subject: str) -> Row:
    """CAPI2 30 that ended in an untrusted root."""
    policy = {"Certificate": {"subjectName": subject}, "Result": {"value": "800B0109"}}
    told = event("Microsoft-Windows-CAPI2", 30, FAILED)
    compact = json.dumps({"CertVerifyCertificateChainPolicy": policy}, separators=(",", ":"))
    return Row(told.table, told.cells | {"data": compact})


@pytest.mark.parametrize(
    ("subject", "googles"),
    [
        ("accounts.google.com", True),
        ("*.google.com", True),
        ("upload.video.google.com", True),
        ("www.google.co.uk", True),
        ("imap.gmail.com", True),
        ("*.googleapis.com", True),
        ("intranet.google.com.contoso.example", False),
        ("notgoogle.com", False),
        ("google-analytics.example", False),
        ("gmail.com.example", False),
    ],
)
def test_a_chain_check_is_about_google_by_the_end_of_the_name(subject: str, googles: bool) -> None:
    assert names(chain_check(subject)) == (["capi2_untrusted"] if googles else [])


def test_a_certificate_of_another_maker_is_not() -> None:
    assert names(schannel(**OLDER, certificateContext=certificate("example.org"))) == ["schannel_of_unknown_process"]
    assert names(schannel(**OF_CHROME, certificateContext=certificate("example.org"))) == []


@pytest.mark.parametrize("torn", ["", "0x", "not hex", "ABC"])
def test_a_certificate_that_cannot_be_read_changes_nothing(torn: str) -> None:
    assert names(schannel(**OLDER, certificateContext=torn)) == ["schannel_of_unknown_process"]


def test_the_fact_tells_the_event_the_code_and_the_time() -> None:
    found = measured(schannel(36871, **OF_OUTLOOK, ErrorCode="10013", TargetName="imap.gmail.com"))[0]
    assert (found.number, found.value, found.subject) == (36871, "10013", "imap.gmail.com")
    assert found.at is not None
    assert found.sources[0].artifact == SYSTEM_LOG


def test_other_records_of_schannel_are_no_errors() -> None:
    assert names(schannel(36880, **OF_OUTLOOK)) == []
    assert names(event("Another", 36881, FAILED, data=OF_OUTLOOK)) == []


# --- beside an offset ---------------------------------------------------------------------------------------------


def office_line(code: str) -> Row:
    place = {"artifact": "outlook.log", "place": "line 7", "at": FAILED, "subject": "imap.gmail.com"}
    return fact("office_log.error_code", code, **place)


def transport_line(code: str, server: str = "imap.gmail.com") -> tuple[Row, ...]:
    place = {"artifact": "IMAP-1.log", "at": FAILED}
    return section("mail_error", "line 3", {"code": code, "server": server}, **place)


@pytest.mark.parametrize("line", [office_line("0x80072F05"), transport_line("0x80090328")], ids=["office", "imap"])
def test_a_date_code_beside_a_google_host_is_one_in_whichever_log_it_stands(line: Row | tuple[Row, ...]) -> None:
    found = [f for f in measured(line) if f.name == "tls_date_code"]
    assert [(f.subject, f.at) for f in found] == [("imap.gmail.com", when(FAILED))]


def test_a_date_code_of_another_server_is_none() -> None:
    assert names(transport_line("0x80090328", "imap.mail.example")) == []


DATE_ERRORS = {
    "36881": schannel(**OF_OUTLOOK),
    "0x80090328": office_line("0x80090328"),
    "0x80072f05": office_line("0x80072F05"),
}


@pytest.mark.parametrize("code", DATE_ERRORS)
@pytest.mark.parametrize("offset", [DAY + 1, -DAY - 1])
def test_a_date_error_beside_more_than_a_day_rests_on_both(code: str, offset: float) -> None:
    found = [f for f in measured(DATE_ERRORS[code], sample(offset)) if f.name == "tls_date_error_with_offset"]
    assert [(f.value, f.number) for f in found] == [(code, offset)]
    assert len(found[0].sources) == 2
    assert found[0].at is not None


@pytest.mark.parametrize("code", DATE_ERRORS)
@pytest.mark.parametrize("offset", [None, DAY, -DAY, 3600.0])
def test_a_date_error_alone_or_beside_less_is_no_such_thing(code: str, offset: float | None) -> None:
    assert "tls_date_error_with_offset" not in names(DATE_ERRORS[code], sample(offset) if offset else ())


@pytest.mark.parametrize(
    "other",
    [schannel(36882, **OF_OUTLOOK), schannel(**OF_CHROME), schannel(**OLDER), office_line("0x80072F8F")],
    ids=["another event", "another process", "unknown process", "another code"],
)
def test_other_errors_beside_a_day_do_not_name_a_date(other: Row) -> None:
    assert "tls_date_error_with_offset" not in names(other, sample(DAY * 40))


def der(host: str) -> str:
    """A certificate that a gateway made for a host."""
    return leaf(AUTHORITIES["inspection"], host).public_bytes(Encoding.DER).hex()


@pytest.mark.parametrize("shape", [OF_OUTLOOK, OLDER], ids=["outlook", "older"])
def test_a_certificate_for_a_host_of_somebody_else_is_noise(shape: dict[str, str]) -> None:
    assert names(schannel(36882, **shape, certificateContext=der("mail.contoso.example"))) == []


def test_the_certificate_for_google_tells_who_made_it() -> None:
    found = measured(schannel(36882, **OF_OUTLOOK, certificateContext=der("imap.gmail.com")))
    assert [f.value for f in found if f.name == "issuer_told"] == ["CN=Contoso Web Gateway CA,O=Contoso,C=FR"]


@pytest.mark.parametrize(
    ("event_id", "data", "told"),
    [
        (36888, {"AlertDesc": "48", "TargetName": "imap.gmail.com"}, True),
        (36888, {"AlertDesc": "48", "TargetName": "mail.contoso.example"}, False),
        (36888, {"AlertDesc": "40", "TargetName": "imap.gmail.com"}, False),
        (36887, {"AlertDesc": "48", "TargetName": "imap.gmail.com"}, False),
    ],
)
def test_an_alert_about_an_unknown_issuer_counts_for_google_and_from_here(
    event_id: int, data: dict[str, str], *, told: bool
) -> None:
    assert ("schannel_unknown_ca" in names(schannel(event_id, **OF_OUTLOOK, **data))) is told


def test_an_alert_of_another_program_is_noise() -> None:
    assert names(schannel(36888, **OF_CHROME, AlertDesc="48", TargetName="imap.gmail.com")) == []
