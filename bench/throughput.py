"""Requests per core: contestants in turn on the same core, against the same upstream.

One contestant is loaded at a time; the others idle. Example: see `measure`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

import msgspec

from bench import load, workload
from bench.nginx import Contestant

SETTLE_POLL_S = 0.5
SETTLE_TIMEOUT_S = 120
QUIET_SHARE = 0.03
"""A contestant has caught up when it uses less than this share of its core."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One run: what was answered, what it cost, and how busy the core was meanwhile.

    `cpu_s` includes what the contestant still worked on after the last answer (its ledger);
    `worker_s` is the part of the process that worked most, which for the gateway is its worker.
    """

    requests: int
    seconds: float
    cpu_s: float
    worker_s: float
    busy: float
    caught_up_s: float

    @property
    def per_s(self) -> float:
        """Answers a second by the wall clock."""
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor time per answer, in microseconds."""
        return self.cpu_s / self.requests * 1e6


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """All runs of one contestant."""

    name: str
    warm_up: Sample
    samples: tuple[Sample, ...]

    @property
    def answers(self) -> int:
        """All answers that it gave, the warm-up's included."""
        return self.warm_up.requests + sum(sample.requests for sample in self.samples)

    @property
    def per_s(self) -> float:
        """Median answers a second."""
        return median(sample.per_s for sample in self.samples)

    @property
    def cpu_us(self) -> float:
        """Median processor time per answer, in microseconds."""
        return median(sample.cpu_us for sample in self.samples)

    @property
    def worker_us(self) -> float:
        """Median processor time per answer of its busiest process, in microseconds."""
        return median(sample.worker_s / sample.requests * 1e6 for sample in self.samples)

    @property
    def busy(self) -> float:
        """Median share of its core that it used under load."""
        return median(sample.busy for sample in self.samples)


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """One series against the yardstick's, pair by pair, as medians (1.0 is as fast).

    `wall` compares answers a second, `cpu` processor time per answer; `worse`, the lower one, is
    what a target is held against: `wall` flatters whoever leaves work for later, `cpu` whoever
    cannot fill the core.
    """

    wall: float
    cpu: float

    @property
    def worse(self) -> float:
        """The lower of the two."""
        return min(self.wall, self.cpu)


class Loading(msgspec.Struct, frozen=True, kw_only=True):
    """How a contestant is loaded: for how long, from which core, with which keys and headers."""

    seconds: float
    core: int
    warm_up_s: float = 1.0
    stream: bool = False
    keys: Sequence[str] = workload.KEYS
    models: Sequence[str] = workload.MODELS
    extra_headers: Mapping[str, str] = {}
    connections: int = workload.CONNECTIONS


def measure(
    contestants: Sequence[tuple[Contestant, Loading]],
    *,
    pairs: int,
    say: Callable[[str], None],
) -> tuple[Series, ...]:
    """Load each contestant in turn, `pairs` times, after a short warm-up of each."""
    runs: dict[str, list[Sample]] = {contestant.name: [] for contestant, _ in contestants}
    warm_ups = {
        contestant.name: sample(
            contestant, msgspec.structs.replace(loading, seconds=loading.warm_up_s)
        )
        for contestant, loading in contestants
    }
    for _ in range(pairs):
        for contestant, loading in contestants:
            taken = sample(contestant, loading)
            runs[contestant.name].append(taken)
            say(
                f"  {contestant.name}: {taken.per_s:,.0f}/s, {taken.cpu_us:.1f} us CPU, "
                f"core {taken.busy:.0%} busy"
            )
    return tuple(
        Series(name=name, warm_up=warm_ups[name], samples=tuple(samples))
        for name, samples in runs.items()
    )


def sample(contestant: Contestant, loading: Loading) -> Sample:
    """One run, and the wait until the contestant has nothing left to do."""
    program = contestant.program
    each_before = program.cpu_seconds_each()
    cpu_before = sum(each_before.values())
    result = load.wrk(
        contestant.port,
        seconds=loading.seconds,
        core=loading.core,
        stream=loading.stream,
        keys=loading.keys,
        models=loading.models,
        extra_headers=loading.extra_headers,
        connections=loading.connections,
    )
    cpu_loaded = program.cpu_seconds()
    ended = time.monotonic()
    wait_until_quiet(contestant)
    each = program.cpu_seconds_each()
    return Sample(
        requests=result.requests,
        seconds=result.seconds,
        cpu_s=sum(each.values()) - cpu_before,
        worker_s=max(used - each_before.get(pid, 0.0) for pid, used in each.items()),
        busy=(cpu_loaded - cpu_before) / result.seconds,
        caught_up_s=time.monotonic() - ended,
    )


def wait_until_quiet(contestant: Contestant) -> None:
    """Return when the contestant uses almost no processor time, so that it disturbs no other."""
    until = time.monotonic() + SETTLE_TIMEOUT_S
    before = contestant.program.cpu_seconds()
    while time.monotonic() < until:
        time.sleep(SETTLE_POLL_S)
        now = contestant.program.cpu_seconds()
        if now - before <= QUIET_SHARE * SETTLE_POLL_S:
            return
        before = now


def ratio(series: Series, yardstick: Series) -> Ratio:
    """How fast `series` is beside the yardstick: the median over pairs taken one after another."""
    both = tuple(zip(series.samples, yardstick.samples, strict=True))
    return Ratio(
        wall=median(ours.per_s / theirs.per_s for ours, theirs in both),
        cpu=median(theirs.cpu_us / ours.cpu_us for ours, theirs in both),
    )
