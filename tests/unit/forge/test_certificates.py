from __future__ import annotations

import hashlib
import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fixtures.forge.bundle import bundle_files
from fixtures.forge.certificates import (
    AUTHORITIES,
    GOOGLE_ROOT,
    MIMIC_ROOT,
    certificate,
    google_pin,
    leaf,
    served_chain,
    with_chains,
)
from fixtures.forge.scenario import parse_scenario

HOST = "accounts.google.com"


def loaded(chain: list[dict[str, str]]) -> list[x509.Certificate]:
    return [x509.load_pem_x509_certificate(each["pem"].encode()) for each in chain]


def signed(issued: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        issued.verify_directly_issued_by(by)
    except InvalidSignature:
        return False
    return True


def test_the_same_certificate_has_the_same_bytes_on_every_machine() -> None:
    chain = served_chain("google", HOST)
    assert [each["sha256"] for each in chain] == [
        "280d0aecfb2aaa91ef8657ac6f753ec182d7c862c19980dadbdab4b9cffc92e3",
        "8f19759875825c2453235ab74453925275d787d4d8b097c482ed27950b1853fd",
        "1a50467e21cee7302d076be31d4a940a90db3f5fd9173adfb15ac0a2fcfc7f47",
    ]


@pytest.mark.parametrize("issued_by", AUTHORITIES)
def test_each_certificate_of_a_chain_is_signed_by_the_next_and_the_last_by_itself(issued_by: str) -> None:
    chain = loaded(served_chain(issued_by, HOST))
    pairs = zip(chain, [*chain[1:], chain[-1]], strict=True)
    assert all(signed(issued, by=issuer) for issued, issuer in pairs)


@pytest.mark.parametrize("issued_by", AUTHORITIES)
def test_another_program_than_the_one_that_signed_accepts_the_chain(issued_by: str, tmp_path: Path) -> None:
    chain = [each["pem"] for each in served_chain(issued_by, HOST)]
    for name, pems in (("leaf", chain[:1]), ("between", chain[1:]), ("root", chain[-1:])):
        (tmp_path / name).write_text("".join(pems))
    # 10 November 2026, 13:20 UTC
    command = ["openssl", "verify", "-attime", "1794316805", "-verify_hostname", HOST]
    command += ["-CAfile", str(tmp_path / "root"), "-untrusted", str(tmp_path / "between"), str(tmp_path / "leaf")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.endswith(": OK\n")


def test_a_leaf_lives_84_days_less_one_second_and_names_its_host() -> None:
    issued = leaf(AUTHORITIES["google"], "imap.gmail.com")
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert issued.not_valid_after_utc - issued.not_valid_before_utc == timedelta(days=84, seconds=-1)
    assert names.get_values_for_type(x509.DNSName) == ["imap.gmail.com"]


def test_the_pin_is_the_google_like_root_s_key_and_fingerprint() -> None:
    name, spki, anchors = google_pin()
    root = loaded(served_chain("google", HOST))[-1]
    der = root.public_bytes(Encoding.DER)
    assert f"CN={name}" in root.subject.rfc4514_string()
    assert root.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == spki
    assert anchors == (hashlib.sha1(der).hexdigest().upper(),)  # noqa: S324 - what Windows names certificates by


def test_the_mimic_has_all_names_of_the_google_like_chain_and_none_of_its_signatures() -> None:
    real, copied = served_chain("google", HOST), served_chain("google_named", HOST)
    names = [[(each["subject"], each["issuer"]) for each in chain] for chain in (real, copied)]
    assert names[0] == names[1]
    assert {each["sha256"] for each in real}.isdisjoint(each["sha256"] for each in copied)
    assert not signed(certificate(MIMIC_ROOT), by=certificate(GOOGLE_ROOT))


def test_without_pem_a_chain_keeps_its_names_hashes_and_dates() -> None:
    chain = served_chain("inspection", HOST, pem=False)
    assert [each["subject"] for each in chain] == [f"CN={HOST}", "CN=Contoso Web Gateway CA, O=Contoso, C=FR"]
    assert all(set(each) == {"subject", "issuer", "sha256", "not_before", "not_after"} for each in chain)


def test_a_leaf_may_begin_when_the_scenario_says() -> None:
    told = served_chain("google", HOST, not_before="2026-03-01T10:00:00Z")[0]
    assert (told["not_before"], told["not_after"]) == ("2026-03-01T10:00:00Z", "2026-05-24T09:59:59Z")


def test_a_probe_in_a_scenario_serves_the_chain_it_names_and_other_probes_stay_as_they_are() -> None:
    plain = {"host": "www.msftconnecttest.com", "chain": [{"subject": "CN=a"}]}
    probes = [{"host": HOST, "chain": {"issued_by": "google"}}, plain]
    scenario = parse_scenario({"title": "t", "state": {"taken_utc": "2026-03-02T08:11:30Z", "tls_probes": probes}})
    state = json.loads(bundle_files(scenario)["live/state.json"])
    assert state["tls_probes"] == [{"host": HOST, "chain": served_chain("google", HOST)}, plain]
    assert with_chains({"tls_probes": None}) == {"tls_probes": None}
