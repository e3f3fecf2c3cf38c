"""`detente simulate`: a simulated provider for each configured one on loopback.

Prints what listens where and stays until it is interrupted. Needs no gateway and reads no
agreement: a simulated provider keeps none.

    detente simulate detente.toml
"""

import asyncio
import signal
import sys
from pathlib import Path

import msgspec
import uvloop
from rich.table import Table

from detente.configuration.located import LocatedError, LocatedErrors, read_toml
from detente.configuration.schema import Configuration, SimulatedProvider
from detente.simulator import Simulator
from detente.simulator.fleet import simulate as run_simulators
from detente.terminal import console

CONFIGURATION_NAME = "detente.toml"


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """One simulated provider: `base_url` is what its SDK would be given."""

    provider: str
    kind: str
    base_url: str
    models: tuple[str, ...]
    key_expected: bool
    behaviour: SimulatedProvider


def simulate(configuration: Path = Path(CONFIGURATION_NAME), *, json: bool = False) -> None:
    """Run simulated providers that speak the real wire protocols.

    Each configured provider whose `base_url` is on loopback is simulated there, with the
    models, the key and the `[simulator.NAME]` behaviour of the configuration. Script one with
    `POST /_simulator/script` at its port.

    Parameters
    ----------
    configuration
        The configuration file, or a folder with `detente.toml`.
    json
        Print what listens where as one JSON array.
    """
    uvloop.run(_stay(configuration, as_json=json))


async def _stay(path: Path, *, as_json: bool) -> None:
    file = path / CONFIGURATION_NAME if path.is_dir() else path
    configuration = _read(file)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with run_simulators(configuration, folder=file.parent) as simulators:
        rows = [_listening(simulator) for simulator in simulators.values()]
        if as_json:
            sys.stdout.write(msgspec.json.encode(rows).decode() + "\n")
            sys.stdout.flush()
        else:
            _print_table(rows)
        await stopped.wait()


def _read(file: Path) -> Configuration:
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise LocatedErrors([LocatedError(str(file), 1, f"{reason}; check the path")]) from None
    return read_toml(data, str(file), Configuration)


def _listening(simulator: Simulator) -> Listening:
    return Listening(
        provider=simulator.name,
        kind=simulator.kind,
        base_url=simulator.base_url,
        models=simulator.models,
        key_expected=simulator.key_expected,
        behaviour=simulator.behaviour,
    )


def _print_table(rows: list[Listening]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("provider", no_wrap=True)
    table.add_column("kind, base_url, key, capacity, models", overflow="fold")
    for row in rows:
        key = "key as configured" if row.key_expected else "any key"
        about = f"{row.kind}, {row.base_url}, {key}{_capacity(row.behaviour)}"
        table.add_row(row.provider, "\n".join((about, *(f"  {model}" for model in row.models))))
    out = console()
    out.print(table)
    out.print("Simulated providers are listening; Ctrl-C stops them.")


def _capacity(behaviour: SimulatedProvider) -> str:
    parts = [
        (behaviour.capacity_per_minute, "a minute"),
        (behaviour.capacity_concurrent, "at once"),
    ]
    return "".join(f", {count} {unit}" for count, unit in parts if count is not None)
