from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from analyzer import pipeline
from analyzer.model import Refusal
from analyzer.pipeline import Options, Result
from reports import cli
from reports.export import findings
from tests.unit.reports import samples

HEAVY = ("polars", "jinja2", "textual", "msgspec", "rich", "regipy", "evtx", "cryptography", "analyzer.model")


class Stub:
    """Stands for the pipeline: writes one table, remembers what it was asked, gives or raises what it was told to."""

    def __init__(self, outcome: Result | BaseException) -> None:
        self.outcome = outcome
        self.asked: list[tuple[Path, Options]] = []

    def __call__(
        self, path: Path, case_dir: Path, options: Options, progress: Callable[[str, int, int], None]
    ) -> Result:
        self.asked.append((path, options))
        (case_dir / "tables" / "facts").mkdir(parents=True)
        (case_dir / "tables" / "facts" / "000001.parquet").write_bytes(b"rows")
        progress("live/\x1b[31mstate.json", 0, 2)
        progress("", 2, 2)
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Callable[[Result | BaseException], Stub]:
    """Puts a stub in the place of the pipeline."""

    def put(outcome: Result | BaseException) -> Stub:
        made = Stub(outcome)
        monkeypatch.setattr(pipeline, "analyze", made)
        return made

    return put


Put = Callable[[Result | BaseException], Stub]
Capture = pytest.CaptureFixture[str]


def test_analyze_makes_the_case_beside_the_bundle_and_says_verdict_and_report(
    stub: Put, tmp_path: Path, capsys: Capture
) -> None:
    stub(samples.PINPOINTED)
    assert cli.run(["analyze", str(tmp_path / "INC1.zip")]) == 0
    folder = tmp_path / "INC1.zip.mailscope"
    assert sorted(path.name for path in folder.iterdir()) == [
        "case-notes.txt",
        "findings.json",
        "report.html",
        "run.json",
        "tables",
    ]
    said = capsys.readouterr()
    assert said.out.startswith(
        "VERDICT     Pinpointed. A stored Google token is stale: this is the most likely cause.\n"
    )
    assert said.out.endswith(f"\n{folder / 'report.html'}\n")
    assert "[1/2] live/⟨U+001B⟩[31mstate.json\n" in said.err


def test_quiet_says_nothing_on_stderr(stub: Put, tmp_path: Path, capsys: Capture) -> None:
    stub(samples.PINPOINTED)
    assert cli.run(["-q", "analyze", str(tmp_path / "INC1.zip")]) == 0
    assert capsys.readouterr().err == ""


def test_json_to_stdout_is_the_findings_and_nothing_else(
    stub: Put, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    stub(samples.PINPOINTED)
    assert cli.run(["analyze", str(tmp_path / "b.zip"), "--out", str(tmp_path / "case"), "--json", "-"]) == 0
    out = capsysbinary.readouterr().out
    assert out == findings.encode(samples.PINPOINTED, "en")
    assert out == (tmp_path / "case" / "findings.json").read_bytes()


def test_json_to_a_file_leaves_stdout_to_the_notes(stub: Put, tmp_path: Path, capsys: Capture) -> None:
    stub(samples.PINPOINTED)
    assert cli.run(["analyze", str(tmp_path / "b.zip"), "--json", str(tmp_path / "copy.json")]) == 0
    assert (tmp_path / "copy.json").read_bytes() == findings.encode(samples.PINPOINTED, "en")
    assert capsys.readouterr().out.startswith("VERDICT")
    assert not (tmp_path / "copy.json.part").exists()


def test_json_to_a_folder_that_is_not_there_is_refused_before_any_work(stub: Put, tmp_path: Path) -> None:
    made = stub(samples.PINPOINTED)
    assert cli.run(["analyze", str(tmp_path / "b.zip"), "--json", str(tmp_path / "no" / "f.json")]) == 2
    assert made.asked == []
    assert list(tmp_path.iterdir()) == []


def test_every_option_reaches_the_pipeline(stub: Put, tmp_path: Path) -> None:
    made = stub(samples.PINPOINTED)
    options = ["--lang", "fr", "--user", "S-1", "--failure-at", "2026-03-02T08:02Z", "--strict", "--notes", "txt"]
    options += ["--reported", "password_prompt=no", "--reported", "google_page_text=a=b", "--knowledge", "pages"]
    assert cli.run(["analyze", str(tmp_path / "b.zip"), *options]) == 0
    reported = (("password_prompt", "no"), ("google_page_text", "a=b"))
    asked = Options("fr", "S-1", "2026-03-02T08:02Z", reported, Path("pages"), strict=True, also=("en", "fr"))
    assert made.asked == [(tmp_path / "b.zip", asked)]
    report = (tmp_path / "b.zip.mailscope" / "report.html").read_text("utf-8")
    assert '<html lang="fr">' in report


@pytest.mark.parametrize(
    ("result", "code"),
    [(samples.NO_FAULT, 0), (samples.PINPOINTED, 10), (samples.SEVERAL, 11), (samples.UNDETERMINED, 12)],
    ids=["no_fault", "pinpointed", "several", "undetermined"],
)
def test_exit_verdict_tells_the_verdict_by_the_exit_code(stub: Put, tmp_path: Path, result: Result, code: int) -> None:
    stub(result)
    assert cli.run(["-q", "analyze", str(tmp_path / "b.zip"), "--exit-verdict"]) == code
    assert cli.run(["-q", "analyze", str(tmp_path / "b.zip")]) == 0


def test_a_refusal_is_one_line_and_exit_2_and_leaves_nothing(stub: Put, tmp_path: Path, capsys: Capture) -> None:
    stub(Refusal("b.zip: not a bundle\n\x1b[31m"))
    assert cli.run(["-q", "analyze", str(tmp_path / "b.zip")]) == 2
    said = capsys.readouterr()
    assert said.err == "mailscope: b.zip: not a bundle ⏎ ⟨U+001B⟩[31m\n"
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_is_exit_130_and_leaves_no_half_case(stub: Put, tmp_path: Path, capsys: Capture) -> None:
    stub(KeyboardInterrupt())
    assert cli.run(["-q", "analyze", str(tmp_path / "b.zip")]) == 130
    assert capsys.readouterr().err.strip() == "mailscope: interrupted"
    assert list(tmp_path.iterdir()) == []


def test_a_defect_is_not_taken_for_a_refusal_and_leaves_no_half_case(stub: Put, tmp_path: Path) -> None:
    stub(RuntimeError("a defect"))
    with pytest.raises(RuntimeError):
        cli.run(["-q", "analyze", str(tmp_path / "b.zip")])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nope"],
        ["analyze"],
        ["analyze", "x", "--lang", "de"],
        ["analyze", "x", "--notes", "md"],
        ["analyze", "x", "--redact"],
        ["analyze", "x", "--reported", "password_prompt"],
        ["analyze", "x", "--reported", "=no"],
        ["knowledge"],
        ["causes", "no_such_cause"],
        ["verify", "no-such-file.zip"],
        ["export", "x"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_used_is_one_line_and_exit_2(arguments: list[str], capsys: Capture) -> None:
    assert cli.run(arguments) == 2
    said = capsys.readouterr()
    assert said.err.startswith("mailscope: ")
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_foreign_folder_is_refused_before_any_work(stub: Put, tmp_path: Path) -> None:
    made = stub(samples.PINPOINTED)
    (tmp_path / "photo.jpg").write_bytes(b"")
    assert cli.run(["analyze", "b.zip", "--out", str(tmp_path)]) == 2
    assert made.asked == []


def test_only_the_facts_about_the_run_differ_between_two_runs(stub: Put, tmp_path: Path) -> None:
    stub(samples.PINPOINTED)
    for name in ("one", "two"):
        assert cli.run(["-q", "analyze", str(tmp_path / "b.zip"), "--out", str(tmp_path / name)]) == 0
    for file in ("report.html", "findings.json", "case-notes.txt"):
        one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
        assert one == two, file
        assert str(tmp_path).encode() not in one
    run = json.loads((tmp_path / "one" / "run.json").read_text())
    assert run["case"] == str(tmp_path / "one")
    assert run["bundle_sha256"] == "f" * 64
    assert set(run) >= {"started_utc", "finished_utc", "platform", "analyze_s", "total_s", "arguments"}


def test_demo_says_where_the_three_files_are(stub: Put, tmp_path: Path, capsys: Capture) -> None:
    stub(samples.PINPOINTED)
    assert cli.run(["-q", "demo", "--out", str(tmp_path / "demo")]) == 0
    wanted = [str(tmp_path / "demo" / name) for name in ("report.html", "findings.json", "case-notes.txt")]
    assert capsys.readouterr().out.splitlines()[-3:] == wanted


def test_schema_prints_the_schema_that_the_findings_obey(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert cli.run(["schema"]) == 0
    published = json.loads(capsysbinary.readouterr().out)
    jsonschema.Draft202012Validator(published).validate(json.loads(findings.encode(samples.PINPOINTED, "en")))


def test_causes_lists_ids_with_titles_and_shows_one_page(capsys: Capture) -> None:
    assert cli.run(["causes"]) == 0
    listed = capsys.readouterr().out
    assert "clock_skew" in listed
    assert "stale_token" in listed
    assert cli.run(["causes", "clock_skew", "--lang", "fr"]) == 0
    assert capsys.readouterr().out.startswith("clock_skew (cause, clock)\n")


def test_knowledge_check_finds_our_own_pages_fine(capsys: Capture) -> None:
    assert cli.run(["knowledge", "check"]) == 0
    assert capsys.readouterr().out.endswith(" signals are fine\n")


def test_knowledge_check_prints_every_error_at_once(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "one.toml").write_text('id = "other"\n')
    (tmp_path / "two.toml").write_text("no toml")
    assert cli.run(["knowledge", "check", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith("mailscope: ") for line in lines)
    assert {name for name in ("one.toml", "two.toml") for line in lines if name in line} == {"one.toml", "two.toml"}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A folder without a manifest, which holds one file."""
    folder = tmp_path / "bundle"
    (folder / "live").mkdir(parents=True)
    (folder / "live" / "cmdkey_list.txt").write_text("nothing\n")
    return folder


def test_verify_prints_one_line_a_member_and_the_counts(bundle: Path, capsys: Capture) -> None:
    assert cli.run(["verify", str(bundle)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "unlisted\tlive/cmdkey_list.txt",
        "0 ok, 0 differs, 0 missing, 1 unlisted, 0 refused",
    ]


def test_verify_exits_3_when_a_listed_file_is_missing_or_differs(bundle: Path, capsys: Capture) -> None:
    rows = [
        {
            "artifact": "cmdkey_list",
            "member": name,
            "source_path": name,
            "method": "command",
            "size": 1,
            "sha256": "0" * 64,
        }
        for name in ("live/cmdkey_list.txt", "live/gone.txt")
    ]
    paper = {"schema": "mailscope-bundle/1", "catalog_version": "1", "artifacts": rows, "omissions": []}
    (bundle / "manifest.json").write_text(json.dumps(paper))
    assert cli.run(["verify", str(bundle), "--json", "-"]) == 3
    told = json.loads(capsys.readouterr().out)
    checks = {row["member"]: row["check"] for row in told["members"]}
    assert checks["live/cmdkey_list.txt"] == "differs"
    assert checks["live/gone.txt"] == "missing"


# --- as a process of its own -------------------------------------------------------------------------------------


def mailscope(*arguments: str, code: str = "from reports.cli import main; main()") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_help_names_every_command_with_an_example() -> None:
    done = mailscope("--help")
    assert done.returncode == 0
    for name in ("analyze", "verify", "causes", "knowledge", "schema", "demo"):
        assert f"\n  {name} " in done.stdout
    assert "Example: mailscope analyze" in done.stdout


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_has_a_help_with_an_example(name: str, capsys: Capture) -> None:
    assert cli.run([name, "--help"]) == 0
    assert "Example: mailscope " in capsys.readouterr().out


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_load_no_library_but_click(argument: str) -> None:
    code = f"""
import sys
from reports.cli import run
run([{argument!r}])
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    assert mailscope(code=code).stdout.splitlines()[-1] == "[]"


def test_the_version_is_told() -> None:
    assert mailscope("--version").stdout == "mailscope 1.0.0\n"


def test_bad_input_exits_2_with_one_line(tmp_path: Path) -> None:
    done = mailscope("analyze", str(tmp_path / "no such file.zip"))
    assert done.returncode == 2
    assert done.stderr.startswith("mailscope: ")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_defect_exits_1_with_the_traceback_and_one_last_line_on_stderr() -> None:
    code = "import reports.cli as c; c.run = lambda: 1 / 0; c.main()"
    done = mailscope(code=code)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("mailscope: this is a defect of mailscope")
    assert done.stdout == ""


@pytest.mark.parametrize(("form", "name"), [("md", "case-notes.md"), ("jira", "case-notes.jira.txt")])
def test_notes_for_a_ticket_lie_beside_the_plain_ones_and_go_with_their_analysis(
    stub: Put, tmp_path: Path, form: str, name: str
) -> None:
    stub(samples.PINPOINTED)
    folder = tmp_path / "b.zip.mailscope"
    assert cli.run(["-q", "analyze", str(tmp_path / "b.zip"), "--notes", form]) == 0
    assert "A stored Google token is stale" in (folder / name).read_text("utf-8")
    assert (folder / "case-notes.txt").is_file()
    assert cli.run(["-q", "analyze", str(tmp_path / "b.zip")]) == 0
    assert not (folder / name).exists()
    assert (folder / "case-notes.txt").is_file()
