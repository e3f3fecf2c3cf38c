"""The head of a counting request, and the edit of its model."""

from typing import Final

import msgspec

from detente.dialects._framing.heads import decode_head, is_set, locate_model, with_model
from detente.dialects.anthropic_count_tokens.wire import CountRequest
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(CountRequest)


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_REQUEST, body)
    return RequestHead(
        model=wire.model,
        features=("tools",) if is_set(wire.tools) else (),
        model_at=locate_model(body, wire.model),
    )


def edit_request(
    body: bytes,
    head: RequestHead,
    *,
    model: str,
    ask_usage: bool = True,  # noqa: ARG001 - every dialect's edit takes it
) -> bytes:
    """`body` for another model."""
    return with_model(body, head, model)
