"""Settings and policies of Office that forbid what a Google sign-in needs, as they are in force.

Source: Microsoft, "Overview of Cloud Policy": its settings go before those of group policy, and both before what the
user set. Names and data are those of Office's administrative templates.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from analyzer.measures import alerts, records
from analyzer.measures.evidence import Fact, Scene
from analyzer.measures.settings import Row, cited, first, source
from analyzer.model import Source
from analyzer.tables import Evidence

_HOMES = (
    r"HKCU\Software\Policies\Microsoft\Cloud\Office\16.0",
    r"HKCU\Software\Policies\Microsoft\Office\16.0",
    r"HKCU\Software\Microsoft\Office\16.0",
)
_POLICIES = _HOMES[:2]
_SCALES = (
    ("office_online_content", r"Common\Internet", "UseOnlineContent"),
    ("office_sign_in_options", r"Common\SignIn", "SignInOptions"),
)
# What an administrator can forbid about accounts; 1 forbids.
_FORBIDDEN = (
    ("account_type_forbidden", r"Outlook\Options", "DisableIMAP"),
    ("account_change_forbidden", r"Outlook\Setup", "ModifyAccounts"),
    ("other_account_types_forbidden", r"Outlook\Options", "DisableOtherTypes"),
)
_SIMPLE_SETUP = (r"Outlook\Setup", "DisableOffice365SimplifiedAccountCreation")
_DIALOG = "disabled by your administrator"


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The values in force, what is forbidden, and a dialog that says so beside such a setting."""
    scales = tuple(_scales(evidence, scene))
    forbidden = tuple(_forbidden(evidence, scene))
    yield from (*scales, *forbidden)
    dialogs = tuple(_dialogs(evidence))
    yield from (Fact("administrator_dialog", (dialog,), at=dialog.at) for dialog in dialogs)
    for fact in (*(fact for fact in scales if _forbids(fact)), *forbidden):
        for dialog in dialogs:
            both = cited(*fact.sources, dialog)
            yield Fact("administrator_dialog_with_policy", both, fact.subject, fact.value, fact.number, dialog.at)


def _scales(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    for name, key, value in _SCALES:
        row = first(evidence, scene, [rf"{home}\{key}" for home in _HOMES], value)
        if row is not None and row["number"] is not None:
            yield _fact(name, row)


def _forbids(fact: Fact) -> bool:
    """Source: UseOnlineContent 0 keeps Office off the Internet, SignInOptions 3 lets nobody sign in."""
    return (fact.name, fact.number) in (("office_online_content", 0), ("office_sign_in_options", 3))


def _forbidden(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    for name, key, value in _FORBIDDEN:
        row = first(evidence, scene, [rf"{home}\{key}" for home in _POLICIES], value)
        if row is not None and row["number"]:
            yield _fact(name, row)
    key, value = _SIMPLE_SETUP
    row = first(evidence, scene, [rf"{home}\{key}" for home in _HOMES], value)
    if row is not None and row["number"]:
        yield _fact("simple_setup_forbidden", row)


def _fact(name: str, row: Row) -> Fact:
    told = f"{row['hive']}\\{row['key']}!{row['name']}"
    return Fact(name, (source(row),), row["name"], told, row["number"], user=row["user"])


def _dialogs(evidence: Evidence) -> Iterator[Source]:
    """Source: the text "This feature has been disabled by your administrator." in a dialog of Outlook (OAlerts 300)."""
    said = pl.col("text").str.to_lowercase().str.contains(_DIALOG, literal=True)
    return map(records.source, alerts.dialogs(evidence, said))
