"""What a dialect that counts tokens offers to the translation lane: one `CountingCodec`.

As `codec.Codec`, without streams. What is counted is a request of the chat dialect of the same
family: the codecs of both share its canonical form. Any bytes give a value, or `ClientFault` from
the request's decoder, or `ProviderFault` from the answer's; nothing else.
"""

import re
from collections.abc import Callable
from typing import Protocol

import msgspec

from detente.canonical.model import Dialect
from detente.canonical.request import Request
from detente.canonical.token_count import TokenCount
from detente.dialects.codec import Encoded, ErrorText, Target


class DecodeCountingRequest(Protocol):
    """See `CountingCodec.decode_request`."""

    def __call__(self, body: bytes, *, model: str | None = None) -> Request: ...


class CountingCodec(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect.

    - `decode_request(body, model=…)`: what is to be counted; `model` is what the path said, and
      wins; raises `ClientFault`.
    - `encode_request(request, target)`: the body for that model, of what the operation takes; what
      its chat dialect carries and counting does not is among the losses. Raises only for a request
      that is nested deeper than can be written (`ClientFault` or `RecursionError`).
    - `decode_response(body)`: the count; raises `ProviderFault`.
    - `encode_response(count)`: the count as this dialect's clients expect it.
    - `read_error(body)`: an error answer of the platform, None where it is none that can be read;
      never raises.
    - `tool_names`, `call_ids`: as in `Codec`.
    """

    name: Dialect
    decode_request: DecodeCountingRequest
    encode_request: Callable[[Request, Target], Encoded]
    decode_response: Callable[[bytes], TokenCount]
    encode_response: Callable[[TokenCount], Encoded]
    read_error: Callable[[bytes], ErrorText | None]
    tool_names: re.Pattern[str] | None = None
    call_ids: re.Pattern[str] | None = None
