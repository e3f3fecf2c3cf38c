"""The head of a request for Ollama's embeddings."""

from typing import Final

import msgspec

from detente.dialects._framing.heads import decode_head, locate_model
from detente.dialects.ollama_embeddings.wire import EmbedRequest
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(EmbedRequest)


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_REQUEST, body)
    return RequestHead(model=wire.model, model_at=locate_model(body, wire.model))
