"""A Microsoft Foundry resource: Azure's OpenAI endpoints for most models, Anthropic's for Claude.

One key for both, as `api-key` (Anthropic's endpoint takes `x-api-key` too), or a token of Entra.
Deployments whose name has `claude` in it are Anthropic's: they are served below `/anthropic` alone,
and nothing else is.

>>> PLATFORM.base_path
''
"""

from typing import Final

import msgspec

from detente.simulator.exchange import (
    Answer,
    Platform,
    Received,
    Refused,
    Reply,
    RequestError,
    Setting,
    decode_body,
    with_headers,
)
from detente.simulator.platforms import anthropic, azure, azure_content_safety, openai

ANTHROPIC: Final = "/anthropic"
CLAUDE: Final = "claude"
UNSUPPORTED: Final = (
    "The requested operation is unsupported: the model does not work with this endpoint."
)


class _Named(msgspec.Struct, frozen=True):
    """The deployment that a body names."""

    model: str | None = None


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that such a resource serves, or its own error."""
    if azure_content_safety.serves(request, setting):
        return azure_content_safety.answer(request, setting)
    path = openai.below(setting.base_path, request.path)
    claude = openai.below(ANTHROPIC, path)
    if not claude:
        return _openai(request, setting)
    try:
        _authorize(request, setting)
        model = decode_body(request.body, _Named).model
        if model is not None and (model not in setting.models or CLAUDE not in model):
            raise RequestError(404, "", code="DeploymentNotFound")
        found = anthropic.operate(request, claude, setting)
    except RequestError as fault:
        theirs = fault.code is None
        found = anthropic.error(fault, setting) if theirs else azure.fault_reply(fault)
    return with_headers(found, (*azure.headers(setting), *anthropic.identity(setting)))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """429 in Azure's words, whoever made the model."""
    return azure.refusal(refused, setting)


def failure(status: int, setting: Setting) -> Reply:
    """Azure's body for `status`."""
    return azure.failure(status, setting)


def _openai(request: Received, setting: Setting) -> Answer:
    served = tuple(model for model in setting.models if CLAUDE not in model)
    entra = msgspec.structs.replace(setting, models=served)
    try:
        azure.authorize(request, setting, azure.FOUNDRY_AUDIENCE, azure.AUDIENCE)
        asked = decode_body(request.body, _Named).model if request.method == "POST" else None
        if asked in setting.models and asked not in served:
            raise RequestError(400, UNSUPPORTED, code="OperationNotSupported")
        found = azure.route(request, entra)
    except RequestError as fault:
        found = azure.fault_reply(fault)
    return with_headers(found, azure.headers(setting))


def _authorize(request: Received, setting: Setting) -> None:
    """As Azure does it, with one header more."""
    key = request.header("x-api-key")
    if key is None or setting.api_key is None or key != setting.api_key:
        azure.authorize(request, setting, azure.FOUNDRY_AUDIENCE, azure.AUDIENCE)


PLATFORM: Final = Platform(
    kind="foundry", base_path="", answer=answer, refusal=refusal, failure=failure
)
