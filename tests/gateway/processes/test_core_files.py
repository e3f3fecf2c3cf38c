"""A crash leaves no core file."""

import os
import subprocess
import sys
from pathlib import Path

ABORT = "import os; os.abort()"
FORBID = "from detente.gateway.processes.core_files import forbid_core_files; forbid_core_files(); "
SHOW = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE)[0] in (0, 1)); "


def dumped(code: str, folder: Path) -> bool:
    """Whether a process that runs `code` and aborts says that it dumped its core."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.execve(sys.executable, [sys.executable, "-c", code], environment)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)
    return os.WCOREDUMP(status)


def test_a_crash_leaves_no_core_file(tmp_path: Path) -> None:
    assert not dumped(FORBID + ABORT, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_started_inherits_it() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    code = FORBID + f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SHOW!r}])"
    shown = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True, timeout=30
    )
    assert shown.stdout.strip() == b"True"
