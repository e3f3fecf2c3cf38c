"""A gateway before both of Amazon Bedrock's hosts, and the official clients of either.

The same question can be put straight to a simulated host and through the gateway; nothing else
differs but address and key. Signatures are held to a region.

>>> with running_stage(folder) as stage:
...     stage.gateway.boto().converse(modelId=CLAUDE, messages=[...])
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import boto3  # pyright: ignore[reportMissingTypeStubs] - it has none
import msgspec
from anthropic.lib.bedrock import AnthropicBedrock, AnthropicBedrockMantle
from botocore import config  # pyright: ignore[reportMissingTypeStubs] - as above
from openai import OpenAI
from openai.providers import bedrock

from detente.configuration.schema import SimulatedProvider
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
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
from tests.gateway_process import GatewayProcess, running_gateway

CLIENT_KEY: Final = "dt-bedrock-tests"
MASTER_KEY: Final = "a master key of the tests, long enough"
REGION: Final = "us-east-1"
CLAUDE: Final = "us.anthropic.claude-sonnet-5-5-v1:0"
PROFILE: Final = f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{CLAUDE}"
OWN_CLAUDE: Final = CLAUDE.removeprefix("us.")
NOVA: Final = "amazon.nova-lite-v1:0"
OSS: Final = "openai.gpt-oss-120b-1:0"
GPT: Final = "us.openai.gpt-5.6-sol"
MANTLE_CLAUDE, MANTLE_OSS, GROK = (
    "anthropic.claude-haiku-4-5",
    "openai.gpt-oss-120b",
    "xai.grok-4.3",
)
ELSEWHERE, BOTH, GUARDED, HURRIED = "elsewhere", "both", "guarded", "hurried"
"""Models at a provider of another region, there and here, under a guardrail, with a tier."""
ACCESS: Final = 'access_key_id = "AKIAGATEWAY"\nsecret_access_key = { file = "aws.key" }\n'


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client is pointed, and what it authenticates itself by."""

    runtime_url: str
    mantle_url: str
    key: str
    access_key: str
    secret: str

    def boto(self, *, attempts: int = 1, trust: Path | None = None) -> Any:
        """boto3's client of the runtime."""
        connect: Any = vars(boto3)["client"]
        return connect(
            "bedrock-runtime",
            endpoint_url=self.runtime_url,
            region_name=REGION,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret,
            verify=trust and str(trust),
            config=config.Config(retries={"total_max_attempts": attempts, "mode": "standard"}),
        )

    def claude(self) -> AnthropicBedrock:
        """Anthropic's client, by InvokeModel."""
        return AnthropicBedrock(
            base_url=self.runtime_url,
            aws_access_key=self.access_key,
            aws_secret_key=self.secret,
            aws_region=REGION,
            max_retries=0,
        )

    def mantle_claude(self, *, signed: bool) -> AnthropicBedrockMantle:
        """Anthropic's client of the other host."""
        if not signed:
            return AnthropicBedrockMantle(
                base_url=f"{self.mantle_url}/anthropic",
                api_key=self.key,
                aws_region=REGION,
                max_retries=0,
            )
        return AnthropicBedrockMantle(
            base_url=f"{self.mantle_url}/anthropic",
            aws_access_key=self.access_key,
            aws_secret_key=self.secret,
            aws_region=REGION,
            max_retries=0,
        )

    def openai(self, root: str, *, runtime: bool = False, signed: bool = True) -> OpenAI:
        """OpenAI's client with its provider for Bedrock, below `root` of either host."""
        url = (self.runtime_url if runtime else self.mantle_url) + root
        endpoint = "runtime" if runtime else "mantle"
        if not signed:
            provider = bedrock(endpoint=endpoint, base_url=url, region=REGION, api_key=self.key)
        else:
            provider = bedrock(
                endpoint=endpoint,
                base_url=url,
                region=REGION,
                access_key_id=self.access_key,
                secret_access_key=self.secret,
            )
        return OpenAI(provider=provider, max_retries=0)


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The running gateway and hosts, and both places of a client."""

    process: GatewayProcess
    runtime: SimulatorThread
    mantle: SimulatorThread
    direct: Place
    gateway: Place


@contextmanager
def running_stage(folder: Path) -> Generator[Stage]:
    """Everything running; stopped at the end."""
    behaviour = SimulatedProvider(tokens=6)
    with ExitStack() as stack:
        runtime, mantle = (
            stack.enter_context(
                SimulatorThread(
                    Simulator(
                        kind,
                        models=models,
                        api_key=PROVIDER_KEY,
                        behaviour=behaviour,
                        region=REGION,
                    )
                )
            )
            for kind, models in (
                ("bedrock", [CLAUDE, PROFILE, OWN_CLAUDE, NOVA, OSS, GPT]),
                ("bedrock_mantle", [MANTLE_CLAUDE, MANTLE_OSS, GROK]),
            )
        )
        text, files = configuration(runtime.base_url, mantle.base_url)
        process = stack.enter_context(running_gateway(folder, text, files))
        access_key = access_key_id(hashed(CLIENT_KEY))
        yield Stage(
            process=process,
            runtime=runtime,
            mantle=mantle,
            direct=Place(
                runtime_url=runtime.base_url,
                mantle_url=mantle.base_url,
                key=PROVIDER_KEY,
                access_key="AKIADIRECT",
                secret=PROVIDER_KEY,
            ),
            gateway=Place(
                runtime_url=process.base_url,
                mantle_url=process.base_url,
                key=CLIENT_KEY,
                access_key=access_key,
                secret=secret_access_key(MASTER_KEY, access_key),
            ),
        )


def configuration(
    runtime_url: str, mantle_url: str, server: str = ""
) -> tuple[str, dict[str, str]]:
    """The gateway's configuration, with its files; `server` are further lines of `[server]`."""
    rows = [
        _row("runtime", "bedrock", runtime_url, f'region = "{REGION}"\n{ACCESS}'),
        _row("far", "bedrock", runtime_url, f'region = "eu-west-1"\n{ACCESS}'),
        _row("mantle", "bedrock_mantle", mantle_url, f'region = "{REGION}"\n{ACCESS}'),
        _row(
            "shielded",
            "bedrock",
            runtime_url,
            f'region = "{REGION}"\n{ACCESS}guardrail = {{ id = "gr1", version = "2" }}\n',
        ),
    ]
    models = [
        ModelRow(name="anthropic/c", aliases=(CLAUDE,), deployments=(("runtime", CLAUDE),)),
        ModelRow(name="anthropic/p", aliases=(PROFILE,), deployments=(("runtime", PROFILE),)),
        ModelRow(name="amazon/n", aliases=(NOVA,), deployments=(("runtime", NOVA),)),
        ModelRow(name="openai/o", aliases=(OSS,), deployments=(("runtime", OSS),)),
        ModelRow(name="openai/g", aliases=(GPT,), deployments=(("runtime", GPT),)),
        ModelRow(
            name="anthropic/m", aliases=(MANTLE_CLAUDE,), deployments=(("mantle", MANTLE_CLAUDE),)
        ),
        ModelRow(name="openai/m", aliases=(MANTLE_OSS,), deployments=(("mantle", MANTLE_OSS),)),
        ModelRow(name="xai/m", aliases=(GROK,), deployments=(("mantle", GROK),)),
        ModelRow(name="amazon/e", aliases=(ELSEWHERE,), deployments=(("far", NOVA),)),
        ModelRow(name="amazon/b", aliases=(BOTH,), deployments=(("far", NOVA), ("runtime", NOVA))),
        ModelRow(name="openai/s", aliases=(GUARDED,), deployments=(("shielded", GPT),)),
    ]
    hurried = (
        f'[models."openai/h"]\naliases = ["{HURRIED}"]\n'
        f'deployments = [{{ provider = "runtime", id = "{OSS}", tier = "flex" }}]\n'
    )
    text = gateway_toml(
        providers=rows, models=models, keys=[KeyRow(name="aws", key=CLIENT_KEY)], more=hurried
    ).replace("[server]\n", f'[server]\nmaster_key = {{ file = "master.key" }}\n{server}')
    return text, {**credential_files(rows), "master.key": MASTER_KEY, "aws.key": PROVIDER_KEY}


def _row(name: str, kind: str, base_url: str, settings: str) -> ProviderRow:
    return ProviderRow(name=name, kind=kind, base_url=base_url, api_key=None, settings=settings)
