"""Amazon Bedrock's runtime: Converse, InvokeModel, their streams, and counting.

A request is signed (AWS Signature Version 4 of the service `bedrock`, under any access key id,
with the simulator's key as the secret one, or under temporary keys where those are issued) or
carries the key as a bearer token. OpenAI's dialect is served below `/openai/v1`, Anthropic's below
`/anthropic`.

>>> PLATFORM.base_path
''
"""

import re
from typing import Final
from urllib.parse import unquote

import msgspec

from detente.providers._sigv4 import SignatureFault, read_claim, verify
from detente.simulator.dialects import (
    converse,
    converse_request,
    converse_turns,
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
from detente.simulator.identity import aws_secrets, session_problem
from detente.simulator.platforms import openai
from detente.simulator.platforms.openai import bearer

SERVICE: Final = b"bedrock"

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

SIGNATURE_FAULTS: Final = {
    "missing": ("MissingAuthenticationTokenException", "Missing Authentication Token"),
    "malformed": (
        "IncompleteSignatureException",
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    ),
    "unknown_key": (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
    "expired": ("InvalidSignatureException", "Signature expired: it is not within 5 minutes."),
    "mismatch": (
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details.",
    ),
}

EXPIRED: Final = ("ExpiredTokenException", "The security token included in the request is expired")
"""Of temporary keys; AWS answers 403 (github.com/aws/aws-sdk-java-v2, thread 1649, read
2026-11-22)."""

PROFILES: Final = ("us.", "eu.", "apac.", "jp.", "au.", "global.")
"""What the ids of inference profiles begin with; their tokens cannot be counted."""

_PATH: Final = re.compile(
    r"/model/([^/]+)/(converse|converse-stream|invoke|invoke-with-response-stream|count-tokens)"
)


class InvokeInput(msgspec.Struct, frozen=True):
    """A body of InvokeModel, as base64."""

    body: bytes


class CountInput(msgspec.Struct, frozen=True, rename="camel"):
    """What to count: exactly one of both."""

    invoke_model: InvokeInput | None = None
    converse: msgspec.Raw = msgspec.Raw(b"")


class CountBody(msgspec.Struct, frozen=True):
    """A request to count."""

    input: CountInput


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that Bedrock's runtime serves, or its own error."""
    try:
        _authorize(request, setting)
        found = _route(request, setting)
    except RequestError as fault:
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


def _authorize(request: Received, setting: Setting) -> None:
    """Raises `RequestError` 403 unless the bearer token or the signature is right."""
    if setting.api_key is None and not setting.issued_tokens:
        return
    token = bearer(request)
    if token is not None:
        if token != setting.api_key:
            raise RequestError(
                403, "Authentication failed: Please make sure your API Key is valid."
            )
        return
    headers = {key.encode("latin-1"): value.encode("latin-1") for key, value in request.headers}
    session_token = request.header("x-amz-security-token")
    try:
        if read_claim(headers).service != SERVICE:
            raise RequestError(
                403,
                "Credential should be scoped to correct service: 'bedrock'.",
                code="InvalidSignatureException",
            )
        verify(
            request.method.encode("latin-1"),
            request.target.encode("latin-1"),
            headers,
            request.body,
            secret_of=aws_secrets(session_token, setting),
            now=setting.at,
        )
        if session_problem(session_token, setting) is not None:
            raise RequestError(403, EXPIRED[1], code=EXPIRED[0])
    except SignatureFault as fault:
        kind, message = SIGNATURE_FAULTS[fault.reason]
        raise RequestError(403, message, code=kind) from None


def _route(request: Received, setting: Setting) -> Answer:
    path = request.path.removeprefix(setting.base_path)
    if path.startswith("/openai/v1/"):
        operation = path.removeprefix("/openai/v1")
        found = openai.operate(request.method, operation, request.body, setting)
        if found is not None:
            return found
    if path == "/anthropic/v1/messages" and request.method == "POST":
        version = request.header("anthropic-version") or messages_request.VERSIONS[0]
        parsed = messages_request.parse(request.body, version, platform=converse_turns.PLATFORM)
        _check(parsed.ask.model, setting)
        return messages.answer(parsed, setting)
    asked = _PATH.fullmatch(path)
    if asked is None or request.method != "POST":
        raise RequestError(
            404,
            "Unable to determine service/operation name to be authorized",
            code="UnknownOperationException",
        )
    model = unquote(asked[1])
    _check(model, setting)
    return _operate(asked[2], request.body, model, setting)


def _operate(operation: str, body: bytes, model: str, setting: Setting) -> Answer:
    match operation:
        case "converse" | "converse-stream":
            parsed = converse_request.parse(body, model)
            return converse.answer(parsed, setting, streamed=operation == "converse-stream")
        case "invoke" | "invoke-with-response-stream":
            streamed = operation == "invoke-with-response-stream"
            return invoke.answer(body, model, setting, streamed=streamed)
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


def _headers(setting: Setting) -> Headers:
    number = setting.request_id
    identity = f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}"
    return (("x-amzn-requestid", identity),)


PLATFORM: Final = Platform(
    kind="bedrock", base_path="", answer=answer, refusal=refusal, failure=failure
)
