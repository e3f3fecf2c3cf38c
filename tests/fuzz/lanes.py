"""The laws of the translation lane, over whatever a client or an upstream sends.

A request becomes one for every upstream, an answer one for every client, and a stream a stream.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Final

import msgspec

from detente.canonical.content import Part, Text, ToolCall, Turn
from detente.canonical.events import Ended, Event, PartStarted
from detente.canonical.failure import ClientFault, Failure, ProviderFault
from detente.canonical.model import Dialect
from detente.canonical.request import Request
from detente.dialects import CODECS as REGISTERED
from detente.dialects import cohere_chat, ollama_chat, openai_completions
from detente.dialects.codec import Codec, Reply, Target
from detente.dialects.spec import RequestHead, StreamTap
from detente.dialects.translation import TOO_DEEP, Outgoing, Translation

CODECS: Final[tuple[Codec, ...]] = tuple(
    {
        codec.name: codec
        for codec in (
            *REGISTERED,
            cohere_chat.CODEC,
            ollama_chat.CODEC,
            openai_completions.CODEC,
        )
    }.values()
)
"""Every codec of conversations."""
HEAD: Final = RequestHead(model="m", stream=True)
TARGET: Final = Target(model="m")

_BY_NAME: Final = {codec.name: codec for codec in CODECS}
_JSON: Final = msgspec.json.Decoder()
_ASKED: Final = Request(
    model="m", turns=(Turn(role="user", parts=(Text(text="hi"),)),), max_output_tokens=9
)
_BROKEN: Final = Failure(code="upstream_failed", message="it broke", blame="provider", status=502)


def reads(body: bytes) -> None:
    """`body` is JSON, as a strict reader sees it."""
    _JSON.decode(body)


def reply(request: Request) -> Reply:
    """For a client that asked `request`."""
    return Reply(request=request, request_id="req_fuzz", now_s=1)


@cache
def outgoing(client: Dialect, upstream: Dialect, *, stream: bool) -> Outgoing:
    """A plain question under way."""
    speaks, spoken_to = _BY_NAME[client], _BY_NAME[upstream]
    asked = msgspec.structs.replace(_ASKED, stream=stream)
    body = speaks.encode_request(asked, TARGET).body
    translation = Translation(speaks, body, model="m", stream=stream)
    return translation.encoded_for(spoken_to, TARGET)


def request(client: Codec, data: bytes) -> None:
    """What can be read can be written in every dialect, and read there."""
    try:
        translation = Translation(client, data, model="m", stream=None)
    except ClientFault:
        return
    for turn in translation.request.turns:
        calls_are_told_apart(turn.parts)
    for upstream in CODECS:
        with _deep_ones_excepted():
            body = translation.encoded_for(upstream, TARGET).body
            reads(body)
            upstream.decode_request(body, model="m", stream=None)


@contextmanager
def _deep_ones_excepted() -> Generator[None]:
    """What can be read may be nested too deeply to be written; that, too, is a client's fault."""
    try:
        yield
    except ClientFault as fault:
        if TOO_DEEP not in str(fault):
            raise


def response(upstream: Codec, data: bytes) -> None:
    """What can be read can be written for every client, whole and as a stream; errors too."""
    upstream.read_error(data)
    try:
        read = upstream.decode_response(data)
    except ProviderFault:
        return
    for choice in read.choices:
        calls_are_told_apart(choice.parts)
    for client in CODECS:
        for stream_asked in (False, True):
            sent = outgoing(client.name, upstream.name, stream=stream_asked)
            try:
                answer = sent.answer(data, reply(sent.request))
            except ProviderFault:
                return
            if stream_asked:
                if client is not upstream:  # there, what is odd comes out as it went in
                    decoded(client, [answer.body])
            else:
                reads(answer.body)
                client.decode_response(answer.body)


def calls_are_told_apart(parts: Iterable[Part]) -> None:
    """Every call has an id that a result can name."""
    for part in parts:
        assert not isinstance(part, ToolCall) or part.id, part


def stream(upstream: Codec, data: bytes) -> None:
    """A stream can be told to every client; its end is clean only where the upstream's was."""
    cut = pieces(data)
    whole = events_or_fault(upstream, [data])
    assert events_or_fault(upstream, cut) == whole
    for event in whole[0]:
        if isinstance(event, PartStarted) and event.kind in ("tool_call", "custom_call"):
            assert event.id, event
    for client in CODECS:
        sent = outgoing(client.name, upstream.name, stream=True)
        tap = sent.tap(reply(sent.request))
        written: list[bytes] = []
        try:
            written += [tap.feed(piece) for piece in cut]
            written.append(tap.close())
        except ProviderFault:
            pass
        if not tap.complete and not tap.failed:
            written.append(tap.fail(_BROKEN, request_id="req_fuzz"))
        said = decoded(client, written)
        ended = any(isinstance(event, Ended) for event in said)
        assert ended <= tap.complete, (client.name, "a broken stream ended well")


def decoded(codec: Codec, written: Sequence[bytes]) -> list[Event]:
    """What the gateway wrote, read again; a fault of ours would show here."""
    decoder = codec.stream_decoder()
    events = [event for piece in written for event in decoder.feed(piece)]
    return events + decoder.close()


def events_or_fault(codec: Codec, cut: Sequence[bytes]) -> tuple[list[Event], bool]:
    """The events of a stream up to its fault, and whether it had one."""
    decoder = codec.stream_decoder()
    events: list[Event] = []
    try:
        for piece in cut:
            events += decoder.feed(piece)
        events += decoder.close()
    except ProviderFault:
        return [], True
    return events, False


def tapped(tap: StreamTap, cut: Sequence[bytes]) -> tuple[object, ...]:
    """All that a tap of the pass-through lane says of a stream."""
    shown: list[bytes] = []
    try:
        shown += [tap.feed(piece) for piece in cut]
        shown.append(tap.close())
    except ProviderFault:
        return ("fault",)
    tap.output_tokens_seen()  # an estimate, which broken events may change
    return (b"".join(shown), tap.usage, tap.complete, tap.failed)


def pieces(data: bytes) -> list[bytes]:
    """`data` in pieces whose sizes it says itself."""
    found: list[bytes] = []
    start = 0
    while start < len(data):
        size = 1 + data[(start * 7) % len(data)] % 97
        found.append(data[start : start + size])
        start += size
    return found
