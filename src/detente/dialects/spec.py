"""What every dialect offers to the gateway: one `Spec` of plain functions.

Not a codec: this is the pass-through lane, where the client's bytes travel with named edits
only and the answer is read in passing. Everything is pure: bytes in, values out.

>>> from detente.dialects import spec_of
>>> spec_of("openai_chat").read_request(b'{"model": "gpt-4", "stream": true}').stream
True
"""

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from detente.canonical.failure import Failure
from detente.canonical.model import Dialect, Interface
from detente.canonical.usage import Usage

EVENT_BYTES_MAX: Final = 16 * 1024 * 1024
"""The terminal event of a response repeats the whole answer; nothing real is larger."""


class RequestHead(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the gateway needs to know of a request body, and where to edit it.

    `asks_usage` is whether the client itself asked for usage in the stream. `features` are
    sorted. `output_tokens_max` is the client's own bound in tokens, None where it set none; it
    holds for each of `answers_asked`.
    `model_at` is the offset just behind the key `model` where that is the only one in the body,
    else -1; `stream_options` the raw value, empty where the member is absent. Both are for
    `edit_request`.
    """

    model: str
    stream: bool = False
    asks_usage: bool = False
    features: tuple[str, ...] = ()
    output_tokens_max: int | None = None
    answers_asked: int = 1
    model_at: int = -1
    stream_options: bytes = b""


class StreamTap(Protocol):
    """Reads a stream in passing; every split of the stream gives the same result.

    `usage` is what the provider reported so far. `complete` is whether the dialect's own end
    was seen, `failed` whether an error came inside the stream.
    """

    usage: Usage | None
    complete: bool
    failed: bool

    def feed(self, piece: bytes) -> bytes:
        """What to forward now: whole events; the same object where nothing is held or hidden.

        Raises `ProviderFault` where one event is larger than the tap's bound.
        """
        ...

    def close(self) -> bytes:
        """The stream has ended: what was still held, to be forwarded if it ended well.

        Where it broke off, that is half an event: forward the dialect's `stream_error` instead.
        """
        ...

    def output_tokens_seen(self) -> int:
        """An estimate of the output tokens so far, for a stream that does not finish."""
        ...


class EditRequest(Protocol):
    """See `Spec.edit_request`."""

    def __call__(
        self, body: bytes, head: RequestHead, *, model: str, ask_usage: bool = True
    ) -> bytes: ...


class ErrorBody(Protocol):
    """See `Spec.error_body` and `Spec.stream_error`."""

    def __call__(
        self, failure: Failure, *, request_id: str, decision_id: str | None = None
    ) -> bytes: ...


class Tap(Protocol):
    """See `Spec.tap`."""

    def __call__(
        self, head: RequestHead, *, event_bytes_max: int = EVENT_BYTES_MAX
    ) -> StreamTap: ...


def no_lines(failure: Failure) -> bytes:
    """No headers beside the body."""
    del failure
    return b""


def same_status(status: int) -> int:
    """The status as it is."""
    return status


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect.

    - `read_request(body)`: the head of a request; raises `ClientFault("request_invalid")`.
    - `edit_request(body, head, model=…, ask_usage=True)`: the same bytes with another model
      (and, where the dialect has it and the client did not, a wish for usage); returns `body`
      itself where nothing changes.
    - `read_usage(body)`: the usage in a whole answer, None where there is none; never raises.
    - `tap(head, event_bytes_max=…)`: a fresh `StreamTap` for the answer to that request.
    - `error_body(failure, request_id=…, decision_id=…)`: the failure as this API's clients
      expect it.
    - `stream_error(…)`: the same, as bytes to append to a stream that has already started.
    - `billed`: whether the platforms charge for it (counting tokens is free).
    - `error_lines(failure)`: headers that this API's clients read beside the body of an error.
    - `last_status(status)`: with which status its clients are told an error that they are not to
      try again by themselves; the same where a header tells them (`x-should-retry`), or where they
      do not try again unless they are asked to.
    - `version_header`, `version`: where the API's version travels, and which one the gateway asks
      for in requests of its own making.
    - `request_id_header`: where this API's clients look for the id of a request.
    - `result_marks`: bytes of which a request with tools' results has one.
    - `hands_state_back`: whether its clients hand back opaque state of a model's reasoning, of
      whichever platform it was.
    """

    name: Dialect
    interface: Interface
    read_request: Callable[[bytes], RequestHead]
    edit_request: EditRequest
    read_usage: Callable[[bytes], Usage | None]
    tap: Tap
    error_body: ErrorBody
    stream_error: ErrorBody
    billed: bool = True
    error_lines: Callable[[Failure], bytes] = no_lines
    last_status: Callable[[int], int] = same_status
    version_header: bytes | None = None
    version: str | None = None
    request_id_header: bytes | None = None
    hands_state_back: bool = False
    result_marks: tuple[bytes, ...] = ()
