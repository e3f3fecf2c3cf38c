"""Mistral's own platform: paths, credentials, limits and errors.

Strict: a member that it does not know is 422. Limit headers as recorded of api.mistral.ai (2025);
the errors' codes as its users report them (read 2026-11-22).

>>> PLATFORM.base_path
''
"""

from typing import Final

import msgspec

from detente.simulator.composition import FORBIDDEN
from detente.simulator.dialects import embeddings, mistral, mistral_request, models
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
    decode_body,
    error_reply,
    with_headers,
)
from detente.simulator.platforms import openai

TOKENS_PER_MINUTE: Final = 2_000_000
"""Only for the headers: tokens are not limited here."""

STATUS_KINDS: Final = {
    429: ("rate_limited", "1300"),
    503: ("unreachable_backend", "1100"),
}


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that Mistral serves, or its own error."""
    try:
        _authorize(request, setting)
        found = _route(request, setting)
    except mistral_request.Extra as extra:
        found = error_reply(422, {"detail": [_extra(place) for place in extra.found]})
    except RequestError as fault:
        found = _error(fault.status, fault.message, fault.kind, fault.code)
    return with_headers(found, _headers(setting, setting.limit, setting.remaining))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """429, and when to come again."""
    reply = _error(429, "Rate limit exceeded", "rate_limited", "1300")
    retry: Headers = (("retry-after", str(-(-refused.retry_after_ms // 1000))),)
    return with_headers(reply, (*retry, *_headers(setting, refused.limit, 0)))


def failure(status: int, setting: Setting) -> Reply:
    """Mistral's body for `status`."""
    kind, code = STATUS_KINDS.get(status, ("internal_server_error", "1000"))
    reply = _error(status, f"The server answered {status} because it was told to.", kind, code)
    return with_headers(reply, _headers(setting, setting.limit, setting.remaining))


def _authorize(request: Received, setting: Setting) -> None:
    """Raises `RequestError` 401 unless the bearer token is the key."""
    if setting.api_key is not None and openai.bearer(request) != setting.api_key:
        raise RequestError(401, "Unauthorized")


def _route(request: Received, setting: Setting) -> Answer:
    operation = openai.below(setting.base_path, request.path)
    match request.method, operation:
        case "POST", "/v1/chat/completions":
            asked = mistral_request.parse(request.body)
            _check(asked.chat.ask.model, setting)
            if asked.guarded and asked.chat.ask.prompt.lower().startswith(FORBIDDEN):
                raise RequestError(
                    403, "The guardrail blocked this request.", kind="guardrail_violation"
                )
            return mistral.answer(asked.chat, setting)
        case "POST", "/v1/embeddings":
            return _embedded(request.body, setting)
        case "GET", "/v1/models":
            return models.answer_list(setting)
        case _:
            raise RequestError(404, "no Route matched with those values")


def _embedded(body: bytes, setting: Setting) -> Reply:
    read = mistral_request.read_body(body, mistral_request.EMBEDDINGS)
    if "output_dimension" in read:
        read["dimensions"] = read.pop("output_dimension")
    wanted = embeddings.parse(msgspec.json.encode(read))
    _check(wanted.model, setting)
    reply = embeddings.answer(wanted)
    value = decode_body(reply.body, dict[str, object])
    told = {"id": setting.request_id, **value}
    return msgspec.structs.replace(reply, body=msgspec.json.encode(told))


def _check(model: str, setting: Setting) -> None:
    if model not in setting.models:
        raise RequestError(400, f"Invalid model: {model}", kind="invalid_model", code="1500")


def _extra(place: mistral_request.Place) -> JsonObject:
    return {
        "type": "extra_forbidden",
        "loc": list(place),
        "msg": "Extra inputs are not permitted",
        "input": None,
    }


def _error(status: int, message: str, kind: str, code: str | None = None) -> Reply:
    if status == 401:
        return error_reply(401, {"detail": message})
    if status == 404:
        return error_reply(404, {"message": message})
    body: JsonObject = {"object": "error", "message": message, "type": kind, "param": None}
    return error_reply(status, {**body, "code": code})


def _headers(setting: Setting, limit: int, remaining: int) -> Headers:
    return (
        ("mistral-correlation-id", setting.request_id),
        ("x-kong-request-id", setting.request_id),
        ("x-ratelimit-limit-req-minute", str(limit)),
        ("x-ratelimit-remaining-req-minute", str(remaining)),
        ("x-ratelimit-limit-tokens-minute", str(TOKENS_PER_MINUTE)),
        ("x-ratelimit-remaining-tokens-minute", str(TOKENS_PER_MINUTE)),
    )


PLATFORM: Final = Platform(
    kind="mistral", base_path="", answer=answer, refusal=refusal, failure=failure
)
