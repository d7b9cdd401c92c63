"""Which Outlook runs, and crashes of the new one alone."""

from __future__ import annotations

from analyzer.measures import new_outlook
from tests.unit.evidence import BOB, FAILED, Row, Rows, event, failed, holding, scene, section


def process(name: str, number: int = 0, user: str | None = None) -> Rows:
    return section("processes", f"processes[{number}]", {"name": name, "version": "1.2.3.4"}, user=user)


def crash(name: str, at: str = FAILED, artifact: str = "Application.evtx") -> Row:
    text = f"{name}\n1.0\n0\nntdll.dll"
    return event("Application Error", 1000, at, artifact=artifact, text=text)


def names(*parts: Row | Rows) -> list[str]:
    return [f.name for f in new_outlook.measure(holding(*parts), scene(failed()))]


def test_the_new_outlook_alone_is_told_apart_from_both() -> None:
    assert names(process("olk.exe")) == ["only_new_outlook_runs"]
    assert names(process("OLK.EXE"), process("OUTLOOK.EXE", 1)) == ["classic_outlook_runs"]
    assert names(process("OUTLOOK.EXE")) == ["classic_outlook_runs"]


def test_where_neither_runs_nothing_is_said() -> None:
    assert names(process("winword.exe")) == []


def test_another_users_process_is_not_this_ones() -> None:
    assert names(process("olk.exe"), process("OUTLOOK.EXE", 1, BOB)) == ["only_new_outlook_runs"]


def test_a_crash_of_the_new_outlook_counts_where_the_classic_one_did_not_crash_too() -> None:
    assert names(crash("olk.exe")) == ["new_outlook_crash"]
    assert names(crash("OUTLOOK.EXE")) == []
    assert names(crash("olk.exe"), crash("OUTLOOK.EXE", "2026-03-02T08:10:00Z")) == []
    assert names(crash("olk.exe"), crash("OUTLOOK.EXE", "2026-03-02T11:10:00Z")) == ["new_outlook_crash"]
