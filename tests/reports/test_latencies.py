"""Usual latencies are coarse, calm and bounded."""

from hypothesis import given
from hypothesis import strategies as st

from detente.ledger.uses import UseClass, Used
from detente.reports.latencies import (
    DEPLOYMENTS_MAX,
    POWER_MAX,
    POWER_MIN,
    SAMPLES_MAX,
    SAMPLES_MIN,
    Latencies,
)


def answered(deployment: str, first_byte_ms: float | None) -> Used:
    return Used(
        of=UseClass(deployment=deployment, model="x/m"),
        started_us=0,
        requests=1,
        usage=None,
        cost_pico_usd=None,
        first_byte_ms=first_byte_ms,
    )


def told(latencies: Latencies, ms: float, count: int = SAMPLES_MAX) -> dict[str, int]:
    latencies.add([answered("x", ms)] * count)
    return latencies.usual()


def test_few_answers_say_nothing() -> None:
    latencies = Latencies()
    assert told(latencies, 300, SAMPLES_MIN - 1) == {}
    assert told(latencies, 300, 1) == {"x": 256}


def test_an_answer_without_a_time_says_nothing() -> None:
    latencies = Latencies()
    latencies.add([answered("x", None)] * SAMPLES_MIN)
    assert latencies.usual() == {}
    latencies.add([answered("x", 300), answered("x", None)] * SAMPLES_MIN)
    assert latencies.usual() == {"x": 256}


def test_only_the_last_answers_count_however_many_come_at_once() -> None:
    latencies = Latencies()
    latencies.add([answered("x", 5_000)] * SAMPLES_MAX + [answered("x", 300)] * SAMPLES_MAX)
    assert latencies.usual() == {"x": 256}


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
        latencies.add([answered(f"d{number:04}", 100)] * SAMPLES_MIN)
    found = latencies.usual()
    assert len(found) == DEPLOYMENTS_MAX
    assert list(found) == sorted(found)


@given(st.lists(st.floats(0, 1e7), min_size=SAMPLES_MIN, max_size=50))
def test_it_is_a_power_of_two(samples: list[float]) -> None:
    latencies = Latencies()
    latencies.add([answered("x", ms) for ms in samples])
    (usual,) = latencies.usual().values()
    assert usual in {2**power for power in range(POWER_MIN, POWER_MAX + 1)}
