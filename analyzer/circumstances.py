"""What an engineer should know besides the causes: who was here before, who shares the machine, what is not in force.

None of it is counted for or against anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.citations import cite_details
from analyzer.measures import Scene, people
from analyzer.measures.evidence import elements
from analyzer.measures.settings import Row, source, values
from analyzer.model import Detail, Source
from analyzer.tables import Evidence

_OFFICE = r"HKCU\Software\Microsoft\Office\16.0"
_ARGUMENTS = r"Policies\Microsoft\Edge\WebView2\AdditionalBrowserArguments"
# Switches that support tools set and do not always take back: detail, key, name, what the value then holds. Source:
# OutlookTrace (network log of WebView2), learn.microsoft.com (transport and sign-in logging of Office, GFlags).
_LEFT_ON = (
    ("left_transport_logging", rf"{_OFFICE}\Outlook\Options\Mail", "enablelogging", 1),
    ("left_office_logging", rf"{_OFFICE}\Common\Logging", "enablelogging", 1),
    (
        "left_page_heap",
        r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options\outlook.exe",
        "globalflag",
        None,
    ),
)
_NET_LOG = "--log-net-log"
# Source: the subject of the root that Fiddler makes for itself, seen in public source code.
_FIDDLER = "do_not_trust_fiddlerroot"


def circumstances(scene: Scene, evidence: Evidence) -> tuple[Detail, ...]:
    """Details in order of name and value; ``evidence`` holds the measured facts."""
    makers = (_left_on, _net_logs, _fiddler, _not_in_force, _shared, _mail_stores)
    found = {detail for make in makers for detail in make(scene, evidence)}
    ordered = sorted(found, key=lambda d: (d.name, d.value, d.sources))
    return cite_details(evidence, ordered)


# --- someone was here before --------------------------------------------------------------------------------------


def _left_on(scene: Scene, evidence: Evidence) -> Iterator[Detail]:
    for name, key, value, number in _LEFT_ON:
        row = values(evidence, scene, key).get(value)
        if row and (row["number"] == number if number else _switched_on(row)):
            yield Detail(name, _place(row), (source(row),))


def _switched_on(row: Row) -> bool:
    """Whether a value, kept as a number or as the text of one (``0x02000000``), is not zero."""
    text = (row["value"] or "0").lower().removeprefix("0x")
    return bool(text.strip("0 "))


def _net_logs(scene: Scene, evidence: Evidence) -> Iterator[Detail]:
    """A network log of WebView2 that is still being written."""
    for root in (r"HKLM\SOFTWARE", r"HKCU\Software"):
        for row in values(evidence, scene, rf"{root}\{_ARGUMENTS}").values():
            if _NET_LOG in (row["value"] or ""):
                yield Detail("left_webview2_net_log", _place(row), (source(row),))


def _fiddler(_: Scene, evidence: Evidence) -> Iterator[Detail]:
    """A root that an earlier trace left behind: it inspects nothing by itself."""
    for certificate in elements(evidence, "certutil"):
        if _FIDDLER in certificate.text("subject").lower():
            yield Detail("left_fiddler_root", certificate.text("subject"), (certificate.source,))


def _place(row: Row) -> str:
    return f"{row['hive']}\\{row['key']}!{row['name']}"


# --- the machine and its people -----------------------------------------------------------------------------------


def _not_in_force(_: Scene, evidence: Evidence) -> Iterator[Detail]:
    """Settings that count from the next start of Windows on, and were made after the last."""
    for row in evidence.named("tls12_set_since_boot").iter_rows(named=True):
        yield Detail("set_not_in_force", row["value"] or "", (Source(row["artifact"] or "", row["place"] or ""),))


def _shared(_: Scene, evidence: Evidence) -> Iterator[Detail]:
    """How many people have Google mail of theirs on this machine, where it is more than one."""
    owners = people.google_users(evidence)
    if len(owners) > 1:
        yield Detail("people_with_google_mail", str(len(owners)))


def _mail_stores(scene: Scene, evidence: Evidence) -> Iterator[Detail]:
    """The largest of this person's mail stores, in MiB."""
    mine = [e for e in elements(evidence, "mail_stores") if e.numbers.get("size") and scene.mine(e.user)]
    if mine:
        largest = max(mine, key=lambda e: (e.numbers["size"], e.text("path")))
        yield Detail("largest_mail_store_mib", f"{largest.numbers['size'] / 2**20:.0f}", (largest.source,))
