from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from analyzer.measures import certificates, stored_certificates
from analyzer.measures.evidence import Fact, Scene
from analyzer.measures.stored_certificates import of_blob
from analyzer.model import Person
from analyzer.tables import Evidence, empty, frame
from fixtures.forge.certificates import AUTHORITIES, certificate, google_pin, leaf, sha1

SID = "S-1-5-21-1-2-3-1001"
GATEWAY = certificate(AUTHORITIES["inspection"])
GOOGLE = certificate(AUTHORITIES["google"])
MACHINE = r"SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates"


@pytest.fixture(autouse=True)
def forged_google_root() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certificates, "google_roots", lambda: (certificates.Root(*google_pin()),))
        yield


def prop(kind: int, data: bytes) -> bytes:
    return struct.pack("<III", kind, 1, len(data)) + data


def blob(held: x509.Certificate) -> bytes:
    return prop(3, bytes(20)) + prop(32, held.public_bytes(Encoding.DER)) + prop(15, b"x")


def measured(*keys: str, hive: str = "HKLM", user: str | None = None, served: str | None = "inspection") -> list[Fact]:
    """What is made of the gateway's certificate below these keys, beside what the sign-in page was served."""
    rows: dict[str, Any] = {
        "artifact": ["SOFTWARE"] * len(keys),
        "place": [f"{key}!Blob" for key in keys],
        "user": [user] * len(keys),
        "hive": [hive] * len(keys),
        "key": [f"{key}\\{sha1(GATEWAY)}" for key in keys],
        "name": ["Blob"] * len(keys),
        "value": [blob(GATEWAY).hex()] * len(keys),
    }
    facts = empty("facts")
    if served:
        authority = AUTHORITIES[served]
        chain = [leaf(authority, "accounts.google.com"), certificate(authority)]
        pems = [held.public_bytes(Encoding.PEM).decode() for held in chain]
        place, names = ["line 9"] * 2, ["page_requests.pem"] * 2
        facts = frame("facts", {"artifact": ["netlog"] * 2, "place": place, "name": names, "value": pems})
    evidence = Evidence.of(registry=frame("registry", rows), facts=facts)
    return list(stored_certificates.measure(evidence, Scene(Person(SID, "alice"))))


def names(facts: list[Fact]) -> list[str]:
    return [fact.name for fact in facts]


def test_a_root_that_stands_behind_a_forged_chain_is_named_with_its_store() -> None:
    own, behind = measured(MACHINE)
    assert (own.name, own.subject, own.value) == (
        "own_root",
        "CN=Contoso Web Gateway CA,O=Contoso,C=FR",
        sha1(GATEWAY),
    )
    assert behind.name == "inspection_authority_stored"
    assert {source.artifact for source in behind.sources} == {"SOFTWARE", "netlog"}


@pytest.mark.parametrize(
    "key",
    [
        r"SOFTWARE\Policies\Microsoft\SystemCertificates\Root\Certificates",
        r"SOFTWARE\Microsoft\EnterpriseCertificates\Root\Certificates",
    ],
)
def test_stores_of_policies_and_of_the_enterprise_count(key: str) -> None:
    assert names(measured(key)) == ["own_root", "inspection_authority_stored"]


def test_a_root_that_windows_fetched_is_not_the_computers_own() -> None:
    assert measured(MACHINE, MACHINE.replace("ROOT", "AuthRoot")) == []


@pytest.mark.parametrize("store", ["CA", "Disallowed", "My"])
def test_other_stores_hold_no_roots(store: str) -> None:
    assert measured(MACHINE.replace("ROOT", store)) == []


def test_another_users_store_is_not_this_persons() -> None:
    key = r"Software\Microsoft\SystemCertificates\Root\Certificates"
    assert names(measured(key, hive="HKCU", user=SID)) == ["own_root", "inspection_authority_stored"]
    assert names(measured(key, hive="HKCU", user="S-1-5-21-1-2-3-1002")) == ["own_root"]


def test_without_a_forged_chain_a_root_is_only_there() -> None:
    assert names(measured(MACHINE, served=None)) == ["own_root"]


def test_the_certificate_is_found_among_the_properties() -> None:
    assert of_blob(blob(GOOGLE).hex()) == GOOGLE


@pytest.mark.parametrize(
    "digits",
    [
        "",
        "zz",
        blob(GATEWAY)[:100].hex(),
        prop(3, b"x").hex(),
        prop(32, b"no certificate").hex(),
        blob(GATEWAY).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07").hex(),
    ],
    ids=["empty", "no digits", "cut", "none", "spoiled", "a version there is not"],
)
def test_a_value_without_a_whole_certificate_holds_none(digits: str) -> None:
    assert of_blob(digits) is None


@given(data=st.data())
def test_a_spoiled_value_is_never_an_error(data: st.DataObject) -> None:
    raw = bytearray(blob(GATEWAY))
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    held = of_blob(raw.hex())
    assert held is None or held.subject.rfc4514_string() is not None
    pem = f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(bytes(raw[44:])).decode()}-----END CERTIFICATE-----\n"
    pins = (certificates.Root(*google_pin()),)
    assert certificates.served_root((pem, pem), pins) in (None, False)


def test_no_more_certificates_are_read_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_certificates, "MOST_CERTIFICATES", 0)
    assert measured(MACHINE) == []
