"""What grows with its input, in every dialect: bodies of many parts, streams of many events.

Each function makes one shape of a size, for one codec. What reads it must take time in proportion.
"""

from collections.abc import Callable, Mapping
from typing import Final

from detente.canonical.content import Part, Text, ToolCall, ToolResult, Turn
from detente.canonical.events import Delta, Event, PartStarted, PartStopped, Started
from detente.canonical.request import Request, Tool
from detente.canonical.response import Choice, Response
from detente.dialects.codec import Codec, Reply
from tests.fuzz.lanes import TARGET

_HI: Final = Turn(role="user", parts=(Text(text="hi"),))
_STARTED: Final = Started(id="r", model="m")
_REPLY: Final = Reply(request_id="r", now_s=1)


def parts(codec: Codec, size: int) -> bytes:
    """One turn of many texts."""
    turn = Turn(role="user", parts=tuple(Text(text=str(n)) for n in range(size)))
    return _request(codec, turn)


def turns(codec: Codec, size: int) -> bytes:
    """Many turns, of two sides in turn."""
    said = [
        Turn(role="assistant" if n % 2 else "user", parts=(Text(text=str(n)),)) for n in range(size)
    ]
    return _request(codec, *said)


def calls(codec: Codec, size: int) -> bytes:
    """One turn of many calls, and their results."""
    made = tuple(ToolCall(id=f"call_{n}", name="f", arguments="{}") for n in range(size))
    given: tuple[Part, ...] = tuple(
        ToolResult(call_id=f"call_{n}", name="f", parts=(Text(text="1"),)) for n in range(size)
    )
    return _request(codec, _HI, Turn(role="assistant", parts=made), Turn(role="user", parts=given))


def tools(codec: Codec, size: int) -> bytes:
    """Many tools."""
    declared = tuple(Tool(name=f"f{n}", parameters={"type": "object"}) for n in range(size))
    return codec.encode_request(Request(model="m", turns=(_HI,), tools=declared), TARGET).body


def answered_calls(codec: Codec, size: int) -> bytes:
    """An answer of many calls."""
    made = tuple(ToolCall(id=f"call_{n}", name="f", arguments="{}") for n in range(size))
    choice = Choice(parts=made, stop="tool_calls")
    return codec.encode_response(Response(id="r", model="m", choices=(choice,)), _REPLY).body


def deltas(codec: Codec, size: int) -> bytes:
    """A stream of many words."""
    begun: list[Event] = [_STARTED, PartStarted(kind="text", index=0)]
    words: list[Event] = [Delta(kind="text", index=0, text=f"{n} ") for n in range(size)]
    return codec.stream_encoder(_REPLY).feed(begun + words)


def one_long_delta(codec: Codec, size: int) -> bytes:
    """A stream of one word, which is long."""
    word = Delta(kind="text", index=0, text="x" * size)
    begun: list[Event] = [_STARTED, PartStarted(kind="text", index=0), word]
    return codec.stream_encoder(_REPLY).feed(begun)


def streamed_calls(codec: Codec, size: int) -> bytes:
    """A stream of many calls, one after the other."""
    events: list[Event] = [_STARTED]
    for n in range(size):
        events += (
            PartStarted(kind="tool_call", index=n, id=f"call_{n}", name="f"),
            Delta(kind="tool_call", index=n, text="{}"),
            PartStopped(index=n),
        )
    return codec.stream_encoder(_REPLY).feed(events)


Shape = Callable[[Codec, int], bytes]
REQUESTS: Final[Mapping[str, Shape]] = {
    "parts": parts,
    "turns": turns,
    "calls": calls,
    "tools": tools,
}
RESPONSES: Final[Mapping[str, Shape]] = {"calls": answered_calls}
STREAMS: Final[Mapping[str, Shape]] = {"deltas": deltas, "calls": streamed_calls}


def _request(codec: Codec, *said: Turn) -> bytes:
    return codec.encode_request(Request(model="m", turns=said), TARGET).body
