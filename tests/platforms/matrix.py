"""Which official client is pointed at which platform, and one gateway in front of them all.

Every row is asked straight and through the gateway, whole and streamed; the results are equal but
for what a platform makes anew each time.

>>> with running_matrix(folder) as stage:
...     stage.straight(ROWS[0], streamed=False) == stage.through(ROWS[0], streamed=False)
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from detente.configuration.schema import ProviderKindName, SimulatedProvider
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
from tests.gateway_process import running_gateway
from tests.platforms.clients import AWS_REGION, CALLS, PROJECT, REGION, Place

CLIENT_KEY = "dt-matrix-0001"
MASTER_KEY = "a master key of the tests, long enough"
ACCESS_KEY = access_key_id(hashed(CLIENT_KEY))
TOKENS = 6


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One client at one kind of platform: what it asks for there, and who made that model."""

    client: str
    kind: ProviderKindName
    model: str
    publisher: str


SETTINGS: dict[ProviderKindName, str] = {
    "bedrock": f'region = "{AWS_REGION}"',
    "bedrock_mantle": f'region = "{AWS_REGION}"',
    "vertex": f'region = "{REGION}"\nproject = "{PROJECT}"',
}
"""What a kind cannot do without beside its address and key."""

CLAUDE = "claude-sonnet-4-5"
ROWS = (
    Row(client="OpenAI chat", kind="openai", model="gpt-4o-mini", publisher="openai"),
    Row(client="OpenAI responses", kind="openai", model="gpt-4o-mini", publisher="openai"),
    Row(client="OpenAI chat", kind="xai", model="grok-4.6", publisher="xai"),
    Row(client="OpenAI responses", kind="xai", model="grok-4.6", publisher="xai"),
    Row(client="AzureOpenAI, dated", kind="azure", model="gpt-prod", publisher="openai"),
    Row(client="OpenAI on Azure's v1, chat", kind="azure", model="gpt-prod", publisher="openai"),
    Row(
        client="OpenAI on Azure's v1, responses", kind="azure", model="gpt-prod", publisher="openai"
    ),
    Row(client="OpenAI on Azure's v1, chat", kind="foundry", model="gpt-found", publisher="openai"),
    Row(client="AnthropicFoundry", kind="foundry", model="claude-found", publisher="anthropic"),
    Row(
        client="OpenAI, bedrock()",
        kind="bedrock",
        model="openai.gpt-5.5",
        publisher="openai",
    ),
    Row(
        client="AnthropicBedrock",
        kind="bedrock",
        model="us.anthropic.claude-sonnet-4-5-v1:0",
        publisher="anthropic",
    ),
    Row(
        client="boto3 Converse",
        kind="bedrock",
        model="amazon.nova-lite-v1:0",
        publisher="amazon",
    ),
    Row(
        client="boto3 InvokeModel",
        kind="bedrock",
        model="us.anthropic.claude-sonnet-4-5-v1:0",
        publisher="anthropic",
    ),
    Row(
        client="AnthropicBedrockMantle",
        kind="bedrock_mantle",
        model="anthropic.claude-sonnet-5-5",
        publisher="anthropic",
    ),
    Row(
        client="OpenAI, bedrock() on Mantle",
        kind="bedrock_mantle",
        model="openai.gpt-6-sol",
        publisher="openai",
    ),
    Row(client="OpenAI, vertex()", kind="vertex", model="gpt-6-sol", publisher="openai"),
    Row(client="AnthropicVertex", kind="vertex", model="claude-opus-4-5", publisher="anthropic"),
    Row(client="google-genai, Vertex", kind="vertex", model="gemini-2.5-pro", publisher="google"),
    Row(client="google-genai", kind="gemini", model="gemini-2.5-flash", publisher="google"),
    Row(client="Anthropic", kind="anthropic", model=CLAUDE, publisher="anthropic"),
    Row(client="cohere", kind="cohere", model="command-a-03-2025", publisher="cohere"),
    Row(client="mistralai", kind="mistral", model="mistral-large-latest", publisher="mistral"),
    Row(client="ollama", kind="ollama", model="llama3.1", publisher="meta"),
)


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The running gateway and platforms."""

    gateway_url: str
    platforms: dict[ProviderKindName, SimulatorThread]

    def straight(self, row: Row, *, streamed: bool) -> object:
        """What the client gets of the platform itself."""
        simulator = self.platforms[row.kind]
        url = simulator.base_url.removesuffix("/v1")
        place = Place(url=url, key=PROVIDER_KEY, model=row.model, secret=PROVIDER_KEY)
        return CALLS[row.client](place, streamed)

    def through(self, row: Row, *, streamed: bool) -> object:
        """What the same client gets of the gateway; only address and key differ."""
        place = Place(
            url=self.gateway_url,
            key=CLIENT_KEY,
            model=row.model,
            access_key=ACCESS_KEY,
            secret=secret_access_key(MASTER_KEY, ACCESS_KEY),
        )
        return CALLS[row.client](place, streamed)


@contextmanager
def running_matrix(folder: Path) -> Generator[Stage]:
    """Everything running; stopped at the end."""
    with ExitStack() as stack:
        platforms: dict[ProviderKindName, SimulatorThread] = {}
        for kind in dict.fromkeys(row.kind for row in ROWS):
            models = list(dict.fromkeys(row.model for row in ROWS if row.kind == kind))
            behaviour = SimulatedProvider(tokens=TOKENS)
            simulator = Simulator(kind, models=models, api_key=PROVIDER_KEY, behaviour=behaviour)
            platforms[kind] = stack.enter_context(SimulatorThread(simulator))
        providers = [
            ProviderRow(
                name=kind.replace("_", "-"),
                kind=kind,
                base_url=running.base_url,
                settings=SETTINGS.get(kind, "") + _host(kind),
            )
            for kind, running in platforms.items()
        ]
        text = gateway_toml(
            providers=providers,
            models=_models(),
            keys=[KeyRow(name="matrix", key=CLIENT_KEY)],
        ).replace("[server]\n", '[server]\nmaster_key = { file = "master.key" }\n', 1)
        files = {**credential_files(providers), "master.key": MASTER_KEY}
        gateway = stack.enter_context(running_gateway(folder, text, files))
        yield Stage(gateway_url=gateway.base_url, platforms=platforms)


def _host(kind: str) -> str:
    """Who owns the machines of an engine of one's own."""
    return '\nhost = "ourselves"' if kind == "ollama" else ""


def _models() -> list[ModelRow]:
    """Each model under the id that its platform has for it."""
    seen = dict.fromkeys((row.publisher, row.model, row.kind) for row in ROWS)
    return [
        ModelRow(
            name=f"{publisher}/{kind}-{number}",
            aliases=(model,) if _first(seen, model, kind) else (),
            deployments=((kind.replace("_", "-"), model),),
        )
        for number, (publisher, model, kind) in enumerate(seen)
    ]


def _first(seen: dict[tuple[str, str, ProviderKindName], None], model: str, kind: str) -> bool:
    """Whether no earlier platform has a model of that id: an alias means one."""
    return next(found for _, name, found in seen if name == model) == kind
