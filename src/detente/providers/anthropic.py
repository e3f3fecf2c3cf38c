"""`anthropic`: Anthropic's own platform. `base_url` excludes `/v1`, as its SDK expects.

Errors: https://platform.claude.com/docs/en/api/errors (read 2026-11-21): 529 is
`overloaded_error`, no capacity right now.
"""

from collections.abc import Mapping
from typing import Final

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers._judging import common_judge
from detente.providers.kind import FORWARDED, Header, ProviderKind, Site

PLATFORM: Final = "Anthropic"
PATHS: Final[dict[Dialect, str]] = {
    "anthropic_messages": "/v1/messages",
    "anthropic_count_tokens": "/v1/messages/count_tokens",
}


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path below `base_url`; the model travels in the body."""
    del deployment
    return site.root + PATHS[dialect]


def auth_headers(secret: str) -> tuple[Header, ...]:
    """The key in `x-api-key`, which every version of the API accepts."""
    return ((b"x-api-key", secret.encode()),)


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`."""
    return common_judge(PLATFORM, status, headers, body)


KIND: Final = ProviderKind(
    name="anthropic",
    default_base_url="https://api.anthropic.com",
    default_host="anthropic",
    dialects=("anthropic_messages", "anthropic_count_tokens"),
    target=target,
    auth_headers=auth_headers,
    forwarded_headers=FORWARDED | {b"anthropic-version", b"anthropic-beta"},
    judge=judge,
)
