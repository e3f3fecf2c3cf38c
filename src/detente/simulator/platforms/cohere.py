"""Cohere's platform: version 2 of its API, and the list of models, which is of version 1.

>>> PLATFORM.base_path
''
"""

from typing import Final
from urllib.parse import unquote

from detente.simulator.dialects import cohere, cohere_embeddings, cohere_request
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
from detente.simulator.platforms.openai import bearer

CONTEXT_TOKENS_MAX: Final = 128_000
"""Only for the listing."""


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that Cohere serves, or its own error."""
    try:
        _authorize(request, setting)
        found = _route(request, setting)
    except RequestError as fault:
        found = _error(fault.status, fault.message, setting)
    return with_headers(found, _headers(setting))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """429 with when to come again; Cohere does not tell kinds of limits apart."""
    reply = _error(
        429,
        f"You are past the per minute request limit of {refused.limit}, please wait and try again "
        "later.",
        setting,
    )
    retry: Headers = (("retry-after", str(-(-refused.retry_after_ms // 1000))),)
    return with_headers(reply, (*retry, *_headers(setting)))


def failure(status: int, setting: Setting) -> Reply:
    """Cohere's body for `status`."""
    reply = _error(status, f"The server answered {status} because it was told to.", setting)
    return with_headers(reply, _headers(setting))


def _authorize(request: Received, setting: Setting) -> None:
    """Raises `RequestError` 401 unless the bearer token is the key."""
    given = bearer(request)
    if setting.api_key is None or given == setting.api_key:
        return
    raise RequestError(401, "no api key supplied" if given is None else "invalid api token")


def _route(request: Received, setting: Setting) -> Answer:
    match request.method, request.path.removeprefix(setting.base_path):
        case "POST", "/v2/chat":
            asked = cohere_request.parse(request.body)
            _check(asked.ask.model, setting)
            return cohere.answer(asked, setting)
        case "POST", "/v2/embed":
            wanted = cohere_embeddings.parse(request.body)
            _check(wanted.body.model, setting)
            return cohere_embeddings.answer(wanted)
        case "GET", "/v1/models":
            return json_reply({"models": [_entry(model) for model in setting.models]})
        case "GET", path if path.startswith("/v1/models/"):
            model = unquote(path.removeprefix("/v1/models/"))
            _check(model, setting)
            return json_reply(_entry(model))
        case _:
            raise RequestError(404, "404 page not found")


def _check(model: str, setting: Setting) -> None:
    if model not in setting.models:
        raise RequestError(
            404,
            f"model '{model}' not found, make sure the correct model ID was used and that you "
            "have access to the model.",
        )


def _entry(model: str) -> JsonObject:
    return {
        "name": model,
        "is_deprecated": False,
        "endpoints": ["embed"] if "embed" in model else ["chat"],
        "finetuned": False,
        "context_length": CONTEXT_TOKENS_MAX,
        "default_endpoints": [],
    }


def _error(status: int, message: str, setting: Setting) -> Reply:
    return error_reply(status, {"id": setting.request_id, "message": message})


def _headers(setting: Setting) -> Headers:
    return (
        ("x-debug-trace-id", setting.request_id),
        ("x-endpoint-monthly-call-limit", str(setting.limit)),
    )


PLATFORM: Final = Platform(
    kind="cohere", base_path="", answer=answer, refusal=refusal, failure=failure
)
