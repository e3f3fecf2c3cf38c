"""`detente completion` prints a script that its shell accepts."""

import shutil
import subprocess

import pytest

from detente.cli import COMMANDS, run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(command.name in script for command in COMMANDS)
    if program := shutil.which(shell):
        checked = subprocess.run(
            [program, "-n"], input=script, capture_output=True, text=True, timeout=30, check=False
        )
        assert (checked.returncode, checked.stderr) == (0, "")
