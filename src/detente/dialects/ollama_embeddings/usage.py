"""The usage in an answer with Ollama's embeddings; the older operation counts nothing."""

from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._codec.counts import whole
from detente.dialects.ollama_embeddings.wire import EmbedResponse

_RESPONSE: Final = msgspec.json.Decoder(EmbedResponse)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        tokens = _RESPONSE.decode(body).prompt_eval_count
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None if tokens is None else Usage(uncached_input_tokens=whole(tokens))
