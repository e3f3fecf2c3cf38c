"""A gateway under test: `detente serve` as a process of its own, stopped by its pid.

Does not talk HTTP: clients do, with whatever library they are about. Every wait is bounded.

>>> with running_gateway(folder, text, files={"sim.key": "sk-x"}) as gateway:
...     OpenAI(base_url=gateway.base_url + "/v1", api_key="dt-…")
"""

import os
import queue
import re
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

START_TIMEOUT_S = 30.0
"""The machine may be busy: a start that takes a second alone may take ten in company."""
STOP_TIMEOUT_S = 40.0
WAIT_S = 15.0
POLL_S = 0.01
READY = re.compile(r"detente: listening on (\S+) \(admin (\S+)\)")
SOURCE = Path(os.environ.get("DETENTE_SOURCES") or Path(__file__).resolve().parents[1] / "src")
"""What the gateway runs from: the sources as they are, or a compiled copy of them."""

T = TypeVar("T")


class GatewayError(AssertionError):
    """The gateway did not do what a test needs before it can begin."""


def eventually(probe: Callable[[], T | None], what: str, within_s: float = WAIT_S) -> T:
    """The first value of `probe` that is neither None nor False, or a failure after `within_s`."""
    pause = threading.Event()
    for _ in range(max(1, int(within_s / POLL_S))):
        value = probe()
        if value is not None and value is not False:
            return value
        pause.wait(POLL_S)
    raise GatewayError(f"not within {within_s:g} s: {what}")


class GatewayProcess:
    """One running `detente serve`; use `running_gateway`."""

    def __init__(
        self, folder: Path, configuration: str, files: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.file = folder / "detente.toml"
        self.state = folder / "state"
        self.base_url = ""
        self.admin_url = ""
        self.port = 0
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._told_to_stop = False
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in (files or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        self.write(configuration)

    def write(self, configuration: str) -> None:
        """Replaces the configuration file as a whole, as an editor does."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(configuration, encoding="utf-8")
        fresh.replace(self.file)

    def start(self) -> None:
        """Starts the process and waits for its ready line."""
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), "NO_PROXY": "127.0.0.1"}
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
            environment.pop(name, None)
        with (self.folder / "stderr.log").open("ab") as errors:
            self._process = subprocess.Popen(  # our own program
                [sys.executable, "-m", "detente", "serve", str(self.file)],
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                cwd=self.folder,
                start_new_session=True,
            )
        self._told_to_stop = False
        self._lines = queue.SimpleQueue()
        reading = (self._process, self._lines)
        threading.Thread(target=_read, args=reading, daemon=True).start()
        self.base_url, self.admin_url = self._ready()
        self.port = int(self.base_url.rpartition(":")[2])

    def _ready(self) -> tuple[str, str]:
        try:
            while line := self._lines.get(timeout=START_TIMEOUT_S):
                found = READY.search(line)
                if found:
                    return found[1], found[2]
        except queue.Empty:
            pass
        self.kill()
        raise GatewayError(f"no ready line; stderr:\n{self.errors()}")

    @property
    def pid(self) -> int:
        """The process that was started; its children are `children`."""
        assert self._process is not None
        return self._process.pid

    def errors(self) -> str:
        """What was written to stderr so far (logs included)."""
        return (self.folder / "stderr.log").read_text(encoding="utf-8", errors="replace")

    def output(self) -> list[str]:
        """Lines of stdout after the ready line, as far as they have come."""
        lines: list[str] = []
        while True:
            try:
                lines.append(self._lines.get_nowait())
            except queue.Empty:
                return lines

    def running(self) -> bool:
        """Whether the started process is alive."""
        return self._process is not None and self._process.poll() is None

    def processes(self) -> list[int]:
        """The started process and all its descendants that live, by pid."""
        found = [self.pid]
        for pid in found:
            found.extend(_children(pid))
        return found

    def control(self) -> int:
        """The control process: the one that holds the ledger's lock."""
        return eventually(self._holder_of_the_ledger, "a control process runs")

    def _holder_of_the_ledger(self) -> int | None:
        lock = str(self.state / "ledger.sqlite3.lock")
        holders = [pid for pid in _children(self.pid) if lock in _open_files(pid)]
        return holders[0] if holders else None

    def workers(self) -> list[int]:
        """The data-plane workers: all children but the control process."""
        control = self.control()
        return [pid for pid in _children(self.pid) if pid != control]

    def accepts(self) -> bool:
        """Whether anybody listens on the data plane's port, even if nobody would answer."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 1.0).close()
        except (ConnectionRefusedError, ConnectionResetError):
            return False
        except TimeoutError:
            return True
        return True

    def resident_bytes(self) -> int:
        """Resident memory of all its processes together."""
        page = os.sysconf("SC_PAGE_SIZE")
        total = 0
        for pid in self.processes():
            try:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page
            except (FileNotFoundError, ProcessLookupError):
                continue
        return total

    def cpu_s(self) -> float:
        """CPU time that its living processes have taken, in seconds."""
        ticks = 0
        for pid in self.processes():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def signal(self, number: int) -> None:
        """Sends a signal to the started process."""
        self._told_to_stop |= number == signal.SIGTERM
        os.kill(self.pid, number)

    def reload(self, configuration: str | None = None) -> None:
        """Has it read its configuration again; returns at once."""
        if configuration is not None:
            self.write(configuration)
        self.signal(signal.SIGHUP)

    def stop(self) -> int:
        """Ends it by SIGTERM, and by SIGKILL where it does not drain; returns its status."""
        assert self._process is not None
        if self.running() and not self._told_to_stop:
            self.signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise GatewayError(f"did not end on SIGTERM; stderr:\n{self.errors()}") from None

    def kill(self) -> None:
        """Kills it and all its descendants at once, as a machine that loses them would."""
        assert self._process is not None
        for pid in self.processes() if self.running() else ():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait(STOP_TIMEOUT_S)


@contextmanager
def running_gateway(
    folder: Path, configuration: str, files: Mapping[str, str] | None = None
) -> Generator[GatewayProcess]:
    """A started gateway; stopped at the end, whatever happened."""
    gateway = GatewayProcess(folder, configuration, files)
    gateway.start()
    try:
        yield gateway
        if gateway.running():
            gateway.stop()
    finally:
        gateway.kill()


def readable(sock: socket.socket, within_s: float) -> bool:
    """Whether `sock` has something to read (an end included) within the time."""
    return bool(select.select([sock], [], [], within_s)[0])


def _read(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[str]) -> None:
    """Puts what `process` prints into `lines`, and an empty line at its end."""
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line.decode(errors="replace"))
    lines.put("")


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children.extend(int(child) for child in task.read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return children


def _open_files(pid: int) -> set[str]:
    found: set[str] = set()
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            try:
                found.add(str(entry.readlink()))
            except FileNotFoundError:
                continue
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        pass
    return found
