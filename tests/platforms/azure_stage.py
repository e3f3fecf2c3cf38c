"""One gateway before Azure, Foundry and both of Anthropic's doors, reached as each is in earnest.

Azure and Foundry want tokens of Entra, which the gateway has azure-identity fetch; a second Azure
has provisioned throughput; Claude Platform on AWS wants signatures.

>>> with running_stage(folder) as stage:
...     stage.gateway.base_url
"""

import ssl
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest

from bench import certificates
from detente.configuration.schema import SimulatedProvider
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.simulator import IdentitySimulator, Simulator, SimulatorThread
from detente.simulator.identity.desk import Identities
from tests.gateway.scripts import hashed
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, running_gateway

CLIENT_KEY = "dt-azure-0001"
CAREFUL_KEY = "dt-azure-0002"
MASTER_KEY = "a master key of the tests, long enough"
ACCESS_KEY = access_key_id(hashed(CLIENT_KEY))
SECRET = secret_access_key(MASTER_KEY, ACCESS_KEY)
API_VERSION = "2024-10-21"
WORKSPACE = "wrkspc_house"
CLAUDE = "claude-sonnet-5-5"
ROOM = 2
"""Requests a minute that the provisioned deployment takes."""

MODELS = """
[models."openai/gpt"]
aliases = ["gpt"]
deployments = [{ provider = "azure", id = "gpt-prod" }]

[models."openai/gpt-foundry"]
deployments = [{ provider = "foundry", id = "gpt-prod" }]

[models."xai/grok"]
aliases = ["grok"]
deployments = [{ provider = "foundry", id = "grok-prod" }]

[models."anthropic/claude"]
aliases = ["claude"]
deployments = [{ provider = "foundry", id = "claude-prod" }]

[models."anthropic/claude-here"]
aliases = ["claude-here"]
deployments = [{ provider = "anthropic", id = "claude-sonnet-5-5" }]

[models."anthropic/claude-aws"]
aliases = ["claude-aws"]
deployments = [{ provider = "aws", id = "claude-sonnet-5-5", processing_zone = "global" }]

[models."openai/gpt-ptu"]
aliases = ["ptu"]
deployments = [
  { provider = "reserved", id = "gpt-ptu", tier = "provisioned", spillover = "gpt-std" },
  { provider = "reserved", id = "gpt-std", tier = "standard" },
]

[agreements]
path = "agreements"
"""

CAREFUL = """
id = "careful"
title = "What the careful project does not use"
parties = ["tests"]
from = 2020-01-01
recorded_at = 2020-01-01
source = "a test"

[[clause]]
id = "no-standard"
type = "forbid"
scope = { model = "openai/gpt-ptu", tier = "standard", project = "careful" }
reason = "the tests forbid it"
"""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The running gateway and platforms."""

    gateway: GatewayProcess
    azure: SimulatorThread
    foundry: SimulatorThread
    anthropic: SimulatorThread
    aws: SimulatorThread
    reserved: SimulatorThread


@contextmanager
def running_stage(folder: Path) -> Generator[Stage]:
    """Everything running; stopped at the end."""
    with ExitStack() as stack:
        environment = _entra(stack, folder)
        azure = _run(stack, Simulator("azure", models=["gpt-prod"], issued_tokens=True))
        found = ["gpt-prod", "grok-prod", "claude-prod"]
        foundry = _run(stack, Simulator("foundry", models=found, issued_tokens=True))
        anthropic = _run(stack, Simulator("anthropic", models=[CLAUDE], api_key=PROVIDER_KEY))
        aws = _run(stack, Simulator("anthropic_aws", models=[CLAUDE], api_key=PROVIDER_KEY))
        full = SimulatedProvider(capacity_per_minute=ROOM, provisioned=("gpt-ptu",))
        reserved = _run(
            stack,
            Simulator("azure", models=["gpt-ptu", "gpt-std"], api_key=PROVIDER_KEY, behaviour=full),
        )
        rows = [
            _row("azure", "azure", azure, f'api_version = "{API_VERSION}"', keyed=False),
            _row("foundry", "foundry", foundry, keyed=False),
            _row("anthropic", "anthropic", anthropic, f'region = "us"\nworkspace = "{WORKSPACE}"'),
            _row("aws", "anthropic_aws", aws, _signing(), keyed=False),
            _row("reserved", "azure", reserved),
        ]
        (folder / "agreements").mkdir(parents=True)
        (folder / "agreements" / "careful.toml").write_text(CAREFUL, encoding="utf-8")
        keys = [
            KeyRow(name="any", key=CLIENT_KEY),
            KeyRow(name="careful", key=CAREFUL_KEY, project="careful"),
        ]
        text = gateway_toml(providers=rows, models=[], keys=keys, more=MODELS).replace(
            "[server]\n", '[server]\nmaster_key = { file = "master.key" }\n'
        )
        files = {**credential_files(rows), "master.key": MASTER_KEY, "aws.key": PROVIDER_KEY}
        with pytest.MonkeyPatch.context() as patch:  # the gateway takes a copy when it starts
            for name, value in environment.items():
                patch.setenv(name, value)
            gateway = stack.enter_context(running_gateway(folder, text, files))
        yield Stage(
            gateway=gateway,
            azure=azure,
            foundry=foundry,
            anthropic=anthropic,
            aws=aws,
            reserved=reserved,
        )


def _run(stack: ExitStack, simulator: Simulator) -> SimulatorThread:
    return stack.enter_context(SimulatorThread(simulator))


def _row(
    name: str, kind: str, running: SimulatorThread, settings: str = "", *, keyed: bool = True
) -> ProviderRow:
    chained = "" if keyed or kind == "anthropic_aws" else '\ncredentials = "default"'
    return ProviderRow(
        name=name,
        kind=kind,
        base_url=running.base_url,
        api_key=PROVIDER_KEY if keyed else None,
        settings=settings + chained,
    )


def _signing() -> str:
    access = 'access_key_id = "AKIAGATEWAY"\nsecret_access_key = { file = "aws.key" }'
    return f'region = "us-west-2"\nworkspace = "{WORKSPACE}"\n{access}'


def _entra(stack: ExitStack, folder: Path) -> dict[str, str]:
    """Runs Entra; returns the environment in which the gateway's library finds it."""
    made = certificates.make(folder.parent / "tls")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made.chain, made.private_key)
    entra = _run(stack, IdentitySimulator(tls=tls))
    known = Identities()
    client, secret = next(iter(known.azure_clients.items()))
    return {
        "AZURE_AUTHORITY_HOST": entra.base_url,
        "REQUESTS_CA_BUNDLE": str(made.authority),
        "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
        "AZURE_TENANT_ID": known.azure_tenant,
        "AZURE_CLIENT_ID": client,
        "AZURE_CLIENT_SECRET": secret,
    }
