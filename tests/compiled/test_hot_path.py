"""The compiled hot path passes what the interpreted one passes, from outside."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OUTSIDE = ("tests/sdk", "tests/recorded", "tests/hostile", "tests/endurance")
"""What drives a gateway in a process of its own, and so takes the sources it is given."""
TIMEOUT_S = 1_500


def needs_compiler() -> None:
    """Skips where there is no compiler, which is optional; fails there in CI."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    if shutil.which(compiler) and headers.is_file():
        return
    reason = f"no `{compiler}` or no `{headers}`; on Debian, `apt-get install gcc python3-dev`"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.long
@pytest.mark.timeout(TIMEOUT_S + 300)
def test_what_drives_the_gateway_from_outside_passes(tmp_path: Path) -> None:
    needs_compiler()
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
        [sys.executable, "-m", "pytest", "-q", "-m", "not long and not proof", *OUTSIDE],
        cwd=ROOT,
        env={**os.environ, "DETENTE_SOURCES": str(sources)},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 0, done.stdout[-4000:]
