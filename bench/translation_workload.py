"""One conversation in every dialect that translates: what clients ask, what upstreams answer.

The plain one is the chat request of 1,024 bytes and the answer of 600 bytes that `workload` has for
everything else; other dialects' bodies are what their codecs make of those two, and so differ in
size. Example: `plain().requests["gemini_generate"]`.
"""

import base64
import json
from collections.abc import Mapping
from random import Random
from typing import Final

import msgspec

from bench import workload
from detente.canonical.content import Inline, Media, Text, Turn
from detente.canonical.events import Delta, PartStarted, Started
from detente.canonical.model import Dialect
from detente.canonical.request import Request
from detente.dialects import codec_of
from detente.dialects.codec import Codec, Reply, Target

DIALECTS: Final[tuple[Dialect, ...]] = (
    "openai_chat",
    "openai_responses",
    "anthropic_messages",
    "gemini_generate",
    "bedrock_converse",
)
IMAGES: Final = 4
IMAGE_BYTES: Final = 192 * 1024
IMAGES_BASE64_BYTES: Final = IMAGES * IMAGE_BYTES * 4 // 3
"""Exactly 1 MB (2^20 bytes) on the wire."""

TARGET: Final = Target(model="bench-upstream")
_NOW_S: Final = 1_750_000_000


class Bodies(msgspec.Struct, frozen=True, kw_only=True):
    """A request and its answer, by dialect."""

    requests: Mapping[Dialect, bytes]
    answers: Mapping[Dialect, bytes]


class StreamBytes(msgspec.Struct, frozen=True, kw_only=True):
    """How a stream of one dialect begins, and one event of its text."""

    beginning: bytes
    event: bytes


def codec(name: Dialect) -> Codec:
    """The codec of one of `DIALECTS`."""
    found = codec_of(name)
    assert found is not None, name
    return found


def reply(request: Request) -> Reply:
    """For whom an answer is written."""
    return Reply(request=request, request_id="req_0123456789abcdef", now_s=_NOW_S)


def plain() -> Bodies:
    """A question and its answer."""
    return _in_every_dialect(workload.request_body("bench-00"), workload.answer_body())


def with_tools() -> Bodies:
    """A conversation that has used a tool, and an answer that calls it again."""
    call = {
        "id": "call_0123456789",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city":"Paris","unit":"celsius"}'},
    }
    schema = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "The city"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city"],
    }
    tool = {"name": "get_weather", "description": "The weather in a city", "parameters": schema}
    request = {
        "model": "bench-00",
        "messages": [
            {"role": "system", "content": "You answer questions about the weather."},
            {"role": "user", "content": "What is the weather in Paris and in Rome?"},
            {"role": "assistant", "content": "I shall look.", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": call["id"], "content": "sunny, 20 degrees"},
        ],
        "tools": [{"type": "function", "function": tool}],
        "tool_choice": "auto",
        "max_tokens": 1024,
    }
    answer = json.loads(workload.answer_body())
    message = {"role": "assistant", "content": "It is sunny in Paris.", "tool_calls": [call]}
    answer["choices"] = [{"index": 0, "message": message, "finish_reason": "tool_calls"}]
    return _in_every_dialect(json.dumps(request).encode(), json.dumps(answer).encode())


def with_images(name: Dialect) -> bytes:
    """A request that shows `IMAGES` images, 1 MB in base64."""
    chance = Random(7)
    images = (base64.b64encode(chance.randbytes(IMAGE_BYTES)).decode() for _ in range(IMAGES))
    parts = (
        Text(text="What do these show?"),
        *(Media(kind="image", source=Inline(media_type="image/png", data=data)) for data in images),
    )
    request = Request(
        model="bench-00", max_output_tokens=1024, turns=(Turn(role="user", parts=parts),)
    )
    return codec(name).encode_request(request, TARGET).body


def stream(name: Dialect) -> StreamBytes:
    """The stream of one dialect: text, a word an event."""
    encoder = codec(name).stream_encoder(reply(Request(model="bench-00", turns=())))
    word = [Delta(kind="text", index=0, text="agreed ")]
    opened = [Started(id="bench", model="bench-upstream"), PartStarted(kind="text", index=0)]
    beginning = encoder.feed([*opened, *word])
    return StreamBytes(beginning=beginning, event=encoder.feed(word))


def _in_every_dialect(request: bytes, answer: bytes) -> Bodies:
    chat = codec("openai_chat")
    asked, answered = chat.decode_request(request), chat.decode_response(answer)
    requests: dict[Dialect, bytes] = {}
    answers: dict[Dialect, bytes] = {}
    for name in DIALECTS:
        requests[name] = codec(name).encode_request(asked, TARGET).body
        answers[name] = codec(name).encode_response(answered, reply(asked)).body
    return Bodies(
        requests={**requests, "openai_chat": request}, answers={**answers, "openai_chat": answer}
    )
