"""Bedrock's count of tokens.

>>> decode_response(b'{"inputTokens": 12}').input_tokens
12
"""

from typing import Final

from detente.canonical.model import Dialect
from detente.canonical.token_count import TokenCount
from detente.dialects._codec.token_counts import decode_count, encode_count
from detente.dialects.codec import Encoded

NAME: Final[Dialect] = "bedrock_count_tokens"
_TOKENS: Final = "inputTokens"


def decode_response(body: bytes) -> TokenCount:
    """See `CountingCodec.decode_response`; raises `ProviderFault`."""
    return decode_count(body, _TOKENS, NAME)


def encode_response(count: TokenCount) -> Encoded:
    """See `CountingCodec.encode_response`."""
    return encode_count(count, _TOKENS, NAME)
