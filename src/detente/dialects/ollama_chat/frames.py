"""A line of a stream, and the events that it is made of: what they say, and what is left of it.

For round trips in the same dialect only: `left_of` is what a decoder keeps beside the events, and
`line_of` the line that they make up together.
"""

from typing import Final

from detente.canonical.content import Inline, Media
from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Failed,
    PartGiven,
    PartStarted,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.arguments import arguments_object
from detente.dialects._codec.leftovers import left, over
from detente.dialects._codec.rest import laid_over
from detente.dialects.ollama_chat.logprobs import told_logprobs
from detente.dialects.ollama_chat.wire import DONE_REASONS, NAME

_KEYS: Final = {"text": "content", "refusal": "content", "reasoning": "thinking"}


def left_of(wire: Obj, events: list[Event]) -> Obj:
    """The members of a line that its events do not say, or say otherwise."""
    return left(wire, line_of(events, {}))


def line_of(events: list[Event], members: Obj) -> Obj:  # noqa: C901, PLR0912 -- one case each
    """The line that events and the members beside them make up."""
    wire: Obj = {}
    message: Obj = {}
    calls: list[Json] = []
    images: list[Json] = []
    for event in events:
        match event:
            case Delta(kind="tool_call" | "custom_call"):
                _arguments(calls, event.text)
            case Delta():
                _text(wire, message, event)
            case PartStarted(kind="tool_call" | "custom_call"):
                call: Obj = {"function": {"name": event.name, "arguments": {}}}
                calls.append(laid_over(call, event.extras, NAME))
            case PartGiven(part=Media(kind="image", source=Inline(data=data))):
                images.append(data)
            case Failed():
                wire["error"] = event.message
            case Stopped():
                wire["done_reason"] = DONE_REASONS.get(event.stop, "stop")
            case UsageReported():
                wire["prompt_eval_count"] = event.usage.input_tokens
                wire["eval_count"] = event.usage.output_tokens
            case Ended():
                wire["done"] = True
            case _:
                pass
    if images:
        message["images"] = images
    if calls:
        message["tool_calls"] = calls
    if message:
        wire["message"] = message
    return over(wire, members)


def _text(wire: Obj, message: Obj, event: Delta) -> None:
    key = _KEYS.get(event.kind)
    if key is None:
        return
    before = message.get(key)
    message[key] = before + event.text if type(before) is str else event.text
    if event.logprobs:
        wire["logprobs"] = told_logprobs(event.logprobs)


def _arguments(calls: list[Json], text: str) -> None:
    call = calls[-1] if calls else None
    function = call.get("function") if type(call) is dict else None
    arguments = arguments_object(text)
    if type(function) is dict and arguments is not None:
        function["arguments"] = arguments
