"""What a dialect offers to the translation lane: one `Codec` of plain functions.

Decoders turn bytes into canonical values, encoders turn them into bytes and losses. Everything is
pure: time, ids and the upstream's facts arrive as arguments. Any bytes give a value, or
`ClientFault` from a request's decoder, or `ProviderFault` from a response's or stream's; nothing
else.

A codec knows no other dialect. What two dialects have in common is in the canonical form; what only
one has travels tagged with its name, and comes back in the same dialect only.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final, Protocol

import msgspec

from detente.canonical.capability import UNKNOWN, Capabilities
from detente.canonical.events import Event
from detente.canonical.failure import Failure
from detente.canonical.loss import Loss
from detente.canonical.model import Dialect, Thoughts
from detente.canonical.request import Request
from detente.canonical.response import Response
from detente.dialects.spec import EVENT_BYTES_MAX

SSE: Final = b"text/event-stream"
NDJSON: Final = b"application/x-ndjson"
AWS_EVENTS: Final = b"application/vnd.amazon.eventstream"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a request is encoded: the upstream's name of the model, the version of its API (None
    is the newest that the codec knows), and what the model can do. `mixed` is whether other
    platforms may have said parts of the conversation: then a request of this very dialect, too,
    loses what of its reasoning the platform would refuse.

    The rest is how the host differs from others of its dialect. `refused` are members of a request
    that it answers with an error (`parts.file`: parts of a message of that type): a codec that
    writes them for a client of another dialect leaves them out, and names them as losses.
    `thoughts` is where it takes what models thought in earlier answers, None where nobody knows:
    then it is where they stood."""

    model: str
    api_version: str | None = None
    capabilities: Capabilities = UNKNOWN
    mixed: bool = False
    refused: frozenset[str] = frozenset()
    thoughts: Thoughts | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """For whom an answer is encoded: the client's request where it is known (some dialects repeat
    it), the gateway's id of the request, the time in seconds since 1970, and the version of the
    client's API."""

    request: Request | None = None
    request_id: str = "req"
    now_s: int = 0
    api_version: str | None = None


class Encoded(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes, and what they do not say."""

    body: bytes
    losses: tuple[Loss, ...] = ()


class ErrorText(msgspec.Struct, frozen=True, kw_only=True):
    """An error as a platform told it: its sentence, and its own word for the kind."""

    message: str
    code: str | None = None


class DecodeRequest(Protocol):
    """See `Codec.decode_request`."""

    def __call__(
        self, body: bytes, *, model: str | None = None, stream: bool | None = None
    ) -> Request: ...


class DecodeResponse(Protocol):
    """See `Codec.decode_response`."""

    def __call__(self, body: bytes, *, id_prefix: str = "call") -> Response: ...


class StreamDecoder(Protocol):
    """Bytes of a stream in, events out; every split of the bytes gives the same events."""

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes; raises `ProviderFault`."""
        ...

    def close(self) -> list[Event]:
        """The stream has ended: what was still held. `Ended` came, or comes now, only where the
        dialect's own end was seen; where the dialect ends by closing (`gemini_generate`), after a
        finish reason."""
        ...


class StreamEncoder(Protocol):
    """Events in, bytes of a stream out, in the client's dialect.

    `losses` are those met so far. Between two calls the bytes are whole wire events.
    """

    losses: list[Loss]

    def feed(self, events: Iterable[Event]) -> bytes:
        """The bytes of `events`. On `Ended` the dialect's own end is written; on `Failed` its
        error."""
        ...

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """The stream has to end with an error of the gateway's: never a clean end."""
        ...


class NewDecoder(Protocol):
    """See `Codec.stream_decoder`."""

    def __call__(
        self,
        *,
        id_prefix: str = "call",
        frames: bool = False,
        event_bytes_max: int = EVENT_BYTES_MAX,
    ) -> StreamDecoder: ...


class Codec(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect.

    - `stream_content_type`: of its streams.
    - `decode_request(body, model=…, stream=…)`: `model` and `stream` are what the path said, for
      dialects that have them there (a model in the path wins); raises `ClientFault`.
    - `encode_request(request, target)`: the body for that model, with losses. Never raises: what
      cannot be carried is a loss.
    - `decode_response(body, id_prefix=…)`: a whole answer; ids that the dialect lacks begin with
      `id_prefix`; raises `ProviderFault`.
    - `encode_response(response, reply)`: the whole answer as this dialect's clients expect it.
    - `stream_decoder(id_prefix=…, frames=…, event_bytes_max=…)`: a fresh decoder.
    - `stream_encoder(reply)`: a fresh encoder.
    - `read_error(body)`: an error answer of the platform, None where it is none that can be read;
      never raises.
    - `streams_by_path`: whether path, not body, says that the answer is to be streamed.
    - `tool_names`, `call_ids`: what a tool's name and a call's id have to match as a whole, None
      where anything goes; the translation lane renames what does not, and back.
    """

    name: Dialect
    stream_content_type: bytes = SSE
    decode_request: DecodeRequest
    encode_request: Callable[[Request, Target], Encoded]
    decode_response: DecodeResponse
    encode_response: Callable[[Response, Reply], Encoded]
    stream_decoder: NewDecoder
    stream_encoder: Callable[[Reply], StreamEncoder]
    read_error: Callable[[bytes], ErrorText | None]
    streams_by_path: bool = False
    tool_names: re.Pattern[str] | None = None
    call_ids: re.Pattern[str] | None = None
