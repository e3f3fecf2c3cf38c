"""README and first hour: what they ask of recorded traffic is answered."""

import re
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detente.canonical.usage import Usage
from detente.wiring import load
from tests.cli.command import ended
from tests.replay.ledgers import Met, Written
from tests.tidy.project import ROOT

NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)


def commands(page: str, name: str) -> list[str]:
    """The commands of the block in which `detente NAME` stands."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    (block,) = (block for block in blocks if f"$ detente {name}" in block)
    return re.findall(r"^ *\$ detente (.*)$", block, re.MULTILINE)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "my-copy"
    shutil.copytree(ROOT / "examples/first-refusal", folder, ignore=shutil.ignore_patterns("state"))
    setup = load(folder)
    written = Written(setup)
    for refused in (False, False, True):
        usage = Usage(uncached_input_tokens=5, visible_output_tokens=1)
        met: Met | None = {"azure-eastus2/gpt-4o-mini": "429"} if refused else None
        written.request("openai/gpt-4o-mini", at=NOVEMBER, usage=usage, met=met)
    written.close(setup.state)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.parametrize("command", commands("docs/tutorial/the-first-hour.md", "drill"))
@pytest.mark.usefixtures("folder")
def test_the_first_hour(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(shlex.split(command)) == 0, capsys.readouterr().err
    assert capsys.readouterr().out


@pytest.mark.parametrize("command", commands("README.md", "drill"))
def test_the_readme(
    command: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    shutil.copytree("agreements", "next-year")
    assert ended(shlex.split(command)) == 0, capsys.readouterr().err
    assert capsys.readouterr().out
