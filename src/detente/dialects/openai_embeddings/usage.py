"""The usage in an answer with embeddings."""

from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._openai.tokens import completion_usage
from detente.dialects.openai_embeddings.wire import EmbeddingResponse

_RESPONSE: Final = msgspec.json.Decoder(EmbeddingResponse)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        wire = _RESPONSE.decode(body).usage
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return completion_usage(wire) if wire is not None else None
