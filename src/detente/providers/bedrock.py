"""`bedrock`: Amazon Bedrock's runtime in one region, which is part of the address.

It speaks Converse for every model that chats, beside it the publishers' own dialects: Claude's
through InvokeModel's envelope, OpenAI's under `/openai/v1`, and embeddings through InvokeModel as
they are. Its key is a bearer key, or an access key of AWS that signs every request.
What a deployment demands (tier, guardrail) is in `_bedrock_demands`, its errors are Amazon's
(`_aws_judging`).

Which models are served under `/openai/v1`:
https://docs.aws.amazon.com/bedrock/latest/userguide/models-api-compatibility.html and
https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html (read 2026-11-22). GPT with
open weights chats and does not respond, GPT with closed ones responds, and calls no tools in chat
while it reasons; neither goes by an application's inference profile, but by Converse.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers import _bedrock_demands
from detente.providers._aws_judging import aws_judge
from detente.providers._aws_signing import signs_for
from detente.providers._bedrock_models import (
    is_frontier_gpt,
    is_named_by_account,
    own_id,
    publisher_of,
)
from detente.providers.kind import FORWARDED, ProviderKind, Site, bearer

PLATFORM: Final = "Bedrock"
SERVICE: Final = "bedrock"
OPENAI: Final[dict[Dialect, str]] = {
    "openai_chat": "/openai/v1/chat/completions",
    "openai_responses": "/openai/v1/responses",
}
SOVEREIGN: Final = {
    "eusc-de-east-1": "https://bedrock-runtime.eusc-de-east-1.amazonaws.eu",
}
"""The European Sovereign Cloud's addresses end otherwise (the provider `bedrock` of openai 3.54.0);
those of GovCloud do not."""
OPERATIONS: Final[dict[Dialect, str]] = {
    "bedrock_converse": "converse",
    "anthropic_messages": "invoke",
    "bedrock_embeddings": "invoke",
    "bedrock_count_tokens": "count-tokens",
}
STREAMED: Final[dict[Dialect, str]] = {
    "bedrock_converse": "converse-stream",
    "anthropic_messages": "invoke-with-response-stream",
}
EMBEDS: Final = "embed"
"""Part of the id of every model that embeds (`amazon.titan-embed-text-v2:0`)."""
CLAUDE: Final[tuple[Dialect, ...]] = (
    "anthropic_messages",
    "bedrock_converse",
    "bedrock_count_tokens",
)
CHATTING: Final = frozenset(
    (
        "openai",
        *("deepseek", "google", "minimax", "mistral", "mistralai", "moonshot", "moonshotai"),
        *("nvidia", "qwen", "xai", "zai"),
    )
)
"""Publishers whose models speak OpenAI's chat there. Amazon's, Anthropic's, Meta's, Cohere's,
AI21's and Writer's do not."""
_CONVERSES_ONLY: Final = re.compile(
    r"(?:deepseek\.r1|mistral\.(?:mistral-7b|mixtral|mistral-(?:large|small)-24|pixtral))"
)
"""Older models of those publishers, which speak no more than Converse."""
OPTIONS: Final = frozenset(
    (
        b"x-amzn-bedrock-guardrailidentifier",
        b"x-amzn-bedrock-guardrailversion",
        b"x-amzn-bedrock-performanceconfig-latency",
        b"x-amzn-bedrock-request-metadata",
        b"x-amzn-bedrock-service-tier",
        b"x-amzn-bedrock-trace",
    )
)
"""Where InvokeModel has its options: they change the meaning of the request."""


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path; the model stands in it, but for OpenAI's dialects."""
    root, upstream_id = site.root, deployment.upstream_id
    if dialect in OPENAI:
        return root + OPENAI[dialect]
    if dialect == "bedrock_count_tokens":
        upstream_id = own_id(upstream_id) or upstream_id
    return f"{root}/model/{_segment(upstream_id)}/{OPERATIONS[dialect]}"


def stream_target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The path of a streamed answer."""
    path = target(site, deployment, dialect)
    if dialect not in STREAMED:
        return path
    return path.rpartition("/")[0] + "/" + STREAMED[dialect]


def dialects_of(deployment: Deployment) -> tuple[Dialect, ...]:
    """What one model speaks: embeddings, or Converse, behind its publisher's own dialect. Only the
    tokens of Anthropic's models are counted, and only where the model itself is known."""
    own, publisher = own_id(deployment.upstream_id), publisher_of(deployment)
    if EMBEDS in (own or deployment.model):
        return ("bedrock_embeddings",)
    unnamed = is_named_by_account(deployment.upstream_id)
    if publisher == "anthropic":
        return CLAUDE[:-1] if unnamed else CLAUDE
    if unnamed or publisher not in CHATTING or _CONVERSES_ONLY.match(own or ""):
        return ("bedrock_converse",)
    first: Dialect = "openai_responses" if is_frontier_gpt(deployment) else "openai_chat"
    return (first, "bedrock_converse")


sign: Final = signs_for(lambda _: SERVICE)


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `aws_judge`."""
    return aws_judge(PLATFORM, status, headers, body)


def _segment(upstream_id: str) -> str:
    """An id as one segment of a path, as AWS's own SDK writes it (`:` and `/` percent-encoded)."""
    segment = quote(upstream_id, safe="")
    return segment.replace(".", "%2E") if segment in (".", "..") else segment


KIND: Final = ProviderKind(
    name="bedrock",
    default_base_url="https://bedrock-runtime.{region}.amazonaws.com",
    default_host="amazon",
    regional_base_urls=SOVEREIGN,
    dialects=(
        "bedrock_converse",
        "anthropic_messages",
        "openai_chat",
        "openai_responses",
        "bedrock_embeddings",
        "bedrock_count_tokens",
    ),
    target=target,
    auth_headers=bearer,
    forwarded_headers=FORWARDED | OPTIONS,
    judge=judge,
    stream_target=stream_target,
    dialects_of=dialects_of,
    sign=sign,
    chain="aws",
    envelopes={"anthropic_messages": "bedrock_invoke"},
    headers=_bedrock_demands.headers,
    unheard=_bedrock_demands.unheard,
    body_members=_bedrock_demands.body_members,
    withheld=_bedrock_demands.withheld,
    guards=True,
)
