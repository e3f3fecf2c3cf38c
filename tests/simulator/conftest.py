"""A simulated OpenAI that expects no key."""

from collections.abc import Iterator

import pytest

from detente.simulator import Simulator, SimulatorThread


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread(Simulator("openai", models=["m"])) as running:
        yield running
