"""The head of a Responses request."""

from typing import Final

import msgspec

from detente.dialects._framing.heads import (
    decode_head,
    is_set,
    locate_model,
    positive,
)
from detente.dialects.openai_responses.wire import ResponsesRequest
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(ResponsesRequest)


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_REQUEST, body)
    return RequestHead(
        model=wire.model,
        stream=wire.stream is True,
        asks_usage=True,
        features=_features(wire),
        output_tokens_max=positive(wire.max_output_tokens),
        model_at=locate_model(body, wire.model),
    )


def _features(wire: ResponsesRequest) -> tuple[str, ...]:
    """What the request needs beyond text, sorted."""
    found: list[str] = []
    if is_set(wire.reasoning):
        found.append("reasoning")
    if any(is_set(raw) for raw in (wire.previous_response_id, wire.conversation, wire.background)):
        found.append("server_state")
    if is_set(wire.text) and b'"json' in bytes(wire.text):
        found.append("structured_output")
    if is_set(wire.tools):
        found.append("tools")
    return tuple(found)
