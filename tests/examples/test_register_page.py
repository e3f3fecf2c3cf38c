"""The page on events and offers: its commands work one after the other, and say what it says."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.command import ended
from tests.tidy.project import ROOT

PAGE = (ROOT / "docs/how-to/record-events-and-offers.md").read_text(encoding="utf-8")
UNMARKED = re.findall(r"(?<!-->\n)```console\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^\$ detente (.*)$", "".join(UNMARKED), re.MULTILINE)
TIMES = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")

CONFIGURATION = """
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"

[agreements]
path = "agreements"

[providers.oracle-abilene]
kind = "openai_compatible"
base_url = "http://127.0.0.1:9/v1"
host = "oracle"

[models."openai/gpt-5.5"]
deployments = [{ provider = "oracle-abilene", id = "gpt-5.5", offer = "abilene-2" }]
"""
AGREEMENT = """
id = "compute"
parties = ["openai", "microsoft"]
from = 2025-01-01
recorded_at = 2025-01-01

[[clause]]
id = "first-refusal"
type = "first_refusal"
subject = "capacity"
holder = "host:microsoft"
respond_within = "30d"
default = "refused"
scope = { publisher = "openai" }

[[clause]]
id = "agi"
type = "threshold"
event = "agi_verified"
party = "host:microsoft"
declared_by = "openai"
verified_by = "expert-panel"
"""


def test_its_commands_say_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "detente.toml").write_text(CONFIGURATION)
    (tmp_path / "agreements").mkdir()
    (tmp_path / "agreements" / "compute.toml").write_text(AGREEMENT)
    monkeypatch.chdir(tmp_path)
    said = ""
    for command in COMMANDS:
        status = ended(shlex.split(command))
        written = capsys.readouterr()
        assert status in ((0, 1) if command.startswith("route") else (0,)), written.err
        said += written.out
    assert len(COMMANDS) == 7
    said = TIMES.sub("T", said)
    shown = [
        line for block in UNMARKED for line in block.splitlines() if line[:2] not in ("", "$ ")
    ]
    missing = [line for line in shown if line and TIMES.sub("T", line) not in said]
    # No gateway runs here, so the last line of each act is another.
    assert [line for line in missing if not line.startswith("in force now")] == []
