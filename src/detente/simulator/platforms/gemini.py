"""Google's platforms: the Gemini API, and Vertex AI's paths of the same.

The first takes a key in `x-goog-api-key` or `?key=`, the second a bearer token (or, in express
mode, a key); both are the same one here.

>>> PLATFORM.base_path
''
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

import msgspec

from detente.simulator.dialects import generate, generate_request, google_embeddings
from detente.simulator.dialects.generate_wire import Strict
from detente.simulator.exchange import (
    Answer,
    JsonObject,
    Platform,
    Received,
    Refused,
    Reply,
    RequestError,
    Setting,
    error_reply,
    json_reply,
    with_headers,
)
from detente.simulator.platforms.openai import bearer

STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}

TYPE: Final = "type.googleapis.com/google.rpc."
SERVICE: Final = "generativelanguage.googleapis.com"

INPUT_TOKENS_MAX: Final = 1_048_576
OUTPUT_TOKENS_MAX: Final = 65_536
"""Only for the listing."""

_DEVELOPER: Final = re.compile(r"/(v1|v1beta|v1alpha)/models(?:/([^/:]+)(?::(\w+))?)?")
_VERTEX: Final = re.compile(
    r"/(v1|v1beta1)/(?:projects/[^/]+/locations/[^/]+/)?publishers/google/models/([^/:]+):(\w+)"
)


class CountBody(Strict, frozen=True, kw_only=True):
    """What to count: turns, or a whole request."""

    contents: object = None
    generate_content_request: object = None
    model: str | None = None


class VertexCountBody(Strict, frozen=True, kw_only=True):
    """What to count on Vertex AI: turns, and what stands beside them."""

    contents: object = None
    system_instruction: object = None
    tools: object = None
    generation_config: object = None
    model: str | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request goes: model and operation; no model asks for the listing."""

    version: str
    model: str | None = None
    operation: str | None = None
    vertex: bool = False


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that Google serves, or its own error."""
    try:
        asked = _asked(request, setting)
        _authorize(request, setting, vertex=asked.vertex)
        found = _route(request, asked, setting)
    except RequestError as fault:
        details = DETAILS.get(fault.code or "")
        found = _error(fault.status, fault.message, list(details()) if details else None)
    if isinstance(found, Reply):
        found = msgspec.structs.replace(found, headers=generate.ARRAY_HEADERS)
    return with_headers(found, (("vary", "Origin"), ("server", "scaffolding on HTTPServer2")))


def refusal(refused: Refused, setting: Setting) -> Reply:  # noqa: ARG001 - Google names no request
    """503 where too many run at once, else 429 that says in its details when to come again."""
    if refused.concurrent:
        return _error(503, "The model is overloaded. Please try again later.")
    wait_s = refused.retry_after_ms / 1000
    violation: JsonObject = {
        "quotaMetric": f"{SERVICE}/generate_content_requests",
        "quotaId": "GenerateRequestsPerMinutePerProjectPerModel",
        "quotaValue": str(refused.limit),
    }
    return _error(
        429,
        "You exceeded your current quota, please check your plan and billing details. Please "
        f"retry in {wait_s:g}s.",
        [
            {"@type": f"{TYPE}QuotaFailure", "violations": [violation]},
            {"@type": f"{TYPE}RetryInfo", "retryDelay": f"{wait_s:g}s"},
        ],
    )


def failure(status: int, setting: Setting) -> Reply:  # noqa: ARG001 - Google names no request
    """Google's body for `status`."""
    return _error(status, f"The server answered {status} because it was told to.")


def _asked(request: Received, setting: Setting) -> Asked:
    path = request.path.removeprefix(setting.base_path)
    if found := _VERTEX.fullmatch(path):
        return Asked(version=found[1], model=unquote(found[2]), operation=found[3], vertex=True)
    if found := _DEVELOPER.fullmatch(path):
        model = unquote(found[2]) if found[2] else None
        return Asked(version=found[1], model=model, operation=found[3])
    raise RequestError(404, "Requested entity was not found.")


def _authorize(request: Received, setting: Setting, *, vertex: bool) -> None:
    """Raises `RequestError` in the words of the platform that was asked."""
    if setting.api_key is None:
        return
    key = request.header("x-goog-api-key") or request.query.get("key")
    token = bearer(request)
    if vertex and key is None:
        if token is None:
            raise RequestError(
                401,
                "Request is missing required authentication credential. Expected OAuth 2 access "
                "token, login cookie or other valid authentication credential.",
                code="CREDENTIALS_MISSING",
            )
        if token != setting.api_key:
            raise RequestError(
                401,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, "
                "login cookie or other valid authentication credential.",
                code="ACCESS_TOKEN_TYPE_UNSUPPORTED",
            )
    elif key is None:
        raise RequestError(
            403,
            "Method doesn't allow unregistered callers (callers without established identity). "
            "Please use API Key or other form of API consumer identity to call this API.",
        )
    elif key != setting.api_key:
        raise RequestError(
            400, "API key not valid. Please pass a valid API key.", code="API_KEY_INVALID"
        )


def _reason(reason: str) -> Callable[[], list[JsonObject]]:
    """The details that tell a wrong credential from a wrong request."""
    info: JsonObject = {
        "@type": f"{TYPE}ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE},
    }
    return lambda: [info]


DETAILS: Final = {
    reason: _reason(reason)
    for reason in ("API_KEY_INVALID", "CREDENTIALS_MISSING", "ACCESS_TOKEN_TYPE_UNSUPPORTED")
}


def _route(request: Received, asked: Asked, setting: Setting) -> Answer:
    if asked.model is None:
        if request.method != "GET":
            raise RequestError(404, "Requested entity was not found.")
        return json_reply({"models": [_entry(model) for model in setting.models]})
    if asked.model not in setting.models:
        raise RequestError(404, _unknown(asked))
    if asked.operation is None and request.method == "GET":
        return json_reply(_entry(asked.model))
    if request.method != "POST":
        raise RequestError(404, "Requested entity was not found.")
    return _operate(request, asked, asked.model, setting)


def _operate(request: Received, asked: Asked, model: str, setting: Setting) -> Answer:
    match asked.operation:
        case "generateContent":
            parsed = generate_request.parse(request.body, model)
            return generate.answer(parsed, setting, streamed=False)
        case "streamGenerateContent":
            parsed = generate_request.parse(request.body, model)
            array = request.query.get("alt") != "sse"
            return generate.answer(parsed, setting, streamed=True, array=array)
        case "countTokens":
            return generate.count(
                generate_request.parse(_counted(request.body, vertex=asked.vertex), model)
            )
        case "embedContent":
            return google_embeddings.embed(request.body, model)
        case "batchEmbedContents" if not asked.vertex:
            return google_embeddings.embed_batch(request.body, model)
        case "predict" if asked.vertex:
            return google_embeddings.predict(request.body, model)
        case _:
            raise RequestError(404, _unknown(asked))


def _counted(body: bytes, *, vertex: bool) -> bytes:
    """The request whose tokens are to be counted; raises `RequestError`."""
    read = generate_request.read_body(body, VertexCountBody if vertex else CountBody)
    if isinstance(read, CountBody):
        if read.generate_content_request is not None:
            return msgspec.json.encode(read.generate_content_request)
        return msgspec.json.encode({"contents": read.contents or []})
    given = {
        "contents": read.contents,
        "systemInstruction": read.system_instruction,
        "tools": read.tools,
        "generationConfig": read.generation_config,
    }
    return msgspec.json.encode({key: value for key, value in given.items() if value is not None})


def _unknown(asked: Asked) -> str:
    if asked.vertex:
        return (
            f"Publisher Model `{asked.model}` was not found or your project does not have access "
            "to it. Please ensure you are using a valid model version."
        )
    operation = "embedContent" if asked.operation == "batchEmbedContents" else asked.operation
    listing = "ModelService.ListModels" if operation == "generateContent" else "ListModels"
    return (
        f"models/{asked.model} is not found for API version {asked.version}, or is not supported "
        f"for {operation}. Call {listing} to see the list of available models and their "
        "supported methods."
    )


def _entry(model: str) -> JsonObject:
    return {
        "name": f"models/{model}",
        "version": "001",
        "displayName": model,
        "inputTokenLimit": INPUT_TOKENS_MAX,
        "outputTokenLimit": OUTPUT_TOKENS_MAX,
        "supportedGenerationMethods": [
            "generateContent",
            "countTokens",
            "embedContent",
            "batchEmbedContents",
        ],
    }


def _error(status: int, message: str, details: list[JsonObject] | None = None) -> Reply:
    body: JsonObject = {
        "code": status,
        "message": message,
        "status": STATUSES.get(status, "UNKNOWN"),
    }
    if details:
        body["details"] = details
    return error_reply(status, {"error": body})


PLATFORM: Final = Platform(
    kind="gemini", base_path="", answer=answer, refusal=refusal, failure=failure
)
