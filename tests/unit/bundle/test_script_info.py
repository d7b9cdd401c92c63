"""OutlookTrace's own papers: whose a bundle's evidence is, what was removed before it was taken, what failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.bundle import Bundle, open_bundle, script_info
from analyzer.bundle.script_info import ScriptInfo, decode, failures
from analyzer.model import Stage

CMDKEY = "Configuration/OS/cmdkey.txt"
OFFICE = "Configuration/Registry/HKCU_Software_Microsoft_Office.reg"
SYSTEM = "Configuration/Registry/HKLM_SOFTWARE_Policies_Microsoft.reg"
LIST = b"\r\nCurrently stored credentials:\r\n\r\n    Target: LegacyGeneric:target=x\r\n    Type: Generic\r\n"


def paper(
    run_as: str = "PC-042\\alice", target: str = "PC-042\\alice", invocation: str = "Collect-OutlookInfo"
) -> bytes:
    fields = {"Invocation": invocation, "RunAsUser": run_as, "TargetUser": target}
    body = "".join(f'<S N="{name}">{value}</S>' for name, value in fields.items())
    text = f'<Objs Version="1.1.0.1" xmlns="x"><Obj RefId="0"><MS>{body}</MS></Obj></Objs>'
    return text.encode("utf-16")


def opened(folder: Path, files: dict[str, bytes]) -> Bundle:
    for name, data in files.items():
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return open_bundle(folder / "in", folder / "spool")


def users(bundle: Bundle) -> dict[str, str | None]:
    return {member.name: member.user for member in bundle.members}


def test_taken_by_the_affected_user_for_themselves_it_is_theirs(tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"ScriptInfo.xml": paper(), CMDKEY: LIST, OFFICE: b"REGEDIT4", SYSTEM: b"REGEDIT4"})
    assert users(bundle) == {"ScriptInfo.xml": None, CMDKEY: "alice", OFFICE: "alice", SYSTEM: None}
    assert bundle.gaps == ()


@pytest.mark.parametrize(
    "script",
    [paper(run_as="PC-042\\helpdesk"), paper(run_as="", target=""), b"<Objs", b""],
    ids=["another", "nobody", "cut", "empty"],
)
def test_taken_by_another_user_or_by_nobody_knows_whom_it_is_nobodys(script: bytes, tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"ScriptInfo.xml": script, CMDKEY: LIST})
    assert users(bundle)[CMDKEY] is None
    assert any("whose it is, is not known" in gap.reason for gap in bundle.gaps)


def test_a_user_that_the_files_name_tells_goes_before_the_paper(tmp_path: Path) -> None:
    name = "Configuration/Registry/HKEY_USERS_S-1-5-21-1-2-3-1001_Software_Microsoft_Office.reg"
    bundle = opened(tmp_path, {"ScriptInfo.xml": paper(), name: b"REGEDIT4"})
    assert users(bundle)[name] == "S-1-5-21-1-2-3-1001"


def test_where_identities_were_removed_the_office_settings_do_not_acquit(tmp_path: Path) -> None:
    script = paper(invocation="Collect-OutlookInfo -Path C:\\Temp -RemoveIdentityCache")
    bundle = opened(tmp_path, {"ScriptInfo.xml": script, CMDKEY: LIST, OFFICE: b"REGEDIT4"})
    damaged = {artifact.member.name for artifact in bundle.artifacts() if artifact.damage}
    assert damaged == {OFFICE}
    (gap,) = bundle.gaps
    assert (gap.artifact, gap.stage, gap.place) == (OFFICE, Stage.OPEN, "identities")
    assert "-RemoveIdentityCache" in gap.reason


@pytest.mark.parametrize(
    ("invocation", "removed"),
    [
        ("Collect-OutlookInfo -RemoveIdentityCache", True),
        ("Collect-OutlookInfo -removeidentitycache:$true -Path C:\\Temp", True),
        ("Collect-OutlookInfo -RemoveIdentityCache:$false", False),
        ("Collect-OutlookInfo -Path C:\\x-RemoveIdentityCache", False),
        ("Collect-OutlookInfo", False),
    ],
)
def test_a_switch_counts_only_where_it_is_one(invocation: str, *, removed: bool) -> None:
    assert decode(paper(invocation=invocation)).removed_identities is removed


def test_the_same_person_is_known_in_any_spelling() -> None:
    assert decode(paper("pc-042\\ALICE", "PC-042\\alice")).owner == "alice"
    assert decode(paper("PC-042\\alice", "OTHER\\alice")).owner is None


def test_no_paper_says_nothing() -> None:
    assert decode(b"") == decode(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>") == ScriptInfo()


LOG = (
    "date-time,thread_relative_delta(ms),thread,function,info\r\n"
    '"2026-03-02T09:01:30","0","1","Save-X","all well"\r\n'
    '"2026-03-02T09:01:31","9","1","Save-Y","[ErrorRecord]InvocationInfo.MyCommand: Get-ChildItem, '
    "Exception.Message: Access to the path is denied., InvocationInfo.Line: 'x', ScriptStackTrace: at Z\"\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_failed_while_it_collected_is_a_gap(encoding: str, tmp_path: Path) -> None:
    bundle = opened(tmp_path, {"ScriptInfo.xml": paper(), "Log.csv": LOG.encode(encoding)})
    (gap,) = bundle.gaps
    assert (gap.artifact, gap.stage, gap.place, gap.reason) == (
        "Log.csv",
        Stage.COLLECT,
        "line 3",
        "Get-ChildItem failed: Access to the path is denied.",
    )


def test_no_more_failures_are_told_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script_info, "MOST_FAILURES", 2)
    line = LOG.splitlines()[2]
    assert [number for number, _ in failures("\n".join([line] * 5).encode())] == [1, 2]
