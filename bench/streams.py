"""Streams: processor time per event when events come one by one, streams a second in bursts.

Example: `with upstream("paced", core=0) as up: ...; per_event(contestants, ...)`.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Literal

import msgspec

from bench import machine, process
from bench.load_stream import Result
from bench.nginx import Address, Contestant
from bench.throughput import wait_until_quiet

PACED_STREAMS = 64
PAUSE_MS = 10
"""64 streams with an event each 10 ms: 6,400 events a second, which fills no core here, so that
no two events of a stream meet in one read."""
SLACK_S = 60


class PerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Processor time per event in microseconds, run by run."""

    name: str
    cpu_us: tuple[float, ...]
    events: int

    @property
    def median_us(self) -> float:
        """Median over the runs."""
        return median(self.cpu_us)


@contextmanager
def upstream(
    mode: Literal["paced", "burst", "hold"], *, core: int
) -> Generator[Address, None, None]:
    """The streaming upstream in one of its modes."""
    address = Address(port=machine.free_port())
    command = process.python("bench.upstream_stream", mode, str(address.port), str(PAUSE_MS))
    with process.started(f"upstream-{mode}", command, core=core) as program:
        process.wait_for_port(program, address.port)
        yield address


def per_event(
    contestants: Sequence[Contestant],
    *,
    seconds: float,
    pairs: int,
    core: int,
    say: Callable[[str], None],
) -> tuple[PerEvent, ...]:
    """Read paced streams through each contestant in turn."""
    taken: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    events: dict[str, int] = dict.fromkeys(taken, 0)
    for contestant in contestants:
        _read(contestant, 1, core)
    for _ in range(pairs):
        for contestant in contestants:
            cpu_us, result = _read(contestant, seconds, core)
            taken[contestant.name].append(cpu_us)
            events[contestant.name] += result.events
            say(
                f"  {contestant.name}: {cpu_us:.1f} us CPU/event, "
                f"{result.events / result.seconds:,.0f} events/s"
            )
    return tuple(
        PerEvent(name=name, cpu_us=tuple(values), events=events[name])
        for name, values in taken.items()
    )


def _read(contestant: Contestant, seconds: float, core: int) -> tuple[float, Result]:
    before = contestant.program.cpu_seconds()
    command = process.python("bench.load_stream", "read", str(contestant.port))
    command += [str(PACED_STREAMS), str(seconds)]
    printed = process.run(command, core=core, timeout_s=seconds + SLACK_S)
    result = msgspec.json.decode(printed.encode(), type=Result)
    if result.failed or not result.events:
        raise process.BenchError(
            f"{result.failed} streams through `{contestant.name}` failed; "
            f"see `{contestant.program.log}`"
        )
    wait_until_quiet(contestant)
    return (contestant.program.cpu_seconds() - before) / result.events * 1e6, result
