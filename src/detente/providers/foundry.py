"""`foundry`: a resource of Microsoft Foundry, with the models of several publishers.

`base_url` is the resource's endpoint (`https://NAME.services.ai.azure.com`); with `/anthropic`,
`/openai/v1` or a project (`/api/projects/NAME`) behind it, it means the same. Claude speaks
Anthropic's messages below `/anthropic` (`AnthropicFoundry` of anthropic 2.12.0); every other model
speaks OpenAI's chat below `/openai/v1`, and Microsoft's, DeepSeek's and xAI's speak Responses too
(https://learn.microsoft.com/azure/foundry/foundry-models/how-to/generate-responses, read
2026-11-22). The deployment's name is the model's. `api_version` is Anthropic's: OpenAI's v1 API has
none.

Its key travels as `api-key` and, for Claude, as `x-api-key`; a token of Entra as a bearer, asked
for `https://ai.azure.com` (`anthropic/lib/foundry.md` of anthropic 2.12.0).
"""

from collections.abc import Mapping
from typing import Final

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers import anthropic, azure, openai
from detente.providers._judging import common_judge
from detente.providers.kind import Header, ProviderKind, Site

PLATFORM: Final = "Foundry"
ENTRA_SCOPE: Final = "https://ai.azure.com/.default"
PROJECTS: Final = "/api/projects/"
SUFFIXES: Final = ("/v1", "/openai", "/anthropic")
"""What SDKs' addresses of such a resource end with, the last first."""

CLAUDE: Final[tuple[Dialect, ...]] = ("anthropic_messages", "anthropic_count_tokens")
RESPONDING: Final = frozenset(("microsoft", "deepseek", "xai"))
"""Publishers, beside OpenAI, whose models the Responses API serves there."""
CHATTING: Final[tuple[Dialect, ...]] = ("openai_chat", "openai_embeddings")


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path below the resource; the model travels in the body."""
    del deployment
    root = site.root.partition(PROJECTS)[0]
    for suffix in SUFFIXES:
        root = root.removesuffix(suffix)
    if dialect in CLAUDE:
        return f"{root}/anthropic{anthropic.PATHS[dialect]}"
    return f"{root}/openai/v1{openai.PATHS[dialect]}"


def dialects_of(deployment: Deployment) -> tuple[Dialect, ...]:
    """What one model speaks, by its publisher."""
    publisher = deployment.model.partition("/")[0]
    if publisher == "anthropic":
        return CLAUDE
    if publisher == "openai":
        return azure.dialects_of(deployment)
    return azure.CONVERSING if publisher in RESPONDING else CHATTING


def auth_headers(secret: str) -> tuple[Header, ...]:
    """The resource's key, in both of the headers that its SDKs send."""
    return ((b"api-key", secret.encode()), (b"x-api-key", secret.encode()))


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`."""
    return common_judge(PLATFORM, status, headers, body, setting=azure.SETTING)


KIND: Final = ProviderKind(
    name="foundry",
    default_base_url=None,
    default_host="microsoft",
    dialects=(*CLAUDE, *azure.KIND.dialects),
    target=target,
    auth_headers=auth_headers,
    forwarded_headers=azure.KIND.forwarded_headers | anthropic.KIND.forwarded_headers,
    judge=judge,
    headroom=azure.KIND.headroom,
    dialects_of=dialects_of,
    chain="azure",
    token_scope=ENTRA_SCOPE,
    spill=azure.spill,
    passed_on=azure.passed_on,
)
