"""A server of OpenAI's dialects on somebody's own machines, in the manner of vLLM.

Errors carry the status as an integer `code`; there are no rate-limit headers until a limit
is met, and a wrong key is answered by a bare string, as vLLM does.

>>> PLATFORM.base_path
'/v1'
"""

from typing import Final

from detente.simulator.dialects import chat
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
from detente.simulator.platforms import openai

STATUS_KINDS: Final = {
    400: "BadRequestError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
    503: "ServiceUnavailableError",
}


TRIM: Final = chat.Trim(thoughts=True)


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that such a server serves, or its own error."""
    try:
        openai.authorize(request, setting)
        operation = openai.below(setting.base_path, request.path)
        found = openai.operate(request.method, operation, request.body, setting, trim=TRIM)
        if found is None:
            found = error_reply(404, {"detail": "Not Found"})
    except RequestError as fault:
        if fault.status == 401:
            found = error_reply(401, {"error": "Unauthorized"})
        else:
            found = _error(fault.status, fault.message, fault.param)
    return with_headers(found, _headers(setting))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """429, and when to come again."""
    reply = _error(429, f"Too many requests: the limit is {refused.limit}.")
    retry: Headers = (
        ("retry-after", str(-(-refused.retry_after_ms // 1000))),
        ("x-ratelimit-limit-requests", str(refused.limit)),
        ("x-ratelimit-remaining-requests", "0"),
    )
    return with_headers(reply, (*retry, *_headers(setting)))


def failure(status: int, setting: Setting) -> Reply:
    """The body for `status`."""
    reply = _error(status, f"The server answered {status} because it was told to.")
    return with_headers(reply, _headers(setting))


def _error(status: int, message: str, param: str | None = None) -> Reply:
    kind = STATUS_KINDS.get(status, "InternalServerError")
    body: JsonObject = {"message": message, "type": kind, "param": param, "code": status}
    return error_reply(status, {"error": body})


def _headers(setting: Setting) -> Headers:
    return (("server", "uvicorn"), ("x-request-id", setting.request_id))


PLATFORM: Final = Platform(
    kind="openai_compatible", base_path="/v1", answer=answer, refusal=refusal, failure=failure
)
