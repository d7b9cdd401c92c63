from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer import exported_objects
from analyzer.parsers import clixml
from tests.unit.parsers.artifacts import Said, artifact
from tests.unit.parsers.artifacts import said as listen

HEAD = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'


def objs(*bodies: str) -> str:
    inner = "".join(f'<Obj RefId="{n}"><TN RefId="{n}"><T>T</T></TN><MS>{b}</MS></Obj>' for n, b in enumerate(bodies))
    return f"{HEAD}{inner}</Objs>"


def read(text: str, name: str = "Configuration/OS/Thing.xml", encoding: str = "utf-16") -> Said:
    return listen(clixml.read, artifact(text.encode(encoding), name))


def facts(said: Said) -> list[tuple[str, str, str | None]]:
    return [(row["place"], row["name"], row["value"]) for row in said.table("facts")]


SCRIPT = objs(
    '<S N="Invocation">Collect-OutlookInfo -Path C:\\Temp</S><S N="RunAsUser">PC-042\\alice</S>'
    '<DT N="WaitStart">2026-03-02T09:01:30.1234567+01:00</DT><DT N="WaitStop">2026-03-02T08:03:10Z</DT>'
)


def test_the_time_in_which_the_failure_was_reproduced_is_a_bracket_like_the_collectors_own() -> None:
    said = read(SCRIPT, "ScriptInfo.xml")
    assert [row for row in facts(said) if row[1].startswith("case.")] == [
        ("object 1", "case.reproduced.started_utc", "2026-03-02T09:01:30.1234567+01:00"),
        ("object 1", "case.reproduced.ended_utc", "2026-03-02T08:03:10Z"),
    ]
    assert said.damages == []


def test_where_only_the_configuration_was_collected_there_is_no_bracket() -> None:
    said = read(objs('<Nil N="WaitStart" /><DT N="WaitStop">2026-03-02T08:03:10Z</DT>'), "ScriptInfo.xml")
    assert [row[1] for row in facts(said)] == ["clixml.ScriptInfo.WaitStop"]


def test_the_same_properties_in_another_file_are_no_bracket() -> None:
    assert not [row for row in facts(read(SCRIPT)) if row[1].startswith("case.")]


def test_a_character_beyond_sixteen_bits_is_put_together_and_half_of_one_is_a_mark() -> None:
    said = read(objs('<S N="Name">a_xD83D__xDE00_b</S><S N="Half_xD83D_">_xDE00_</S>'))
    assert facts(said) == [
        ("object 1", "clixml.Thing.Name", "a\U0001f600b"),
        ("object 1", "clixml.Thing.Half\ufffd", "\ufffd"),
    ]


def test_a_secret_in_a_target_is_masked_in_all_that_is_told_of_it() -> None:
    body = '<S N="TargetName">git:https://bob:hunter2@github.com</S><S N="UserName">bob</S>'
    said = read(objs(body), "Configuration/OS/StoredCredential.xml")
    assert "hunter2" not in str(said.table("facts"))


def test_stored_credentials_become_facts_as_in_the_live_state() -> None:
    fields = {"TargetName": "MicrosoftOffice16_Data:OAUTH2:a", "UserName": "alice@gmail.com", "Type": "Generic"}
    body = "".join(f'<S N="{name}">{value}</S>' for name, value in fields.items())
    said = read(objs(body, '<S N="TargetName">git:b</S>'), "Configuration/OS/StoredCredential.xml")
    assert facts(said) == [
        ("object 1", "credentials.target", "MicrosoftOffice16_Data:OAUTH2:a"),
        ("object 1", "credentials.user_name", "alice@gmail.com"),
        ("object 1", "credentials.type", "Generic"),
        ("object 2", "credentials.target", "git:b"),
    ]
    assert {row["subject"] for row in said.table("facts")} == {"MicrosoftOffice16_Data:OAUTH2:a", "git:b"}
    assert said.covered == []


def test_a_list_exported_as_one_object_is_taken_apart() -> None:
    text = f'{HEAD}<Obj RefId="0"><LST>' + "".join(
        f'<Obj RefId="{n}"><MS><S N="Name">{n}</S></MS></Obj>' for n in (1, 2)
    )
    said = read(text + "</LST></Obj></Objs>")
    assert facts(said) == [("object 1", "clixml.Thing.Name", "1"), ("object 2", "clixml.Thing.Name", "2")]


def test_inner_objects_lists_and_dictionaries_are_named_by_the_way_to_them() -> None:
    inner = (
        '<Obj N="Proxy" RefId="5"><Props><S N="Server">proxy.corp:8080</S><B N="Enabled">true</B></Props>'
        '<ToString>Proxy</ToString></Obj><Obj N="Map" RefId="6"><DCT><En><S N="Key">k</S><I32 N="Value">7</I32></En>'
        '</DCT></Obj><Obj N="Many" RefId="7"><LST><S>one</S></LST></Obj><S N="Line">a_x000D__x000A_b</S>'
    )
    assert facts(read(objs(inner))) == [
        ("object 1", "clixml.Thing.Proxy.Server", "proxy.corp:8080"),
        ("object 1", "clixml.Thing.Proxy.Enabled", "true"),
        ("object 1", "clixml.Thing.Map.k", "7"),
        ("object 1", "clixml.Thing.Many", "one"),
        ("object 1", "clixml.Thing.Line", "a\r\nb"),
    ]


def test_secrets_are_masked_by_their_form_and_by_the_name_of_the_property() -> None:
    token = "ya29.a0AfH6SMBx" + "k" * 40
    said = read(objs(f'<S N="Header">Bearer {token}</S><S N="Password">Tr0ub4dor</S>'))
    kept = str(facts(said))
    assert token not in kept
    assert "Tr0ub4dor" not in kept


def test_of_oneauths_accounts_the_names_of_their_properties_are_kept_alone() -> None:
    said = read(objs('<S N="LoginName">alice@example.org</S><S N="Provider">aad</S>'), "Office/OneAuthAccount.xml")
    assert facts(said) == [
        ("object 1", "clixml.OneAuthAccount.LoginName", None),
        ("object 1", "clixml.OneAuthAccount.Provider", None),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig"])
def test_both_encodings_of_powershell_are_read(encoding: str) -> None:
    assert facts(read(objs('<S N="Name">Zażółć</S>'), encoding=encoding)) == [
        ("object 1", "clixml.Thing.Name", "Zażółć")
    ]


def test_a_line_that_a_console_put_before_it_is_passed_over() -> None:
    assert len(facts(read("#< CLIXML\r\n" + objs('<S N="Name">x</S>'), encoding="utf-8"))) == 1


def test_what_comes_before_a_cut_is_read_and_the_cut_is_damage() -> None:
    text = objs('<S N="Name">x</S>', '<S N="Name">y</S>')
    said = read(text[: text.rindex("<S N=")], encoding="utf-8")
    assert facts(said) == [("object 1", "clixml.Thing.Name", "x")]
    assert [damage.place for damage in said.damages] == ["after object 1"]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]>' + objs('<S N="Name">&a;</S>'),
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + objs('<S N="Name">x</S>'),
        "",
        "no xml",
    ],
    ids=["entity", "external", "empty", "text"],
)
def test_entities_and_what_is_no_export_are_refused(text: str) -> None:
    said = read(text, encoding="utf-8")
    assert facts(said) == []
    assert said.damages


def test_an_export_without_objects_is_damage() -> None:
    assert read(f"{HEAD}</Objs>").damages


def test_depth_is_bounded() -> None:
    deep = '<Obj N="a" RefId="1"><MS>' * 3000 + "</MS></Obj>" * 3000
    said = read(objs('<S N="Name">x</S>', deep), encoding="utf-8")
    assert facts(said) == [("object 1", "clixml.Thing.Name", "x")]
    assert "deep" in said.damages[0].reason


def test_the_number_of_objects_and_properties_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exported_objects, "MOST_OBJECTS", 2)
    said = read(objs(*['<S N="Name">x</S>'] * 5))
    assert len(facts(said)) == 2
    assert said.damages
    monkeypatch.setattr(exported_objects, "MOST_OBJECTS", 100)
    monkeypatch.setattr(exported_objects, "MOST_PROPERTIES", 3)
    assert len(facts(read(objs(*['<S N="Name">x</S>'] * 5)))) == 3


def test_an_object_is_held_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exported_objects, "MOST_ELEMENTS", 50)
    small = '<S N="Name">x</S>'
    said = read(objs(*[small] * 20, small * 60))
    assert len(facts(said)) == 20
    assert said.damages[0].reason == "an object is too large"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_an_export_changed_or_cut_anywhere_is_read_without_an_error(data: st.DataObject) -> None:
    text = bytearray(SCRIPT.encode())
    for _ in range(data.draw(st.integers(0, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    said = listen(clixml.read, artifact(bytes(text[: data.draw(st.integers(0, len(text)))]), "ScriptInfo.xml"))
    assert said.covered == []
    assert bool(said.damages) or bool(said.table("facts"))
