"""The usage in an answer with Google's embeddings: of the whole answer, or the sum of its vectors.

>>> tokens = read_usage(b'{"embeddings": [], "usageMetadata": {"promptTokenCount": 3}}')
>>> tokens.uncached_input_tokens
3
"""

from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._codec.counts import whole
from detente.dialects.gemini_embeddings.wire import EmbedResponse

_RESPONSE: Final = msgspec.json.Decoder(EmbedResponse)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        wire = _RESPONSE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return usage_of(wire)


def usage_of(wire: EmbedResponse) -> Usage | None:
    """The usage, None where nothing was counted."""
    said = wire.usage_metadata
    if said is not None:
        prompt = whole(said.prompt_token_count)
        details = said.prompt_tokens_details or said.prompt_token_details or ()
        heard = sum(whole(one.token_count) for one in details if one.modality == "AUDIO")
        heard = min(heard, prompt)
        return Usage(uncached_input_tokens=prompt - heard, audio_input_tokens=heard)
    counts = [
        whole(one.embeddings.statistics.token_count)
        for one in wire.predictions or ()
        if one.embeddings is not None and one.embeddings.statistics is not None
    ]
    return Usage(uncached_input_tokens=sum(counts)) if counts else None
