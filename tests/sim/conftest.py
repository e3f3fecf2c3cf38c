"""One simulator of each kind for every test that asks for it."""

from collections.abc import Iterator

import pytest

from detente.configuration.schema import ProviderKindName
from detente.simulator import Simulator, SimulatorThread

KEY = "sk-simulated-7f1e"
MODELS = ("gpt-4", "text-embedding-3-small", "claude-sonnet-5-5")


def running(kind: ProviderKindName) -> Iterator[SimulatorThread]:
    with SimulatorThread(Simulator(kind, models=MODELS, api_key=KEY)) as simulator:
        yield simulator


@pytest.fixture
def openai_simulator() -> Iterator[SimulatorThread]:
    yield from running("openai")


@pytest.fixture
def azure_simulator() -> Iterator[SimulatorThread]:
    yield from running("azure")


@pytest.fixture
def anthropic_simulator() -> Iterator[SimulatorThread]:
    yield from running("anthropic")


@pytest.fixture
def compatible_simulator() -> Iterator[SimulatorThread]:
    yield from running("openai_compatible")
