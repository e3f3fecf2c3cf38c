"""What Messages would count: its request without what is about the answer, and one number.

https://platform.claude.com/docs/en/api/messages-count-tokens (read 2026-11-21): members that are
not of the operation are an error.

>>> decode_response(b'{"input_tokens": 7}').input_tokens
7
"""

from typing import Final

from detente.canonical.model import Dialect
from detente.canonical.request import Request
from detente.canonical.token_count import TokenCount
from detente.dialects._codec.counted import cut
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.token_counts import decode_count, encode_count
from detente.dialects.anthropic_messages import CODEC as MESSAGES
from detente.dialects.anthropic_messages.words import REQUEST
from detente.dialects.codec import Encoded, Target

NAME: Final[Dialect] = "anthropic_count_tokens"
TAKEN: Final = frozenset(
    (
        "cache_control",
        "context_management",
        "mcp_servers",
        "messages",
        "model",
        "output_config",
        "output_format",
        "speed",
        "system",
        "thinking",
        "tool_choice",
        "tools",
    )
)
_TOKENS: Final = "input_tokens"
_BETAS: Final = "anthropic_beta"


def decode_request(body: bytes, *, model: str | None = None) -> Request:
    """See `CountingCodec.decode_request`; raises `ClientFault`."""
    return MESSAGES.decode_request(body, model=model, stream=False)


def encode_request(request: Request, target: Target) -> Encoded:
    """See `CountingCodec.encode_request`."""
    encoded = MESSAGES.encode_request(request, target)
    losses = Losses()
    losses.found.extend(encoded.losses)
    if any(o.dialect == MESSAGES.name and o.name == _BETAS for o in request.options):
        losses.lose("native_option", _BETAS, "betas are named in a header, not in this body")
    return Encoded(body=cut(encoded.body, known=REQUEST, taken=TAKEN), losses=tuple(losses.found))


def decode_response(body: bytes) -> TokenCount:
    """See `CountingCodec.decode_response`; raises `ProviderFault`."""
    return decode_count(body, _TOKENS, NAME)


def encode_response(count: TokenCount) -> Encoded:
    """See `CountingCodec.encode_response`."""
    return encode_count(count, _TOKENS, NAME)
