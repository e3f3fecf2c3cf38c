"""`detente demo` tells what the agreements of each date decide; every cited clause counts."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from detente.cli import run
from detente.demo import story
from detente.demo.ask import Clients
from detente.demo.examples import examples_folder
from detente.demo.stage import Addition, Stage, staged
from detente.demo.told import Told, tell

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""The story's models grow old, and the clients say so."""

TIMEOUT_S = 100
COMMAND = (sys.executable, "-m", "detente", "demo")
SOURCE = str(Path(__file__).parents[2] / "src")
ENVIRONMENT = {**os.environ, "PYTHONPATH": SOURCE, "COLUMNS": "120"}

Expected = tuple[str, str, str | None, list[str], int]
EXPECTED: list[Expected] = [
    ("2023-03-20", "allow", "openai/gpt-4", ["openai-api/direct-sale", "openai-api/gpt-4"], 200),
    ("2023-03-20", "deny", None, ["openai-microsoft-2019/gpt-4-time-lag"], 403),
    ("2024-06-01", "deny", None, ["openai-microsoft-2019/sole-cloud"], 403),
    ("2025-02-01", "deny", None, ["openai-microsoft-2025-01/api"], 403),
    ("2026-03-01", "deny", None, ["openai-microsoft-2025-10/api"], 403),
    (
        *("2026-03-01", "allow", "azure/gpt-5.2"),
        *(["azure-openai/general-sale", "azure-openai/gpt-5-2"], 200),
    ),
    ("2026-05-01", "deny", None, [], 403),
    (
        *("2026-05-01", "allow", "aws/openai.gpt-5.5"),
        *(["bedrock-openai/preview-sale", "bedrock-openai/preview"], 200),
    ),
    (
        *("2026-06-05", "allow", "aws/openai.gpt-5.5"),
        *(["bedrock-openai/general-sale", "bedrock-openai/gpt-5-5"], 200),
    ),
    ("2026-06-05", "deny", None, [], 403),
    (
        *("2026-06-05", "allow", "openai/gpt-5.5"),
        *(["openai-api/direct-sale", "openai-api/gpt-5-5"], 200),
    ),
    (
        *("2026-06-05", "allow", "anthropic/claude-sonnet-4-5"),
        *(["anthropic-api/direct-sale", "anthropic-api/claude-sonnet-4-5"], 200),
    ),
]
FIRST_REFUSAL = ["azure-first/first-refusal"]
AT_THE_CUSTOMER = [
    ("allow", "azure-eastus2/gpt-4o-mini", FIRST_REFUSAL, 200),
    ("allow", "azure-eastus2/gpt-4o-mini", FIRST_REFUSAL, 200),
    ("allow", "openai/gpt-4o-mini", FIRST_REFUSAL, 200),
]


def test_the_story_as_json_is_what_the_record_of_those_dates_says() -> None:
    done = subprocess.run(
        [*COMMAND, "--once", "--json"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    steps: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    keys = ["at", "question", "outcome", "deployment", "clauses", "status"]
    assert all(list(step) == keys for step in steps)
    told = [tuple(step[key] for key in keys if key != "question") for step in steps]
    assert told[: len(EXPECTED)] == EXPECTED
    assert [step[1:] for step in told[len(EXPECTED) :]] == AT_THE_CUSTOMER


@pytest.mark.parametrize(
    "end", [signal.SIGINT, pytest.param(signal.SIGHUP, marks=pytest.mark.long)]
)
def test_the_story_as_a_table_stays_up_until_it_is_ended(
    tmp_path: Path, end: signal.Signals
) -> None:
    """The table shows clauses with their words; Ctrl-C ends everything it started, and so does
    the end of its terminal.
    """
    process = subprocess.Popen(
        COMMAND,
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests may run under `nohup`, whose word the demo keeps.
        preexec_fn=lambda: signal.signal(end, signal.SIG_DFL),  # noqa: PLW1509 -- no lock is taken
    )
    try:
        assert process.stdout is not None
        shown = ""
        for line in process.stdout:
            shown += line
            if "Ctrl-C ends them" in line:
                break
        process.send_signal(end)
        rest, errors = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.terminate()  # killed, it could not end the gateways that it started
        process.wait(TIMEOUT_S)
    assert (process.returncode, errors) == (0, "")
    assert "nothing is left behind" in rest
    assert "↷ azure-eastus2/gpt-4o-mini" in shown
    assert "refused: 429" in shown
    assert "Azure serving as" in shown
    assert "possible if enrolled in" in shown
    assert "x-detente-at: 2026-06-05" in shown
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def alliance(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    soon = Addition(configuration="[ledger]\nsync_interval_ms = 20\n")
    with staged(examples_folder() / "openai-microsoft", folder, soon) as stage:
        yield stage


@pytest.fixture(scope="module")
def clients(alliance: Stage) -> Generator[Clients]:
    with Clients(alliance.base_url) as found:
        yield found


def reload(stage: Stage) -> None:
    request = urllib.request.Request(
        f"{stage.admin_url}/admin/v1/reload",
        data=b"{}",
        headers={"content-type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        assert json.load(answer) == {"errors": []}


def without(text: str, clause: str) -> str:
    """An agreement's text with one of its clauses taken out."""
    parts = re.split(r"(?m)^(?=\[\[clause\]\])", text)
    kept = [part for part in parts if f'\nid = "{clause}"\n' not in part]
    assert len(kept) == len(parts) - 1
    return "".join(kept)


def agreement_file(stage: Stage, agreement: str) -> Path:
    folder = stage.configuration_file.parent / "public-record"
    (file,) = [p for p in folder.glob("*.toml") if f'\nid = "{agreement}"\n' in p.read_text()]
    return file


def what_decided(told: Told) -> tuple[object, ...]:
    return told.outcome, told.deployment, told.clauses


CITED = [
    (step, clause)
    for step, (_, _, _, clauses, _) in zip(story.ALLIANCE, EXPECTED, strict=True)
    for clause in clauses
]


@pytest.mark.parametrize(
    ("step", "cited"), CITED, ids=[f"{step.at} {clause}" for step, clause in CITED]
)
def test_a_step_changes_when_a_clause_it_cites_is_taken_out(
    alliance: Stage, clients: Clients, step: story.Step, cited: str
) -> None:
    agreement, _, clause = cited.partition("/")
    file = agreement_file(alliance, agreement)
    before = tell(step, clients.ask(step), alliance.ledger)
    assert cited in before.clauses
    text = file.read_text()
    file.write_text(without(text, clause))
    try:
        reload(alliance)
        after = tell(step, clients.ask(step), alliance.ledger)
    finally:
        file.write_text(text)
        reload(alliance)
    assert what_decided(after) != what_decided(before)
    assert cited not in after.clauses


def test_missing_examples_are_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", "--examples", str(tmp_path / "nowhere")]) == 2
    assert "no examples at" in capsys.readouterr().err


def test_a_configuration_that_cannot_be_read_is_located(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "detente.toml").write_text("[servr]\n")
    assert run(["demo", "--once", "--config", str(tmp_path / "mine")]) == 2
    assert "detente.toml:1: unknown key `servr`" in capsys.readouterr().err
