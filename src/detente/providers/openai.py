"""`openai`: OpenAI's own platform. `base_url` includes `/v1`, as its SDK expects.

A region (`eu`) has an address of its own (`https://eu.api.openai.com/v1`), not another kind.

A few older models complete text and do nothing else; all others do everything but that
(https://platform.openai.com/docs/api-reference/completions, read 2026-11-21).
"""

import re
from collections.abc import Mapping
from typing import Final

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers._judging import common_judge
from detente.providers.kind import FORWARDED, Header, ProviderKind, Site, bearer

PATHS: Final[dict[Dialect, str]] = {
    "openai_chat": "/chat/completions",
    "openai_responses": "/responses",
    "openai_embeddings": "/embeddings",
    "openai_input_tokens": "/responses/input_tokens",
    "openai_completions": "/completions",
}

COMPLETING: Final[tuple[Dialect, ...]] = ("openai_completions",)
CONVERSING: Final[tuple[Dialect, ...]] = tuple(
    dialect for dialect in PATHS if dialect not in COMPLETING
)

REGIONS: Final = ("us", "eu", "ae", "au", "in", "jp")
"""Regions with an address of their own, as the SDK names them (openai 3.54.0)."""

_COMPLETES: Final = re.compile(
    r"(?:.*[/:])?(?:gpt-3\.5-turbo-instruct|davinci-002|babbage-002)\b.*"
)
"""Ids of models that only complete, fine-tuned ones (`ft:davinci-002:…`) among them."""


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path below `base_url`; the model travels in the body."""
    del deployment
    return site.root + PATHS[dialect]


def dialects_of(deployment: Deployment) -> tuple[Dialect, ...]:
    """What one model speaks."""
    names = (deployment.upstream_id, deployment.model)
    return COMPLETING if any(map(_COMPLETES.fullmatch, names)) else CONVERSING


def headers(site: Site, deployment: Deployment, dialect: Dialect) -> tuple[Header, ...]:
    """Whose account is billed, where a key belongs to several."""
    del deployment, dialect
    named = ((b"openai-organization", site.organization), (b"openai-project", site.project))
    return tuple((name, value.encode()) for name, value in named if value is not None)


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`."""
    return common_judge("OpenAI", status, headers, body)


KIND: Final = ProviderKind(
    name="openai",
    default_base_url="https://api.openai.com/v1",
    default_host="openai",
    dialects=tuple(PATHS),
    target=target,
    auth_headers=bearer,
    forwarded_headers=FORWARDED | {b"openai-beta"},
    judge=judge,
    dialects_of=dialects_of,
    regional_base_urls={region: f"https://{region}.api.openai.com/v1" for region in REGIONS},
    headers=headers,
)
