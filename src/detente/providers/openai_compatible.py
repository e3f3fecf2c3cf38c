"""`openai_compatible`: whoever serves OpenAI's dialects elsewhere (vLLM, llama.cpp, a cloud).

`base_url` includes `/v1`. Several of them (llama.cpp, vLLM) serve Anthropic's messages beside it,
so both are offered; one that does not answers 404, which the client reads. Tokens are counted as
Anthropic does it, unless a deployment's `dialects` name `openai_input_tokens`, which few of them
serve.
"""

from collections.abc import Mapping
from typing import Final

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers import anthropic, openai
from detente.providers._judging import common_judge
from detente.providers.kind import ProviderKind, Site, bearer

PATHS: Final[dict[Dialect, str]] = {
    **openai.PATHS,
    **{dialect: path.removeprefix("/v1") for dialect, path in anthropic.PATHS.items()},
}

OFFERED: Final[tuple[Dialect, ...]] = tuple(
    dialect for dialect in PATHS if dialect != "openai_input_tokens"
)
"""What a deployment speaks that says nothing else."""


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path below `base_url`; the model travels in the body."""
    del deployment
    return site.root + PATHS[dialect]


def dialects_of(deployment: Deployment) -> tuple[Dialect, ...]:
    """The same for every deployment: nobody asks a server before it is used."""
    del deployment
    return OFFERED


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`."""
    return common_judge("the provider", status, headers, body)


KIND: Final = ProviderKind(
    name="openai_compatible",
    default_base_url=None,
    default_host=None,
    dialects=tuple(PATHS),
    target=target,
    auth_headers=bearer,
    forwarded_headers=openai.KIND.forwarded_headers | anthropic.KIND.forwarded_headers,
    judge=judge,
    dialects_of=dialects_of,
    own_network=True,
)
