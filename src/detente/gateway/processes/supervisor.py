"""The parent: starts the workers and the control process, keeps them running, stops them in order.

It serves nothing itself, so that nothing can bring it down. A configuration is read and checked
here, once, and handed to every process as bytes; a bad one changes nothing. On SIGTERM workers
drain first, the control process last, so that it takes in what they settled.
"""

import contextlib
import fcntl
import os
import selectors
import signal
import socket
import ssl
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from detente.canonical.failure import Fault
from detente.canonical.snapshot import NOTHING_MEASURED
from detente.configuration.administration import admin_speaks_tls
from detente.configuration.located import LocatedError, LocatedErrors
from detente.configuration.principals import scope_of
from detente.configuration.world import split_listen
from detente.gateway.allowances.tokenizers import load_tokenizers, needs_tokens
from detente.gateway.callers.pepper import peppers_of
from detente.gateway.drills import Drill
from detente.gateway.link.channel import (
    DrillOrdered,
    Frames,
    HeadroomAsked,
    HeadroomTold,
    Measured,
    Message,
    Ready,
    Reload,
    Reloaded,
    Stop,
    frame,
)
from detente.gateway.plane import state_folder, tls_context
from detente.gateway.processes.control import run_control
from detente.gateway.processes.core_files import forbid_core_files
from detente.gateway.processes.extras import check_extras
from detente.gateway.processes.worker import run_worker
from detente.gateway.say import say
from detente.gateway.upstream.credentials import resolve_secrets
from detente.wiring import Setup, Sources, build, read_sources

START_TIMEOUT_S: Final = 30.0
RESTART_PAUSE_S: Final = 1.0
"""A process that dies at once is started at most this often."""
STOP_GRACE_S: Final = 5.0
"""What a process may take beyond its own drain bound before it is killed."""


class Child:
    """One process and the supervisor's end of its channel."""

    def __init__(self, name: str, start: Callable[[socket.socket], None]) -> None:
        self.name = name
        self._start = start
        self.pid = 0
        self.ready = False
        self.started_at = 0.0
        self.end: socket.socket | None = None
        self.frames = Frames()

    def fork(self, close: Callable[[], None]) -> None:
        """Start the process; `close` drops, in the child, what belongs to others."""
        ours, theirs = socket.socketpair()
        self.frames, self.ready, self.started_at = Frames(), False, time.monotonic()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                close()
                ours.close()
                self._start(theirs)
                status = 0
            except KeyboardInterrupt:
                status = 130
            except (OSError, Fault) as error:
                say(f"{self.name}: {error}")
            finally:
                if sys.exc_info()[0] is not None:  # `_exit` would take it to the grave
                    traceback.print_exc()
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        theirs.close()
        self.pid, self.end = pid, ours

    def send(self, message: Message) -> None:
        """Say something; a process that is gone will be noticed by its exit."""
        if self.end is not None:
            try:
                self.end.sendall(frame(message))
            except OSError:
                return

    def offer(self, message: HeadroomAsked | Measured) -> None:
        """Say what may go unheard: one that stands still is not waited for."""
        if self.end is not None:
            with contextlib.suppress(OSError):  # so short that it goes out whole or not at all
                self.end.send(frame(message), socket.MSG_DONTWAIT)

    def receive(self) -> list[Message] | None:
        """What it has said; None where it is gone."""
        assert self.end is not None
        try:
            data = self.end.recv(65536)
        except ConnectionError:  # it died before it had read what it was told
            return None
        return self.frames.feed(data) if data else None

    def signal(self, number: int) -> None:
        """Send a signal if the process still runs."""
        if self.pid:
            os.kill(self.pid, number)


class Supervisor:
    """One gateway, from start to exit."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sources: Sources = read_sources(path)
        self._setup: Setup = build(self._sources)
        self._selector = selectors.DefaultSelector()
        self._wakeup, wake = socket.socketpair()
        self._wakeup.setblocking(False)
        wake.setblocking(False)
        self._wake = wake
        self._pending: set[int] = set()
        self._stopping = False
        self._reloading: list[Child] = []
        self._reload_errors: tuple[str, ...] = ()
        self._reload_again = False
        self._drill: Drill | None = None
        self._snapshot = NOTHING_MEASURED
        """The last one that was ordered; it may be over, which everybody sees for themselves."""
        self._control: Child | None = None
        self._children: list[Child] = []
        self._listeners: list[socket.socket] = []
        self._lock = -1

    def run(self) -> int:
        """Serve until stopped; the exit status."""
        forbid_core_files()
        resolved = resolve_secrets(self._setup)
        check_extras(self._setup)
        tls = tls_context(self._setup)
        admin_tls = tls if admin_speaks_tls(self._setup.configuration.server) else None
        state = state_folder(self._setup)
        self._take(state)
        peppers_of(state, resolved.master_key)  # made once, before anybody needs it
        self._load_tokenizers()
        journals = state / "journal"
        admin = self._bind("admin_listen")
        first = self._bind("listen")
        self._listeners = [first]
        for _ in range(self._setup.configuration.server.workers - 1):
            self._listeners.append(_bound(first.getsockname()[:2], shared=True))
        self._watch_signals()
        self._children = [self._worker(n, journals, tls) for n in range(len(self._listeners))]
        self._listeners.append(admin)
        self._control = Child(
            "control",
            lambda end: run_control(
                self._setup, admin, end, state, journals, drill=self._drill, tls=admin_tls
            ),
        )
        self._children.append(self._control)
        for child in self._children:
            self._fork(child)
        if not self._await_ready():
            self._stop()
            return 1
        scheme, admin_scheme = ("https" if context else "http" for context in (tls, admin_tls))
        sys.stdout.write(
            f"detente: listening on {scheme}://{_shown(first)} "
            f"(admin {admin_scheme}://{_shown(admin)})\n"
        )
        sys.stdout.flush()
        while not self._stopping:
            self._turn(None)
        self._stop()
        return 0

    # Starting.

    def _worker(self, number: int, journals: Path, tls: ssl.SSLContext | None) -> Child:
        name, listener = f"w{number}", self._listeners[number]
        return Child(
            name,
            lambda end: run_worker(
                name,
                self._setup,
                listener=listener,
                channel=end,
                journals=journals,
                tls=tls,
                drill=self._drill,
                snapshot=self._snapshot,
            ),
        )

    def _load_tokenizers(self) -> None:
        """Before the workers are forked, who then share them."""
        configuration = self._setup.configuration
        entries = (
            configuration.organisation,
            *configuration.projects.values(),
            *configuration.keys.values(),
        )
        if any(needs_tokens(scope_of(entry)) for entry in entries):
            load_tokenizers(configuration.models)

    def _fork(self, child: Child) -> None:
        child.fork(lambda: self._close_in_child(child))
        assert child.end is not None
        self._selector.register(child.end, selectors.EVENT_READ, child)

    def _close_in_child(self, own: Child) -> None:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        self._selector.close()
        self._wakeup.close()
        self._wake.close()
        os.close(self._lock)
        for child, listener in zip(self._children, self._listeners, strict=True):
            if child is not own:
                listener.close()
        for child in self._children:
            if child.end is not None:
                child.end.close()

    def _await_ready(self) -> bool:
        until = time.monotonic() + START_TIMEOUT_S
        while not all(child.ready for child in self._children):
            left = until - time.monotonic()
            if left <= 0 or self._stopping or any(not child.pid for child in self._children):
                say("a process did not start")
                return False
            self._turn(left, restart=False)
        return True

    def _take(self, state: Path) -> None:
        """One gateway for one state folder."""
        self._lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            line = self._setup.positions.line(("server", "state"))
            message = f"another gateway already uses the state folder `{state}`; stop it first"
            raise LocatedErrors([LocatedError(str(self._setup.path), line, message)]) from None

    def _bind(self, name: str) -> socket.socket:
        server = self._setup.configuration.server
        listen = server.listen if name == "listen" else server.admin_listen
        address = split_listen(listen)
        try:
            alone = _bound(address, shared=False)  # else another gateway's port would be shared
            if name == "admin_listen":
                return alone
            alone.close()
            return _bound(address, shared=True)
        except OSError as error:
            line = self._setup.positions.line(("server", name))
            reason = (error.strerror or "cannot be bound").lower()
            message = f"`{listen}`: {reason}; choose another `server.{name}`"
            raise LocatedErrors([LocatedError(str(self._setup.path), line, message)]) from None

    # Running.

    def _watch_signals(self) -> None:
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda n, _: self._pending.add(n))
        self._selector.register(self._wakeup, selectors.EVENT_READ, None)

    def _turn(self, timeout_s: float | None, *, restart: bool = True) -> None:
        """Wait for a signal or a message, and act on it."""
        for key, _ in self._selector.select(timeout_s):
            child = key.data
            if child is None:
                self._wakeup.recv(4096)
            else:
                self._hear(child)
        pending, self._pending = self._pending, set()
        if signal.SIGTERM in pending or signal.SIGINT in pending:
            self._stopping = True
        if signal.SIGCHLD in pending:
            self._bury(restart=restart and not self._stopping)
        if signal.SIGHUP in pending and not self._stopping:
            self._reload()

    def _hear(self, child: Child) -> None:
        assert child.end is not None
        messages = child.receive()
        if messages is None:
            self._selector.unregister(child.end)
            child.end.close()
            child.end = None
            self._answered(child, ())
            return
        for message in messages:
            match message:
                case Ready():
                    child.ready = True
                case Reload():
                    self._reload()
                case Reloaded(errors=errors):
                    self._answered(child, errors)
                case HeadroomAsked() | DrillOrdered() | Measured():
                    self._pass_on(message)
                case HeadroomTold():
                    self._report(message, child)
                case Stop():
                    self._stopping = True

    def _pass_on(self, message: HeadroomAsked | DrillOrdered | Measured) -> None:
        """Hand what the control process says to every worker."""
        for worker in self._workers():
            match message:
                case HeadroomAsked():
                    worker.offer(message)
                case Measured(snapshot=snapshot):
                    self._snapshot = snapshot
                    worker.offer(message)
                case DrillOrdered(drill=drill):
                    self._drill = drill
                    worker.send(message)

    def _workers(self) -> list[Child]:
        return [child for child in self._children if child is not self._control]

    def _report(self, told: HeadroomTold, worker: Child) -> None:
        """Hand a worker's answer to who asked."""
        if self._control is not None:
            self._control.send(msgspec.structs.replace(told, worker=worker.name))

    def _bury(self, *, restart: bool) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for child in self._children:
                if child.pid == pid:
                    child.pid = 0
                    if restart:
                        code = os.waitstatus_to_exitcode(status)
                        say(f"{child.name} ended with {code}; starting it again")
                        self._restart(child)

    def _restart(self, child: Child) -> None:
        if child.end is not None:
            self._selector.unregister(child.end)
            child.end.close()
            child.end = None
        self._answered(child, ())
        lived_s = time.monotonic() - child.started_at
        if lived_s < RESTART_PAUSE_S:
            time.sleep(RESTART_PAUSE_S - lived_s)
        self._fork(child)

    # Reloading.

    def _reload(self) -> None:
        """Read the configuration again; a bad one changes nothing and says why."""
        if self._reloading:
            self._reload_again = True  # the one under way may have read older files
            return
        try:
            sources = read_sources(self._path)
            setup = build(sources)
            resolve_secrets(setup)
            check_extras(setup)
            self._check_unchanged(setup)
        except LocatedErrors as errors:
            self._tell(tuple(str(error) for error in errors.errors))
            return
        self._sources, self._setup = sources, setup
        self._reload_errors = ()
        self._reloading = [child for child in self._children if child.end is not None]
        for child in self._reloading:
            child.send(Reload(sources=sources))

    def _check_unchanged(self, setup: Setup) -> None:
        """What only a restart can change."""
        old, new = self._setup.configuration.server, setup.configuration.server
        for name in ("listen", "admin_listen", "workers", "state", "tls"):
            if getattr(old, name) != getattr(new, name):
                line = setup.positions.line(("server", name))
                message = f"`server.{name}` cannot change while the gateway runs; restart it"
                raise LocatedErrors([LocatedError(str(setup.path), line, message)])

    def _answered(self, child: Child, errors: tuple[str, ...]) -> None:
        if child not in self._reloading:
            return
        self._reload_errors += errors
        self._reloading.remove(child)
        if not self._reloading:
            self._tell(self._reload_errors)

    def _tell(self, errors: tuple[str, ...]) -> None:
        for error in errors:
            say(f"not reloaded: {error}")
        if not errors:
            say("configuration reloaded")
        if self._reload_again:
            # Whoever asked while this one was under way hears of the next, which reads the files
            # that they meant.
            self._reload_again = False
            self._reload()
        elif self._control is not None:
            self._control.send(Reloaded(errors=errors))

    # Stopping.

    def _stop(self) -> None:
        """Drain the workers, then let the control process take in what they settled."""
        for listener in self._listeners:
            listener.close()  # else the kernel would go on accepting for nobody
        drain_s = self._setup.configuration.limits.drain_timeout_ms / 1000
        self._end(self._workers(), drain_s + STOP_GRACE_S)
        if self._control is not None:
            self._end([self._control], STOP_GRACE_S + drain_s)

    def _end(self, children: list[Child], within_s: float) -> None:
        for child in children:
            child.signal(signal.SIGTERM)
        until = time.monotonic() + within_s
        while any(child.pid for child in children):
            left = until - time.monotonic()
            if left <= 0:
                for child in children:
                    child.signal(signal.SIGKILL)
                until = time.monotonic() + STOP_GRACE_S
                continue
            self._turn(left, restart=False)


def _bound(address: tuple[str, int], *, shared: bool) -> socket.socket:
    """A socket at `address`; `shared` between the workers, the kernel spreading connections."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    return listener


def _shown(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
