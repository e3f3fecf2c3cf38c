"""What the gateway needs of envelopes: see `_envelope`, where they are opened and closed.

One `Wrapping` for each envelope, registered in `WRAPPINGS`: what it does to a request on its way in
and on its way out, and to whatever comes back.

>>> inside = wrapping_of("bedrock_invoke").opened(
...     b'{"anthropic_version":"bedrock-2023-05-31"}', "anthropic_messages", "m", False
... )
>>> inside.dialect
'anthropic_messages'
"""

from collections.abc import Callable
from typing import Final

import msgspec

from detente.canonical.model import Dialect
from detente.dialects._envelope import (
    invoke,
    invoke_lanes,
    invoke_stream,
    raw_predict,
    vertex_count,
)
from detente.dialects._envelope.invoke import Opened, betas_of, options_lost
from detente.dialects.codec import AWS_EVENTS, SSE, Codec, ErrorText
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.dialects.route import Envelope
from detente.dialects.spec import Spec, StreamTap

AnyCodec = Codec | EmbeddingCodec | CountingCodec


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is said beside a body: its dialect, the deployment's version of the API, the client's
    own, and the features that the client's `anthropic-beta` names."""

    dialect: Dialect
    api_version: str | None = None
    asked_version: str | None = None
    betas: tuple[str, ...] = ()


class Wrapping(msgspec.Struct, frozen=True, kw_only=True):
    """One envelope.

    - `opened(body, dialect, model, stream)`: the native request inside, by what the path says;
      raises `ClientFault`.
    - `wrapped(body, asked)`: the body of a native request; raises `ClientFault` for no JSON object.
    - `client_spec`, `client_codec`: what a dialect is towards a client that wraps.
    - `upstream_codec`, `upstream_tap`: what it is in front of a provider that wants it wrapped; the
      tap also takes the bound of one event.
    - `read_error`: an error of such a provider, None where it cannot be read or the dialect's codec
      reads it.
    - `stream_content_type`: of its streams.
    - `closed_to_client`: whether a client's answer is wrapped, too.
    """

    opened: Callable[[bytes, Dialect, str | None, bool], Opened]
    wrapped: Callable[[bytes, Asked], bytes]
    client_spec: Callable[[Spec], Spec]
    client_codec: Callable[[Codec], Codec]
    upstream_codec: Callable[[AnyCodec], AnyCodec]
    upstream_tap: Callable[[StreamTap, int], StreamTap]
    read_error: Callable[[bytes], ErrorText | None]
    stream_content_type: bytes
    closed_to_client: bool


def wrapping_of(envelope: Envelope) -> Wrapping:
    """The envelope of that name."""
    return WRAPPINGS[envelope]


def stream_content_type(envelope: Envelope | None) -> bytes:
    """Of a stream of Anthropic's in that envelope, or in none."""
    return SSE if envelope is None else WRAPPINGS[envelope].stream_content_type


def _invoke_opened(body: bytes, dialect: Dialect, model: str | None, stream: bool) -> Opened:
    del dialect  # the body shows it
    assert model is not None  # every path of InvokeModel names one
    return invoke.opened(body, model=model, stream=stream)


def _invoke_wrapped(body: bytes, asked: Asked) -> bytes:
    return invoke.wrapped(body, api_version=asked.api_version, betas=asked.betas)


def _invoke_codec(codec: AnyCodec) -> AnyCodec:
    return invoke_lanes.upstream_codec(codec) if isinstance(codec, Codec) else codec


def _invoke_tap(tap: StreamTap, event_bytes_max: int) -> StreamTap:
    return invoke_stream.OpenedTap(tap, event_bytes_max=event_bytes_max)


def _raw_opened(body: bytes, dialect: Dialect, model: str | None, stream: bool) -> Opened:
    return raw_predict.opened(body, dialect=dialect, model=model, stream=stream)


def _raw_wrapped(body: bytes, asked: Asked) -> bytes:
    return raw_predict.wrapped(
        body,
        dialect=asked.dialect,
        api_version=asked.api_version,
        asked_version=asked.asked_version,
    )


def _raw_codec(codec: AnyCodec) -> AnyCodec:
    if isinstance(codec, Codec):
        return raw_predict.upstream_codec(codec)
    return raw_predict.upstream_codec(codec) if isinstance(codec, CountingCodec) else codec


def _count_opened(body: bytes, dialect: Dialect, model: str | None, stream: bool) -> Opened:
    del model, stream  # every client's form is read as it is
    return Opened(dialect=dialect, body=body)


def _count_wrapped(body: bytes, asked: Asked) -> bytes:
    del asked
    return vertex_count.wrapped(body)


def _count_codec(codec: AnyCodec) -> AnyCodec:
    return vertex_count.upstream_codec(codec) if isinstance(codec, CountingCodec) else codec


WRAPPINGS: Final[dict[Envelope, Wrapping]] = {
    "bedrock_invoke": Wrapping(
        opened=_invoke_opened,
        wrapped=_invoke_wrapped,
        client_spec=invoke_lanes.client_spec,
        client_codec=invoke_lanes.client_codec,
        upstream_codec=_invoke_codec,
        upstream_tap=_invoke_tap,
        read_error=invoke_stream.read_error,
        stream_content_type=AWS_EVENTS,
        closed_to_client=True,
    ),
    "vertex_raw_predict": Wrapping(
        opened=_raw_opened,
        wrapped=_raw_wrapped,
        client_spec=lambda spec: spec,
        client_codec=lambda codec: codec,
        upstream_codec=_raw_codec,
        upstream_tap=lambda tap, _: tap,
        read_error=lambda _: None,
        stream_content_type=SSE,
        closed_to_client=False,
    ),
    "vertex_count_tokens": Wrapping(
        opened=_count_opened,
        wrapped=_count_wrapped,
        client_spec=lambda spec: spec,
        client_codec=lambda codec: codec,
        upstream_codec=_count_codec,
        upstream_tap=lambda tap, _: tap,
        read_error=lambda _: None,
        stream_content_type=SSE,
        closed_to_client=False,
    ),
}
"""Bedrock's InvokeModel; Vertex AI's rawPredict and countTokens, whose answers travel as they
are."""

__all__ = [
    "AnyCodec",
    "Asked",
    "Opened",
    "Wrapping",
    "betas_of",
    "options_lost",
    "stream_content_type",
    "wrapping_of",
]
