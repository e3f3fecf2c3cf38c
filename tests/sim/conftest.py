"""One simulator of each kind for every test that asks for it."""

from collections.abc import Iterator

import pytest

from detente.configuration.schema import ProviderKindName
from detente.simulator import Simulator, SimulatorThread

KEY = "sk-simulated-7f1e"
MODELS = (
    "gpt-4",
    "text-embedding-3-small",
    "claude-sonnet-5-5",
    "gemini-3-flash",
    "gemini-2.5-flash",
    "text-embedding-005",
    "anthropic.claude-sonnet-4-5-v1:0",
    "amazon.nova-lite-v1:0",
    "amazon.titan-embed-text-v2:0",
    "cohere.embed-v4:0",
    "openai.gpt-oss-120b-1:0",
    "us.openai.gpt-5.6-sol",
    "us.anthropic.claude-sonnet-4-5-v1:0",
    "meta.llama3-70b-instruct-v1:0",
)


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


@pytest.fixture
def gemini_simulator() -> Iterator[SimulatorThread]:
    yield from running("gemini")


@pytest.fixture
def bedrock_simulator() -> Iterator[SimulatorThread]:
    yield from running("bedrock")
