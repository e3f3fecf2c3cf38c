"""Added latency at a fixed rate: the same arrivals straight to the upstream, and through.

Example: `added(upstream.port, contestants, rate_per_s=1000, seconds=10, pairs=3, ...)`.
"""

from collections.abc import Callable, Sequence
from statistics import median

import msgspec

from bench import process
from bench.load_open import Latency
from bench.nginx import Contestant

RATE_PER_S = 1000
SLACK_S = 60


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """What one contestant adds to a direct call, in milliseconds; medians over pairs.

    `p99_ms` is the difference of the 99th percentiles, not a percentile of differences.
    """

    name: str
    p50_ms: float
    p99_ms: float
    direct_p50_ms: float
    direct_p99_ms: float
    requests: int


def added(
    direct_port: int,
    contestants: Sequence[Contestant],
    *,
    seconds: float,
    pairs: int,
    core: int,
    say: Callable[[str], None],
) -> tuple[Added, ...]:
    """Direct, then each contestant, `pairs` times."""
    direct: list[Latency] = []
    through: dict[str, list[Latency]] = {contestant.name: [] for contestant in contestants}
    for _ in range(pairs):
        direct.append(_run(direct_port, seconds, core))
        say(f"  direct: {_words(direct[-1])}")
        for contestant in contestants:
            through[contestant.name].append(_run(contestant.port, seconds, core))
            say(f"  {contestant.name}: {_words(through[contestant.name][-1])}")
    return tuple(compare(name, taken, direct) for name, taken in through.items())


def compare(name: str, through: Sequence[Latency], direct: Sequence[Latency]) -> Added:
    """The medians of the differences of runs taken one after another."""
    both = tuple(zip(through, direct, strict=True))
    return Added(
        name=name,
        p50_ms=median(ours.p50_ms - straight.p50_ms for ours, straight in both),
        p99_ms=median(ours.p99_ms - straight.p99_ms for ours, straight in both),
        direct_p50_ms=median(straight.p50_ms for straight in direct),
        direct_p99_ms=median(straight.p99_ms for straight in direct),
        requests=sum(ours.requests for ours in through),
    )


def _words(latency: Latency) -> str:
    return (
        f"p50 {latency.p50_ms:.3f} ms, p99 {latency.p99_ms:.3f} ms "
        f"({latency.requests} answers, sent {latency.late_p50_ms:.3f} ms late)"
    )


def _run(port: int, seconds: float, core: int) -> Latency:
    command = process.python("bench.load_open", str(port), str(RATE_PER_S), str(seconds))
    printed = process.run(command, core=core, timeout_s=seconds + SLACK_S)
    result = msgspec.json.decode(printed.encode(), type=Latency)
    if result.failed or not result.requests:
        raise process.BenchError(f"{result.failed} answers failed at {RATE_PER_S} requests/s")
    return result
