"""One gateway with policies on content before a platform of every dialect that can be spoken.

The platforms are those of `tests.pairs`, with Claude in Bedrock's and in Google's envelope, Azure,
and both formats of Oracle. Each project has a policy of its own, and each caller is of one project.

>>> with running_stage(folder) as stage:
...     stage.url, KEYS["typed"], model_of("anthropic_messages")
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import running_gateway
from tests.guarded.planted import NAMES, STREET
from tests.pairs.converse_talk import MASTER_KEY
from tests.pairs.further_stage import EMBEDDERS, FURTHER
from tests.pairs.further_stage import model_of as embedder_of
from tests.pairs.oracle import COMPARTMENT, oci_files
from tests.pairs.stage import UPSTREAMS as FIVE
from tests.pairs.stage import Stage, Upstream
from tests.pairs.test_counting import UPSTREAMS as COUNTERS

ORACLES: Final[dict[str, Upstream]] = {
    "oci_generic": Upstream("oci", "oci_chat", "xai.grok-4"),
    "oci_coheres": Upstream("oci", "oci_chat", "cohere.command-a-03-2025"),
}
UPSTREAMS: Final[dict[str, Upstream]] = {
    **FIVE,
    "vertex_raw_predict": Upstream("vertex", "anthropic_messages", "claude-sonnet-4-5@20250929"),
    "azure_chat": Upstream("azure", "openai_chat", "gpt-prod"),
    **FURTHER,
    **ORACLES,
}
"""The providers that talk, by their names."""
ALL: Final[dict[str, Upstream]] = {
    **UPSTREAMS,
    **EMBEDDERS,
    **{dialect: Upstream(kind, dialect, id_) for dialect, (kind, id_) in COUNTERS.items()},
}
"""With those that embed and count."""

SETTINGS: Final = {
    "bedrock": 'region = "us-east-1"',
    "vertex": 'region = "europe-west4"\nproject = "project-1"',
}
"""What a kind is told beside its address."""

KEYS: Final = {
    "typed": "dt-guarded-typed-0001",
    "alike": "dt-guarded-alike-0001",
    "neighbour": "dt-guarded-neighbour-0001",
    "masked": "dt-guarded-masked-0001",
    "barred": "dt-guarded-barred-0001",
    "withheld": "dt-guarded-withheld-0001",
    "unread": "dt-guarded-unread-0001",
    "barred-told": "dt-guarded-barred-0002",
    "withheld-told": "dt-guarded-withheld-0002",
}
"""The key of each project's caller, by the project's name."""

POLICIES: Final = f"""
[guardrails]
secret = {{ file = "secret" }}

[guardrails.detectors.names]
kind = "dictionary"
path = "names.txt"
category = "person"

[guardrails.detectors.streets]
kind = "pattern"
pattern = '{STREET}'
category = "postal_address"
look_back = 64

[guardrails.policies.typed]
projects = ["typed", "neighbour"]
[[guardrails.policies.typed.data]]
categories = ["personal"]
input = "pseudonymise"

[guardrails.policies.alike]
projects = ["alike"]
[[guardrails.policies.alike.data]]
categories = ["personal"]
input = "pseudonymise"
look_alike = true

[guardrails.policies.masked]
projects = ["masked"]
[[guardrails.policies.masked.data]]
categories = ["personal"]
input = "pseudonymise"
output = "mask"
[[guardrails.policies.masked.data]]
categories = ["secrets"]
output = "mask"

[guardrails.policies.unread]
projects = ["unread"]
on_unread = "allow"
[[guardrails.policies.unread.data]]
categories = ["personal"]
input = "pseudonymise"

[guardrails.policies.barred]
projects = ["barred", "barred-told"]
[[guardrails.policies.barred.data]]
categories = ["personal"]
input = "block"

[guardrails.policies.withheld]
projects = ["withheld", "withheld-told"]
output_delay_ms = 50
[[guardrails.policies.withheld.data]]
categories = ["personal"]
output = "block"
"""
SECRET: Final = "the guardrails' secret of the tests, long enough"


def model_of(upstream: str) -> str:
    """The name of the model that this one serves."""
    return f"g-{upstream}"


@contextmanager
def running_stage(folder: Path) -> Generator[Stage]:
    """Everything running; stopped at the end."""
    with ExitStack() as stack:
        folder.mkdir(parents=True)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        oracle = _settings_of_oracle(oci_files(key, folder))
        rows: list[ProviderRow] = []
        platforms: dict[str, SimulatorThread] = {}
        for name, upstream in ALL.items():
            is_oracles = upstream.kind == "oci"
            simulator = Simulator(
                upstream.kind,
                models=[upstream.id],
                api_key=_public(key) if is_oracles else PROVIDER_KEY,
                behaviour=SimulatedProvider(tokens=6),
            )
            platforms[name] = stack.enter_context(SimulatorThread(simulator))
            own = oracle if is_oracles else SETTINGS.get(upstream.kind, "")
            rows.append(
                ProviderRow(
                    name=name,
                    kind=upstream.kind,
                    base_url=platforms[name].base_url,
                    api_key=None if is_oracles else PROVIDER_KEY,
                    settings=f'host = "tests"\ndialects = ["{upstream.dialect}"]\n{own}',
                )
            )
        text = gateway_toml(
            providers=rows,
            models=[
                ModelRow(
                    name=f"anthropic/{name}",  # whose tokens alone Bedrock counts
                    aliases=(model_of(name), embedder_of(name)),
                    deployments=((name, one.id),),
                )
                for name, one in ALL.items()
            ],
            keys=[KeyRow(name=name, key=one, project=name) for name, one in KEYS.items()],
            more=POLICIES,
        ).replace("[server]\n", '[server]\nmaster_key = { file = "master" }\n', 1)
        files = {
            **credential_files(rows),
            "master": MASTER_KEY,
            "secret": SECRET,
            "names.txt": "\n".join(NAMES) + "\n",
        }
        gateway = stack.enter_context(running_gateway(folder / "gateway", text, files))
        yield Stage(gateway=gateway, platforms=platforms)


def _public(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _settings_of_oracle(config: str) -> str:
    return (
        f'compartment = "{COMPARTMENT}"\nregion = "us-chicago-1"\n'
        f'credentials = {{ file = "{config}" }}\n'
    )
