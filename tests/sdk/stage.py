"""One gateway before three simulated platforms, and the clients that talk to either.

The same question can be put straight to a platform and through the gateway; nothing else
differs but address, key and the model's name.

>>> with running_stage(folder) as stage:
...     stage.gateway_url
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

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

CLIENT_KEY = "dt-sdk-tests-0001"
API_VERSION = "2024-10-21"
CHAT_MODEL = "gpt-4o-mini"
EMBEDDING_MODEL = "text-embedding-3-small"
CLAUDE_MODEL = "claude-sonnet-5-5"
FORBIDDEN_MODEL = "openai/gpt-forbidden"
BUSY_MODEL = "openai/gpt-busy"
BUSY_TWICE_MODEL = "openai/gpt-busy-twice"
TOKENS = 6

HOUSE_RULES = f"""
id = "house-rules"
title = "What this house does not use"
parties = ["tests"]
from = 2020-01-01
recorded_at = 2020-01-01
source = "a test"

[[clause]]
id = "no-forbidden"
type = "forbid"
scope = {{ model = "{FORBIDDEN_MODEL}" }}
reason = "the tests forbid it"
"""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The running gateway and platforms."""

    gateway: GatewayProcess
    openai: SimulatorThread
    azure: SimulatorThread
    anthropic: SimulatorThread
    busy: SimulatorThread
    busy_too: SimulatorThread

    @property
    def gateway_url(self) -> str:
        """Where the gateway listens, without a path."""
        return self.gateway.base_url


def _simulator(
    kind: ProviderKindName, models: list[str], *, capacity: int | None = None
) -> SimulatorThread:
    behaviour = SimulatedProvider(tokens=TOKENS, capacity_per_minute=capacity)
    return SimulatorThread(
        Simulator(kind, models=models, api_key=PROVIDER_KEY, behaviour=behaviour)
    )


@contextmanager
def running_stage(folder: Path) -> Generator[Stage]:
    """Everything running; stopped at the end."""
    with ExitStack() as stack:
        openai = stack.enter_context(_simulator("openai", [CHAT_MODEL, EMBEDDING_MODEL]))
        azure = stack.enter_context(_simulator("azure", ["chat-prod", "embedding-prod"]))
        anthropic = stack.enter_context(_simulator("anthropic", [CLAUDE_MODEL]))
        busy = stack.enter_context(_simulator("openai", ["gpt-busy"], capacity=0))
        busy_too = stack.enter_context(_simulator("openai", ["gpt-busy"], capacity=0))
        rows = [
            ProviderRow(name="openai", kind="openai", base_url=openai.base_url),
            ProviderRow(
                name="azure",
                kind="azure",
                base_url=azure.base_url,
                settings=f'api_version = "{API_VERSION}"',
            ),
            ProviderRow(name="anthropic", kind="anthropic", base_url=anthropic.base_url),
            ProviderRow(name="busy", kind="openai", base_url=busy.base_url),
            ProviderRow(name="busy-too", kind="openai", base_url=busy_too.base_url),
        ]
        (folder / "agreements").mkdir(parents=True)
        (folder / "agreements" / "house-rules.toml").write_text(HOUSE_RULES, encoding="utf-8")
        text = gateway_toml(
            providers=rows,
            models=_models(),
            keys=[KeyRow(name="sdk", key=CLIENT_KEY)],
            more='[agreements]\npath = "agreements"\n',
        )
        gateway = stack.enter_context(running_gateway(folder, text, credential_files(rows)))
        yield Stage(
            gateway=gateway,
            openai=openai,
            azure=azure,
            anthropic=anthropic,
            busy=busy,
            busy_too=busy_too,
        )


def _models() -> list[ModelRow]:
    return [
        ModelRow(
            name=f"openai/{CHAT_MODEL}",
            aliases=(CHAT_MODEL,),
            deployments=(("openai", CHAT_MODEL),),
        ),
        ModelRow(
            name=f"openai/{EMBEDDING_MODEL}",
            aliases=(EMBEDDING_MODEL,),
            deployments=(("openai", EMBEDDING_MODEL),),
        ),
        ModelRow(name="azure/chat", aliases=("chat",), deployments=(("azure", "chat-prod"),)),
        ModelRow(
            name="azure/embedding",
            aliases=("embedding",),
            deployments=(("azure", "embedding-prod"),),
        ),
        ModelRow(
            name=f"anthropic/{CLAUDE_MODEL}",
            aliases=(CLAUDE_MODEL,),
            deployments=(("anthropic", CLAUDE_MODEL),),
        ),
        ModelRow(name=FORBIDDEN_MODEL, deployments=(("openai", "gpt-forbidden"),)),
        ModelRow(name=BUSY_MODEL, deployments=(("busy", "gpt-busy"),)),
        ModelRow(
            name=BUSY_TWICE_MODEL,
            deployments=(("busy", "gpt-busy"), ("busy-too", "gpt-busy")),
        ),
    ]
