"""What Responses would count: its request without what is about the answer, and one number.

https://platform.openai.com/docs/api-reference/responses/input-tokens, and the types of the official
SDK 3.54 (read 2026-11-21).

>>> decode_response(b'{"object": "response.input_tokens", "input_tokens": 7}').input_tokens
7
"""

from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.model import Dialect
from detente.canonical.request import Option, Request
from detente.canonical.token_count import TokenCount
from detente.dialects._codec.counted import cut
from detente.dialects._codec.token_counts import decode_count, encode_count
from detente.dialects.codec import Encoded, Target
from detente.dialects.openai_responses import CODEC as RESPONSES
from detente.dialects.openai_responses.words import REQUEST

NAME: Final[Dialect] = "openai_input_tokens"
TAKEN: Final = frozenset(
    (
        "conversation",
        "input",
        "instructions",
        "model",
        "parallel_tool_calls",
        "previous_response_id",
        "reasoning",
        "text",
        "tool_choice",
        "tools",
        "truncation",
    )
)
_OWN: Final = "personality"
"""A style of the model's, which only counting has a member for."""
_TOKENS: Final = "input_tokens"
_FIXED: Final[Obj] = {"object": "response.input_tokens"}


def decode_request(body: bytes, *, model: str | None = None) -> Request:
    """See `CountingCodec.decode_request`; raises `ClientFault`."""
    request = RESPONSES.decode_request(body, model=model, stream=False)
    extras = request.extras
    if extras is None or _OWN not in extras.members:
        return request
    members: dict[str, Json] = dict(extras.members)
    told = Option(dialect=RESPONSES.name, name=_OWN, value=members.pop(_OWN))
    return msgspec.structs.replace(
        request,
        options=(*request.options, told),
        extras=msgspec.structs.replace(extras, members=members),
    )


def encode_request(request: Request, target: Target) -> Encoded:
    """See `CountingCodec.encode_request`."""
    encoded = RESPONSES.encode_request(request, target)
    return Encoded(body=cut(encoded.body, known=REQUEST, taken=TAKEN), losses=encoded.losses)


def decode_response(body: bytes) -> TokenCount:
    """See `CountingCodec.decode_response`; raises `ProviderFault`."""
    return decode_count(body, _TOKENS, NAME, frozenset(_FIXED))


def encode_response(count: TokenCount) -> Encoded:
    """See `CountingCodec.encode_response`."""
    return encode_count(count, _TOKENS, NAME, _FIXED)
