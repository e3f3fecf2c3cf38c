"""The steps run with the worker's own objects, and all of them are counted."""

from bench.allowance_steps import Steps, measure


def test_every_step_takes_time_and_the_total_is_their_sum() -> None:
    found = measure(rounds=3)
    assert all(getattr(found, name) > 0 for name in Steps.__struct_fields__)
    parts = (found.key_us, found.reservation_us, found.intent_us, found.settlement_us)
    assert found.total_us == sum(parts)
