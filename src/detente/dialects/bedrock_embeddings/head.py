"""The head of a request for embeddings on Bedrock. The path names the model."""

from typing import Final

import msgspec

from detente.dialects._framing.heads import decode_head
from detente.dialects.bedrock_embeddings.wire import EmbedRequest
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(EmbedRequest)


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    decode_head(_REQUEST, body)
    return RequestHead(model="")


def edit_request(
    body: bytes,
    head: RequestHead,  # noqa: ARG001 - every dialect's edit takes it
    *,
    model: str,  # noqa: ARG001 - the path names it
    ask_usage: bool = True,  # noqa: ARG001 - usage comes unasked
) -> bytes:
    """`body` itself: what is edited stands in the path."""
    return body
