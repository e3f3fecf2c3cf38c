"""The compiled hot path passes what the interpreted one passes, from outside."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OUTSIDE = ("tests/sdk", "tests/recorded", "tests/hostile", "tests/endurance")
"""What drives a gateway in a process of its own, and so takes the sources it is given."""
TIMEOUT_S = 1_500


@pytest.mark.long
@pytest.mark.timeout(TIMEOUT_S + 300)
def test_what_drives_the_gateway_from_outside_passes(tmp_path: Path) -> None:
    sources = tmp_path / "compiled"
    built = subprocess.run(
        [sys.executable, str(ROOT / "hatch_build.py"), str(sources)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert built.returncode == 0, built.stderr
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "not long", *OUTSIDE],
        cwd=ROOT,
        env={**os.environ, "DETENTE_SOURCES": str(sources)},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 0, done.stdout[-4000:]
