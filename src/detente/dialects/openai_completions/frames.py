"""A chunk of a stream, and the canonical events that it is made of.

For round trips in the same dialect: `chunk_of` is what the events of one chunk say of it.
"""

from typing import Final

from detente.canonical.events import Delta, Event, Failed, Started, Stopped, UsageReported
from detente.canonical.extras import Json, Obj
from detente.dialects.openai_completions.logprobs import logprobs_told
from detente.dialects.openai_completions.response import usage_told
from detente.dialects.openai_completions.wire import FINISHES

DONE: Final = "[DONE]"
"""The name of the frame that stands for the last line, which is no JSON."""


def chunk_of(events: list[Event]) -> Obj:
    """What `events` say of a chunk; it has one choice, or none."""
    wire: Obj = {}
    choice: Obj = {}
    for event in events:
        match event:
            case Started():
                wire["id"] = event.id
                wire["model"] = event.model
                if event.created_s is not None:
                    wire["created"] = event.created_s
            case Delta():
                choice["text"] = event.text
                choice["index"] = event.choice
                if event.logprobs:
                    choice["logprobs"] = logprobs_told(event.logprobs, 0)
            case Stopped():
                choice["finish_reason"] = FINISHES.get(event.stop, "stop")
            case UsageReported():
                wire["usage"] = usage_told(event.usage)
            case Failed():
                wire["error"] = {"message": event.message, "code": event.code}
            case _:
                pass
    if choice:
        choices: list[Json] = [choice]
        wire["choices"] = choices
    return wire
