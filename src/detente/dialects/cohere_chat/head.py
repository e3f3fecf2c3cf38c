"""The head of a chat request to Cohere."""

from typing import Final

import msgspec

from detente.dialects._framing.heads import decode_head, is_set, locate_model, positive
from detente.dialects.cohere_chat.wire import ChatRequest
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(ChatRequest)


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_REQUEST, body)
    return RequestHead(
        model=wire.model,
        stream=wire.stream is True,
        asks_usage=True,
        features=_features(wire),
        output_tokens_max=positive(wire.max_tokens),
        model_at=locate_model(body, wire.model),
    )


def _features(wire: ChatRequest) -> tuple[str, ...]:
    """What the request needs beyond text, sorted."""
    found: list[str] = []
    if is_set(wire.logprobs):
        found.append("logprobs")
    if is_set(wire.thinking) and b'"disabled"' not in bytes(wire.thinking):
        found.append("reasoning")
    if is_set(wire.response_format) and b'"json' in bytes(wire.response_format):
        found.append("structured_output")
    if is_set(wire.tools):
        found.append("tools")
    return tuple(found)
