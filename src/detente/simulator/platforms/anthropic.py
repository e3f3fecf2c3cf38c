"""Anthropic's own platform: paths, credentials, versions, headers and errors.

>>> PLATFORM.base_path
''
"""

import re
from datetime import timedelta
from typing import Final
from urllib.parse import unquote

from detente.simulator.dialects import messages, messages_request
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

TOKENS_PER_MINUTE: Final = 2_000_000
"""Only for the headers: tokens are not limited here."""

GEOS: Final = ("us", "global")
"""Where a message may be answered
(https://platform.claude.com/docs/en/manage-claude/data-residency, read 2026-11-22)."""
_UNPLACED: Final = re.compile(
    r"claude-(?:[123][-.]|instant|[a-z]+-[123](?:-|$)|[a-z]+-4(?:-[0-5])?(?:-20\d{6})?$)"
)
"""Ids of models before 4.6, which cannot be asked to run anywhere in particular
(https://docs.aws.amazon.com/claude-platform/latest/userguide/data-residency.html, read
2026-11-22)."""

STATUS_KINDS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that Anthropic serves, or its own error."""
    try:
        _authorize(request, setting)
        found = _route(request, setting)
    except RequestError as fault:
        found = error(fault, setting)
    return with_headers(found, limits(setting))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """529 where too many run at once, else 429 with the limits and when to come again."""
    if refused.concurrent:
        overloaded = _error(529, "Overloaded", setting)
        return with_headers(overloaded, (("x-should-retry", "true"), *identity(setting)))
    reply = _error(
        429,
        f"This request would exceed your organization's rate limit of {refused.limit} requests "
        "per minute. Please reduce the number of requests or try again later.",
        setting,
    )
    retry: Headers = (
        ("retry-after", str(-(-refused.retry_after_ms // 1000))),
        ("x-should-retry", "true"),
    )
    return with_headers(
        reply, (*retry, *_headers(setting, refused.limit, 0, refused.retry_after_ms))
    )


def failure(status: int, setting: Setting) -> Reply:
    """Anthropic's body for `status`."""
    reply = _error(status, f"The server answered {status} because it was told to.", setting)
    return with_headers(reply, limits(setting))


def _authorize(request: Received, setting: Setting) -> None:
    """Raises `RequestError` 401 unless the key is right; `x-api-key` wins over a bearer token."""
    if setting.api_key is None:
        return
    key = request.header("x-api-key")
    if key is not None:
        if key != setting.api_key:
            raise RequestError(401, "invalid x-api-key")
    elif (token := bearer(request)) is None:
        raise RequestError(401, "x-api-key header is required")
    elif token != setting.api_key:
        raise RequestError(401, "Invalid bearer token")


def _route(request: Received, setting: Setting) -> Answer:
    operation = request.path.removeprefix(setting.base_path)
    match request.method, operation:
        case "GET", "/v1/models":
            return _listing(setting)
        case "GET", path if path.startswith("/v1/models/"):
            model = unquote(path.removeprefix("/v1/models/"))
            _check(model, setting)
            return json_reply(_entry(model))
        case _:
            return operate(request, operation, setting)


def operate(request: Received, operation: str, setting: Setting) -> Answer:
    """The answer of an endpoint (`/v1/messages`) that clouds serve too; raises `RequestError`."""
    match request.method, operation:
        case "POST", "/v1/messages":
            parsed = messages_request.parse(request.body, _version(request))
            _check(parsed.ask.model, setting)
            _check_geo(parsed.geo, parsed.ask.model)
            return messages.answer(parsed, setting)
        case "POST", "/v1/messages/count_tokens":
            messages_request.check_counted(request.body)
            parsed = messages_request.parse(request.body, _version(request), counting=True)
            _check(parsed.ask.model, setting)
            return messages.count(parsed)
        case _:
            raise RequestError(404, "Not found")


def _version(request: Received) -> str:
    version = request.header("anthropic-version")
    if version is None:
        raise RequestError(400, "anthropic-version: header is required")
    if version not in messages_request.VERSIONS:
        raise RequestError(400, f'anthropic-version: "{version}" is not a valid version')
    return version


def _check(model: str, setting: Setting) -> None:
    if model not in setting.models:
        raise RequestError(404, f"model: {model}")


def _check_geo(geo: str | None, model: str) -> None:
    """Raises `RequestError` 400 for a place that there is not, or a model that cannot be placed."""
    if geo is None:
        return
    if geo not in GEOS:
        raise RequestError(400, f"inference_geo: '{geo}' is not a supported inference geo.")
    if _UNPLACED.match(model):
        raise RequestError(400, "inference_geo: this model does not support inference_geo.")


def _listing(setting: Setting) -> Reply:
    ids = setting.models
    return json_reply(
        {
            "data": [_entry(model) for model in ids],
            "has_more": False,
            "first_id": ids[0] if ids else None,
            "last_id": ids[-1] if ids else None,
        }
    )


def _entry(model: str) -> JsonObject:
    return {
        "type": "model",
        "id": model,
        "display_name": model,
        "created_at": "2026-01-01T00:00:00Z",
    }


def error(fault: RequestError, setting: Setting) -> Reply:
    """A refusal in Anthropic's form."""
    return _error(fault.status, fault.message, setting)


def _error(status: int, message: str, setting: Setting) -> Reply:
    body: JsonObject = {
        "type": STATUS_KINDS.get(status, "api_error"),
        "message": message,
    }
    number = f"req_{setting.request_id}"
    return error_reply(status, {"type": "error", "error": body, "request_id": number})


def identity(setting: Setting) -> Headers:
    """The request's number."""
    return (("request-id", f"req_{setting.request_id}"),)


def limits(setting: Setting) -> Headers:
    """The request's number, and what is left."""
    return _headers(setting, setting.limit, setting.remaining)


def _headers(setting: Setting, limit: int, remaining: int, reset_ms: int = 0) -> Headers:
    reset = (setting.at + timedelta(milliseconds=reset_ms)).strftime("%Y-%m-%dT%H:%M:%SZ")
    shown: list[tuple[str, str]] = []
    for kind, most, left in (
        ("requests", limit, remaining),
        ("tokens", TOKENS_PER_MINUTE, TOKENS_PER_MINUTE),
        ("input-tokens", TOKENS_PER_MINUTE, TOKENS_PER_MINUTE),
        ("output-tokens", TOKENS_PER_MINUTE, TOKENS_PER_MINUTE),
    ):
        prefix = f"anthropic-ratelimit-{kind}"
        shown += [
            (f"{prefix}-limit", str(most)),
            (f"{prefix}-remaining", str(left)),
            (f"{prefix}-reset", reset),
        ]
    return (*identity(setting), *shown)


PLATFORM: Final = Platform(
    kind="anthropic", base_path="", answer=answer, refusal=refusal, failure=failure
)
