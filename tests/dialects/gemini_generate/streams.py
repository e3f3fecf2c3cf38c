"""Streams as Google's platforms send them, made for tests."""

import json
from typing import Any

from detente.canonical.events import (
    Delta,
    Event,
    PartStarted,
    PartStopped,
    Started,
    Stopped,
)
from detente.canonical.usage import Usage
from detente.dialects.gemini_generate import CODEC

D = "gemini_generate"
START = Started(id="r", model="m")
STOP = Stopped(stop="end")
USAGE = Usage(uncached_input_tokens=3, visible_output_tokens=4)


def stream_of(*chunks: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)


def chunk_of(*parts: Any, **members: Any) -> dict[str, Any]:
    """One event with those parts; `members` are the candidate's."""
    candidate = {"content": {"parts": list(parts), "role": "model"}, "index": 0, **members}
    return {"candidates": [candidate], "modelVersion": "m", "responseId": "r"}


def events_in(body: bytes, *, frames: bool = False) -> list[Event]:
    decoder = CODEC.stream_decoder(id_prefix="call_r", frames=frames)
    return decoder.feed(body) + decoder.close()


def text(said: str, index: int = 0) -> list[Event]:
    return [
        PartStarted(kind="text", index=index),
        Delta(kind="text", index=index, text=said),
        PartStopped(index=index),
    ]
