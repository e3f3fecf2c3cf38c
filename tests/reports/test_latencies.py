"""Usual latencies are coarse, calm and bounded."""

from hypothesis import given
from hypothesis import strategies as st

from detente.reports.latencies import (
    DEPLOYMENTS_MAX,
    POWER_MAX,
    POWER_MIN,
    SAMPLES_MAX,
    SAMPLES_MIN,
    Latencies,
)


def told(latencies: Latencies, ms: float, count: int = SAMPLES_MAX) -> dict[str, int]:
    for _ in range(count):
        latencies.add("x", ms)
    return latencies.usual()


def test_few_answers_say_nothing() -> None:
    latencies = Latencies()
    assert told(latencies, 300, SAMPLES_MIN - 1) == {}
    assert told(latencies, 300, 1) == {"x": 256}


def test_noise_changes_nothing_and_a_change_does() -> None:
    latencies = Latencies()
    assert told(latencies, 256) == {"x": 256}
    assert told(latencies, 400) == {"x": 256}  # nearer to 512, and near enough to 256
    assert told(latencies, 500) == {"x": 512}
    assert told(latencies, 320) == {"x": 512}
    assert told(latencies, 200) == {"x": 256}


def test_what_nobody_waits_for_is_alike() -> None:
    assert told(Latencies(), 0.4) == told(Latencies(), 15) == {"x": 16}
    latencies = Latencies()
    told(latencies, 0.4)
    assert told(latencies, 3) == {"x": 16}
    assert told(Latencies(), 10**9) == {"x": 2**POWER_MAX}


def test_deployments_are_bounded_and_in_order() -> None:
    latencies = Latencies()
    for number in range(DEPLOYMENTS_MAX + 10):
        for _ in range(SAMPLES_MIN):
            latencies.add(f"d{number:04}", 100)
    found = latencies.usual()
    assert len(found) == DEPLOYMENTS_MAX
    assert list(found) == sorted(found)


@given(st.lists(st.floats(0, 1e7), min_size=SAMPLES_MIN, max_size=50))
def test_it_is_a_power_of_two(samples: list[float]) -> None:
    latencies = Latencies()
    for ms in samples:
        latencies.add("x", ms)
    (usual,) = latencies.usual().values()
    assert usual in {2**power for power in range(POWER_MIN, POWER_MAX + 1)}
