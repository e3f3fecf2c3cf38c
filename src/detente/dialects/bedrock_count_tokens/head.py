"""The head of a counting request: the path names the model."""

from typing import Final

import msgspec

from detente.dialects._framing.heads import decode_head, is_set
from detente.dialects.bedrock_count_tokens.wire import HeadRequest
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(HeadRequest)


def read_request(body: bytes) -> RequestHead:
    """The head of a request, its model empty; raises `ClientFault` (see `Spec.read_request`)."""
    converse = decode_head(_REQUEST, body).input.converse
    tools = converse is not None and is_set(converse.toolConfig)
    return RequestHead(model="", features=("tools",) if tools else ())
