"""A simulator with a loop of its own."""

import threading

from detente.simulator import Simulator, SimulatorThread


def test_nothing_is_left_behind() -> None:
    before = threading.active_count()
    with SimulatorThread(Simulator("openai", models=["m"])) as simulator:
        assert simulator.base_url == f"http://127.0.0.1:{simulator.port}/v1"
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
