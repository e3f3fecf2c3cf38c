"""Figures are held against their targets, and each against its own."""

from bench.allowance_steps import Steps
from bench.allowances import Asked
from bench.allowances_report import served, stepped
from bench.throughput import Ratio, Sample, Series


def steps(settlement_us: float) -> Steps:
    return Steps(
        key_us=1.0,
        reservation_us=2.0,
        intent_us=1.0,
        settlement_us=settlement_us,
        bound_us=1.0,
        purse_us=1.0,
    )


def series(name: str, *worker_us: float) -> Series:
    samples = tuple(
        Sample(requests=1_000_000, seconds=1.0, cpu_s=us, worker_s=us, busy=1.0, caught_up_s=0.0)
        for us in worker_us
    )
    return Series(name=name, warm_up=samples[0], samples=samples)


def test_the_sum_of_the_steps_is_held_to_its_target() -> None:
    rows = stepped({"compiled": steps(8.0), "interpreted": steps(8.1)}).rows
    assert [row.met for row in rows] == [True, False]


def test_throughput_and_round_trips_are_held_to_theirs() -> None:
    three = (series("nginx", 20.0), series("none", 50.0, 51.0), series("all", 55.0, 57.0))
    good = served(three, Ratio(wall=0.40, cpu=0.37), Asked(asks=10, reserved=1_000)).rows
    assert [row.met for row in good] == [True, None, True]
    assert good[1].figure.startswith("+5.5 µs")
    poor = served(three, Ratio(wall=0.40, cpu=0.36), Asked(asks=11, reserved=1_000)).rows
    assert [row.met for row in poor] == [False, None, False]
