"""`vertex`: Google Cloud's Vertex AI, with the models of several publishers.

`region` is the location, part of the address and of every path; `global`, `us` and `eu` have hosts
of their own (`_api_client.py` of google-genai 3.4.0, `lib/vertex/_client.py` of anthropic 2.12.0).
Gemini speaks Google's own dialects, Claude Anthropic's by rawPredict, GPT OpenAI's Responses
(`providers/vertex.py` of openai 3.54.0). An id that names its publisher (`meta/llama-…-maas`,
`google/gemini-…`) is one of the endpoint that speaks OpenAI's chat
(https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview, read 2026-11-22).

Its credential is a token of Google's, for a `project`. An `api_key` is one of the express mode: it
goes without a project and serves Gemini alone. `api_version` is Google's, `v1` where none is given,
or Anthropic's (`2026-10-21`).

Tiers are headers: `dedicated` is provisioned throughput and nothing else, `shared` is none of it,
and `flex` and `priority` are ways to pay for what is shared
(https://docs.cloud.google.com/vertex-ai/generative-ai/docs/flex-paygo, read 2026-11-22).
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers._judging import common_judge
from detente.providers.kind import FORWARDED, Header, ProviderKind, Site

PLATFORM: Final = "Vertex AI"
SETTING: Final = "its `credentials` or `api_key`"
TOKEN_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"  # noqa: S105 - not a password
VERSION: Final = "v1"
VERSIONS: Final = ("v1", "v1beta1")
"""Google's; every other version that is asked for is Anthropic's."""

CLAUDE: Final[tuple[Dialect, ...]] = ("anthropic_messages", "anthropic_count_tokens")
GEMINI: Final[tuple[Dialect, ...]] = ("gemini_generate", "gemini_count_tokens")
CHATTING: Final[tuple[Dialect, ...]] = ("openai_chat", "gemini_embeddings")

OPERATIONS: Final[dict[Dialect, str]] = {
    "gemini_generate": "generateContent",
    "gemini_count_tokens": "countTokens",
    "anthropic_messages": "rawPredict",
}
STREAMED: Final[dict[Dialect, str]] = {
    "gemini_generate": "streamGenerateContent?alt=sse",
    "anthropic_messages": "streamRawPredict",
}
FIXED: Final[dict[Dialect, str]] = {
    "anthropic_count_tokens": "publishers/anthropic/models/count-tokens:rawPredict",
    "openai_responses": "publishers/openai/v1/responses",
    "openai_chat": "endpoints/openapi/chat/completions",
}
"""Where the body names the model."""
EMBEDS: Final = "embed"
"""Part of the name of every one of Google's models that embeds."""
BATCH: Final = "publishers.batchEmbedContents"
"""Vertex AI's form of that operation: without the model in it, and settings in a config."""

_REQUEST_TYPE: Final = b"x-vertex-ai-llm-request-type"
_SHARED_TYPE: Final = b"x-vertex-ai-llm-shared-request-type"
_TYPES: Final = frozenset((_REQUEST_TYPE, _SHARED_TYPE))
TIERS: Final[dict[str, tuple[Header, ...]]] = {
    "dedicated": ((_REQUEST_TYPE, b"dedicated"),),
    "shared": ((_REQUEST_TYPE, b"shared"),),
    "flex": ((_REQUEST_TYPE, b"shared"), (_SHARED_TYPE, b"flex")),
    "priority": ((_REQUEST_TYPE, b"shared"), (_SHARED_TYPE, b"priority")),
}


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path, in the project and location; in most of them the model stands too."""
    return _path(site, deployment, dialect, OPERATIONS.get(dialect))


def stream_target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The path of a streamed answer; OpenAI's dialects have but one path."""
    return _path(site, deployment, dialect, STREAMED.get(dialect, OPERATIONS.get(dialect)))


def dialects_of(deployment: Deployment) -> tuple[Dialect, ...]:
    """What one model speaks, by its publisher and by the form of its id."""
    publisher, name = _named(deployment)
    prefixed = name != deployment.upstream_id
    if publisher == "anthropic":
        return CLAUDE
    if publisher == "openai" and not prefixed:
        return ("openai_responses",)
    if publisher != "google":
        return CHATTING
    if EMBEDS in name:
        return ("gemini_embeddings",)
    return (*GEMINI, "openai_chat") if prefixed else GEMINI


def operation(deployment: Deployment, dialect: Dialect) -> str | None:
    """By which operation a model embeds, as google-genai 3.4.0 asks it (`t_is_vertex_…` in its
    `_transformers.py`); one of `gemini_embeddings`, None of the other dialects."""
    if dialect != "gemini_embeddings":
        return None
    name = _named(deployment)[1]
    if "maas" in name:
        return "embedContent"
    return BATCH if "gemini" in name else "predict"


def headers(site: Site, deployment: Deployment, dialect: Dialect) -> tuple[Header, ...]:
    """The tier, where the deployment has one that is asked for."""
    del site, dialect
    return TIERS.get(deployment.tier or "", ())


def unheard(site: Site, deployment: Deployment, dialect: Dialect) -> frozenset[bytes]:
    """The client's tier, where the deployment has one: the two headers say one thing together."""
    del site, dialect
    return _TYPES if deployment.tier in TIERS else frozenset()


def auth_headers(secret: str) -> tuple[Header, ...]:
    """The key of the express mode, in a header of Google's own."""
    return ((b"x-goog-api-key", secret.encode()),)


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`: errors are Google's, and within rawPredict the publisher's own."""
    return common_judge(PLATFORM, status, headers, body, setting=SETTING)


def _path(site: Site, deployment: Deployment, dialect: Dialect, asked: str | None) -> str:
    base = _base(site)
    fixed = FIXED.get(dialect)
    if fixed is not None:
        return f"{base}/{fixed}"
    publisher, name = _named(deployment)
    asked = asked or (operation(deployment, dialect) or "").rpartition(".")[2]
    segment = quote(name, safe="@")
    return f"{base}/publishers/{quote(publisher, safe='')}/models/{segment}:{asked}"


def _base(site: Site) -> str:
    """The path of the project and location, of the version alone where there is no project."""
    root = site.root
    before, _, last = root.rpartition("/")
    given = site.api_version if site.api_version in VERSIONS else None
    if last in VERSIONS:
        root, given = before, given or last
    base = f"{root}/{given or VERSION}"
    if site.project is None:
        return base
    location = quote(site.region or "global", safe="")
    return f"{base}/projects/{quote(site.project, safe='')}/locations/{location}"


def _named(deployment: Deployment) -> tuple[str, str]:
    """A model's publisher and name, as its id has them; else the publisher of the model."""
    publisher, slash, name = deployment.upstream_id.partition("/")
    return (publisher, name) if slash else (deployment.model.partition("/")[0], publisher)


KIND: Final = ProviderKind(
    name="vertex",
    default_base_url="https://{region}-aiplatform.googleapis.com",
    default_host="google",
    dialects=(*GEMINI, "gemini_embeddings", *CLAUDE, "openai_responses", "openai_chat"),
    target=target,
    auth_headers=auth_headers,
    forwarded_headers=FORWARDED | {b"x-server-timeout", b"anthropic-beta"} | _TYPES,
    judge=judge,
    stream_target=stream_target,
    dialects_of=dialects_of,
    operation=operation,
    envelopes={
        "gemini_count_tokens": "vertex_count_tokens",
        "anthropic_messages": "vertex_raw_predict",
        "anthropic_count_tokens": "vertex_raw_predict",
    },
    regional_base_urls={
        "global": "https://aiplatform.googleapis.com",
        "us": "https://aiplatform.us.rep.googleapis.com",
        "eu": "https://aiplatform.eu.rep.googleapis.com",
    },
    chain="google",
    token_scope=TOKEN_SCOPE,
    headers=headers,
    unheard=unheard,
    needs=("region",),
    token_needs=("project",),
)
