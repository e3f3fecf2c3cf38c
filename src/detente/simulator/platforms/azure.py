"""Azure OpenAI: OpenAI's dialects under deployments, with Azure's credentials and filters.

Both path styles: `/openai/deployments/{id}/…?api-version=` (and `/openai/…?api-version=` for
what has no deployment in its path), and `/openai/v1/…`. The path's deployment wins over the
body's model. Where deployments are provisioned, the capacity is theirs: they tell how much of it is
in use, and what they cannot take spills into a standard deployment, if one is named
(https://learn.microsoft.com/azure/foundry/openai/how-to/spillover-traffic-management, read
2026-11-22).

>>> PLATFORM.base_path
''
"""

from typing import Final
from urllib.parse import unquote

import msgspec

from detente.simulator.dialects import (
    chat,
    chat_request,
    completions,
    embeddings,
    models,
    responses,
    responses_request,
)
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
from detente.simulator.identity import bearer_problem
from detente.simulator.platforms import azure_content_safety, azure_filters, openai

V1: Final = "/openai/v1"
DEPLOYMENTS: Final = "/openai/deployments/"

REGION: Final = "East US 2"

DEPLOYMENT_NOT_FOUND: Final = (
    "The API deployment for this resource does not exist. If you created the deployment within "
    "the last 5 minutes, please wait a moment and try again."
)

AUDIENCE: Final = "https://cognitiveservices.azure.com"
"""Whom Entra's tokens are for (wire-logs of `AzureOpenAI`, read 2026-11-22)."""
FOUNDRY_AUDIENCE: Final = "https://ai.azure.com"
"""Whom they may be for as well (`anthropic/lib/foundry.md` of anthropic 2.12.0)."""

TOKEN_REFUSED: Final = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect "
    f"({AUDIENCE}), or have expired."
)
"""What Azure says of every token that does not hold, as its users report it
(github.com/run-llama/llama_index, thread 12484, read 2026-11-22)."""

SPILLOVER: Final = "x-ms-spillover-deployment"


class _Named(msgspec.Struct, frozen=True):
    """The deployment that a body names."""

    model: str | None = None


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that Azure serves, or its own error."""
    if azure_content_safety.serves(request, setting):
        return azure_content_safety.answer(request, setting)
    try:
        authorize(request, setting, AUDIENCE, FOUNDRY_AUDIENCE)
        found = route(request, setting)
        deployment = _asked(request, setting)
    except RequestError as fault:
        return with_headers(fault_reply(fault), headers(setting))
    if setting.provisioned and deployment not in setting.provisioned:
        found = msgspec.structs.replace(found, metered=False)
    return with_headers(found, headers(setting, deployment))


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
    )
    left = msgspec.structs.replace(setting, limit=refused.limit, remaining=0)
    if setting.provisioned:
        return with_headers(reply, (*retry, *headers(left, setting.provisioned[0])))
    reset = ("x-ratelimit-reset-requests", str(refused.retry_after_ms))
    return with_headers(reply, (*retry, reset, *headers(left)))


def failure(status: int, setting: Setting) -> Reply:
    """Azure's body for `status`."""
    reply = _error(status, str(status), f"The server answered {status} because it was told to.")
    return with_headers(reply, headers(setting))


def spill(request: Received, setting: Setting) -> Answer | None:
    """The standard deployment's answer to what a provisioned one cannot take, None where none is
    named; the deployment's own property wins over the request's header."""
    target = setting.spillover or request.header(SPILLOVER)
    asked = _asked(request, setting)
    if target is None or asked not in setting.provisioned:
        return None
    try:
        found = route(request, setting, target)
    except RequestError as fault:
        found = fault_reply(fault)
    told: Headers = (
        ("x-ms-spillover-from-deployment", asked),
        ("x-ms-spillover-error", "429"),
        ("x-ms-deployment-name", target),
    )
    return with_headers(found, (*told, *headers(setting, target)))


def authorize(request: Received, setting: Setting, *audiences: str) -> None:
    """Raises `RequestError` 401 unless `api-key`, or else the bearer token, is the key; or the
    bearer token is one of Entra's for one of `audiences`, where those are issued."""
    given, token = request.header("api-key"), openai.bearer(request)
    if setting.api_key is not None and (given or token) == setting.api_key:
        return
    if setting.issued_tokens and given is None:
        if bearer_problem(token, setting, *audiences) is not None:
            raise RequestError(401, TOKEN_REFUSED.replace(AUDIENCE, audiences[0]), code="token")
    elif setting.issued_tokens or setting.api_key is not None:
        raise RequestError(401, "", code="401")


def route(request: Received, setting: Setting, deployment: str | None = None) -> Answer:
    """The answer of either style's endpoint, by `deployment` where that is given. Raises
    `RequestError`."""
    path = openai.below(setting.base_path, request.path)
    found: Answer | None = None
    if operation := openai.below(V1, path):
        found = _operate(request, operation, setting, deployment)
    elif not request.query.get("api-version"):
        raise RequestError(404, "Resource not found", code="404")
    elif path.startswith(DEPLOYMENTS):
        found = _deployed(request, path.removeprefix(DEPLOYMENTS), setting, deployment)
    elif operation := openai.below("/openai", path):
        found = _operate(request, operation, setting, deployment)
    if found is None:
        raise RequestError(404, "Resource not found", code="404")
    return found


def fault_reply(fault: RequestError) -> Reply:
    """A refusal in Azure's words; an unknown model is an unknown deployment."""
    if isinstance(fault, azure_filters.PromptBlocked):
        return azure_filters.blocked_reply()
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


def headers(setting: Setting, deployment: str | None = None) -> Headers:
    """Azure's identifiers, and limits: how much of a provisioned deployment is in use, else what is
    left; its resets are milliseconds."""
    number = setting.request_id
    identity = f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}"
    named: Headers = (
        ("apim-request-id", identity),
        ("x-request-id", identity),
        ("x-ms-region", REGION),
        ("x-ms-rai-invoked", "true"),
        ("azureml-model-session", "d000-simulated"),
    )
    if deployment in setting.provisioned:
        used = 100 * (setting.limit - setting.remaining) / max(1, setting.limit)
        return (*named, ("azure-openai-deployment-utilization", f"{used:.1f}%"))
    return (
        *named,
        ("x-ratelimit-limit-requests", str(setting.limit)),
        ("x-ratelimit-remaining-requests", str(setting.remaining)),
        ("x-ratelimit-limit-tokens", str(openai.TOKENS_PER_MINUTE)),
        ("x-ratelimit-remaining-tokens", str(openai.TOKENS_PER_MINUTE)),
    )


def _asked(request: Received, setting: Setting) -> str | None:
    """The deployment that a request is for, None where it is for none."""
    path = openai.below(setting.base_path, request.path)
    if path.startswith(DEPLOYMENTS):
        return unquote(path.removeprefix(DEPLOYMENTS).partition("/")[0])
    return decode_body(request.body, _Named).model if request.method == "POST" else None


def _operate(
    request: Received, operation: str, setting: Setting, deployment: str | None
) -> Answer | None:
    """The endpoints whose body names the deployment."""
    if deployment is None and request.method == "POST":
        deployment = _asked(request, setting)
    if request.method == "POST" and operation == "/responses":
        named = _renamed(request.body, deployment)
        wanted = responses_request.parse(named)
        models.check_for_response(wanted.ask.model, setting)
        azure_filters.check_prompt(wanted.ask.prompt)
        return responses.answer(wanted, setting)
    if request.method == "POST":
        return _completed(operation.removeprefix("/"), request.body, setting, deployment)
    return openai.operate(request.method, operation, request.body, setting)


def _deployed(
    request: Received, rest: str, setting: Setting, deployment: str | None
) -> Answer | None:
    """The endpoints that have the deployment in their path."""
    name, _, operation = rest.partition("/")
    asked = deployment or unquote(name)
    models.check(asked, setting)
    if request.method != "POST":
        return None
    return _completed(operation, request.body, setting, asked)


def _completed(
    operation: str, body: bytes, setting: Setting, deployment: str | None
) -> Answer | None:
    match operation:
        case "chat/completions":
            asked = chat_request.parse(body, deployment)
            models.check(asked.ask.model, setting)
            azure_filters.check_prompt(asked.ask.prompt)
            return chat.answer(asked, setting, azure_filters.trim_of(asked.ask.prompt))
        case "completions":
            posed = completions.parse(body, deployment)
            models.check(posed.model, setting)
            return completions.answer(posed, setting)
        case "embeddings":
            read = embeddings.parse(body, deployment)
            models.check(read.model, setting)
            return embeddings.answer(read)
        case _:
            return None


def _renamed(body: bytes, deployment: str | None) -> bytes:
    """The body with another deployment as its model."""
    members = decode_body(body, dict[str, msgspec.Raw])
    if deployment is not None:
        members["model"] = msgspec.Raw(msgspec.json.encode(deployment))
    return msgspec.json.encode(members)


def _error(status: int, code: str, message: str) -> Reply:
    return error_reply(status, {"error": {"code": code, "message": message}})


PLATFORM: Final = Platform(
    kind="azure", base_path="", answer=answer, refusal=refusal, failure=failure, spill=spill
)
