"""Amazon Bedrock's other host: OpenAI's dialects and Anthropic's, each in its own terms.

A request is signed for the service `bedrock-mantle` or carries the key as a bearer token. A model
is served below `/v1` or below `/openai/v1`, and in the dialects that it has; below the other it is
refused (https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html, read
2026-11-22).

>>> PLATFORM.base_path
''
"""

import re
from typing import Final

from detente.simulator.exchange import (
    Answer,
    Headers,
    Platform,
    Received,
    Refused,
    Reply,
    RequestError,
    Setting,
    decode_body,
    with_headers,
)
from detente.simulator.platforms import anthropic, bedrock_options, openai
from detente.simulator.platforms.aws_admission import admit
from detente.simulator.platforms.bedrock import TierBody

SERVICE: Final = "bedrock-mantle"
ANTHROPIC: Final = "/anthropic"
LATER: Final = "/openai/v1"
FIRST: Final = "/v1"
LATER_MODELS: Final = re.compile(r"openai\.gpt-(?!oss)|xai\.|google\.gemma-4")
"""Served below `/openai/v1`."""
NOT_CHATTING: Final = re.compile(r"openai\.gpt-(?!oss)")
RESPONDING: Final = re.compile(r"openai\.|xai\.|google\.gemma-4")
CLAUDE: Final = "anthropic."


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that is served, or the error in the terms of whoever asks."""
    path = request.path.removeprefix(setting.base_path)
    try:
        admit(request, setting, SERVICE)
        error = bedrock_options.told_to_raise(request.body)
        if error is not None:
            raise error
        found = _route(request, path, setting)
    except RequestError as fault:
        found = _error(fault, path, setting)
    return with_headers(found, (("x-request-id", f"req_{setting.request_id}"),))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """429 in OpenAI's form, which both publishers' clients read by its status."""
    return openai.refusal(refused, setting)


def failure(status: int, setting: Setting) -> Reply:
    """OpenAI's body for `status`."""
    return openai.failure(status, setting)


def _route(request: Received, path: str, setting: Setting) -> Answer:
    if path.startswith(ANTHROPIC + "/"):
        model = decode_body(request.body, TierBody).model or ""
        if model in setting.models and not model.startswith(CLAUDE):
            said = f"The model '{model}' does not support the '{path}' API"
            raise RequestError(400, said)
        return anthropic.operate(request, path.removeprefix(ANTHROPIC), setting)
    root = next((root for root in (LATER, FIRST) if path.startswith(root + "/")), None)
    if root is None:
        raise RequestError(404, f"Invalid URL ({request.method} {path})")
    operation = path.removeprefix(root)
    if request.method == "POST":
        _check(request.body, root, operation, setting)
    found = openai.operate(request.method, operation, request.body, setting)
    if found is None:
        raise RequestError(404, f"Invalid URL ({request.method} {path})")
    return found


def _check(body: bytes, root: str, operation: str, setting: Setting) -> None:
    """Raises `RequestError` for a model that this root or this operation does not serve."""
    read = decode_body(body, TierBody)
    bedrock_options.check_member("service_tier", read.service_tier, bedrock_options.TIERS)
    model = read.model or ""
    if model not in setting.models:
        return  # said by the operation itself
    later = LATER_MODELS.match(model) is not None
    if later != (root == LATER) or model.startswith(CLAUDE):
        raise RequestError(
            400, f"model `{model}` isn't supported on this route", code="validation_error"
        )
    allowed = {
        "/chat/completions": NOT_CHATTING.match(model) is None,
        "/responses": RESPONDING.match(model) is not None,
    }
    if not allowed.get(operation, False):
        raise RequestError(400, f"The model '{model}' does not support the '{root}{operation}' API")


def _error(fault: RequestError, path: str, setting: Setting) -> Reply:
    """An error in the publisher's form; what Amazon itself refuses has Amazon's name too."""
    named: Headers = ()
    if fault.code is not None and fault.code.endswith("Exception"):
        named = (("x-amzn-errortype", fault.code),)
    if path.startswith(ANTHROPIC):
        return with_headers(anthropic.error(fault, setting), named)
    code = "access_denied" if named and fault.status == 403 else fault.code
    return with_headers(
        openai.error(fault.status, fault.message, fault.kind, code, fault.param), named
    )


PLATFORM: Final = Platform(
    kind="bedrock_mantle", base_path="", answer=answer, refusal=refusal, failure=failure
)
