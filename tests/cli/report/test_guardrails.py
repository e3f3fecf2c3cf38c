"""`detente report guardrails`: as a table, as JSON and as CSV."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.canonical.guardrail import Screened
from detente.canonical.safety import SafetySignal
from tests.cli.command import ended
from tests.ledger.records import ingested, intent, journal, settlement

CONFIGURATION = """
[server]
state = "s"
[providers.openai]
kind = "openai"
[[models."openai/gpt-4".deployments]]
provider = "openai"
id = "gpt-4"
"""
EMAIL = Screened(
    policy="pii", stage="input", detector="email", category="email", treatment="mask", count=3
)
BLOCKED = Screened(
    policy="pii", stage="input", detector="iban", category="iban", treatment="block", count=1
)
HATE = SafetySignal(stage="output", action="flagged", category="hate", source="azure", raw="hate")


@pytest.fixture(name="folder", autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two requests with e-mail addresses, one that was blocked, one that a platform flagged."""
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "detente.toml").write_text(CONFIGURATION)
    writer = journal(tmp_path / "s" / "journal")
    members: list[dict[str, Any]] = [
        {"screened": (EMAIL,)},
        {"screened": (EMAIL,)},
        {"screened": (BLOCKED,), "deployment": None},
        {"safety": (HATE,)},
        {},
    ]
    for number, member in enumerate(members):
        writer.append(intent(f"r{number}"))
        writer.append(msgspec.structs.replace(settlement(f"r{number}"), **member))
    writer.close()
    ingested(tmp_path / "s")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert ended(["report", "guardrails", *words]) == 0
    return capsys.readouterr().out


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys).splitlines()
    assert lines[1].split() == [
        *("project", "platform", "policy", "category", "treatment", "requests", "findings"),
    ]
    assert [line.split() for line in lines[3:6]] == [
        ["shop", "openai", "pii", "email", "mask", "2", "6"],
        ["shop", "-", "pii", "iban", "block", "1", "1"],
        ["shop", "openai", "-", "hate", "flag", "1", "1"],
    ]


def test_json_and_csv_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    found: list[dict[str, Any]] = json.loads(told(capsys, "--json"))
    rows = list(csv.DictReader(io.StringIO(told(capsys, "--csv"))))
    assert [row["category"] for row in found] == ["email", "iban", "hate"]
    assert found[0]["stage"] is None
    for row, facts in zip(rows, found, strict=True):
        assert row == {key: "" if value is None else str(value) for key, value in facts.items()}


def test_what_is_told_apart_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, "--by", "stage", "--by", "detector", "--json"))
    assert [(row["stage"], row["detector"], row["findings"]) for row in found] == [
        ("input", "email", 6),
        ("input", "iban", 1),
        ("output", "azure", 1),
    ]
    assert {row["project"] for row in found} == {None}
    assert ended(["report", "guardrails", "--by", "categori"]) == 2
    assert "did you mean `category`" in capsys.readouterr().err


def test_a_time_without_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--until", "2020-01-01").startswith("nothing was found")
    assert json.loads(told(capsys, "--until", "2020-01-01", "--json")) == []


def test_another_ledger(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = folder / "s" / "ledger.sqlite3"
    (folder / "detente.toml").unlink()
    assert "email" in told(capsys, "--ledger", str(ledger))
    assert ended(["report", "guardrails"]) == 2
