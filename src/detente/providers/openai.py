"""`openai`: OpenAI's own platform. `base_url` includes `/v1`, as its SDK expects.

A residency address (`https://eu.api.openai.com/v1`) is another `base_url`, not another kind.

A few older models complete text and do nothing else; all others do everything but that
(https://platform.openai.com/docs/api-reference/completions, read 2026-11-21).
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers._judging import common_judge
from detente.providers.kind import FORWARDED, Header, ProviderKind

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

_COMPLETES: Final = re.compile(
    r"(?:.*[/:])?(?:gpt-3\.5-turbo-instruct|davinci-002|babbage-002)\b.*"
)
"""Ids of models that only complete, fine-tuned ones (`ft:davinci-002:…`) among them."""


def target(*, base_url: str, upstream_id: str, dialect: Dialect, api_version: str | None) -> str:
    """The operation's path below `base_url`; the model travels in the body."""
    del upstream_id, api_version
    return urlsplit(base_url).path.rstrip("/") + PATHS[dialect]


def dialects_of(deployment: Deployment) -> tuple[Dialect, ...]:
    """What one model speaks."""
    names = (deployment.upstream_id, deployment.model)
    return COMPLETING if any(map(_COMPLETES.fullmatch, names)) else CONVERSING


def auth_headers(secret: str) -> tuple[Header, ...]:
    """A bearer key."""
    return ((b"authorization", b"Bearer " + secret.encode()),)


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`."""
    return common_judge("OpenAI", status, headers, body)


KIND: Final = ProviderKind(
    name="openai",
    default_base_url="https://api.openai.com/v1",
    default_host="openai",
    dialects=tuple(PATHS),
    target=target,
    auth_headers=auth_headers,
    forwarded_headers=FORWARDED | {b"openai-beta"},
    judge=judge,
    dialects_of=dialects_of,
)
