"""The agreements' rows hold figures against their targets."""

from bench.deciding import Deciding
from bench.deciding_report import added, deciding
from bench.throughput import Sample, Series


def series(name: str, *cpu_us: float) -> Series:
    samples = tuple(
        Sample(requests=1_000_000, seconds=1.0, cpu_s=us, worker_s=us, busy=1.0, caught_up_s=0.0)
        for us in cpu_us
    )
    return Series(name=name, warm_up=samples[0], samples=samples)


def test_figures_are_held_against_targets() -> None:
    found = Deciding(cached_us=4.0, cold_us=301.0, load_s=1.0, compile_s=2.0, check_s=9.0)
    assert [row.met for row in deciding(found).rows] == [True, False, True]


def test_what_clauses_add_is_the_median_of_pairs() -> None:
    section = added(series("none", 50.0, 51.0, 60.0), series("many", 51.0, 52.5, 65.0))
    assert section.rows[0].figure.startswith("+1.50 µs (median of 3 ")
    assert section.rows[0].met is True
    assert added(series("none", 50.0), series("many", 53.0)).rows[0].met is False
