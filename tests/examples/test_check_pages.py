"""The pages on `detente check`: their commands run, their codes are all, their examples load."""

import re
import shlex
import tomllib
from typing import get_args

import pytest

from detente.agreements.checking.report import Code
from detente.agreements.checking.rules import RULES
from tests.cli.command import ended
from tests.tidy.project import ROOT

REVIEW = ROOT / "docs/how-to/check-agreements-in-review.md"
CHECKS = (ROOT / "docs/reference/checks.md").read_text(encoding="utf-8")
MARKED = re.findall(r"<!-- run -->\n```console\n\$ detente (.*)\n```", REVIEW.read_text("utf-8"))


@pytest.mark.parametrize("command", MARKED)
def test_a_command_of_the_page_ends_well(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert ended(shlex.split(command)) == 0
    written = capsys.readouterr()
    assert written.out
    assert written.err == ""


def test_the_page_has_commands() -> None:
    assert len(MARKED) == 2


@pytest.mark.parametrize("code", get_args(Code))
def test_every_code_has_its_row_and_section(code: Code) -> None:
    assert f"| [{code}](#{code.lower()}) | {RULES[code].title} |" in CHECKS
    assert RULES[code].meaning in CHECKS
    assert RULES[code].cure in CHECKS
    section = CHECKS.split(f"\n## {code}\n")[1].split("\n## ")[0]
    examples = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    assert examples
    for part in re.split(r"^# \S+\.toml$|^# in detente\.toml$", examples[0], flags=re.MULTILINE):
        tomllib.loads(part)
