"""One gateway before five simulated platforms, each reached in one dialect: the 25 pairs.

A model is named by the dialect of its only upstream: `m-openai_chat` and so on.

>>> with running_stage(folder) as stage:
...     stage.url
"""

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from detente.canonical.model import Dialect
from detente.configuration.schema import ProviderKindName, SimulatedProvider
from detente.gateway.access_keys import access_key_id, secret_access_key
from detente.simulator import Simulator, SimulatorThread
from tests.gateway.scripts import hashed
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import running_gateway

CLIENT_KEY: Final = "dt-pairs-tests-0001"
MASTER_KEY: Final = "a master key of the tests, long enough"
ACCESS_KEY: Final = access_key_id(hashed(CLIENT_KEY))
SECRET_KEY: Final = secret_access_key(MASTER_KEY, ACCESS_KEY)

UPSTREAMS: Final[dict[Dialect, tuple[ProviderKindName, str]]] = {
    "openai_chat": ("openai", "gpt-5.1"),
    "openai_responses": ("openai", "gpt-5.1"),
    "anthropic_messages": ("anthropic", "claude-sonnet-4-5"),
    "gemini_generate": ("gemini", "gemini-3-pro"),
    "bedrock_converse": ("bedrock", "anthropic.claude-sonnet-4-5-v1:0"),
}
"""For each dialect, the kind of platform that speaks it and a model there."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The running gateway and its platforms, by their dialect."""

    url: str
    platforms: Mapping[Dialect, SimulatorThread]
    folder: Path


def model_of(dialect: Dialect) -> str:
    """The name of the model whose only upstream speaks `dialect`."""
    return f"m-{dialect}"


@contextmanager
def running_stage(folder: Path, *, more: str = "", workers: int = 1) -> Generator[Stage]:
    """Everything running; stopped at the end. `more` is appended to the configuration."""
    with ExitStack() as stack:
        platforms = {
            dialect: stack.enter_context(
                SimulatorThread(
                    Simulator(
                        kind,
                        models=[model],
                        api_key=PROVIDER_KEY,
                        behaviour=SimulatedProvider(tokens=6),
                    )
                )
            )
            for dialect, (kind, model) in UPSTREAMS.items()
        }
        rows = [
            ProviderRow(
                name=dialect,
                kind=kind,
                base_url=platforms[dialect].base_url,
                settings=f'dialects = ["{dialect}"]\nregion = "us-east-1"',
            )
            for dialect, (kind, _) in UPSTREAMS.items()
        ]
        models = [
            ModelRow(
                name=f"tests/{dialect}", aliases=(model_of(dialect),), deployments=((dialect, id_),)
            )
            for dialect, (_, id_) in UPSTREAMS.items()
        ]
        text = gateway_toml(
            providers=rows,
            models=models,
            keys=[KeyRow(name="pairs", key=CLIENT_KEY)],
            workers=workers,
            more=more,
        ).replace("[server]\n", '[server]\nmaster_key = { file = "master" }\n', 1)
        files = {**credential_files(rows), "master": MASTER_KEY}
        gateway = stack.enter_context(running_gateway(folder, text, files))
        yield Stage(url=gateway.base_url, platforms=platforms, folder=folder)
