"""The head of a Converse request. The path says which model is asked, and whether to stream."""

import re
from typing import Final

import msgspec

from detente.dialects._framing.heads import decode_head, is_set, positive
from detente.dialects.bedrock_converse.wire import ConverseRequest
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(ConverseRequest)
_REASONING: Final = re.compile(
    rb'"(?:thinking|reasoning_config|reasoningConfig)"\s*:(?!\s*\{\s*"type"\s*:\s*"disabled")'
    rb'|"reasoning_effort"\s*:(?!\s*"none")'
)


def read_request(body: bytes) -> RequestHead:
    """The head of a request, its model empty; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_REQUEST, body)
    limit = wire.inferenceConfig.maxTokens if wire.inferenceConfig is not None else None
    return RequestHead(
        model="",
        asks_usage=True,
        features=_features(wire),
        output_tokens_max=positive(limit),
    )


def edit_request(
    body: bytes,
    head: RequestHead,  # noqa: ARG001 - every dialect's edit takes it
    *,
    model: str,  # noqa: ARG001 - it stands in the path
    ask_usage: bool = True,  # noqa: ARG001 - usage comes unasked
) -> bytes:
    """`body` itself: nothing in it names the model."""
    return body


def _features(wire: ConverseRequest) -> tuple[str, ...]:
    """What the request needs beyond text, sorted."""
    found: list[str] = []
    if _REASONING.search(wire.additionalModelRequestFields) or b'"effort"' in bytes(
        wire.outputConfig
    ):
        found.append("reasoning")
    if b'"textFormat"' in bytes(wire.outputConfig):
        found.append("structured_output")
    if is_set(wire.toolConfig):
        found.append("tools")
    return tuple(found)
