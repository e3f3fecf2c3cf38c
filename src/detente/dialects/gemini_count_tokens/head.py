"""The head of a counting request: the path names the model."""

from typing import Final

import msgspec

from detente.dialects._framing.heads import decode_head, is_set
from detente.dialects.gemini_count_tokens.wire import CountRequest
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(CountRequest)


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_REQUEST, body)
    return RequestHead(
        model=(wire.model or "").removeprefix("models/"),
        features=("tools",) if is_set(wire.tools) else (),
    )
