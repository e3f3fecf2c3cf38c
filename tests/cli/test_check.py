"""`detente check`: findings with their lines, questions with their differences, exit status."""

import json
import shlex
import shutil
from pathlib import Path

import pytest

from detente.wiring import load
from tests.cli.command import ended

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/openai-microsoft"
REFUSAL = ROOT / "examples/first-refusal"
RIVAL = """\
id = "rival"
from = 2025-06-01
until = 2025-09-01
recorded_at = 2025-06-01

[[clause]]
id = "api"
type = "exclusive"
holder = "host:amazon"
scope = { publisher = "openai" }
"""


def check(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = ended(["check", *map(str, arguments)])
    written = capsys.readouterr()
    return status, written.out, written.err


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The first example, to be changed."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


def test_warnings_alone_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = check(capsys, EXAMPLE)
    assert (status, err) == (0, "")
    line = 1 + (EXAMPLE / "public-record/bedrock.toml").read_text().splitlines().index(
        'id = "gpt-oss"'
    )
    assert f"bedrock.toml:{line - 1}: E02 warning: listing `bedrock-openai/gpt-oss`" in out
    assert "from 2025-08-05 until 2025-10-28" in out
    assert "0 errors, 6 warnings" in out


def test_its_witness_is_a_command_that_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = check(capsys, EXAMPLE)
    commands = [line.strip() for line in out.splitlines() if line.startswith("    detente")]
    assert len(commands) == 4
    for command in commands:
        assert ended([*shlex.split(command)[1:], "--json"]) in (0, 1)
        shown = json.loads(capsys.readouterr().out)
        cited = {clause for verdict in shown["verdicts"] for clause in verdict["clauses"]}
        assert "openai-microsoft-2025-01/api" in cited


def test_an_injected_contradiction_is_found(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "public-record/rival.toml").write_text(RIVAL)
    status, out, _ = check(capsys, copy)
    assert status == 1
    (finding,) = [line for line in out.splitlines() if "E01 error" in line]
    assert "`openai-microsoft-2025-01/api` and `rival/api` overlap" in finding
    first = (copy / "public-record/2025-first-refusal-on-compute.toml").read_text().splitlines()
    line = len(first) - first[::-1].index("[[clause]]")
    assert f"2025-first-refusal-on-compute.toml:{line}: " in finding
    assert "from 2025-06-01 until 2025-09-01" in out


def test_json_has_file_line_dates_and_witness(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "public-record/rival.toml").write_text(RIVAL)
    status, out, _ = check(capsys, copy, "--json")
    assert status == 1
    found = json.loads(out)
    (e01,) = [f for f in found["findings"] if f["code"] == "E01"]
    assert e01["severity"] == "error"
    assert e01["periods"] == [{"from": "2025-06-01T00:00:00Z", "until": "2025-09-01T00:00:00Z"}]
    assert e01["witness"]["at"] == "2025-06-01T00:00:00Z"
    assert Path(e01["file"]).name == "2025-first-refusal-on-compute.toml"
    assert "rival" in found["agreements"]


def test_sarif_for_a_review(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "public-record/rival.toml").write_text(RIVAL)
    monkeypatch.chdir(copy)
    status, out, _ = check(capsys, ".", "--sarif", "found.sarif")
    assert status == 1
    assert "E01 error" in out
    status, out, _ = check(capsys, ".", "--sarif")
    assert status == 1
    assert json.loads(out) == json.loads(Path("found.sarif").read_bytes())
    results = json.loads(out)["runs"][0]["results"]
    (e01,) = [result for result in results if result["ruleId"] == "E01"]
    places = [e01["locations"][0], *e01["relatedLocations"]]
    assert [p["physicalLocation"]["artifactLocation"]["uri"] for p in places] == [
        "public-record/2025-first-refusal-on-compute.toml",
        "public-record/rival.toml",
    ]
    assert "detente route" in e01["message"]["text"]


def test_sarif_has_a_result_for_a_question_answered_otherwise(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = copy / "public-record/questions.toml"
    text = file.read_text()
    file.write_text(text.replace('outcome = "allow", first = "openai/gpt-4"', 'outcome = "deny"'))
    status, out, _ = check(capsys, copy, "--questions", file, "--sarif")
    assert status == 1
    (wrong,) = [r for r in json.loads(out)["runs"][0]["results"] if r["ruleId"] == "question"]
    assert "outcome is `allow`, expected `deny`" in wrong["message"]["text"]


def test_sarif_takes_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = check(capsys, REFUSAL, "--sarif", "a", "b")
    assert (status, "`--sarif` takes one file" in err) == (2, True)
    status, _, err = check(capsys, REFUSAL, "--sarif", "/nowhere/at/all")
    assert (status, "cannot write `/nowhere/at/all`" in err) == (2, True)


def test_drills_are_read_where_they_are_named_and_where_they_are_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(REFUSAL, tmp_path / "example"))
    file = copy / "agreements/azure-first.toml"
    file.write_text(file.read_text() + '\n[[clause]]\nid = "t"\ntype = "term"\nnotice_days = 90\n')
    report = {
        "without": "host:microsoft",
        "at": "2026-11-01T00:00:00Z",
        "mode": "live",
        "requests": 3,
        "moved": 3,
        "failed": 0,
        "exit_takes_s": 1.5,
        "further": {"detail": True},
    }
    assert "E20" not in check(capsys, copy)[1]
    named = tmp_path / "drill.json"
    named.write_text(json.dumps(report))
    status, out, _ = check(capsys, copy, "--drill", named)
    assert status == 0
    assert "E20 warning: term `azure-first/t` asks for 90 days" in out
    drills = load(copy).state / "drills"
    drills.mkdir(parents=True)
    named.rename(drills / "one.json")
    assert "E20 warning" in check(capsys, copy)[1]
    for other in (b"{}", b'{"without":"\xff"}', b'{"further":' + b"[" * 100_000):
        (drills / "one.json").write_bytes(other)
        status, _, err = check(capsys, copy)
        assert (status, "one.json` is no report of a drill" in err) == (2, True)


def test_a_model_without_clauses_is_located_in_the_configuration(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "public-record/anthropic-api.toml").unlink()
    status, out, _ = check(capsys, copy)
    lines = (copy / "detente.toml").read_text().splitlines()
    line = 1 + lines.index('[models."anthropic/claude-sonnet-4-5"]')
    assert status == 1
    assert f"detente.toml:{line}: E03 error: model `anthropic/claude-sonnet-4-5`" in out
    assert "from 2025-09-29 on" in out


def test_a_first_refusal_without_an_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = Path(shutil.copytree(REFUSAL, tmp_path / "example"))
    file = copy / "agreements/azure-first.toml"
    file.write_text(file.read_text().replace('respond_within = "2s"\n', ""))
    status, out, _ = check(capsys, copy)
    assert status == 1
    assert "E08 error" in out
    assert "no `respond_within`" in out


def test_every_shipped_question_is_answered_as_expected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for file in (
        EXAMPLE / "public-record/questions.toml",
        EXAMPLE / "seed-only/questions.toml",
        REFUSAL / "questions.toml",
    ):
        status, out, _ = check(capsys, "--questions", file)
        assert status == 0
        count = file.read_text().count("[[question]]")
        assert f"{count} of {count} questions answered as expected" in out
        assert "/../" not in out


def test_a_question_answered_otherwise_is_told(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = copy / "public-record/questions.toml"
    text = file.read_text()
    file.write_text(text.replace('outcome = "allow", first = "openai/gpt-4"', 'outcome = "deny"'))
    line = 1 + text[: text.index('id = "01-gpt-4-direct"')].count("\n") - 1
    status, out, _ = check(capsys, copy, "--questions", file)
    assert status == 1
    assert f"questions.toml:{line}: 01-gpt-4-direct: GPT-4 has been out" in out
    assert "outcome is `allow`, expected `deny`" in out
    assert "because “companies like Duolingo" in out
    status, out, _ = check(capsys, copy, "--questions", file, "--json")
    assert status == 1
    wrong = [q for q in json.loads(out)["questions"] if not q["as_expected"]]
    assert [(q["id"], q["line"], q["outcome"]) for q in wrong] == [
        ("01-gpt-4-direct", line, "allow")
    ]


def test_errors_of_a_file_are_located_and_status_2(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = copy / "public-record/rival.toml"
    file.write_text(RIVAL.replace("holder", "holdr"))
    status, out, err = check(capsys, copy)
    assert (status, out) == (2, "")
    assert "rival.toml:9: unknown key `holdr`; did you mean `holder`?" in err


def test_unreadable_questions_are_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = check(capsys, "--questions", "nowhere.toml")
    assert status == 2
    assert "cannot read `nowhere.toml`" in err
