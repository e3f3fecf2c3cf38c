"""Console examples in README and docs do what they show.

A fenced `console` block is run when the line above it is `<!-- run -->`, or
`<!-- run: status 1 -->` where it is meant to end so. Each `$ ` line is a command for a shell at
the project's root with `detente` on its path; lines without `$ ` are not compared, as they show
times and ports.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.tidy.project import ROOT, files, shown, text_of

MARKED = re.compile(r"<!-- run(?:: status (\d))? -->\n```console\n(.*?)```", re.DOTALL)
TIMEOUT_S = 60


def examples() -> list[tuple[Path, int, str]]:
    """Page, expected status and command of every marked example."""
    found: list[tuple[Path, int, str]] = []
    for page in files(".md"):
        for status, block in MARKED.findall(text_of(page)):
            joined = re.sub(r"\\\n\s*", "", block)
            commands = [line[2:] for line in joined.splitlines() if line.startswith("$ ")]
            found += [(page, int(status or 0), command) for command in commands]
    return found


def label(value: object) -> str | None:
    return shown(value) if isinstance(value, Path) else None


@pytest.mark.parametrize(("page", "status", "command"), examples(), ids=label)
def test_an_example_runs(page: Path, status: int, command: str, tmp_path: Path) -> None:
    program = tmp_path / "detente"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m detente "$@"\n')
    program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == status, f"{shown(page)}: {command}\n{done.stdout}{done.stderr}"


def test_there_are_examples() -> None:
    assert examples()
