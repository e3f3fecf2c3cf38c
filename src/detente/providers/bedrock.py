"""`bedrock`: Amazon Bedrock's runtime in one region, which is part of the address.

It speaks Converse for every model that chats, beside it the publishers' own dialects: Claude's
through InvokeModel's envelope, OpenAI's under `/openai/v1`, and embeddings through InvokeModel as
they are. Its key is a bearer key, or an access key of AWS that signs every request.
Its errors are Amazon's (`_aws_judging`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers import _sigv4
from detente.providers._aws_judging import aws_judge
from detente.providers.kind import FORWARDED, Header, ProviderKind, SigningCredentials, Site, bearer

PLATFORM: Final = "Bedrock"
SERVICE: Final = "bedrock"
OPENAI: Final = "/openai/v1/chat/completions"
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
PROFILES: Final = ("us.", "us-gov.", "eu.", "apac.", "jp.", "au.", "global.")
"""What the ids of inference profiles begin with. Their tokens are counted by the model's own id:
https://docs.aws.amazon.com/bedrock/latest/userguide/count-tokens.html (read 2026-11-21)."""
EMBEDS: Final = "embed"
"""Part of the id of every model that embeds (`amazon.titan-embed-text-v2:0`)."""
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
    """The operation's path; the model stands in it, but for OpenAI's dialect."""
    root, upstream_id = site.root, deployment.upstream_id
    if dialect == "openai_chat":
        return root + OPENAI
    if dialect == "bedrock_count_tokens":
        upstream_id = _own_id(upstream_id)
    return f"{root}/model/{_segment(upstream_id)}/{OPERATIONS[dialect]}"


def stream_target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The path of a streamed answer."""
    path = target(site, deployment, dialect)
    if dialect not in STREAMED:
        return path
    return path.rpartition("/")[0] + "/" + STREAMED[dialect]


def dialects_of(deployment: Deployment) -> tuple[Dialect, ...]:
    """What one model speaks: embeddings, or Converse, behind its publisher's own dialect. Only the
    tokens of Anthropic's models are counted."""
    if EMBEDS in deployment.upstream_id:
        return ("bedrock_embeddings",)
    publisher = deployment.model.partition("/")[0]
    if publisher == "anthropic":
        return ("anthropic_messages", "bedrock_converse", "bedrock_count_tokens")
    if publisher == "openai":
        return ("openai_chat", "bedrock_converse")
    return ("bedrock_converse",)


def sign(
    *,
    host: bytes,
    target: bytes,
    body: bytes,
    credentials: SigningCredentials,
    region: str,
    now: datetime,
    keys: _sigv4.SigningKeys,
) -> tuple[Header, ...]:
    """The headers that sign one POST; what a hop may change is left out of it."""
    assert isinstance(credentials, _sigv4.Credentials)  # what its chain gives
    return _sigv4.sign(
        b"POST",
        host,
        target,
        (),
        body,
        credentials=credentials,
        region=region,
        service=SERVICE,
        now=now,
        keys=keys,
    )


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `aws_judge`."""
    return aws_judge(PLATFORM, status, headers, body)


def _own_id(upstream_id: str) -> str:
    """The id of the model itself, where that of an inference profile shows it."""
    before = next((name for name in PROFILES if upstream_id.startswith(name)), "")
    return upstream_id.removeprefix(before)


def _segment(upstream_id: str) -> str:
    """An id as one segment of a path, as AWS's own SDK writes it (`:` and `/` percent-encoded)."""
    segment = quote(upstream_id, safe="")
    return segment.replace(".", "%2E") if segment in (".", "..") else segment


KIND: Final = ProviderKind(
    name="bedrock",
    default_base_url="https://bedrock-runtime.{region}.amazonaws.com",
    default_host="amazon",
    dialects=(
        "bedrock_converse",
        "anthropic_messages",
        "openai_chat",
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
)
