"""Events of this dialect on their way through: as they came, but for what was changed."""

import json
from collections.abc import Iterable

import msgspec

from detente.canonical.events import (
    Delta,
    Event,
)
from detente.dialects.codec import Reply
from detente.dialects.gemini_generate import CODEC
from tests.dialects.gemini_generate.sdk import cut, read_stream, said
from tests.dialects.gemini_generate.streams import (
    chunk_of,
    events_in,
    stream_of,
)


def _replaced(events: Iterable[Event], before: str, after: str) -> list[Event]:
    return [
        msgspec.structs.replace(event, text=event.text.replace(before, after))
        if isinstance(event, Delta)
        else event
        for event in events
    ]


def test_what_was_changed_on_the_way_is_written_and_the_rest_as_it_came() -> None:
    call = {"functionCall": {"name": "f", "args": {"a": "secret"}}, "thoughtSignature": "AAEC"}
    chunk = {**chunk_of({"text": "secret"}, call, finishReason="STOP", tokenCount=4), "new": 1}
    events = _replaced(events_in(stream_of(chunk), frames=True), "secret", "******")
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed(events)
    assert json.dumps(chunk).replace("secret", "******") == json.dumps(cut(body)[0][1])
    assert b"secret" not in body


def test_texts_that_moved_to_another_event_are_not_doubled() -> None:
    body = stream_of(chunk_of({"text": "sec"}), chunk_of({"text": "ret"}, finishReason="STOP"))
    events = list(events_in(body, frames=True))
    at = [index for index, event in enumerate(events) if isinstance(event, Delta)]
    events[at[1]] = Delta(kind="text", index=0, text="******")
    del events[at[0]]
    encoder = CODEC.stream_encoder(Reply())
    told = encoder.feed(events)
    assert said(read_stream(told))["text"] == "******"
    assert b"sec" not in told
    assert b'"STOP"' in told
