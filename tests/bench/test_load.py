"""Reading what wrk printed, and the script that it is given."""

import pytest

from bench import load, workload
from bench.process import BenchError

GOOD = (
    'Running 1s test\nRESULT {"requests":10,"seconds":1.0,"bytes":6000,"failed":0,'
    '"latency_p50_us":1.0,"latency_p99_us":2.0}\n'
)


def test_a_result_is_read() -> None:
    result = load.read_result(GOOD)
    assert (result.requests, result.requests_per_s) == (10, 10.0)


@pytest.mark.parametrize(
    "printed",
    [
        "unable to connect",
        GOOD.replace('"failed":0', '"failed":1'),
        GOOD.replace('"requests":10', '"requests":0'),
    ],
)
def test_a_run_with_failures_or_without_answers_is_an_error(printed: str) -> None:
    with pytest.raises(BenchError):
        load.read_result(printed)


def test_the_stride_visits_every_pair_of_key_and_model() -> None:
    pairs = len(workload.KEYS) * len(workload.MODELS)
    assert len({step * load.STRIDE % pairs for step in range(pairs)}) == pairs


def test_the_script_carries_keys_bodies_and_headers() -> None:
    text = load.script([b'{"model":"m"}'], ["sk-1"], {"x-extra": "1"})
    for part in ('[==[{"model":"m"}]==]', '"sk-1"', '["x-extra"]="1"'):
        assert part in text
