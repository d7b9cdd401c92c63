"""Commands in other languages of Windows: the same output, shape for shape.

What public sources show of French and German is used word for word. Of Polish only the heading of ``cmdkey`` is known,
of German neither every label: there, words of that language stand in for what Windows prints, because no reader may
depend on a label.
"""

from __future__ import annotations

import re
from dataclasses import replace

from fixtures.forge.scenario import Scenario, Text

LANGUAGES = ("en", "fr", "de", "pl")

# one row a phrase, in the order of LANGUAGES; a phrase stands at the beginning of a line, behind blanks
_PHRASES = (
    # cmdkey /list
    (
        "Currently stored credentials:",
        "Informations d’identification actuellement stockées :",
        "Momentan gespeicherte Anmeldeinformationen:",
        "Aktualnie przechowywane poświadczenia:",
    ),
    ("Target: ", "Cible : ", "Ziel: ", "Obiekt docelowy: "),
    ("Type: Generic ", "Type : Générique ", "Typ: Allgemeine ", "Typ: Ogólne "),
    ("Type: Domain Password", "Type : Mot de passe du domaine", "Typ: Domänenkennwort", "Typ: Hasło domeny"),
    ("User: ", "Utilisateur : ", "Benutzer: ", "Użytkownik: "),
    (
        "Local machine persistence",
        "Persistance de l’ordinateur local",
        "Persistenz des lokalen Computers",
        "Trwałość na komputerze lokalnym",
    ),
    (
        "Saved for this logon only",
        "Enregistré pour cette ouverture de session uniquement",
        "Nur für diese Sitzung gespeichert",
        "Zapisane tylko dla tej sesji",
    ),
    # netsh winhttp show proxy
    (
        "Current WinHTTP proxy settings:",
        "Paramètres de proxy WinHTTP actuels :",
        "Aktuelle WinHTTP-Proxyeinstellungen:",
        "Bieżące ustawienia serwera proxy WinHTTP:",
    ),
    (
        "Direct access (no proxy server).",
        "Accès direct (sans serveur proxy).",
        "Direkter Zugriff (kein Proxyserver).",
        "Dostęp bezpośredni (brak serwera proxy).",
    ),
    ("Proxy Server(s) :  ", "Serveur(s) proxy :  ", "Proxyserver :  ", "Serwery proxy :  "),
    ("Bypass List     :  ", "Liste de contournement     :  ", "Umgehungsliste     :  ", "Lista pominięć     :  "),
    # w32tm /query /status /verbose; the rest of its lines are told by their order
    ("Leap Indicator: ", "Indicateur de dérive : ", "Sprungindikator: ", "Wskaźnik przestępny: "),
    ("Stratum: ", "Couche : ", "Stratum: ", "Warstwa: "),
    ("Precision: ", "Précision : ", "Präzision: ", "Dokładność: "),
    ("Root Delay: ", "Délai de racine : ", "Stammverzögerung: ", "Opóźnienie główne: "),
    ("Root Dispersion: ", "Dispersion de racine : ", "Stammabweichung: ", "Dyspersja główna: "),
    ("ReferenceId: ", "ID de référence : ", "Referenz-ID: ", "Identyfikator odwołania: "),
    (
        "Last Successful Sync Time: ",
        "Heure de la dernière synchronisation réussie : ",
        "Letzte erfolgr. Synchronisierungszeit: ",
        "Godzina ostatniej pomyślnej synchronizacji: ",
    ),
    ("Source: ", "Source : ", "Quelle: ", "Źródło: "),
    ("Poll Interval: ", "Intervalle d’interrogation : ", "Abrufintervall: ", "Interwał sondowania: "),
    ("Phase Offset: ", "Décalage de phase : ", "Phasendifferenz: ", "Przesunięcie fazy: "),
    ("ClockRate: ", "Fréquence d’horloge : ", "Taktfrequenz: ", "Szybkość zegara: "),
    ("State Machine: ", "Ordinateur d’état : ", "Statuscomputer: ", "Automat stanów: "),
    ("Time Source Flags: ", "Indicateur de source de temps : ", "Zeitquellenkennzeichen: ", "Flagi źródła czasu: "),
    ("Server Role: ", "Rôle de serveur : ", "Serverrolle: ", "Rola serwera: "),
    (
        "Last Sync Error: ",
        "Erreur lors de la dernière synchronisation : ",
        "Letzter Synchronierungsfehler: ",
        "Błąd ostatniej synchronizacji: ",
    ),
    (
        "Time since Last Good Sync Time: ",
        "Durée écoulée depuis l’heure de la dernière synchronisation réussie : ",
        "Zeit seit der letzten erfolgr. Synchronisierungszeit: ",
        "Czas od ostatniej pomyślnej synchronizacji: ",
    ),
    # w32tm /stripchart
    ("Tracking ", "Suivi de ", "Verfolgung von ", "Śledzenie "),
    ("The current time is ", "L’heure actuelle est ", "Aktuelle Zeit: ", "Bieżąca godzina: "),
)


def in_language(scenario: Scenario, language: str, encoding: str) -> Scenario:
    """The scenario with its commands printed in another language, by a console or a redirection of that encoding."""
    texts = tuple(_told(text, language, encoding) for text in scenario.texts)
    page = int(encoding.removeprefix("cp")) if encoding.startswith("cp") else scenario.machine.oem_code_page
    return replace(scenario, texts=texts, machine=replace(scenario.machine, oem_code_page=page))


def _told(text: Text, language: str, encoding: str) -> Text:
    if not text.member.startswith("live/"):
        return text
    column = LANGUAGES.index(language)
    body = text.body.replace("\u00a0:", " :")
    for row in _PHRASES:
        # a phrase of two languages is replaced once
        for phrase in dict.fromkeys(row[:2]):
            body = re.sub(rf"(?m)^(\s*){re.escape(phrase)}", rf"\g<1>{row[column]}", body)
    return replace(text, body=body.replace(" :", "\u00a0:") if language == "fr" else body, encoding=encoding)
