"""Memory: what an open stream holds, and whether a million requests leave anything behind.

Example: `per_stream(contestant, streams=5000, core=0)`.
"""

import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager

import msgspec

from bench import load, machine, process, throughput
from bench.load_stream import Result
from bench.nginx import Contestant

STREAMS = 5000
REQUESTS_EARLY = 10_000
REQUESTS_LATE = 1_000_000
CHUNK_S = 20
CHUNKS_MAX = 30
STOP_TIMEOUT_S = 60


class PerStream(msgspec.Struct, frozen=True, kw_only=True):
    """Resident memory before and with so many streams open, in bytes, all processes."""

    streams: int
    before: machine.Memory
    during: machine.Memory

    @property
    def rss_bytes_each(self) -> float:
        """Resident bytes that one open stream adds."""
        return (self.during.rss_bytes - self.before.rss_bytes) / self.streams


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """Resident memory after some requests and after many, in bytes, all processes."""

    early_requests: int
    early: machine.Memory
    late_requests: int
    late: machine.Memory

    @property
    def share(self) -> float:
        """How much larger it is late than early; 0.05 is five per cent."""
        return self.late.rss_bytes / self.early.rss_bytes - 1


def per_stream(contestant: Contestant, *, streams: int, core: int) -> PerStream:
    """Open streams, keep them open, and look at the memory meanwhile.

    A few are opened and closed before, so that what is paid once is not charged to streams.
    """
    with held(contestant.port, 50, core):
        pass
    throughput.wait_until_quiet(contestant)
    before = machine.memory(machine.tree(contestant.program.pid))
    with held(contestant.port, streams, core):
        throughput.wait_until_quiet(contestant)
        during = machine.memory(machine.tree(contestant.program.pid))
    return PerStream(streams=streams, before=before, during=during)


@contextmanager
def held(port: int, streams: int, core: int) -> Generator[None, None, None]:
    """So many streams open, each with its first event received, until the block ends."""
    command = process.python("bench.load_stream", "hold", str(port), str(streams))
    client = subprocess.Popen(
        ["taskset", "-c", str(core), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=process.ROOT,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    try:
        line = client.stdout.readline()
        opened = msgspec.json.decode(line, type=Result).opened if line else 0
        if opened != streams:
            raise process.BenchError(f"only {opened} of {streams} streams opened; see the logs")
        yield
    finally:
        client.stdin.close()
        try:
            client.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            client.kill()
            client.wait(STOP_TIMEOUT_S)
        client.stdout.close()


def growth(
    contestant: Contestant,
    *,
    early: int,
    late: int,
    core: int,
    say: Callable[[str], None],
) -> Growth:
    """Ask until `early` requests, look, ask until `late`, look again."""
    asked = _ask_until(contestant, 0, early, core)
    first = machine.memory(machine.tree(contestant.program.pid))
    say(f"  {asked:,} requests: {first.rss_bytes / 1e6:.1f} MB")
    total = _ask_until(contestant, asked, late, core)
    last = machine.memory(machine.tree(contestant.program.pid))
    say(f"  {total:,} requests: {last.rss_bytes / 1e6:.1f} MB")
    return Growth(early_requests=asked, early=first, late_requests=total, late=last)


def _ask_until(contestant: Contestant, asked: int, wanted: int, core: int) -> int:
    for _ in range(CHUNKS_MAX):
        if asked >= wanted:
            break
        seconds = 1 if wanted - asked <= REQUESTS_EARLY else CHUNK_S
        asked += load.wrk(contestant.port, seconds=seconds, core=core).requests
    throughput.wait_until_quiet(contestant)
    return asked
