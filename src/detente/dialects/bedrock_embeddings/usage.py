"""The usage in an answer with embeddings on Bedrock: Titan's models tell it."""

from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._codec.counts import whole
from detente.dialects.bedrock_embeddings.wire import EmbedResponse

_RESPONSE: Final = msgspec.json.Decoder(EmbedResponse)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        tokens = _RESPONSE.decode(body).input_text_token_count
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None if tokens is None else Usage(uncached_input_tokens=whole(tokens))
