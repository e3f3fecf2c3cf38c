"""xAI's own platform: OpenAI's chat and responses, with xAI's credentials, limits and errors.

A wrong key is answered with 400, and both `code` and `error` are sentences
(https://docs.x.ai/developers/debugging, and github.com/continuedev/continue, thread 10778, both
read 2026-11-22). What an answer cost stands in its usage.

>>> PLATFORM.base_path
'/v1'
"""

from typing import Final

from detente.simulator.dialects import chat
from detente.simulator.exchange import (
    Answer,
    Headers,
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

COST_TICKS: Final = 1_000_000
"""Ten billion are a dollar; the same for every answer."""

TRIM: Final = chat.Trim(
    thoughts=True, usage={"num_sources_used": 0, "cost_in_usd_ticks": COST_TICKS}
)
SERVED: Final = ("/chat/completions", "/responses", "/models")

CODES: Final = {
    400: "Client specified an invalid argument",
    401: "Unauthenticated",
    403: "The caller does not have permission to execute the specified operation",
    404: "Some requested entity was not found",
    429: "Some resource has been exhausted",
    503: "The service is currently unavailable",
}


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that xAI serves, or its own error."""
    try:
        _authorize(request, setting)
        operation = openai.below(setting.base_path, request.path)
        found = None
        if operation in SERVED or operation.startswith("/models/"):
            found = openai.operate(request.method, operation, request.body, setting, trim=TRIM)
        if found is None:
            found = Reply(status=404)
    except RequestError as fault:
        found = _fault(fault)
    return with_headers(found, _headers(setting, setting.limit, setting.remaining))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """429 in xAI's words; it does not say when to come again, so `retry-after` is the minute's."""
    reply = _error(
        429,
        "Too many requests for team simulated and model. Your team's rate limit is "
        f"{refused.limit} requests per minute.",
    )
    retry: Headers = (("retry-after", str(-(-refused.retry_after_ms // 1000))),)
    return with_headers(reply, (*retry, *_headers(setting, refused.limit, 0)))


def failure(status: int, setting: Setting) -> Reply:
    """xAI's body for `status`."""
    reply = _error(status, f"The server answered {status} because it was told to.")
    return with_headers(reply, _headers(setting, setting.limit, setting.remaining))


def _authorize(request: Received, setting: Setting) -> None:
    """Raises `RequestError` unless the token is the key: 401 without one, 400 for another."""
    given = openai.bearer(request)
    if setting.api_key is None or given == setting.api_key:
        return
    if given is None:
        raise RequestError(401, "No API key provided. Specify your API key in the header.")
    raise RequestError(
        400,
        f"Incorrect API key provided: {given[:2]}***{given[-2:]}. You can obtain an API key from "
        "https://console.x.ai.",
    )


def _fault(fault: RequestError) -> Reply:
    """An unknown model is 404 in every dialect; OpenAI's sentences name it between quotes."""
    if fault.code != "model_not_found":
        return _error(fault.status, fault.message)
    model = fault.message.replace("'", "`").split("`")[1]
    return _error(
        404,
        f"The model {model} does not exist or your team simulated does not have access to it.",
    )


def _error(status: int, message: str) -> Reply:
    return error_reply(status, {"code": CODES.get(status, "Internal error"), "error": message})


def _headers(setting: Setting, limit: int, remaining: int) -> Headers:
    return (
        ("x-request-id", setting.request_id),
        ("x-ratelimit-limit-requests", str(limit)),
        ("x-ratelimit-remaining-requests", str(remaining)),
        ("x-ratelimit-limit-tokens", str(openai.TOKENS_PER_MINUTE)),
        ("x-ratelimit-remaining-tokens", str(openai.TOKENS_PER_MINUTE)),
    )


PLATFORM: Final = Platform(
    kind="xai", base_path="/v1", answer=answer, refusal=refusal, failure=failure
)
