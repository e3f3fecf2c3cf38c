"""A PostgreSQL server of the tests' own: in a temporary folder, on a Unix socket and a free port.

Nothing is forced to the disk, for nobody cuts the power here; a killed server loses nothing.

>>> with Server.started() as server:
...     server.database()
'postgresql://tester@127.0.0.1:41231/d1'
"""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from detente.stores.interface import StoreUnavailable
from detente.stores.postgres.connection import connect
from detente.stores.postgres.place import PostgresPlace

START_S = 30.0
START_MS = 30_000
STOP_S = 20.0
USER = "tester"


def binary(name: str) -> Path | None:
    """The newest program of that name on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    on_path = shutil.which(name)
    return found[-1] if found else None if on_path is None else Path(on_path).resolve()


class Server:
    """A server that can be stopped, killed, frozen and started again."""

    def __init__(self, folder: Path, *, network: str | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self._network = network
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    @classmethod
    @contextmanager
    def started(cls, *, network: str | None = None) -> Generator["Server"]:
        """A fresh server, also for others in `network` (`10.0.0.0/24`); skips where none is
        installed, unless it has to be (`CI`)."""
        if binary("postgres") is None or binary("initdb") is None:
            message = "no PostgreSQL server on this machine; install `postgresql`"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        # Not in pytest's own folder, which other users may not pass.
        with TemporaryDirectory(prefix="detente-postgres-", ignore_cleanup_errors=True) as folder:
            server = cls(Path(folder), network=network)
            server._create()
            server.start()
            try:
                yield server
            finally:
                server.stop()

    @property
    def url(self) -> str:
        """The server's own database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    def database(self) -> str:
        """The address of a new database."""
        name = f"d{next(self._numbers)}_{uuid4().hex[:8]}"
        self.ask(f"CREATE DATABASE {name}")
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def ask(self, query: str, url: str | None = None) -> list[tuple[object, ...]]:
        """The rows of a query."""

        async def asked() -> list[tuple[object, ...]]:
            connection = await connect(PostgresPlace(url=url or self.url, timeout_ms=START_MS))
            try:
                return [tuple(row) for row in await connection.fetch(query)]
            finally:
                await connection.close()

        # In a thread, for a test may be in the middle of a loop of its own.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, asked()).result(START_S)

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        self._launch()
        self._wait()

    def _launch(self) -> None:
        postgres = binary("postgres")
        assert postgres is not None
        options = {
            "listen_addresses": "127.0.0.1" if self._network is None else "*",
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "60",
            "shared_buffers": "16MB",
        }
        settings = [f"-c{name}={value}" for name, value in options.items()]
        self._process = subprocess.Popen(
            [str(postgres), "-D", str(self.folder / "data"), f"-p{self.port}", *settings],
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("ab"),
            start_new_session=True,
            user=_owner(),
            group=None if _owner() is None else _other_user().pw_gid,
        )

    def stop(self) -> None:
        """Stops it at once, but in order."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """Kills it and all that serve for it, as `kill -9` does."""
        process, self._process = self._process, None
        if process is not None:
            self._signal(process, signal.SIGKILL)
            process.wait(STOP_S)

    def freeze(self) -> None:
        """Stops all its processes in their tracks: they answer nothing, and hang up on nobody."""
        assert self._process is not None
        self._signal(self._process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets them go on."""
        assert self._process is not None
        self._signal(self._process, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        self._signal(process, signal.SIGCONT)
        process.send_signal(how)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._signal(process, signal.SIGKILL)
            process.wait(STOP_S)

    def _signal(self, process: subprocess.Popen[bytes], what: signal.Signals) -> None:
        """To the server and its children, each of which is a process group of its own."""
        for pid in (process.pid, *_children_of(process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, what)

    def _create(self) -> None:
        initdb = binary("initdb")
        assert initdb is not None
        if os.geteuid() == 0:
            os.chown(self.folder, _other_user().pw_uid, _other_user().pw_gid)
        subprocess.run(
            [
                *(str(initdb), "-D", str(self.folder / "data"), "-U", USER, "-A", "trust", "-N"),
                *("--no-instructions", "--locale=C.UTF-8", "--encoding=UTF8"),
            ],
            check=True,
            capture_output=True,
            timeout=START_S,
            user=_owner(),
            group=None if _owner() is None else _other_user().pw_gid,
        )

        if self._network is not None:
            with (self.folder / "data" / "pg_hba.conf").open("a", encoding="ascii") as rules:
                rules.write(f"host all all {self._network} trust\n")

    def _wait(self) -> None:
        until = time.monotonic() + START_S
        while True:
            try:
                self.ask("SELECT 1")
            except StoreUnavailable:
                if time.monotonic() > until:
                    raise
                if self._process is not None and self._process.poll() is not None:
                    self._launch()  # the last child of a killed one was not gone yet
                time.sleep(0.02)  # another process: nothing here can tell that it is ready
            else:
                return


class Standby(Server):
    """A server that follows another one to the last commit, and takes its place when told to."""

    @classmethod
    @contextmanager
    def of(cls, primary: Server) -> Generator["Standby"]:
        """A standby that `primary` waits for at each commit from now on."""
        with TemporaryDirectory(prefix="detente-standby-", ignore_cleanup_errors=True) as folder:
            standby = cls(Path(folder))
            standby._copy(primary)
            standby._launch()
            try:
                until = time.monotonic() + START_S
                while not primary.ask("SELECT 1 FROM pg_stat_replication WHERE state='streaming'"):
                    assert time.monotonic() < until, "the standby does not follow"
                    time.sleep(0.02)
                primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
                primary.ask("SELECT pg_reload_conf()")
                yield standby
            finally:
                standby.stop()

    def promote(self) -> None:
        """It is the primary from now on."""
        self._run("pg_ctl", "promote", "-w", "-D", str(self.folder / "data"))

    def named(self, database: str) -> str:
        """The address here of a database of the one that it followed."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database.rpartition('/')[2]}"

    def _copy(self, primary: Server) -> None:
        if os.geteuid() == 0:
            os.chown(self.folder, _other_user().pw_uid, _other_user().pw_gid)
        source = ("-h", "127.0.0.1", "-p", str(primary.port), "-U", USER)
        target = ("-D", str(self.folder / "data"), "-R", "-c", "fast", "-X", "stream", "-N")
        self._run("pg_basebackup", *source, *target)

    def _run(self, name: str, *words: str) -> None:
        program = binary(name)
        assert program is not None
        subprocess.run(
            [str(program), *words],
            check=True,
            capture_output=True,
            timeout=START_S,
            cwd=self.folder,
            user=_owner(),
            group=None if _owner() is None else _other_user().pw_gid,
        )


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def _other_user() -> pwd.struct_passwd:
    """Root may not run a server."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _owner() -> int | None:
    return _other_user().pw_uid if os.geteuid() == 0 else None
