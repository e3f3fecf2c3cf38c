"""What is added: differences of runs that stood side by side."""

from bench.latency import compare
from bench.load_open import Latency


def run(p50_ms: float, p99_ms: float) -> Latency:
    return Latency(
        requests=10, failed=0, p50_ms=p50_ms, p99_ms=p99_ms, late_p50_ms=0.1, connections=1
    )


def test_the_median_of_differences_is_taken_pair_by_pair() -> None:
    direct = [run(1, 10), run(2, 20), run(3, 30)]
    through = [run(1.5, 11), run(2.1, 29), run(3.2, 32)]
    found = compare("detente", through, direct)
    assert round(found.p50_ms, 6) == 0.2
    assert found.p99_ms == 2
    assert (found.direct_p50_ms, found.direct_p99_ms, found.requests) == (2, 20, 30)
