"""An Ollama server on somebody's own machine: its own API, and OpenAI's beside it.

Takes no key, unless it is told to, as its cloud and proxies before it do.

>>> PLATFORM.base_path
''
"""

import hashlib
from typing import Final

import msgspec

from detente.simulator.dialects import chat, ollama, ollama_embeddings, ollama_request
from detente.simulator.exchange import (
    Answer,
    Headers,
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
from detente.simulator.platforms import openai

VERSION: Final = "0.13.0"
CONTEXT_TOKENS_MAX: Final = 131_072
SIZE_BYTES: Final = 4_661_224_676
"""Only for the listing."""

TRIM: Final = chat.Trim(thoughts=True)
DETAILS: Final[JsonObject] = {
    "parent_model": "",
    "format": "gguf",
    "family": "simulated",
    "families": ["simulated"],
    "parameter_size": "8.0B",
    "quantization_level": "Q4_K_M",
}


class Show(msgspec.Struct, frozen=True):
    """Which model to show; `name` is the older word."""

    model: str = ""
    name: str = ""


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that Ollama serves, or its own error."""
    compatible = request.path.removeprefix(setting.base_path).startswith("/v1/")
    try:
        _authorize(request, setting)
        return _compatible(request, setting) if compatible else _route(request, setting)
    except RequestError as fault:
        if compatible:
            return openai.error(fault.status, fault.message, fault.kind, fault.code, fault.param)
        return _error(fault.status, fault.message)


def refusal(refused: Refused, setting: Setting) -> Reply:  # noqa: ARG001 - Ollama names no request
    """503 for a full queue, as on a machine of one's own; else 429, as its cloud says it."""
    if refused.concurrent:
        return _error(503, "server busy, please try again.  maximum pending requests exceeded")
    reply = _error(429, f"you have reached your limit of {refused.limit} requests per minute")
    retry: Headers = (("retry-after", str(-(-refused.retry_after_ms // 1000))),)
    return with_headers(reply, retry)


def failure(status: int, setting: Setting) -> Reply:  # noqa: ARG001 - Ollama names no request
    """Ollama's body for `status`."""
    return _error(status, f"The server answered {status} because it was told to.")


def _authorize(request: Received, setting: Setting) -> None:
    """Raises `RequestError` 401 unless the bearer token is the key."""
    if setting.api_key is not None and openai.bearer(request) != setting.api_key:
        raise RequestError(401, "unauthorized")


def _route(request: Received, setting: Setting) -> Answer:
    match request.method, request.path.removeprefix(setting.base_path):
        case "POST", "/api/chat":
            asked = ollama_request.parse(request.body)
            ollama_request.served(asked.ask.model, setting.models)
            return ollama.answer(asked, setting)
        case "POST", "/api/embed" | "/api/embeddings" as path:
            wanted = ollama_embeddings.parse(request.body)
            ollama_request.served(wanted.model, setting.models)
            older = path == "/api/embeddings"
            return (ollama_embeddings.answer_older if older else ollama_embeddings.answer)(wanted)
        case "GET", "/api/tags":
            return json_reply({"models": [_entry(model) for model in setting.models]})
        case "GET", "/api/version":
            return json_reply({"version": VERSION})
        case "POST", "/api/show":
            shown = ollama_request.read_as(request.body, Show)
            return _shown(ollama_request.served(shown.model or shown.name, setting.models))
        case _:
            raise RequestError(404, "404 page not found")


def _compatible(request: Received, setting: Setting) -> Answer:
    operation = request.path.removeprefix(setting.base_path).removeprefix("/v1")
    found = openai.operate(request.method, operation, request.body, setting, trim=TRIM)
    if found is None:
        raise RequestError(404, "404 page not found")
    return found


def _entry(model: str) -> JsonObject:
    return {
        "name": model,
        "model": model,
        "modified_at": ollama.CREATED,
        "size": SIZE_BYTES,
        "digest": hashlib.sha256(model.encode()).hexdigest(),
        "details": DETAILS,
    }


def _shown(model: str) -> Reply:
    embeds = "embed" in model
    info: JsonObject = {
        "general.architecture": "simulated",
        "simulated.context_length": CONTEXT_TOKENS_MAX,
    }
    return json_reply(
        {
            "modelfile": f"FROM {model}",
            "parameters": "",
            "template": "",
            "details": DETAILS,
            "model_info": info,
            "capabilities": ["embedding"] if embeds else ["completion", "tools", "thinking"],
            "modified_at": ollama.CREATED,
        }
    )


def _error(status: int, message: str) -> Reply:
    return error_reply(status, {"error": message})


PLATFORM: Final = Platform(
    kind="ollama", base_path="", answer=answer, refusal=refusal, failure=failure
)
