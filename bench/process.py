"""Programs that a measurement starts: pinned to a core, logged to a file, stopped by pid.

Example: `with started("nginx", [...], core=1) as program: ready(port)`.
"""

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench import machine

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "src"
WORK = ROOT / "bench" / "work"
"""Generated configurations, logs and state; not under version control."""
POLL_S = 0.05
STOP_TIMEOUT_S = 15
READY_TIMEOUT_S = 60
RUN_TIMEOUT_S = 600
ALONE_TIMEOUT_S = 1800


class BenchError(Exception):
    """A measurement could not be made; the sentence names the cure."""


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A running program: its name, its first process, its log, and the core it runs on."""

    name: str
    pid: int
    log: Path
    core: int

    def cpu_seconds(self) -> float:
        """User and system time that it and its children have used, in seconds."""
        return machine.cpu_seconds(machine.tree(self.pid))

    def cpu_seconds_each(self) -> dict[int, float]:
        """The same for each of its processes alone."""
        return {pid: machine.cpu_seconds((pid,)) for pid in machine.tree(self.pid)}

    def is_alive(self) -> bool:
        """Whether its first process is still running."""
        return machine.stat_fields(self.pid)[:1] not in ([], ["Z"])


@contextmanager
def alone(say: Callable[[str], None]) -> Generator[None, None, None]:
    """Hold the working folder for one run: two at once would spoil each other's figures."""
    WORK.mkdir(exist_ok=True)
    with (WORK / "lock").open("w") as lock:
        until = time.monotonic() + ALONE_TIMEOUT_S
        told = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise BenchError("another run goes on for too long; end it first") from None
                if not told:
                    say("waiting for another run to end")
                told = True
                time.sleep(1)
            else:
                break
        yield


@contextmanager
def started(
    name: str, command: list[str], *, core: int, extra: Mapping[str, str] | None = None
) -> Generator[Program, None, None]:
    """Run `command` pinned to `core` until the block ends; its children are stopped too."""
    log = WORK / f"{name}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**environment(), **(extra or {})},
            cwd=ROOT,
        )
    try:
        yield Program(name=name, pid=process.pid, log=log, core=core)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    family = machine.tree(process.pid)
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        for pid in family:
            _kill(pid)
        process.wait(STOP_TIMEOUT_S)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return


def wait_for_port(program: Program, port: int) -> None:
    """Return once something accepts on the port; an error when it does not in time."""
    until = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < until:
        if not program.is_alive():
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(POLL_S)
        else:
            return
    raise BenchError(f"`{program.name}` does not listen; see `{program.log}`: {_last(program.log)}")


def wait_for_end(program: Program, timeout_s: float) -> None:
    """Return when a program has ended by itself; an error when it has not in time."""
    until = time.monotonic() + timeout_s
    while program.is_alive():
        if time.monotonic() > until:
            raise BenchError(f"`{program.name}` does not end; see `{program.log}`")
        time.sleep(POLL_S)


def _last(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


def run(command: list[str], *, core: int, timeout_s: float = RUN_TIMEOUT_S) -> str:
    """Run a program to its end on `core` and return what it printed."""
    done = subprocess.run(
        ["taskset", "-c", str(core), *command],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        cwd=ROOT,
        env=environment(),
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        why = said[-1] if said else "it printed nothing"
        raise BenchError(f"`{command[0]}` ended with status {done.returncode}: {why}")
    return done.stdout


def environment() -> dict[str, str]:
    """The environment of everything started here: this source tree's `detente` comes first."""
    return {**os.environ, "PYTHONPATH": f"{SOURCES}:{ROOT}"}


def python(module: str, *arguments: str) -> list[str]:
    """The command line that runs one of the benchmark's own modules."""
    return [sys.executable, "-m", module, *arguments]
