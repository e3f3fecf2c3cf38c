"""Azure OpenAI: OpenAI's dialects under deployments, with Azure's credentials and filters.

Both path styles: `/openai/deployments/{id}/…?api-version=` (and `/openai/…?api-version=` for
what has no deployment in its path), and `/openai/v1/…`. The path's deployment wins over the
body's model.

>>> PLATFORM.base_path
''
"""

from typing import Final
from urllib.parse import unquote

import msgspec

from detente.simulator.dialects import chat, chat_request, completions, embeddings
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
from detente.simulator.identity import bearer_problem
from detente.simulator.platforms import openai

V1: Final = "/openai/v1"
DEPLOYMENTS: Final = "/openai/deployments/"

REGION: Final = "East US 2"

DEPLOYMENT_NOT_FOUND: Final = (
    "The API deployment for this resource does not exist. If you created the deployment within "
    "the last 5 minutes, please wait a moment and try again."
)

AUDIENCE: Final = "https://cognitiveservices.azure.com"
"""Whom Entra's tokens are for (wire-logs of `AzureOpenAI`, read 2026-11-22)."""

TOKEN_REFUSED: Final = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect "
    f"({AUDIENCE}), or have expired."
)
"""What Azure says of every token that does not hold, as its users report it
(github.com/run-llama/llama_index, thread 12484, read 2026-11-22)."""

_SAFE: Final[JsonObject] = {
    name: {"filtered": False, "severity": "safe"}
    for name in ("hate", "self_harm", "sexual", "violence")
}
_PROMPT: Final[JsonObject] = {
    "prompt_filter_results": [
        {
            "prompt_index": 0,
            "content_filter_results": {
                **_SAFE,
                "jailbreak": {"detected": False, "filtered": False},
            },
        }
    ]
}

TRIM: Final = chat.Trim(
    choice={"content_filter_results": _SAFE},
    whole=_PROMPT,
    first_chunk={"choices": [], "created": 0, "id": "", "model": "", "object": "", **_PROMPT},
)
"""The filters' findings as Azure sends them: nothing was found."""


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that Azure serves, or its own error."""
    try:
        _authorize(request, setting)
        found = _route(request, setting)
    except RequestError as fault:
        found = _fault(fault)
    return with_headers(found, _headers(setting))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """429 in Azure's words, with both retry headers."""
    seconds = -(-refused.retry_after_ms // 1000)
    reply = _error(
        429,
        "429",
        "Requests to this operation have exceeded the call rate limit of your current pricing "
        f"tier. Please retry after {seconds} seconds.",
    )
    retry: Headers = (
        ("retry-after", str(seconds)),
        ("retry-after-ms", str(refused.retry_after_ms)),
        ("x-ratelimit-reset-requests", str(seconds)),
    )
    left = msgspec.structs.replace(setting, limit=refused.limit, remaining=0)
    return with_headers(reply, (*retry, *_headers(left)))


def failure(status: int, setting: Setting) -> Reply:
    """Azure's body for `status`."""
    reply = _error(status, str(status), f"The server answered {status} because it was told to.")
    return with_headers(reply, _headers(setting))


def _authorize(request: Received, setting: Setting) -> None:
    """Raises `RequestError` 401 unless `api-key`, or else the bearer token, is the key; or the
    bearer token is one of Entra's, where those are issued."""
    given, token = request.header("api-key"), openai.bearer(request)
    if setting.api_key is not None and (given or token) == setting.api_key:
        return
    if setting.issued_tokens and given is None:
        if bearer_problem(token, setting, AUDIENCE) is not None:
            raise RequestError(401, TOKEN_REFUSED, code="token")
    elif setting.issued_tokens or setting.api_key is not None:
        raise RequestError(401, "", code="401")


def _route(request: Received, setting: Setting) -> Answer:
    path = openai.below(setting.base_path, request.path)
    found: Answer | None = None
    if operation := openai.below(V1, path):
        found = openai.operate(request.method, operation, request.body, setting, trim=TRIM)
    elif not request.query.get("api-version"):
        raise RequestError(404, "Resource not found", code="404")
    elif path.startswith(DEPLOYMENTS):
        found = _deployed(request, path.removeprefix(DEPLOYMENTS), setting)
    elif operation := openai.below("/openai", path):
        found = openai.operate(request.method, operation, request.body, setting, trim=TRIM)
    if found is None:
        raise RequestError(404, "Resource not found", code="404")
    return found


def _deployed(request: Received, rest: str, setting: Setting) -> Answer | None:
    """The endpoints that have the deployment in their path."""
    name, _, operation = rest.partition("/")
    deployment = unquote(name)
    if deployment not in setting.models:
        raise RequestError(404, DEPLOYMENT_NOT_FOUND, code="DeploymentNotFound")
    match request.method, operation:
        case "POST", "chat/completions":
            return chat.answer(chat_request.parse(request.body, deployment), setting, TRIM)
        case "POST", "completions":
            return completions.answer(completions.parse(request.body, deployment), setting)
        case "POST", "embeddings":
            return embeddings.answer(embeddings.parse(request.body, deployment))
        case _:
            return None


def _fault(fault: RequestError) -> Reply:
    """A refusal in Azure's words; an unknown model is an unknown deployment."""
    if fault.code == "token":
        return error_reply(401, {"statusCode": 401, "message": fault.message})
    if fault.status == 401:
        return _error(
            401,
            "401",
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to "
            "provide a valid key for an active subscription and use a correct regional API "
            "endpoint for your resource.",
        )
    if fault.code in ("model_not_found", "DeploymentNotFound"):
        body: JsonObject = {
            "type": "invalid_request_error",
            "code": "DeploymentNotFound",
            "message": DEPLOYMENT_NOT_FOUND,
        }
        return error_reply(404, {"error": body})
    if fault.code == "404":
        return _error(404, "404", fault.message)
    return openai.error(fault.status, fault.message, fault.kind, fault.code, fault.param)


def _error(status: int, code: str, message: str) -> Reply:
    return error_reply(status, {"error": {"code": code, "message": message}})


def _headers(setting: Setting) -> Headers:
    """Azure's identifiers and limits; its resets are seconds."""
    number = setting.request_id
    identity = f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}"
    return (
        ("apim-request-id", identity),
        ("x-request-id", identity),
        ("x-ms-region", REGION),
        ("x-ms-rai-invoked", "true"),
        ("x-ratelimit-limit-requests", str(setting.limit)),
        ("x-ratelimit-remaining-requests", str(setting.remaining)),
        ("x-ratelimit-limit-tokens", str(openai.TOKENS_PER_MINUTE)),
        ("x-ratelimit-remaining-tokens", str(openai.TOKENS_PER_MINUTE)),
    )


PLATFORM: Final = Platform(
    kind="azure", base_path="", answer=answer, refusal=refusal, failure=failure
)
