"""The machine: its cores, its name and versions, and what a process has used of it.

Knows /proc; starts nothing but version commands. Example: `cpu_seconds(tree(pid))`.
"""

import os
import platform
import re
import resource
import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import msgspec

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
VERSION_TIMEOUT_S = 10
FILES_WANTED = 65_536
"""Descriptors: 5,000 streams take 10,000 in the gateway and as many in upstream and load."""


class Cores(msgspec.Struct, frozen=True, kw_only=True):
    """Which core carries what: the thing measured has one to itself."""

    measured: int
    load: int


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Resident memory of some processes, in bytes; `pss` counts shared pages once."""

    rss_bytes: int
    pss_bytes: int
    rss_bytes_each: tuple[int, ...] = ()


def cores() -> Cores:
    """The last core for what is measured, the first for load and upstream (one may be both)."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(measured=usable[-1], load=usable[0])


@contextmanager
def pinned(core: int) -> Generator[None, None, None]:
    """This process on one core, for what is measured inside it."""
    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usable)


def raise_file_limit() -> int:
    """Raise this process's limit of open files as far as allowed; returns the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(hard, FILES_WANTED) if os.geteuid() == 0 else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago, for programs that need a number."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; empty when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text[text.rindex(")") + 2 :].split()


def tree(root: int) -> tuple[int, ...]:
    """The process `root` and all its living descendants."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := stat_fields(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found = [root]
    for pid in found:
        found.extend(child for child, parent in parents.items() if parent == pid)
    return tuple(found)


def cpu_seconds(pids: tuple[int, ...]) -> float:
    """User and system time that these processes have used so far, in seconds."""
    ticks = 0
    for pid in pids:
        if fields := stat_fields(pid):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def memory(pids: tuple[int, ...]) -> Memory:
    """Resident memory of these processes."""
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    each = tuple(_kibibytes(text, "Rss") * 1024 for text in texts)
    pss_bytes = sum(_kibibytes(text, "Pss") * 1024 for text in texts)
    return Memory(rss_bytes=sum(each), pss_bytes=pss_bytes, rss_bytes_each=each)


def _kibibytes(text: str, field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) if found else 0


def describe() -> tuple[tuple[str, str], ...]:
    """Name and value of everything a reader needs to place the figures."""
    return (
        ("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("load average before", " ".join(f"{x:.2f}" for x in os.getloadavg())),
        ("python", platform.python_version()),
        *((name, _installed(name)) for name in ("uvloop", "httptools", "msgspec", "detente")),
        ("nginx", _version("nginx", "-v")),
        ("wrk", _version("wrk", "-v")),
    )


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "from the source tree"


def _version(program: str, flag: str) -> str:
    """The first version-like word that a program prints about itself."""
    if (path := find_program(program)) is None:
        return "not installed"
    done = subprocess.run(
        [path, flag], capture_output=True, text=True, timeout=VERSION_TIMEOUT_S, check=False
    )
    found = re.search(r"\d+\.\d+[\w.+-]*", done.stdout + done.stderr)
    return found[0] if found else "unknown"


def find_program(name: str) -> str | None:
    """Where a program is, looking into the system folders too that a user's PATH may lack."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
