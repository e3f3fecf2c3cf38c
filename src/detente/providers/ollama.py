"""`ollama`: Ollama's own API, on somebody's own machine. `base_url` is what its client is given.

A server of one's own takes no key; Ollama's cloud and proxies in front of it take a bearer key. Who
owns the machines is for the configuration to say.

https://github.com/ollama/ollama/blob/main/docs/api.md (read 2026-11-21).
"""

from collections.abc import Mapping
from typing import Final

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers._judging import common_judge
from detente.providers.kind import FORWARDED, ProviderKind, Site, bearer

PLATFORM: Final = "Ollama"
PATHS: Final[dict[Dialect, str]] = {
    "ollama_chat": "/api/chat",
    "ollama_embeddings": "/api/embed",
    "openai_chat": "/v1/chat/completions",
    "openai_completions": "/v1/completions",
    "openai_embeddings": "/v1/embeddings",
}
"""Its own dialects, and OpenAI's beside them."""


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path below `base_url`; the model travels in the body."""
    del deployment
    return site.root + PATHS[dialect]


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`."""
    return common_judge(PLATFORM, status, headers, body)


KIND: Final = ProviderKind(
    name="ollama",
    default_base_url="http://127.0.0.1:11434",
    default_host=None,
    dialects=tuple(PATHS),
    target=target,
    auth_headers=bearer,
    forwarded_headers=FORWARDED,
    judge=judge,
    own_network=True,
)
