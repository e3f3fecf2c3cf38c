"""Machines of their own on this one: network namespaces, joined by a bridge that can be cut.

Nothing is made outside them: the bridge stands in the store's namespace. What a thread makes while
it is in a namespace (sockets, threads, processes) belongs there. Needs root and `ip` (iproute2).

>>> with network("store", "m1", "m2") as net:
...     net["m1"].run(gateway.start)
...     net.silence("m2")
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

CLONE_NEWNET = 0x40000000
"""https://man7.org/linux/man-pages/man2/setns.2.html (read 2026-11-22)"""
SUBNET = "10.83.61"
NETWORK = f"{SUBNET}.0/24"
WITHIN_S = 120.0


class Machine:
    """One namespace: its name for `ip`, its address for the others, a thread that lives in it."""

    def __init__(self, name: str, space: str, address: str) -> None:
        self.name = name
        self.space = space
        self.address = address
        self._thread = ThreadPoolExecutor(1, initializer=_enter, initargs=(space,))

    def run(self, act: Callable[[], T]) -> T:
        """What `act` returns, done on this machine."""
        return self._thread.submit(act).result(WITHIN_S)

    def close(self) -> None:
        """Ends the thread."""
        self._thread.shutdown()


class Network:
    """The machines by name, and the ways in which one is cut off; the first has the bridge."""

    def __init__(self, machines: dict[str, Machine]) -> None:
        self._machines = machines
        self.all = tuple(machines.values())
        self._hub = next(iter(machines.values())).space

    def __getitem__(self, name: str) -> Machine:
        return self._machines[name]

    def unplug(self, name: str) -> None:
        """Its cable is out, and it knows."""
        _ip("-n", self[name].space, "link", "set", "eth0", "down")

    def plug(self, name: str) -> None:
        """Its cable is in again."""
        _ip("-n", self[name].space, "link", "set", "eth0", "up")

    def silence(self, name: str) -> None:
        """Everything from and to it is lost on the way, and nobody is told."""
        _ip("-n", self._hub, "link", "set", _port(name), "nomaster")

    def hear(self, name: str) -> None:
        """It is heard again."""
        _ip("-n", self._hub, "link", "set", _port(name), "master", "bridge0")

    def drop_answers(self, name: str) -> None:
        """What it says arrives; what it is told does not."""
        _ip("-n", self._hub, "route", "add", "blackhole", f"{self[name].address}/32")

    def carry_answers(self, name: str) -> None:
        """It hears answers again."""
        _ip("-n", self._hub, "route", "del", "blackhole", f"{self[name].address}/32")


@contextmanager
def network(*names: str) -> Generator[Network]:
    """Machines, gone at the end; skips where this process may not make them, except in CI."""
    if problem := _problem():
        if os.environ.get("CI") == "true":
            pytest.fail(problem)
        pytest.skip(problem)
    with ExitStack() as stack:
        machines: dict[str, Machine] = {}
        for number, name in enumerate(names, 1):
            space = f"dt{os.getpid()}{name}"
            _ip("netns", "add", space)
            stack.callback(_ip, "netns", "del", space)
            machine = Machine(name, space, f"{SUBNET}.{number}")
            stack.callback(machine.close)
            machines[name] = machine
            _ip("-n", space, "link", "set", "lo", "up")
        hub, *others = machines.values()
        _ip("-n", hub.space, "link", "add", "bridge0", "type", "bridge")
        _ip("-n", hub.space, "address", "add", f"{hub.address}/24", "dev", "bridge0")
        _ip("-n", hub.space, "link", "set", "bridge0", "up")
        for other in others:
            ends = ("type", "veth", "peer", "name", "eth0", "netns", other.space)
            _ip("-n", hub.space, "link", "add", _port(other.name), *ends)
            _ip("-n", hub.space, "link", "set", _port(other.name), "master", "bridge0", "up")
            _ip("-n", other.space, "address", "add", f"{other.address}/24", "dev", "eth0")
            _ip("-n", other.space, "link", "set", "eth0", "up")
        yield Network(machines)


def _problem() -> str | None:
    """Why this process cannot make namespaces; None where it can."""
    if shutil.which("ip") is None:
        return "no `ip` on this machine; install `iproute2`"
    if os.geteuid() != 0:
        return "network namespaces need root; run this test as root"
    probe = f"dt{os.getpid()}probe"
    try:
        _ip("netns", "add", probe)
        _ip("-n", probe, "link", "add", "bridge0", "type", "bridge")
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        return f"this machine does not allow network namespaces ({said}); run as root elsewhere"
    finally:
        subprocess.run(["ip", "netns", "del", probe], check=False, capture_output=True)
    return None


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=WITHIN_S)


def _port(name: str) -> str:
    return f"port-{name}"


def _enter(space: str) -> None:
    """Moves the calling thread, and whatever it makes, into the namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(Path("/run/netns") / space, os.O_RDONLY)
    try:
        if libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {space}")
    finally:
        os.close(descriptor)
