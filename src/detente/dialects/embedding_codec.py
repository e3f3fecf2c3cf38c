"""What a dialect of embeddings offers to the translation lane: one `EmbeddingCodec`.

As `codec.Codec`, without streams: bytes become canonical values, values become bytes and losses.
Any bytes give a value, or `ClientFault` from the request's decoder, or `ProviderFault` from the
answer's; nothing else.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from detente.canonical.embedding import EmbeddingRequest, EmbeddingResponse
from detente.canonical.model import Dialect
from detente.dialects.codec import Encoded, ErrorText, Target


class EmbeddingReply(msgspec.Struct, frozen=True, kw_only=True):
    """For whom an answer is encoded: the client's request where it is known (it decides the form of
    the answer), and the gateway's id of the request."""

    request: EmbeddingRequest | None = None
    request_id: str = "req"


class DecodeEmbeddingRequest(Protocol):
    """See `EmbeddingCodec.decode_request`."""

    def __call__(self, body: bytes, *, model: str | None = None) -> EmbeddingRequest: ...


class EmbeddingCodec(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect.

    - `decode_request(body, model=…)`: `model` is what the path said, and wins; raises
      `ClientFault`.
    - `encode_request(request, target)`: the body for that model, with losses; never raises. Where
      the dialect has several operations, `target.api_version` names the one of the path that the
      body is sent to; None is the one that the request came by, else the dialect's usual one.
    - `decode_response(body)`: an answer; raises `ProviderFault`.
    - `encode_response(response, reply)`: the answer as this dialect's clients expect it.
    - `read_error(body)`: an error answer of the platform, None where it is none that can be read;
      never raises.
    - `operation`: which of several operations the platforms are asked by (see `encode_request`),
      None where the dialect has one.
    """

    name: Dialect
    decode_request: DecodeEmbeddingRequest
    encode_request: Callable[[EmbeddingRequest, Target], Encoded]
    decode_response: Callable[[bytes], EmbeddingResponse]
    encode_response: Callable[[EmbeddingResponse, EmbeddingReply], Encoded]
    read_error: Callable[[bytes], ErrorText | None]
    operation: str | None = None
