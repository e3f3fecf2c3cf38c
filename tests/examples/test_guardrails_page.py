"""The page on what guardrails found: its commands run, and print what the page shows."""

import re
import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.canonical.guardrail import RiskTreatment, Screened, Stage, Treatment
from detente.canonical.safety import SafetySignal
from detente.gateway.measures.exposition import FINDINGS
from tests.cli.command import ended
from tests.examples.bundles import ROOT
from tests.ledger.records import ingested, intent, journal, settlement

PAGE = (ROOT / "docs/how-to/see-what-guardrails-found.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"(?s)```console\n\$ (detente .*?)\n(.*?)```", PAGE)
REQUEST = "req_0123456789abcdef00000001"
CONFIGURATION = """
[server]
state = "s"
[providers.azure]
kind = "openai"
[[models."openai/gpt-5".deployments]]
provider = "azure"
id = "gpt-5"
"""


def found(
    category: str,
    treatment: Treatment | RiskTreatment,
    count: int,
    *,
    stage: Stage = "input",
    detector: str | None = None,
) -> Screened:
    return Screened(
        policy="personal-data",
        stage=stage,
        detector=detector or category,
        category=category,
        treatment=treatment,
        count=count,
    )


HATE = SafetySignal(
    stage="output", action="blocked", category="hate", severity=3, source="azure", raw="hate"
)
MASKED = SafetySignal(
    stage="output", action="masked", category="pii", source="bedrock", raw="ADDRESS"
)
REQUESTS: tuple[dict[str, Any], ...] = (
    {"screened": (found("email", "pseudonymise", 3),), "deployment": "azure/gpt-5"},
    {
        "screened": (found("email", "pseudonymise", 1), found("phone", "pseudonymise", 1)),
        "deployment": "azure/gpt-5",
    },
    {"screened": (found("secret", "block", 1),), "deployment": None},
    {"safety": (HATE,), "deployment": "azure/gpt-5"},
    {"safety": (MASKED,), "deployment": "aws/nova-pro"},
    {
        "screened": (found("detector_failed", "block", 0, stage="output", detector="phone"),),
        "deployment": "azure/gpt-5",
    },
    {"deployment": "azure/gpt-5"},
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "detente.toml").write_text(CONFIGURATION)
    writer = journal(tmp_path / "s" / "journal")
    for number, members in enumerate(REQUESTS, 1):
        id_ = f"{REQUEST[:-1]}{number}"
        writer.append(intent(id_))
        writer.append(msgspec.structs.replace(settlement(id_), **members))
    writer.close()
    ingested(tmp_path / "s")


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip(" ─")]


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_a_command_prints_what_the_page_shows(
    command: str, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(shlex.split(command)[1:]) == 0
    written = capsys.readouterr().out
    if output:
        assert lines(written) == lines(output)
    else:
        assert "3 email by email (policy personal-data)" in written


def test_the_page_has_its_commands_and_the_counter() -> None:
    assert len(SHOWN) == 3
    (query,) = re.findall(r"(?s)```promql\n(.*?)```", PAGE)
    assert FINDINGS.exposed_name in query
    named = set(re.findall(r"\((\w+)\)|(\w+)=", query))
    assert {one or other for one, other in named} <= {*FINDINGS.labels}
