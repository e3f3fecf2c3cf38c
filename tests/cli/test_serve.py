"""`detente serve`: a bad configuration is one sentence; a good one serves until it is ended."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.gateway_process import GatewayProcess, eventually

GOOD = """
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
"""


def test_a_bad_configuration_ends_with_its_place_and_cure(tmp_path: Path) -> None:
    file = tmp_path / "detente.toml"
    file.write_text("[server]\nlissten = 1\n")
    done = subprocess.run(
        [sys.executable, "-m", "detente", "serve", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == f"{file}:2: unknown key `lissten`; did you mean `listen`?\n"
    assert done.stdout == ""


def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "detente", "serve", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert str(tmp_path / "detente.toml") in done.stderr
    assert done.stderr.count("\n") == 1


def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path, GOOD)
    gateway.start()
    try:
        assert gateway.base_url.startswith("http://127.0.0.1:")
        gateway.signal(signal.SIGTERM)
        eventually(lambda: not gateway.running(), "the gateway ends on SIGTERM")
        assert gateway.stop() == 0
    finally:
        gateway.kill()
