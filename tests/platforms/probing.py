"""`detente providers test` before simulated platforms of every kind, each with one deployment.

>>> with running_platforms() as platforms:
...     platforms.findings(folder, "groq", key="wrong")[-1]["kind"]
'credentials'
"""

import json
import ssl
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from detente.configuration.schema import ProviderKindName, SimulatedProvider
from detente.providers import compatible_rows
from detente.simulator import Simulator, SimulatorThread
from detente.simulator.exchange import Answer, Platform, Received, Setting
from detente.simulator.platforms import platform_of
from tests.cli.command import ended
from tests.gateway_configuration import ModelRow, ProviderRow, credential_files, gateway_toml

KEY: Final = "sk-probe-canary-41d7"
WRONG: Final = "sk-probe-wrong-90c2"
COMPARTMENT: Final = "ocid1.compartment.oc1..aaaa"
REGION: Final = "us-east-1"
ACCESS: Final = 'access_key_id = "AKIAPROBE"\nsecret_access_key = { file = "secret.key" }\n'
"""Signing instead of a key."""

OWN_KINDS: Final[tuple[ProviderKindName, ...]] = (
    "openai",
    "azure",
    "foundry",
    "anthropic",
    "anthropic_aws",
    "gemini",
    "vertex",
    "bedrock",
    "bedrock_mantle",
    "cohere",
    "oci",
    "ollama",
    "xai",
    "mistral",
    "openai_compatible",
)
ROWS: Final[tuple[ProviderKindName, ...]] = (
    "groq",
    "deepseek",
    "together",
    "openrouter",
    "cerebras",
    "huggingface",
    "perplexity",
    "zai",
    "vllm",
    "sglang",
    "lm_studio",
)
"""Hosts of `compatible.toml` whose errors differ from each other's."""
KINDS: Final = (*OWN_KINDS, *ROWS)
SIGNING: Final[tuple[ProviderKindName, ...]] = ("bedrock", "bedrock_mantle", "anthropic_aws")

MODELS: Final[dict[ProviderKindName, str]] = {
    "anthropic": "claude-sonnet-5-5",
    "anthropic_aws": "claude-sonnet-5-5",
    "bedrock": "us.amazon.nova-lite-v1:0",
    "bedrock_mantle": "openai.gpt-oss-120b",
    "cohere": "command-a-03-2025",
    "gemini": "gemini-3-flash",
    "oci": "meta.llama-3.3-70b-instruct",
    "vertex": "gemini-3-flash",
}
SETTINGS: Final[dict[ProviderKindName, str]] = {
    "anthropic_aws": f'region = "{REGION}"\nworkspace = "wrkspc_probe"\n',
    "azure": 'api_version = "2024-10-21"\n',
    "bedrock": f'region = "{REGION}"\n',
    "bedrock_mantle": f'region = "{REGION}"\n',
    "oci": f'region = "us-chicago-1"\ncompartment = "{COMPARTMENT}"\n',
    "ollama": 'host = "ourselves"\n',
    "openai_compatible": 'host = "ourselves"\n',
    "vertex": f'region = "{REGION}"\nproject = "project"\n',
}


class Shifted(msgspec.Struct):
    """A platform whose clock can be set ahead of this machine's."""

    platform: Platform
    ahead: timedelta = timedelta()

    def answer(self, request: Received, setting: Setting) -> Answer:
        """What the platform answers at its own time."""
        later = msgspec.structs.replace(setting, at=setting.at + self.ahead)
        return self.platform.answer(request, later)


class Platforms(msgspec.Struct, frozen=True, kw_only=True):
    """One running simulator of each kind, and their clocks."""

    simulators: dict[ProviderKindName, SimulatorThread]
    clocks: dict[ProviderKindName, Shifted]

    def findings(self, folder: Path, kind: ProviderKindName, **settings: Any) -> list[Any]:
        """What `detente providers test` finds of that simulator; see `findings`."""
        return findings(folder, kind, self.simulators[kind].base_url, **settings)


@contextmanager
def running_platforms(
    kinds: tuple[ProviderKindName, ...] = KINDS, *, tls: ssl.SSLContext | None = None
) -> Generator[Platforms]:
    """A simulator of each kind that takes `KEY`, as bearer, header or secret of a signature."""
    with ExitStack() as stack:
        simulators: dict[ProviderKindName, SimulatorThread] = {}
        clocks: dict[ProviderKindName, Shifted] = {}
        for kind in kinds:
            clocks[kind] = Shifted(platform_of(kind))
            platform = msgspec.structs.replace(platform_of(kind), answer=clocks[kind].answer)
            simulator = Simulator(
                kind,
                models=[MODELS.get(kind, "m")],
                api_key=KEY,
                behaviour=SimulatedProvider(tokens=2),
                platform=platform,
                tls=tls,
                project="project" if kind == "vertex" else None,
                region=REGION if kind in ("bedrock", "bedrock_mantle", "vertex") else None,
            )
            simulators[kind] = stack.enter_context(SimulatorThread(simulator))
        yield Platforms(simulators=simulators, clocks=clocks)


def configured(
    folder: Path,
    kind: ProviderKindName,
    base_url: str,
    *,
    key: str | None = KEY,
    model: str | None = None,
    settings: str | None = None,
) -> str:
    """The path of a configuration of that one provider, called `there`."""
    own = compatible_rows().get(kind)
    more = SETTINGS.get(kind, "") if settings is None else settings
    if own is not None and own.host is None:
        more += 'host = "ourselves"\n'
    row = ProviderRow(name="there", kind=kind, base_url=base_url, api_key=key, settings=more)
    named = MODELS.get(kind, "m") if model is None else model
    text = gateway_toml(
        providers=[row], models=[ModelRow(name="google/m", deployments=(("there", named),))]
    )
    for name, content in credential_files([row]).items():
        (folder / name).write_text(content)
    path = folder / "detente.toml"
    path.write_text(text)
    return str(path)


def findings(
    folder: Path, kind: ProviderKindName, base_url: str, *, timeout_s: float = 5, **settings: Any
) -> list[Any]:
    """What `detente providers test there --json` finds; fails where a credential is shown."""
    path = configured(folder, kind, base_url, **settings)
    with pytest.MonkeyPatch.context() as patch:
        written: list[str] = []
        patch.setattr("sys.stdout.write", written.append)
        status = ended(
            [
                "providers",
                "test",
                "there",
                "--config",
                path,
                "--json",
                "--timeout-s",
                str(timeout_s),
            ]
        )
    text = "".join(written)
    assert KEY not in text
    assert WRONG not in text
    found = json.loads(text)
    assert status == (0 if all(one["ok"] for one in found) else 1)
    return found
