"""Ratios of runs taken one after another."""

import pytest

from bench.throughput import Ratio, Sample, Series, ratio


def series(*runs: tuple[int, float]) -> Series:
    samples = tuple(
        Sample(requests=requests, seconds=1, cpu_s=cpu_s, worker_s=cpu_s, busy=1, caught_up_s=0)
        for requests, cpu_s in runs
    )
    return Series(name="x", warm_up=samples[0], samples=samples)


def test_each_run_is_compared_with_its_own_neighbour() -> None:
    yardstick = series((1000, 1.0), (500, 0.5), (2000, 2.0))
    ours = series((500, 1.0), (250, 0.5), (1000, 2.0))
    assert ratio(ours, yardstick) == Ratio(wall=0.5, cpu=0.5)


def test_work_left_for_later_counts_in_the_processor_time() -> None:
    found = ratio(series((800, 2.0)), series((1000, 1.0)))
    assert found.wall == pytest.approx(0.8)
    assert found.cpu == pytest.approx(0.4)
    assert found.worse == found.cpu


def test_answers_include_the_warm_up() -> None:
    assert series((10, 1), (20, 1)).answers == 10 + 10 + 20
