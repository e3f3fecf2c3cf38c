"""The program's start: `--version` costs nothing, everything else goes to the command line."""

import subprocess
import sys

import pytest

from detente import __main__ as program
from detente import __version__


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_imports_nothing_of_weight(flag: str) -> None:
    script = (
        "import sys; sys.argv = ['detente', sys.argv[1]]\n"
        "before = set(sys.modules)\n"
        "from detente.__main__ import main\n"
        "main()\n"
        "print(sorted(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, flag], capture_output=True, text=True, timeout=30, check=True
    )
    assert run.stdout.splitlines() == [__version__, "['detente', 'detente.__main__']"]


def test_everything_else_ends_with_the_command_s_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["detente", "no-such-command"])
    with pytest.raises(SystemExit) as end:
        program.main()
    assert end.value.code == 2


def test_the_module_runs_as_the_program_does() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "detente", "keys", "hash", "--nwe"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr.startswith("detente: unknown option")
    assert run.stdout == ""
