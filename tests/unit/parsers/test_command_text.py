"""Outputs of Windows commands are read by order and shape, in whatever language, and a cut one never acquits."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.bundle import Host
from analyzer.parsers.command_text import read
from tests.unit.parsers.artifacts import Said, artifact, said

USER = "S-1-5-21-1-2-3-1001"
GOOGLE = "MicrosoftOffice16_Data:OAUTH2:1_tp_google_imap_oauth2"

CMDKEY_EN = f"""
Currently stored credentials:

    Target: LegacyGeneric:target={GOOGLE}
    Type: Generic\x20
    User: alice@gmail.com
    Local machine persistence
   \x20
    Target: WindowsLive:target=virtualapp/didlogical
    Type: Generic\x20
    User: 02nfpgrklkitqatu
    Saved for this logon only

    Target: Domain:interactive=PC-042\\admin
    Type: Domain Password
    User: PC-042\\admin
"""
CMDKEY_FR = f"""
Informations d’identification actuellement stockées\u00a0:

    Cible\u00a0: LegacyGeneric:target={GOOGLE}
    Type\u00a0: Générique\x20
    Utilisateur\u00a0: alice@gmail.com
    Persistance de l’ordinateur local

"""
CMDKEY_DE = f"""
Momentan gespeicherte Anmeldeinformationen:

    Ziel: LegacyGeneric:target={GOOGLE}
    Typ: Allgemeine\x20
    Benutzer: alice@gmail.com
    Nur für diese Sitzung gespeichert
"""
CMDKEY_ES = f"""
Credenciales almacenadas actualmente:

    Destino: {GOOGLE}
    Tipo: Genérico\x20
    Usuario: alice@gmail.com
    Persistencia del equipo local
"""

STATUS_EN = """Leap Indicator: 0(no warning)
Stratum: 2 (secondary reference - syncd by (S)NTP)
Precision: -23 (119.209ns per tick)
Root Delay: 0.0062216s
Root Dispersion: 7.7702346s
ReferenceId: 0x14653909 (source IP:  20.101.57.9)
Last Successful Sync Time: 30/05/2023 20:21:27
Source: time.windows.com,0x9
Poll Interval: 13 (8192s)

Phase Offset: -0.0015321s
ClockRate: 0.0156249s
State Machine: 2 (Sync)
Time Source Flags: 0 (None)
Server Role: 0 (None)
Last Sync Error: 0 (The command completed successfully.)
Time since Last Good Sync Time: 22.0956432s

"""
STATUS_FR = """Indicateur de dérive\u00a0: 0(Aucun avertissement)
Couche\u00a0: 2 (Référence secondaire, synchronisée par (S)NTP)
Précision\u00a0: -23 (119.209ns par battement)
Délai de racine\u00a0: 0.0062216s
Dispersion de racine\u00a0: 7.7702346s
ID de référence\u00a0: 0x14653909 (IP de la source\u00a0:  20.101.57.9)
Heure de la dernière synchronisation réussie\u00a0: 30/05/2023 20:21:27
Source\u00a0: time.windows.com,0x9
Intervalle d’interrogation\u00a0: 13 (8192s)

Décalage de phase\u00a0: -0.0015321s
Fréquence d’horloge\u00a0: 0.0156249s
Ordinateur d’état\u00a0: 2 (Synchronisation)
Indicateur de source de temps\u00a0: 0 (Aucun)
Rôle de serveur\u00a0: 0 (Aucun)
Erreur lors de la dernière synchronisation\u00a0: 0 (L’opération a réussi.)
Durée écoulée depuis l’heure de la dernière synchronisation réussie\u00a0: 22.0956432s
"""
STATUS_DE = """Sprungindikator: 0(keine Warnung)
Stratum: 2 (Sekundärreferenz - synchr. über (S)NTP)
Präzision: -23 (119.209ns pro Tick)
Stammverzögerung: 0.0062216s
Stammabweichung: 7.7702346s
Referenz-ID: 0x14653909 (Quell-IP:  20.101.57.9)
Letzte erfolgr. Synchronisierungszeit: 30/05/2023 20:21:27
Quelle: time.windows.com,0x9
Abrufintervall: 13 (8192s)

Phasendifferenz: -0.0015321s
Taktfrequenz: 0.0156249s
Statuscomputer: 2 (Sync)
Zeitquellenkennzeichen: 0 (Keine)
Serverrolle: 0 (Keine)
Letzter Synchronierungsfehler: 0 (Der Vorgang wurde
erfolgreich: beendet.)
Zeit seit der letzten erfolgr. Synchronisierungszeit: 22.0956432s
"""
STRIPCHART = """Tracking time.windows.com [20.101.57.9:123].
Collecting 3 samples.
The current time is 28.05.2025 11:21:53.
11:21:53, +137.0856223s
11:21:55, -00.0623991s
11:21:57, error: 0x800705B4
"""
STRIPCHART_LONG = """Tracking time.windows.com [20.101.57.9:123].
Collecting 2 samples.
The current time is 28.05.2025 09:56:09.
09:56:11 d:+00.0623991s o:-00.6887759s  [                  *       |                           ]
09:56:13 error: 0x800705B4
"""
PEERS = """#Peers: 1

Peer: time.windows.com,0x9
State: Active
Time Remaining: 5011.9612391s
Mode: 3 (Client)
Stratum: 3 (secondary reference - syncd by (S)NTP)
PeerPoll Interval: 13 (8192s)
HostPoll Interval: 13 (8192s)
"""
NETSH_FR = """
Paramètres de proxy WinHTTP actuels\u00a0:

    Serveur(s) proxy\u00a0:  proxy.local:8080
    Liste de contournement\u00a0    :  (aucun)

"""
NETSH_DIRECT = "\nCurrent WinHTTP proxy settings:\n\n    Direct access (no proxy server).\n\n"
DSREGCMD = """
+----------------------------------------------------------------------+
| Device State                                                         |
+----------------------------------------------------------------------+

             AzureAdJoined : YES
          EnterpriseJoined : NO
              DomainJoined : NO
               Device Name : PC-042

+----------------------------------------------------------------------+
| Ngc Prerequisite Check                                               |
+----------------------------------------------------------------------+

            IsDeviceJoined : YES
              PreReqResult : WillProvision

"""
SYSTEMINFO_ES = """
Nombre de host:                            PC-042
Nombre del sistema operativo:              Microsoft Windows 11 Pro
Versión del sistema operativo:             10.0.26200 N/D Compilación 26200
Versión del BIOS:                          X 1.0.3, 02/02/2024
Zona horaria:                              (UTC+01:00) Bruselas, Copenhague, Madrid, París
Revisión(es):                              2 revisión(es) instaladas.
                                           [01]: KB5048685
                                           [02]: KB5046617
Tarjeta(s) de red:                         1 Tarjetas de interfaz de red instaladas.
                                           [01]: Intel(R) Ethernet
"""
IPCONFIG_FR = """
Configuration IP de Windows

   Nom de l’hôte . . . . . . . . . . : PC-042

Carte Ethernet Ethernet\u00a0:

   Suffixe DNS propre à la connexion. . . : corp.example
   Description. . . . . . . . . . . . . . : Intel(R) Ethernet
   Adresse physique . . . . . . . . . . . : 00-15-5D-01-02-03
   Adresse IPv4. . . . . . . . . . . . . .: 10.0.0.5(préféré)
   Serveurs DNS. . .  . . . . . . . . . . : fe80::1%7
                                       10.0.0.53
   NetBIOS sur Tcpip. . . . . . . . . . . : Activé

Carte PPP Bureau\u00a0:

   Suffixe DNS propre à la connexion. . . :\x20
   Description. . . . . . . . . . . . . . : VPN Adapter
   Adresse physique . . . . . . . . . . . :\x20
   Serveurs DNS. . .  . . . . . . . . . . : 10.8.0.1
"""
CERTUTIL_FR = """root "Autorités de certification racines de confiance"
================ Certificat 0 ================
Numéro de série : 79ad16a14aa0a5ad4c7358f407132e6579ad16a1
Émetteur: CN=Microsoft Root Certificate Authority, DC=microsoft, DC=com
 NotBefore : 10/05/2001 00:19
 NotAfter : 10/05/2021 00:28
Objet: CN=Microsoft Root Certificate Authority, DC=microsoft, DC=com
Certificat racine : le sujet correspond à l’émetteur
Hach. cert. (sha1) : cd d4 ee ae 60 00 ac 7f 40 c3 80 2c 17 1e 30 14 80 30 c0 72

================ Certificat 1 ================
Numéro de série : 01
Émetteur: OU=Inspection, O=Corp
Objet: OU=Inspection, O=Corp
Hach. cert. (sha1) : 93ec87f242aedfc23fba32c825c8fe094f5422fc
CertUtil: -store La commande s’est terminée correctement.
"""

SAMPLES: dict[str, tuple[str, str]] = {
    "cmdkey_list": ("cmdkey_list", CMDKEY_EN),
    "cmdkey_fr": ("cmdkey_list", CMDKEY_FR),
    "status": ("w32tm_status", STATUS_EN),
    "status_de": ("w32tm_status", STATUS_DE),
    "stripchart": ("w32tm_stripchart", STRIPCHART),
    "stripchart_long": ("w32tm_stripchart", STRIPCHART_LONG),
    "peers": ("w32tm_peers", PEERS),
    "netsh_fr": ("netsh_winhttp_proxy", NETSH_FR),
    "netsh_direct": ("netsh_winhttp_proxy", NETSH_DIRECT),
    "dsregcmd": ("dsregcmd_status", DSREGCMD),
    "systeminfo": ("systeminfo", SYSTEMINFO_ES),
    "certutil": ("certutil_root", CERTUTIL_FR),
}
every_sample = pytest.mark.parametrize(("item", "text"), SAMPLES.values(), ids=SAMPLES)


def of(text: str, item: str | None = None, encoding: str = "utf-8", host: Host | None = None) -> Said:
    data = text.replace("\n", "\r\n").encode(encoding)
    return said(read, artifact(data, "live/out.txt", item, USER, host))


def credentials(found: Said) -> list[tuple[Any, ...]]:
    return [(r["name"], r["subject"], r["value"], r["place"]) for r in found.table("facts")]


@every_sample
def test_a_command_is_known_by_its_content_in_any_language(item: str, text: str) -> None:
    for named in (None, "ipconfig_all" if item != "ipconfig_all" else "systeminfo"):
        found = of(text, named)
        assert [told.item for told in found.identified] == [item]
        assert found.whole


@every_sample
def test_a_command_named_by_the_bundle_is_read_whole(item: str, text: str) -> None:
    found = of(text, item)
    assert found.identified == []
    assert found.whole


@pytest.mark.parametrize(
    ("text", "encoding", "oem"),
    [
        (CMDKEY_FR.replace("’", "'"), "cp850", 850),
        (CMDKEY_FR, "utf-16", 850),
        (CMDKEY_FR, "utf-16-le", 850),
        (CMDKEY_FR, "utf-8-sig", 850),
        (CMDKEY_FR, "cp1252", 1252),
        # the wrong code page spoils labels, which nobody reads
        (CMDKEY_FR, "cp1252", 850),
        (CMDKEY_DE, "cp850", 850),
        (CMDKEY_DE, "cp437", 850),
        (CMDKEY_ES, "cp850", None),
    ],
)
def test_credentials_are_read_in_any_language_and_code_page(text: str, encoding: str, oem: int | None) -> None:
    found = of(text, "cmdkey_list", encoding, Host(oem_code_page=oem))
    assert credentials(found) == [
        ("credentials.target", GOOGLE, GOOGLE, "line 4"),
        ("credentials.user_name", GOOGLE, "alice@gmail.com", "line 4"),
    ]
    assert [told.user for told in found.covered] == [USER]
    assert {row["user"] for row in found.table("facts")} == {USER}


def test_other_credentials_keep_their_prefix() -> None:
    assert of(CMDKEY_EN).facts("credentials.target") == [
        GOOGLE,
        "WindowsLive:target=virtualapp/didlogical",
        "Domain:interactive=PC-042\\admin",
    ]


def test_an_entry_without_a_user_has_none() -> None:
    text = CMDKEY_DE.replace("    Benutzer: alice@gmail.com\n", "")
    found = of(text, "cmdkey_list")
    assert found.facts("credentials.target") == [GOOGLE]
    assert found.facts("credentials.user_name") == []
    assert found.whole


def test_a_target_that_the_console_broke_is_put_together() -> None:
    first, second = f"    Target: LegacyGeneric:target={GOOGLE}"[:60], f"    Target: LegacyGeneric:target={GOOGLE}"[60:]
    text = CMDKEY_EN.replace(first + second, first + "\n" + second)
    assert of(text).facts("credentials.target")[0] == GOOGLE


def test_chunks_of_one_credential_stay_apart() -> None:
    first = (
        f"    Target: LegacyGeneric:target={GOOGLE}@@@1.000000\n    Type: Generic\n    Local machine persistence\n\n"
    )
    text = CMDKEY_EN.replace("credentials:\n\n", "credentials:\n\n" + first)
    assert of(text).facts("credentials.target")[:2] == [f"{GOOGLE}@@@1.000000", GOOGLE]


@pytest.mark.parametrize("none", ["* NONE *", "* AUCUNE *", "* KEINE *"])
def test_an_empty_store_that_says_so_is_read_whole(none: str) -> None:
    found = of(f"\nCurrently stored credentials:\n\n{none}\n\n", "cmdkey_list")
    assert found.whole
    assert found.table("facts") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\nCurrently stored credentials:\n",
        "CMDKEY: The system cannot find the file specified.\n",
        "Access is denied. (0x80070005)\n",
        CMDKEY_EN.partition("\n    Type")[0] + "\n",
        CMDKEY_EN.partition("    Local")[0],
        CMDKEY_EN.replace("credentials:", "credentials for MicrosoftOffice16*:"),
        CMDKEY_EN.replace("credentials:", "credentials for git:"),
        CMDKEY_EN.replace("Currently stored credentials:", ""),
        CMDKEY_EN.rstrip("\n"),
    ],
    ids=range(11),
)
def test_an_empty_cut_or_filtered_credential_list_is_blind(text: str) -> None:
    found = of(text, "cmdkey_list")
    assert found.damages
    assert not found.whole


@pytest.mark.parametrize("hidden", ["Currently", "alice@gmail.com", "virtualapp"])
def test_a_list_with_a_hole_of_nuls_is_blind(hidden: str) -> None:
    found = of(CMDKEY_EN.replace(hidden, "\0" * len(hidden), 1), "cmdkey_list")
    assert [told.reason for told in found.damages] == ["NULs stand where text was to be written"]
    assert not found.whole


def test_a_line_that_is_cut_gives_no_fact() -> None:
    text = CMDKEY_FR.partition("_oauth2")[0]
    found = of(text, "cmdkey_list")
    assert found.table("facts") == []
    assert found.damages


@pytest.mark.parametrize(("text", "encoding"), [(STATUS_EN, "utf-8"), (STATUS_FR, "cp1252"), (STATUS_DE, "cp850")])
def test_the_time_status_is_read_by_its_order(text: str, encoding: str) -> None:
    found = of(text, "w32tm_status", encoding)
    assert {row["name"]: (row["value"], row["number"], row["unit"]) for row in found.table("facts")} == {
        "w32tm.leap": ("0", 0, None),
        "w32tm.stratum": ("2", 2, None),
        "w32tm.last_sync": ("30/05/2023 20:21:27", None, None),
        "w32tm.source": ("time.windows.com,0x9", None, None),
        "w32tm.phase_offset_s": ("-0.0015321", -0.0015321, "s"),
        "w32tm.last_sync_error": ("0", 0, None),
        "w32tm.seconds_since_good_sync": ("22.0956432", 22.0956432, "s"),
    }
    assert found.whole
    assert found.covered[0].user is None
    assert {row["user"] for row in found.table("facts")} == {None}


def test_an_unsynchronised_clock_keeps_its_source() -> None:
    text = STATUS_FR.replace("0(Aucun avertissement)", "3(Non synchronisé)").replace(
        "time.windows.com,0x9", "Local CMOS Clock"
    )
    found = of(text, "w32tm_status")
    assert found.facts("w32tm.leap") == ["3"]
    assert found.facts("w32tm.source") == ["Local CMOS Clock"]


@pytest.mark.parametrize("item", ["w32tm_status", "w32tm_peers", "w32tm_stripchart"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The following error occurred: The service has not been started. (0x80070426)\n", "0x80070426"),
        ("Acesso negado. (0x80070005)\n", "0x80070005"),
    ],
)
def test_an_error_of_the_time_service_is_told_and_proves_nothing_else(item: str, text: str, code: str) -> None:
    found = of(text, item)
    assert found.facts("w32tm.error") == [code]
    assert not found.whole
    assert code in found.damages[0].reason


def test_the_short_status_is_not_whole() -> None:
    found = of(STATUS_EN.partition("\n\n")[0] + "\n", "w32tm_status")
    assert found.facts("w32tm.source") == ["time.windows.com,0x9"]
    assert found.damages[0].reason == "the status lacks 7 of its lines"


def test_offsets_change_their_sign_from_server_minus_local_to_local_minus_reference() -> None:
    found = of(STRIPCHART, "w32tm_stripchart")
    assert found.number("clock.samples.offset_seconds") == [-137.0856223, 0.0623991]
    assert found.facts("clock.samples.error") == ["0x800705B4"]
    assert found.facts("clock.samples.source") == ["stripchart"] * 3
    rows = [row for row in found.table("facts") if row["name"] == "clock.samples.offset_seconds"]
    assert [(row["place"], row["subject"], row["value"], row["unit"]) for row in rows] == [
        ("line 4", "time.windows.com", "-137.0856223", "s"),
        ("line 5", "time.windows.com", "0.0623991", "s"),
    ]


def test_the_long_stripchart_gives_its_offset_and_not_its_delay() -> None:
    found = of(STRIPCHART_LONG.replace("11 d", "11, d"), "w32tm_stripchart")
    assert found.number("clock.samples.offset_seconds") == [0.6887759]
    assert of(STRIPCHART_LONG).number("clock.samples.offset_seconds") == [0.6887759]


def test_a_time_server_that_never_answered_measured_nothing() -> None:
    found = of(
        "Tracking x [1.2.3.4:123].\nCollecting 1 samples.\nThe current time is 11:21.\n11:21:57, error: 0x800705B4\n"
    )
    assert not found.whole
    assert found.damages[0].reason == "the time server gave no answer"


def test_peers_are_named() -> None:
    assert of(PEERS).facts("w32tm.peer") == ["time.windows.com,0x9"]


def test_a_proxy_of_winhttp_is_read_by_shape() -> None:
    found = of(NETSH_FR, "netsh_winhttp_proxy")
    assert found.facts("proxy.winhttp.access") == ["named"]
    assert found.facts("proxy.winhttp.server") == ["proxy.local:8080"]
    assert found.facts("proxy.winhttp.bypass") == [""]
    english = "    Proxy Server(s) :  127.0.0.1:8080\n    Bypass List     :  <local>;localhost\n"
    assert of("Current WinHTTP proxy settings:\n\n" + english).facts("proxy.winhttp.bypass") == ["<local>;localhost"]


def test_direct_access_is_told() -> None:
    found = of(NETSH_DIRECT)
    assert found.facts("proxy.winhttp.access") == ["direct"]
    assert found.facts("proxy.winhttp.server") == []


def test_a_proxy_cut_before_its_bypass_list_is_not_whole() -> None:
    assert not of(NETSH_FR.partition("    Liste")[0], "netsh_winhttp_proxy").whole


def test_management_is_read_by_its_english_labels() -> None:
    found = of(DSREGCMD)
    assert found.facts("dsregcmd.AzureAdJoined") == ["YES"]
    assert found.facts("dsregcmd.DeviceName") == ["PC-042"]
    assert {row["subject"] for row in found.table("facts")} == {"Device State", "Ngc Prerequisite Check"}


def test_the_build_zone_and_updates_are_read() -> None:
    found = of(SYSTEMINFO_ES)
    assert found.facts("systeminfo.os_build") == ["10.0.26200"]
    assert found.facts("systeminfo.update") == ["KB5048685", "KB5046617"]
    assert found.facts("systeminfo.time_zone") == ["(UTC+01:00) Bruselas, Copenhague, Madrid, París"]


def test_a_cut_list_of_updates_is_not_whole() -> None:
    assert not of(SYSTEMINFO_ES.partition("[02]")[0].rstrip(" "), "systeminfo").whole


def test_adapters_and_name_servers_are_read_and_their_absence_never() -> None:
    found = of(IPCONFIG_FR, "ipconfig_all")
    assert found.facts("adapters.description") == ["Intel(R) Ethernet", "VPN Adapter"]
    assert found.facts("adapters.dns_servers") == ["fe80::1%7", "10.0.0.53", "10.8.0.1"]
    assert found.facts("adapters.name") == ["Carte Ethernet Ethernet", "Carte PPP Bureau"]
    assert found.covered == []
    assert found.damages == []


def test_certificates_are_read_with_their_hash() -> None:
    found = of(CERTUTIL_FR)
    assert found.facts("certutil.sha1") == [
        "cdd4eeae6000ac7f40c3802c171e30148030c072",
        "93ec87f242aedfc23fba32c825c8fe094f5422fc",
    ]
    assert found.facts("certutil.subject") == [
        "CN=Microsoft Root Certificate Authority, DC=microsoft, DC=com",
        "OU=Inspection, O=Corp",
    ]
    assert {row["place"] for row in found.table("facts")} == {"line 2", "line 11"}


def test_a_store_that_could_not_be_listed_is_not_whole() -> None:
    text = CERTUTIL_FR.replace("La commande s’est terminée correctement.", "FAILED: 0x80070005 (WIN32: 5)")
    assert not of(text, "certutil_root").whole


def test_secrets_in_a_command_are_masked() -> None:
    text = NETSH_DIRECT.replace("Direct access (no proxy server).", "Proxy :  http://bob:hunter2@p:80\n    Bypass :  x")
    assert of(text).facts("proxy.winhttp.server") == ["http://bob:(masked password, 7 characters)@p:80"]


def test_a_secret_in_a_target_is_masked_in_all_that_is_told_of_it() -> None:
    found = of(CMDKEY_EN.replace(GOOGLE, "git:https://bob:hunter2@github.com"), "cmdkey_list")
    assert found.facts("credentials.user_name")[0] == "alice@gmail.com"
    assert "hunter2" not in str(found.table("facts"))


@pytest.mark.parametrize(
    ("item", "head", "piece"),
    [
        ("ipconfig_all", "Adapter:\n a . . : x\n b . . : y\n c", " . ."),
        ("dsregcmd_status", "AzureAdJoined : YES\n Name : x", " "),
        ("systeminfo", "OS: 10.0.19045 N/A\nZone: (UTC)", " "),
        ("w32tm_status", "a b\n", "x\n"),
        ("cmdkey_list", "Stored:\n\n  Target: LegacyGeneric:target=a\n", "x\n"),
    ],
)
def test_a_hostile_output_comes_to_an_end(item: str, head: str, piece: str) -> None:
    assert not of(f"{head}{piece * 60_000}y\n", item).whole


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("w32tm_stripchart", f"Tracking a [1.1.1.1].\nCollecting {'9' * 5000} samples.\n11:21:53, +137.0856223s\n"),
        ("systeminfo", f"OS: 10.0.19045 N/A\nHotfixes: {'9' * 5000} x\n  [01]: KB5031356\nCard: 1\n"),
        ("w32tm_peers", "#Peers\uff1a 1: 2\n\nPeer: a\n"),
    ],
    ids=["samples", "updates", "peers"],
)
def test_a_count_beyond_all_counting_is_not_reached(item: str, text: str) -> None:
    found = of(text, item)
    assert found.table("facts")
    assert found.damages


def test_an_offset_without_end_is_no_number() -> None:
    status = re.sub(r"Phase Offset: \S+", f"Phase Offset: {'9' * 400}s", STATUS_EN)
    assert of(status, "w32tm_status").number("w32tm.phase_offset_s") == [None]


def entry_borders(text: str) -> set[int]:
    """Where a list without an end mark may be cut without a trace."""
    return {at for at in range(len(text)) if text[:at].rstrip(" \n").endswith(("persistence", "only"))}


@every_sample
def test_a_cut_output_is_whole_only_where_nothing_but_its_words_is_lost(item: str, text: str) -> None:
    told = of(text, item)
    unseen = entry_borders(text) if item == "cmdkey_list" else set()
    for at in range(len(text)):
        found = of(text[:at], item)
        if found.whole and at not in unseen:
            assert found.table("facts") == told.table("facts"), text[:at][-80:]


@given(st.binary(max_size=400), st.sampled_from([None, *(item for item, _ in SAMPLES.values())]))
def test_any_bytes_are_read_without_a_crash(data: bytes, item: str | None) -> None:
    found = said(read, artifact(data, "live/x.txt", item))
    assert found.damages or found.covered or found.table("facts")


@given(st.sampled_from(list(SAMPLES.values())), st.data())
def test_a_spoiled_output_is_read_without_a_crash(sample: tuple[str, str], data: st.DataObject) -> None:
    item, text = sample
    at = data.draw(st.integers(0, len(text)))
    spoiled = text[:at] + data.draw(st.text(alphabet=":*()[]=\n #0x+-s.", max_size=8)) + text[at + 3 :]
    found = of(spoiled, item)
    assert found.damages or found.covered or found.table("facts")
