"""What was found, as text, as JSON and as SARIF."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detente.agreements.check import CheckFinding
from detente.agreements.checking.domain import Period
from detente.cli.check_report import CheckReport, as_json_text, as_sarif, print_report
from detente.wiring import load

ROOT = Path(__file__).resolve().parents[2]
SETUP = load(ROOT / "examples/first-refusal")
CLAUSE = "azure-first/first-refusal"
PERIOD = Period(from_=datetime(2026, 1, 1, tzinfo=UTC))


def report(finding: CheckFinding) -> CheckReport:
    return CheckReport(setup=SETUP, found=(finding,), answers=())


def test_a_finding_of_two_clauses_names_both_places() -> None:
    other = next(clause.id for clause in SETUP.agreements.clauses if clause.id != CLAUSE)
    finding = CheckFinding(
        code="E07",
        message="both; narrow one",
        clauses=(CLAUSE, other),
        place=SETUP.agreements.places[CLAUSE],
        periods=(PERIOD,),
        fact="two of them",
    )
    (shown,) = json.loads(as_sarif(report(finding), ROOT))["runs"][0]["results"]
    assert shown["message"]["text"] == "both; narrow one (from 2026-01-01 on)"
    assert shown["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == (
        "examples/first-refusal/agreements/azure-first.toml"
    )
    assert shown["relatedLocations"][0]["message"]["text"] == f"`{other}`"
    assert shown["properties"]["fact"] == "two of them"
    (told,) = json.loads(as_json_text(report(finding)))["findings"]
    assert told["fact"] == "two of them"
    assert told["clauses"] == [CLAUSE, other]


def test_what_stands_in_the_configuration_is_found_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    finding = CheckFinding(
        code="E19", message="one host; know it", configured=("providers", "openai")
    )
    line = 1 + (ROOT / "examples/first-refusal/detente.toml").read_text().splitlines().index(
        "[providers.openai]"
    )
    assert json.loads(as_json_text(report(finding)))["findings"][0]["line"] == line
    print_report(report(finding))
    first, *rest = capsys.readouterr().out.splitlines()
    assert f"detente.toml:{line}: E19 warning: one host" in first
    assert rest == ["2 agreements, 2 clauses, 0 errors, 1 warning"]


@pytest.mark.parametrize(("code", "bad"), [("E19", False), ("E07", True)])
def test_only_errors_are_bad_news(code: str, bad: bool) -> None:
    finding = CheckFinding(code="E07" if code == "E07" else "E19", message="x; y")
    assert report(finding).is_bad_news == bad
