"""The usage in an answer with Cohere's embeddings: what is billed."""

from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._codec.counts import whole
from detente.dialects.cohere_embeddings.wire import EmbedResponse

_RESPONSE: Final = msgspec.json.Decoder(EmbedResponse)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        meta = _RESPONSE.decode(body).meta
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    units = meta.billed_units if meta is not None else None
    if units is None:
        return None
    return Usage(uncached_input_tokens=whole(units.input_tokens) + whole(units.image_tokens))
