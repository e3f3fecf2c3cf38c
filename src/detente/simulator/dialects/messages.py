"""Answering in the Anthropic messages dialect.

Text, tools, parallel calls, stop sequences, streams, and counting. No thinking.

>>> usage(3, 4)["output_tokens"]
4
"""

import json
from collections.abc import Iterator
from typing import Final

from detente.simulator import composition, tokens
from detente.simulator.composition import Composition
from detente.simulator.dialects.messages_request import Request
from detente.simulator.exchange import (
    Answer,
    JsonObject,
    Piece,
    Reply,
    Setting,
    Stream,
    json_reply,
    named_event,
)

STREAM_HEADERS: Final = (
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache"),
)

STOP_REASONS: Final = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "stop_sequence": "stop_sequence",
    "filtered": "refusal",
}


def answer(request: Request, setting: Setting) -> Answer:
    """The answer, whole or as a stream."""
    composed = composition.compose(request.ask, tokens=setting.tokens)
    identity = composition.identity(request.ask, composed)
    if request.stream:
        pieces = _pieces(request, composed, identity)
        return Stream(headers=STREAM_HEADERS, pieces=pieces, failure=_failure)
    value = {
        **_message(request, identity),
        "content": _content(composed, identity),
        "stop_reason": STOP_REASONS[composed.finish],
        "stop_sequence": composed.stop,
        "usage": usage(request.ask.input_tokens, composed.tokens),
    }
    return json_reply(value, tokens=composed.tokens, metered=True)


def count(request: Request) -> Reply:
    """The answer to `count_tokens`: the same number that the message would report."""
    return json_reply({"input_tokens": request.ask.input_tokens})


def usage(input_tokens: int, output_tokens: int) -> JsonObject:
    """Usage as messages report it: nothing is cached."""
    return {
        "input_tokens": input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }


def _message(request: Request, identity: str) -> JsonObject:
    return {
        "id": f"msg_{identity}",
        "type": "message",
        "role": "assistant",
        "model": request.ask.model,
    }


def _content(composed: Composition, identity: str) -> list[JsonObject]:
    if not composed.calls:
        return [{"type": "text", "text": composed.text}]
    return [
        {**_tool_use(composed, identity, index), "input": json.loads(call.arguments)}
        for index, call in enumerate(composed.calls)
    ]


def _tool_use(composed: Composition, identity: str, index: int) -> JsonObject:
    name = composed.calls[index].name
    return {
        "type": "tool_use",
        "id": f"toolu_{identity[:22]}{index:02x}",
        "name": name,
        "input": {},
    }


def _pieces(request: Request, composed: Composition, identity: str) -> Iterator[Piece]:
    start: JsonObject = {
        **_message(request, identity),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage(request.ask.input_tokens, 1),
    }
    yield _event("message_start", {"message": start})
    if composed.calls:
        for index in range(len(composed.calls)):
            yield from _call_pieces(composed, identity, index)
    else:
        yield from _text_pieces(composed)
    ended = {"stop_reason": STOP_REASONS[composed.finish], "stop_sequence": composed.stop}
    yield _event("message_delta", {"delta": ended, "usage": {"output_tokens": composed.tokens}})
    yield _event("message_stop", {})


def _text_pieces(composed: Composition) -> Iterator[Piece]:
    block = {"type": "text", "text": ""}
    yield _event("content_block_start", {"index": 0, "content_block": block})
    yield _event("ping", {})
    for word in tokens.split(composed.text):
        delta = {"type": "text_delta", "text": word}
        yield _event("content_block_delta", {"index": 0, "delta": delta}, token=True)
    yield _event("content_block_stop", {"index": 0})


def _call_pieces(composed: Composition, identity: str, index: int) -> Iterator[Piece]:
    block = _tool_use(composed, identity, index)
    yield _event("content_block_start", {"index": index, "content_block": block}, token=True)
    for word in tokens.split(composed.calls[index].arguments):
        delta = {"type": "input_json_delta", "partial_json": word}
        yield _event("content_block_delta", {"index": index, "delta": delta}, token=True)
    yield _event("content_block_stop", {"index": index})


def _event(name: str, fields: JsonObject, *, token: bool = False) -> Piece:
    return Piece(named_event(name, {"type": name, **fields}), token)


def _failure(events_sent: int) -> bytes:  # noqa: ARG001 - other dialects number it
    error = {"type": "overloaded_error", "message": "Overloaded"}
    return named_event("error", {"type": "error", "error": error})
