"""Runs an example: its simulated providers, and the gateway as the process it really is.

Works on a copy in a temporary folder, with the same files but for the ports, which are those
that were free. Everything started here is stopped here.

    with staged(examples / "first-refusal", folder) as stage:
        OpenAI(base_url=stage.base_url + "/v1", api_key="dt-demo-shop")
"""

import os
import re
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from detente.canonical.failure import OurBug
from detente.simulator import SimulatorThread
from detente.simulator.fleet import simulators_of
from detente.wiring import CONFIGURATION_NAME, Setup, load

START_TIMEOUT_S: Final = 60.0
"""A start takes one second; a machine with more to do takes longer."""
STOP_TIMEOUT_S: Final = 45.0
"""Longer than the gateway's own drain."""
READY: Final = re.compile(rb"listening on (\S+) \(admin (\S+)\)")


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway that runs: where it listens, and the configuration that it runs on."""

    base_url: str
    admin_url: str
    setup: Setup

    @property
    def configuration_file(self) -> Path:
        """The file that commands are given by `--config`."""
        return self.setup.path

    @property
    def ledger(self) -> Path:
        """The gateway's ledger."""
        return self.setup.ledger

    def quote_of(self, clause: str) -> str | None:
        """The words that ground a clause, by `agreement/clause`."""
        quotes = {c.id: c.quote for c in self.setup.agreements.clauses}
        return quotes.get(clause)


class Addition(msgspec.Struct, frozen=True, kw_only=True):
    """What the stage adds to an example: text for its configuration, agreement files by name."""

    configuration: str = ""
    agreements: dict[str, str] = {}


@contextmanager
def staged(example: Path, folder: Path, addition: Addition | None = None) -> Generator[Stage]:
    """Runs `example` in a copy below `folder` until the end of the block.

    `example` is a folder with `detente.toml`, or a configuration file in one. Raises
    `LocatedErrors` where the example cannot be read.
    """
    source = example if example.is_dir() else example.parent
    copy = folder / source.name
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("state"))
    file = copy / (CONFIGURATION_NAME if example.is_dir() else example.name)
    with ExitStack() as stack:
        ports = _simulated(load(file), stack)
        _rewrite(file, ports, addition or Addition())
        setup = load(file)
        base_url, admin_url = stack.enter_context(_serving(file))
        yield Stage(base_url=base_url, admin_url=admin_url, setup=setup)


def _simulated(setup: Setup, stack: ExitStack) -> dict[str, str]:
    """Starts the simulators; returns the configured addresses and what they became."""
    addresses: dict[str, str] = {}
    for name, simulator in simulators_of(setup.configuration, setup.path.parent).items():
        configured = urlsplit(setup.configuration.providers[name].base_url or "").netloc
        simulator.port = 0
        running = stack.enter_context(SimulatorThread(simulator))
        addresses[f"//{configured}"] = f"//127.0.0.1:{running.port}"
    server = setup.configuration.server
    for listen in (server.listen, server.admin_listen):
        addresses[f'"{listen}"'] = '"127.0.0.1:0"'
    return addresses


def _rewrite(file: Path, addresses: Mapping[str, str], addition: Addition) -> None:
    text = file.read_text(encoding="utf-8")
    pattern = "|".join(rf"{re.escape(address)}(?!\d)" for address in addresses)
    text = re.sub(pattern, lambda found: addresses[found[0]], text)
    file.write_text(f"{text}\n{addition.configuration}", encoding="utf-8")
    if addition.agreements:
        folder = file.parent / (load(file).configuration.agreements.path or "")
        for name, agreement in addition.agreements.items():
            (folder / name).write_text(agreement, encoding="utf-8")


@contextmanager
def _serving(file: Path) -> Generator[tuple[str, str]]:
    # A session of its own, so that Ctrl-C reaches only us and the gateway drains in order.
    process = subprocess.Popen(  # noqa: S603 - our own program on our own file
        [sys.executable, "-m", "detente", "serve", str(file)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield _ready(process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _ready(process: subprocess.Popen[bytes]) -> tuple[str, str]:
    """The addresses of the gateway's ready line: data plane, admin API."""
    assert process.stdout is not None
    deadline = time.monotonic() + START_TIMEOUT_S
    seen = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            piece = os.read(process.stdout.fileno(), 4096)
            seen += piece
            if found := READY.search(seen.rpartition(b"\n")[0]):
                return found[1].decode(), found[2].decode()
            if not piece:
                break
    raise OurBug("internal_error", "the gateway did not start; see what it wrote above")
