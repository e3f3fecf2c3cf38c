"""How long recorded traffic takes to replay under other terms, and how much memory.

With nothing changed and without a host, by class on all processors; with capacity and a
commitment, in time order. The ledger is made first (`traffic`), which is not measured.
Example: `measure(folder, requests=1_000_000, say=print).by_class.wall_s`.
"""

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from bench import traffic
from detente.replay.comparison import Comparison
from detente.replay.replaying import Order, replay
from detente.replay.terms import Terms

CAPACITY: Final = b"""
[[clause]]
id = "units"
type = "capacity"
scope = { provider = "azure", publisher = "openai" }
unit = "tokens_per_minute"
size = 50000
"""
COMMITMENT: Final = b"""
[[clause]]
id = "macc"
type = "commit"
amount = 90
from = 2026-07-01
until = 2026-08-01
scope = { provider = "azure" }
"""
"""At 30,000 requests it is behind at times; `commitment` makes it of the size of the traffic."""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """One replay: seconds by the clock and of processors, and what differed."""

    what: str
    mode: str
    wall_s: float
    cpu_s: float
    differences: int


class Replays(msgspec.Struct, frozen=True, kw_only=True):
    """All replays of one ledger; `memory_mb` is the most that any process of them held."""

    requests: int
    runs: tuple[Replayed, ...]
    memory_mb: float


def measure(folder: Path, *, requests: int, say: Callable[[str], None]) -> Replays:
    """Makes a ledger of so many requests in `folder`, replays it, removes it: 600 bytes each."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as inner:
        path = Path(inner) / "ledger.sqlite3"
        say(f"  making a ledger of {requests:,} requests")
        traffic.write(path, requests=requests)
        return replayed(path, requests=requests, say=say)


def replayed(path: Path, *, requests: int, say: Callable[[str], None]) -> Replays:
    """Replays a ledger that `traffic` made of so many requests."""
    now = Terms(world=traffic.world(), agreements=traffic.agreements())
    gone = msgspec.structs.replace(now, without="host:microsoft")
    other = Terms(world=now.world, agreements=traffic.agreements(CAPACITY))
    taking = traffic.agreements(CAPACITY + commitment(requests))
    committed = Terms(world=now.world, agreements=taking)
    orders = (
        ("nothing changed", Order(before=now, after=now)),
        ("a host absent", Order(before=now, after=gone)),
        ("capacity added", Order(before=now, after=other)),
        ("a commitment added", Order(before=now, after=committed)),
    )
    runs: list[Replayed] = []
    for what, order in orders:
        run = _timed(what, path, order)
        say(f"  {what}: {run.wall_s:.1f} s, {run.cpu_s:.1f} s of processors")
        runs.append(run)
    kib = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)
    )
    return Replays(requests=requests, runs=tuple(runs), memory_mb=kib * 1024 / 1e6)


def commitment(requests: int) -> bytes:
    """A commitment that this traffic takes about once, so that it is behind again and again."""
    return COMMITMENT.replace(b"90", b"%d" % (90 * requests // 30_000 or 1))


def _timed(what: str, path: Path, order: Order) -> Replayed:
    cpu_s, began = _cpu_s(), time.monotonic()
    found: Comparison = replay(path, order)
    return Replayed(
        what=what,
        mode=found.mode,
        wall_s=time.monotonic() - began,
        cpu_s=_cpu_s() - cpu_s,
        differences=found.differences,
    )


def _cpu_s() -> float:
    both = (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)
    used = [resource.getrusage(who) for who in both]
    return sum(one.ru_utime + one.ru_stime for one in used)
