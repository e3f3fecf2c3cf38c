"""One gateway before six simulated platforms, each reached in one dialect: all the pairs.

A model is named by those who serve it, in the order in which they are tried: `m-openai_chat`, or
`m-gemini_generate+openai_chat` for two.

>>> with running_stage(folder) as stage:
...     stage.url
"""

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import permutations
from pathlib import Path
from typing import Final

import msgspec

from detente.canonical.model import Dialect
from detente.configuration.schema import ProviderKindName, SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, running_gateway
from tests.pairs.converse_talk import MASTER_KEY
from tests.pairs.talk import CLIENT_KEY


class Upstream(msgspec.Struct, frozen=True):
    """The kind of platform, what it speaks, and a model there."""

    kind: ProviderKindName
    dialect: Dialect
    id: str


REGIONS: Final = {"bedrock": 'region = "us-east-1"'}
"""What a kind is told of its region; Claude's own platform knows none of that name."""
CLAUDE_ON_BEDROCK: Final = "anthropic.claude-sonnet-4-5-v1:0"
UPSTREAMS: Final[dict[str, Upstream]] = {
    "openai_chat": Upstream("openai", "openai_chat", "gpt-5.1"),
    "openai_responses": Upstream("openai", "openai_responses", "gpt-5.1"),
    "anthropic_messages": Upstream("anthropic", "anthropic_messages", "claude-sonnet-4-5"),
    "gemini_generate": Upstream("gemini", "gemini_generate", "gemini-3-pro"),
    "bedrock_converse": Upstream("bedrock", "bedrock_converse", CLAUDE_ON_BEDROCK),
    "bedrock_invoke": Upstream("bedrock", "anthropic_messages", CLAUDE_ON_BEDROCK),
}
"""The providers by their names: one for each dialect, and Claude in Bedrock's envelope."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The running gateway and its platforms."""

    gateway: GatewayProcess
    platforms: Mapping[str, SimulatorThread]

    @property
    def url(self) -> str:
        """Where clients find the gateway."""
        return self.gateway.base_url


def model_of(*upstreams: str) -> str:
    """The name of the model that these serve."""
    return "m-" + "+".join(upstreams)


@contextmanager
def running_stage(folder: Path, *, more: str = "") -> Generator[Stage]:
    """Everything running; stopped at the end. `more` is appended to the configuration."""
    with ExitStack() as stack:
        platforms: dict[str, SimulatorThread] = {}
        for name, upstream in UPSTREAMS.items():
            simulator = Simulator(
                upstream.kind,
                models=[upstream.id],
                api_key=PROVIDER_KEY,
                behaviour=SimulatedProvider(tokens=6),
            )
            platforms[name] = stack.enter_context(SimulatorThread(simulator))
        rows = [
            ProviderRow(
                name=name,
                kind=upstream.kind,
                base_url=platforms[name].base_url,
                settings=f'dialects = ["{upstream.dialect}"]\n{REGIONS.get(upstream.kind, "")}',
            )
            for name, upstream in UPSTREAMS.items()
        ]
        text = gateway_toml(
            providers=rows,
            models=[_model(*names) for count in (1, 2) for names in permutations(UPSTREAMS, count)],
            keys=[KeyRow(name="pairs", key=CLIENT_KEY)],
            more=more,
        ).replace("[server]\n", '[server]\nmaster_key = { file = "master" }\n', 1)
        files = {**credential_files(rows), "master": MASTER_KEY}
        gateway = stack.enter_context(running_gateway(folder, text, files))
        yield Stage(gateway=gateway, platforms=platforms)


def _model(*upstreams: str) -> ModelRow:
    name = model_of(*upstreams)
    deployments = tuple((one, UPSTREAMS[one].id) for one in upstreams)
    return ModelRow(name=f"tests/{name[2:]}", aliases=(name,), deployments=deployments)
