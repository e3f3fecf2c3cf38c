"""Amazon Bedrock's runtime: Converse, InvokeModel, their streams, counting, and guardrails alone.

A request is signed for the service `bedrock` or carries the key as a bearer token
(`aws_admission`). OpenAI's dialects are served below `/openai/v1`, to the models that have them,
Anthropic's below `/anthropic`. Tiers, guardrails and failures on request are in `bedrock_options`.

>>> PLATFORM.base_path
''
"""

import re
from typing import Final
from urllib.parse import unquote

import msgspec

from detente.simulator.dialects import (
    chat,
    chat_request,
    converse,
    converse_request,
    converse_turns,
    guardrail,
    invoke,
    messages,
    messages_request,
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
    json_reply,
    with_headers,
)
from detente.simulator.platforms import bedrock_options, openai
from detente.simulator.platforms.aws_admission import admit

SERVICE: Final = "bedrock"
OPENAI: Final = "/openai/v1/"

ERROR_DOMAIN: Final = "http://internal.amazon.com/coral/com.amazon.bedrock/"
"""What Amazon writes behind a colon after the name of an error."""

STATUS_KINDS: Final = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}

PROFILES: Final = ("us.", "us-gov.", "eu.", "apac.", "jp.", "au.", "ca.", "global.")
"""What the ids of inference profiles begin with; their tokens cannot be counted."""

_PROFILE: Final = r"(?:arn:aws[^:]*:bedrock:[^/]*:inference-profile/)?(?:[a-z-]{2,6}\.)?"
CHATTING: Final = re.compile(
    _PROFILE + r"(?:openai|deepseek\.v|google|minimax|mistral|moonshot|nvidia|qwen|xai|zai)"
)
"""Models that have OpenAI's chat."""
RESPONDING: Final = re.compile(_PROFILE + r"openai\.gpt-(?!oss)")
"""Models that have OpenAI's Responses."""

_PATH: Final = re.compile(
    r"/model/([^/]+)/(converse|converse-stream|invoke|invoke-with-response-stream|count-tokens)"
)


_APPLIED: Final = re.compile(r"/guardrail/([^/]+)/version/([^/]+)/apply")


class InvokeInput(msgspec.Struct, frozen=True):
    """A body of InvokeModel, as base64."""

    body: bytes


class CountInput(msgspec.Struct, frozen=True, rename="camel"):
    """What to count: exactly one of both."""

    invoke_model: InvokeInput | None = None
    converse: msgspec.Raw = msgspec.Raw(b"")


class TierBody(msgspec.Struct, frozen=True):
    """What Amazon reads of OpenAI's bodies itself."""

    model: str | None = None
    service_tier: str | None = None
    background: bool | None = None


class CountBody(msgspec.Struct, frozen=True):
    """A request to count."""

    input: CountInput


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that Bedrock's runtime serves, or its own error."""
    try:
        admit(request, setting, SERVICE)
        error = bedrock_options.told_to_raise(request.body)
        if error is not None:
            raise error
        found = bedrock_options.told_to_break(_route(request, setting), request.body)
    except RequestError as fault:
        if request.path.removeprefix(setting.base_path).startswith(OPENAI):
            found = _openai_error(fault)
        else:
            found = _error(fault.status, fault.message, fault.code)
    return with_headers(found, _headers(setting))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """429; Amazon does not say when to come again."""
    reason = "Too many concurrent requests" if refused.concurrent else "Too many requests"
    reply = _error(429, f"{reason}, please wait before trying again.")
    return with_headers(reply, _headers(setting))


def failure(status: int, setting: Setting) -> Reply:
    """Amazon's body for `status`."""
    reply = _error(status, f"The server answered {status} because it was told to.")
    return with_headers(reply, _headers(setting))


def _route(request: Received, setting: Setting) -> Answer:
    path = request.path.removeprefix(setting.base_path)
    if path.startswith(OPENAI):
        operation = path.removeprefix(OPENAI.rstrip("/"))
        found = _openai(request, operation, setting)
        if found is not None:
            return found
    if path == "/anthropic/v1/messages" and request.method == "POST":
        version = request.header("anthropic-version") or messages_request.VERSIONS[0]
        parsed = messages_request.parse(request.body, version, platform=converse_turns.PLATFORM)
        _check(parsed.ask.model, setting)
        return messages.answer(parsed, setting)
    guarded = _APPLIED.fullmatch(path)
    if guarded is not None and request.method == "POST":
        return guardrail.applied(unquote(guarded[1]), unquote(guarded[2]), request.body)
    asked = _PATH.fullmatch(path)
    if asked is None or request.method != "POST":
        raise RequestError(
            404,
            "Unable to determine service/operation name to be authorized",
            code="UnknownOperationException",
        )
    model = unquote(asked[1])
    _check(model, setting)
    return _operate(asked[2], request, model, setting)


def _openai(request: Received, operation: str, setting: Setting) -> Answer | None:
    """OpenAI's dialects, to the models that have them; None where there is no such operation."""
    match request.method, operation:
        case "POST", "/chat/completions":
            options = bedrock_options.of_headers(request)
            asked = chat_request.parse(request.body)
            check_route(asked.ask.model, setting, CHATTING)
            told = guardrail.invoked(
                options.guardrail, blocked=guardrail.blocks(options.guardrail, asked.ask)
            )
            tier = decode_body(request.body, TierBody).service_tier
            bedrock_options.check_member("service_tier", tier, bedrock_options.TIERS)
            shielded = guardrail.shielded(asked.ask, options.guardrail)
            trim = chat.Trim(whole={**told, "service_tier": tier or "default"})
            return chat.answer(msgspec.structs.replace(asked, ask=shielded), setting, trim)
        case "POST", "/responses":
            wanted = decode_body(request.body, TierBody)
            check_route(wanted.model or "", setting, RESPONDING)
            bedrock_options.check_member("service_tier", wanted.service_tier, bedrock_options.TIERS)
            if wanted.background:
                raise RequestError(400, "background is not supported on this endpoint")
            return openai.operate(request.method, operation, request.body, setting)
        case "GET", _:
            return openai.operate(request.method, operation, request.body, setting)
        case _:
            return None


def check_route(model: str, setting: Setting, served: re.Pattern[str]) -> None:
    """Raises `RequestError` for a model that is not there, or not in this dialect."""
    _check(model, setting)
    if served.match(model) is None:
        raise RequestError(400, f"model `{model}` isn't supported on this route")


def _operate(operation: str, request: Received, model: str, setting: Setting) -> Answer:
    body = request.body
    match operation:
        case "converse" | "converse-stream":
            parsed = converse_request.parse(body, model)
            return converse.answer(parsed, setting, streamed=operation == "converse-stream")
        case "invoke" | "invoke-with-response-stream":
            streamed = operation == "invoke-with-response-stream"
            options = bedrock_options.of_headers(request)
            found = invoke.answer(
                body, model, setting, streamed=streamed, guarding=options.guardrail
            )
            return with_headers(found, bedrock_options.echoed(options))
        case _:
            return _count(body, model)


def _check(model: str, setting: Setting) -> None:
    if model not in setting.models:
        raise RequestError(400, "The provided model identifier is invalid.")


def _count(body: bytes, model: str) -> Reply:
    """The answer to CountTokens: the same number that the answer would report."""
    if model.startswith(PROFILES):
        raise RequestError(400, "The provided model doesn't support counting tokens.")
    given = decode_body(body, CountBody).input
    if given.invoke_model is not None:
        ask = invoke.read_anthropic(given.invoke_model.body, model, counting=True).ask
    elif bytes(given.converse):
        ask = converse_request.parse(bytes(given.converse), model).ask
    else:
        raise RequestError(
            400, "The input field must set one of the following keys: converse, invokeModel."
        )
    return json_reply({"inputTokens": ask.input_tokens})


def _error(status: int, message: str, code: str | None = None) -> Reply:
    kind = (
        code
        if code and code.endswith("Exception")
        else STATUS_KINDS.get(status, "InternalServerException")
    )
    body: JsonObject = {"message": message}
    headers: Headers = (("x-amzn-errortype", f"{kind}:{ERROR_DOMAIN}"),)
    return with_headers(error_reply(status, body), headers)


def _openai_error(fault: RequestError) -> Reply:
    """An error in OpenAI's form, with Amazon's name of it."""
    named = fault.code is not None and fault.code.endswith("Exception")
    kind = fault.code if named else STATUS_KINDS.get(fault.status, "InternalServerException")
    code = "validation_error" if fault.status == 400 else "access_denied"
    reply = openai.error(
        fault.status,
        fault.message,
        fault.kind,
        code if named or fault.code is None else fault.code,
        fault.param,
    )
    return with_headers(reply, (("x-amzn-errortype", f"{kind}:{ERROR_DOMAIN}"),))


def _headers(setting: Setting) -> Headers:
    number = setting.request_id
    identity = f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}"
    return (("x-amzn-requestid", identity),)


PLATFORM: Final = Platform(
    kind="bedrock", base_path="", answer=answer, refusal=refusal, failure=failure
)
