"""Which operation a client's request line asks for: the paths of every dialect, as the official
clients build them.

Not the gateway's own paths, and no decision: an unknown path is None.

>>> match_route(b"POST", b"/v1/messages?beta=true").dialect
'anthropic_messages'
>>> match_route(b"POST", b"/openai/deployments/gpt4/chat/completions?api-version=1").path_model
'gpt4'
>>> match_route(b"POST", b"/v1beta/models/gemini-x:generateContent").path_model
'gemini-x'
"""

import re
from dataclasses import replace
from typing import Final
from urllib.parse import unquote_to_bytes

from detente.canonical.failure import ClientFault
from detente.canonical.model import Dialect
from detente.dialects.route import Envelope, Method, Operation, Route

PATH_MODEL_CHARS_MAX: Final = 512
"""As for a model's name in a body."""


PATHS: Final[tuple[tuple[Method, str, Dialect | None, Operation, bool], ...]] = (
    ("POST", "/v1/chat/completions", "openai_chat", "infer", False),
    ("POST", "/v1/responses", "openai_responses", "infer", False),
    ("POST", "/v1/responses/input_tokens", "openai_input_tokens", "infer", False),
    ("POST", "/v1/embeddings", "openai_embeddings", "infer", False),
    ("POST", "/v1/messages", "anthropic_messages", "infer", False),
    ("POST", "/v1/messages/count_tokens", "anthropic_count_tokens", "infer", False),
    ("POST", "/v1/completions", "openai_completions", "infer", False),
    ("POST", "/v2/chat", "cohere_chat", "infer", False),
    ("POST", "/v2/embed", "cohere_embeddings", "infer", False),
    ("POST", "/api/chat", "ollama_chat", "infer", False),
    ("POST", "/api/embed", "ollama_embeddings", "infer", False),
    ("POST", "/api/embeddings", "ollama_embeddings", "infer", False),
    ("POST", "/20231130/actions/chat", "oci_chat", "infer", False),
    ("GET", "/v1/models", None, "list_models", False),
    ("GET", "/v1/models/{model}", None, "get_model", False),
    ("POST", "/anthropic/v1/messages", "anthropic_messages", "infer", False),
    ("POST", "/anthropic/v1/messages/count_tokens", "anthropic_count_tokens", "infer", False),
    ("POST", "/openai/v1/chat/completions", "openai_chat", "infer", True),
    ("POST", "/openai/v1/responses", "openai_responses", "infer", True),
    ("POST", "/openai/v1/responses/input_tokens", "openai_input_tokens", "infer", True),
    ("POST", "/openai/v1/embeddings", "openai_embeddings", "infer", True),
    ("POST", "/openai/v1/completions", "openai_completions", "infer", True),
    ("GET", "/openai/v1/models", None, "list_models", True),
    ("GET", "/openai/v1/models/{model}", None, "get_model", True),
    ("POST", "/openai/deployments/{model}/chat/completions", "openai_chat", "infer", True),
    ("POST", "/openai/deployments/{model}/embeddings", "openai_embeddings", "infer", True),
    ("POST", "/openai/deployments/{model}/completions", "openai_completions", "infer", True),
    ("POST", "/openai/responses", "openai_responses", "infer", True),
    ("POST", "/openai/responses/input_tokens", "openai_input_tokens", "infer", True),
    ("GET", "/openai/models", None, "list_models", True),
    ("GET", "/openai/models/{model}", None, "get_model", True),
)
"""Every path, with its method; `{model}` is one path segment, or for GET the rest of the path."""

OLLAMA_PATHS: Final[tuple[tuple[Method, str, Operation], ...]] = (
    ("GET", "/api/tags", "list_models"),
    ("POST", "/api/show", "get_model"),
    ("GET", "/api/version", "get_version"),
)
"""What Ollama's clients ask of models; the one to show is named in the body."""

BEDROCK_PATHS: Final[tuple[tuple[str, Dialect, bool, Envelope | None], ...]] = (
    ("/model/{model}/converse", "bedrock_converse", False, None),
    ("/model/{model}/converse-stream", "bedrock_converse", True, None),
    ("/model/{model}/invoke", "anthropic_messages", False, "bedrock_invoke"),
    (
        "/model/{model}/invoke-with-response-stream",
        "anthropic_messages",
        True,
        "bedrock_invoke",
    ),
    ("/model/{model}/count-tokens", "bedrock_count_tokens", False, None),
)
"""Bedrock's paths, all `POST`: they say whether the answer streams. The model's publisher has the
last word on the dialect of an `invoke`; most are Anthropic's."""

GOOGLE_OPERATIONS: Final[dict[bytes, tuple[Dialect, bool]]] = {
    b"generateContent": ("gemini_generate", False),
    b"streamGenerateContent": ("gemini_generate", True),
    b"countTokens": ("gemini_count_tokens", False),
    b"embedContent": ("gemini_embeddings", False),
    b"batchEmbedContents": ("gemini_embeddings", False),
    b"predict": ("gemini_embeddings", False),
}
"""What stands behind the colon of Google's paths: the dialect, and whether it streams."""

BESIDE: Final[tuple[tuple[bytes, bool, str], ...]] = (
    (b":embedContent", True, "embedContent"),
    (b":predict", True, "predict"),
    (b":batchEmbedContents", True, "publishers.batchEmbedContents"),
    (b":embedContent", False, "models.embedContent"),
    (b"/api/embeddings", False, "/api/embeddings"),
)
"""Ends of paths of operations beside a dialect's usual one, whether below a publisher as Vertex AI
has them (whose forms are its own), and their names. A platform that is not asked by the client's
operation is asked by its own, and the answer told in the client's."""

_GOOGLE: Final = re.compile(
    rb"/(?:v1|v1alpha|v1beta|v1beta1)/(?:projects/[^/]+/locations/[^/]+/)?"
    rb"(?:(?:publishers/([^/]+)/)?models|tunedModels|endpoints)/([^/]+):([A-Za-z]+)"
)
"""The Gemini API's paths and Vertex AI's, whose express mode has no project."""

_PLACE: Final = rb"(?:/v1|/v1beta1)?/projects/[^/]+/locations/[^/]+"
_RAW_PREDICT: Final = re.compile(
    _PLACE + rb"/publishers/anthropic/models/([^/]+):(rawPredict|streamRawPredict)"
)
"""Where Anthropic's client for Vertex AI asks (anthropic 2.12.0)."""
COUNTED: Final = b"count-tokens"
"""What stands there in place of the model where tokens are counted."""
_BELOW: Final = re.compile(
    _PLACE + rb"/(?:publishers/openai/v1|endpoints/[^/:]+|workspaces/[^/]+/invoke/v1)(/.+)"
)
"""Below what Google Cloud serves others' APIs as they are: OpenAI's Responses (the `vertex` of
openai 3.54.0), OpenAI's chat for all models, and Anthropic's own platform (`AnthropicGoogleCloud`
of anthropic 2.12.0)."""

_GOOGLE_MODELS: Final = re.compile(
    rb"/(?:v1alpha|v1beta|v1beta1)/(?:projects/[^/]+/locations/[^/]+/)?"
    rb"(?:publishers/[^/]+/)?models(?:/([^:]+))?|/v1/publishers/[^/]+/models(?:/([^:]+))?"
)
"""Where Google's clients list models; below `/v1/models` only their header tells them apart."""

_FIXED: Final = {
    path.encode(): (method.encode(), Route(dialect=dialect, operation=operation, azure_style=azure))
    for method, path, dialect, operation, azure in PATHS
    if "{" not in path
} | {
    path.encode(): (
        method.encode(),
        Route(dialect=None, operation=operation, ollama_style=True),
    )
    for method, path, operation in OLLAMA_PATHS
}
_WITH_MODEL: Final = tuple(
    (
        path[: path.index("{")].encode(),
        path[path.index("}") + 1 :].encode(),
        method.encode(),
        Route(dialect=dialect, operation=operation, azure_style=azure),
    )
    for method, path, dialect, operation, azure in PATHS
    if "{" in path
) + tuple(
    (
        path[: path.index("{")].encode(),
        path[path.index("}") + 1 :].encode(),
        b"POST",
        Route(dialect=dialect, stream=stream, envelope=envelope),
    )
    for path, dialect, stream, envelope in BEDROCK_PATHS
)


def match_route(method: bytes, target: bytes) -> Route | None:
    """The route of a request line, None where no dialect has it; `target` may have a query.

    Raises `ClientFault` for a stream that is asked for in a form that no official client uses.
    """
    path, _, query = target.partition(b"?")
    route = _route(method, path)
    if (
        route is not None
        and route.google_style
        and route.stream
        and b"alt=sse" not in query.split(b"&")
    ):
        raise ClientFault(
            "request_invalid", "streams are sent as events only; add `alt=sse` to the query"
        )
    return route


def _route(method: bytes, path: bytes) -> Route | None:
    found = _own_route(method, path)
    if found is not None or b"/projects/" not in path:
        return found or _google_route(method, path)
    below = _BELOW.fullmatch(path)
    if below is not None:
        return _own_route(method, b"/v1" + below[1])
    return _raw_route(method, path) or _google_route(method, path)


def _own_route(method: bytes, path: bytes) -> Route | None:
    """The route of a path of the tables."""
    fixed = _FIXED.get(path)
    if fixed is not None:
        return fixed[1] if fixed[0] == method else None
    for before, after, allowed, route in _WITH_MODEL:
        if method == allowed and path.startswith(before) and path.endswith(after):
            return _named(route, path[len(before) : len(path) - len(after)])
    return None


def _raw_route(method: bytes, path: bytes) -> Route | None:
    """The route of Anthropic's messages on Vertex AI; where tokens are counted, the body names the
    model."""
    found = _RAW_PREDICT.fullmatch(path) if method == b"POST" else None
    if found is None:
        return None
    streamed = found[2] == b"streamRawPredict"
    if found[1] == COUNTED:
        counting = Route(dialect="anthropic_count_tokens", envelope="vertex_raw_predict")
        return None if streamed else counting
    route = Route(
        dialect="anthropic_messages",
        stream=streamed,
        envelope="vertex_raw_predict",
        publisher="anthropic",
    )
    return _named(route, found[1])


def _google_route(method: bytes, path: bytes) -> Route | None:
    """The route of one of Google's paths: the model is the last segment, up to the colon."""
    if method == b"GET":
        found = _GOOGLE_MODELS.fullmatch(path)
        if found is None:
            return None
        segment = found[1] or found[2]
        if segment is None:
            return Route(dialect=None, operation="list_models", google_style=True)
        return _named(Route(dialect=None, operation="get_model", google_style=True), segment)
    found = _GOOGLE.fullmatch(path) if method == b"POST" else None
    operation = GOOGLE_OPERATIONS.get(found[3]) if found is not None else None
    if found is None or operation is None:
        return None
    dialect, stream = operation
    publisher = None if found[1] is None else found[1].decode("latin-1")
    route = Route(dialect=dialect, stream=stream, google_style=True, publisher=publisher)
    return _named(route, found[2])


def asked_by(target: bytes) -> str | None:
    """By which operation of its dialect `target` asks, None for the usual one (see `BESIDE`)."""
    path = target.partition(b"?")[0]
    published = b"/publishers/" in path
    for end, below, name in BESIDE:
        if path.endswith(end) and below is published:
            return name
    return None


def methods_of(target: bytes) -> tuple[str, ...]:
    """The methods that the path of `target` takes; empty where no dialect has it.

    With it an unknown path (404) is told from a wrong method (405).
    """
    return tuple(
        method
        for method in ("GET", "POST")
        if _route(method.encode(), target.partition(b"?")[0]) is not None
    )


def _named(route: Route, segment: bytes) -> Route | None:
    """`route` with the model that the path names; clients escape what a segment cannot hold."""
    if not segment or (b"/" in segment and route.operation == "infer"):
        return None
    try:
        model = unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if len(model) > PATH_MODEL_CHARS_MAX or not model.isprintable():
        return None
    return replace(route, path_model=model)
