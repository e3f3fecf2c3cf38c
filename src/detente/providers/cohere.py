"""`cohere`: Cohere's platform, version 2 of its API. `base_url` is what its client is given.

Errors: https://docs.cohere.com/reference/errors (read 2026-11-21): 498 is a token that it takes for
invalid, 499 a request that was cancelled.
"""

from collections.abc import Mapping
from typing import Final

from detente.canonical.failure import Failure, FailureKind
from detente.canonical.model import Deployment, Dialect
from detente.providers._judging import common_judge
from detente.providers.kind import FORWARDED, ProviderKind, Site, bearer

PLATFORM: Final = "Cohere"
STATUSES: Final[dict[int, FailureKind]] = {498: "credentials", 499: "platform"}
PATHS: Final[dict[Dialect, str]] = {
    "cohere_chat": "/v2/chat",
    "cohere_embeddings": "/v2/embed",
}


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path below `base_url`; the model travels in the body."""
    del deployment
    return site.root + PATHS[dialect]


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`; 498 speaks of our key, 499 of nobody's request."""
    return common_judge(PLATFORM, status, headers, body, statuses=STATUSES)


KIND: Final = ProviderKind(
    name="cohere",
    default_base_url="https://api.cohere.com",
    default_host="cohere",
    dialects=tuple(PATHS),
    target=target,
    auth_headers=bearer,
    forwarded_headers=FORWARDED,
    judge=judge,
)
