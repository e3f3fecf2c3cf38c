"""OpenAI's own platform: paths, credentials, headers and errors.

The dialects are in `dialects`; this adds what only OpenAI's machines say.

>>> PLATFORM.base_path
'/v1'
"""

from typing import Final
from urllib.parse import unquote

from detente.simulator.dialects import (
    chat,
    chat_request,
    completions,
    embeddings,
    models,
    moderations,
    responses,
    responses_request,
)
from detente.simulator.dialects.chat_turns import CALL_ID_MAX
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
    with_headers,
)

TOKENS_PER_MINUTE: Final = 2_000_000
"""Only for the headers: tokens are not limited here."""

STATUS_KINDS: Final = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    408: ("server_error", None),
    409: ("invalid_request_error", None),
    429: ("requests", "rate_limit_exceeded"),
    500: ("server_error", None),
    502: ("server_error", None),
    503: ("server_error", None),
    504: ("server_error", None),
}


PLAIN: Final = chat.Trim()


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that OpenAI serves, or its own error."""
    try:
        authorize(request, setting)
        operation = below(setting.base_path, request.path)
        if (request.method, operation) == ("POST", "/responses/input_tokens"):
            found = _count(request.body, setting)
        elif (request.method, operation) == ("POST", "/moderations"):
            found = moderations.answer(request.body, setting)
        else:
            found = operate(request.method, operation, request.body, setting)
        if found is None:
            raise RequestError(404, f"Invalid URL ({request.method} {request.path})")
    except RequestError as fault:
        found = error(fault.status, fault.message, fault.kind, fault.code, fault.param)
    return with_headers(found, _headers(setting))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """429 with the limits, and when to come again."""
    wait_s = refused.retry_after_ms / 1000
    reason = "concurrent requests" if refused.concurrent else "requests per min (RPM)"
    reply = error(
        429,
        f"Rate limit reached on {reason}: Limit {refused.limit}, Used {refused.limit}, "
        f"Requested 1. Please try again in {wait_s:g}s.",
        "requests",
        "rate_limit_exceeded",
    )
    retry: Headers = (
        ("retry-after", str(-(-refused.retry_after_ms // 1000))),
        ("retry-after-ms", str(refused.retry_after_ms)),
    )
    limits = limit_headers(refused.limit, 0, f"{wait_s:g}s")
    return with_headers(reply, (*retry, *limits, *_identity(setting)))


def failure(status: int, setting: Setting) -> Reply:
    """OpenAI's body for `status`."""
    kind, code = STATUS_KINDS.get(status, ("server_error", None))
    message = f"The server answered {status} because it was told to."
    return with_headers(error(status, message, kind, code), _headers(setting))


def authorize(request: Received, setting: Setting) -> None:
    """Raises `RequestError` 401 unless the bearer token is the key."""
    given = bearer(request)
    if setting.api_key is None or given == setting.api_key:
        return
    if given is None:
        raise RequestError(
            401,
            "You didn't provide an API key. You need to provide your API key in an "
            "Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        )
    raise RequestError(401, "Incorrect API key provided.", code="invalid_api_key")


def bearer(request: Received) -> str | None:
    """The bearer token, if there is one."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def operate(
    method: str,
    operation: str,
    body: bytes,
    setting: Setting,
    *,
    trim: chat.Trim = PLAIN,
    call_id_max: int = CALL_ID_MAX,
) -> Answer | None:
    """The answer of an endpoint (`/chat/completions`), or None where there is no such endpoint.

    Raises `RequestError`. Azure serves the same endpoints elsewhere.
    """
    if method == "GET":
        return _listing(operation, setting)
    match method, operation:
        case "POST", "/chat/completions":
            asked = chat_request.parse(body, call_id_max=call_id_max)
            models.check(asked.ask.model, setting)
            return chat.answer(asked, setting, trim)
        case "POST", "/completions":
            posed = completions.parse(body)
            models.check(posed.model, setting)
            return completions.answer(posed, setting)
        case "POST", "/responses":
            wanted = responses_request.parse(body)
            models.check_for_response(wanted.ask.model, setting)
            return responses.answer(wanted, setting)
        case "POST", "/embeddings":
            read = embeddings.parse(body)
            models.check(read.model, setting)
            return embeddings.answer(read)
        case _:
            return None


def _listing(operation: str, setting: Setting) -> Reply | None:
    """The models, or the one that the path names."""
    if operation == "/models":
        return models.answer_list(setting)
    name = operation.removeprefix("/models/")
    return None if name == operation else models.answer_one(unquote(name), setting)


def _count(body: bytes, setting: Setting) -> Reply:
    """The answer to `responses/input_tokens`, which Azure and most others do not serve."""
    counted = responses_request.parse(body, counting=True)
    models.check_for_response(counted.ask.model, setting)
    return responses.count(counted)


def below(base_path: str, path: str) -> str:
    """The part of `path` after `base_path`, empty where it is elsewhere."""
    return path.removeprefix(base_path) if path.startswith(base_path + "/") else ""


def error(
    status: int, message: str, kind: str, code: str | None = None, param: str | None = None
) -> Reply:
    """An error in OpenAI's form."""
    body: JsonObject = {"message": message, "type": kind, "param": param, "code": code}
    return error_reply(status, {"error": body})


def limit_headers(limit: int, remaining: int, reset: str) -> Headers:
    """`x-ratelimit-*`; `reset` is a duration as OpenAI writes it."""
    return (
        ("x-ratelimit-limit-requests", str(limit)),
        ("x-ratelimit-limit-tokens", str(TOKENS_PER_MINUTE)),
        ("x-ratelimit-remaining-requests", str(remaining)),
        ("x-ratelimit-remaining-tokens", str(TOKENS_PER_MINUTE)),
        ("x-ratelimit-reset-requests", reset),
        ("x-ratelimit-reset-tokens", "0s"),
    )


def _identity(setting: Setting) -> Headers:
    return (
        ("openai-processing-ms", "1"),
        ("openai-version", "2020-10-01"),
        ("x-request-id", f"req_{setting.request_id}"),
    )


def _headers(setting: Setting) -> Headers:
    return (*_identity(setting), *limit_headers(setting.limit, setting.remaining, "6ms"))


PLATFORM: Final = Platform(
    kind="openai", base_path="/v1", answer=answer, refusal=refusal, failure=failure
)
