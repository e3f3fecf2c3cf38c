"""Start: how long `detente --version` takes beside a bare interpreter, and what it imports.

Example: `version_times(runs=30, core=1)`.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import msgspec

from bench import process

RUN_TIMEOUT_S = 60
LISTING = """\
import sys
import detente
print("\\n".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


class Startup(msgspec.Struct, frozen=True, kw_only=True):
    """Median wall times in milliseconds, and the foreign packages that the import pulls in."""

    bare_ms: float
    version_ms: float
    foreign: tuple[str, ...]

    @property
    def ratio(self) -> float:
        """How many bare interpreters the version takes."""
        return self.version_ms / self.bare_ms


def measure(*, runs: int, core: int) -> Startup:
    """Time both in turn, and list what `import detente` brings."""
    command = version_command()
    bare: list[float] = []
    version: list[float] = []
    # Children inherit the core; a program that sets it would be timed too.
    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        for _ in range(runs):
            bare.append(_time_ms([sys.executable, "-c", "pass"]))
            version.append(_time_ms(command))
    finally:
        os.sched_setaffinity(0, usable)
    printed = process.run([sys.executable, "-c", LISTING], core=core)
    return Startup(
        bare_ms=median(bare),
        version_ms=median(version),
        foreign=foreign_modules(printed.split()),
    )


def version_command() -> list[str]:
    """The installed command where there is one, else what it does (`-m` would search first)."""
    installed = Path(sys.executable).with_name("detente")
    program = "from detente.__main__ import main; main()"
    start = [str(installed)] if installed.exists() else [sys.executable, "-c", program]
    return [*start, "--version"]


def foreign_modules(names: list[str]) -> tuple[str, ...]:
    """Those that are neither the standard library's nor ours (site's own hooks aside)."""
    return tuple(
        name
        for name in names
        if name not in sys.stdlib_module_names
        and name != "detente"
        and not name.startswith(("_", "encodings", "site"))
    )


def _time_ms(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=RUN_TIMEOUT_S,
        cwd=process.ROOT,
        env=process.environment(),
    )
    return (time.perf_counter() - began) * 1e3
