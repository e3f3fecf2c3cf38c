"""Answering in the Anthropic messages dialect.

Text, thoughts with signatures, parallel calls, stop sequences, streams, and counting.

>>> usage(3, 4)["output_tokens"]
4
"""

import json
from collections.abc import Iterator
from typing import Final

from detente.simulator import composition, signature, tokens
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
        "content": _content(request, composed, identity),
        "stop_reason": STOP_REASONS[composed.finish],
        "stop_sequence": composed.stop,
        "usage": {
            **usage(request.ask.input_tokens, composed.tokens, composed.thinking_tokens),
            **_placed(request),
        },
    }
    return json_reply(value, tokens=composed.tokens, metered=True)


def count(request: Request) -> Reply:
    """The answer to `count_tokens`: the same number that the message would report."""
    return json_reply({"input_tokens": request.ask.input_tokens})


def usage(input_tokens: int, output_tokens: int, thinking_tokens: int = 0) -> JsonObject:
    """Usage as messages report it: nothing is cached, thoughts are a part of the output."""
    found: JsonObject = {
        "input_tokens": input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }
    if thinking_tokens:
        found["output_tokens_details"] = {"thinking_tokens": thinking_tokens}
    return found


def _placed(request: Request) -> JsonObject:
    """Where it was answered, where that was asked for."""
    return {} if request.geo is None else {"inference_geo": request.geo}


def _message(request: Request, identity: str) -> JsonObject:
    return {
        "id": f"msg_{identity}",
        "type": "message",
        "role": "assistant",
        "model": request.ask.model,
    }


def _content(request: Request, composed: Composition, identity: str) -> list[JsonObject]:
    found: list[JsonObject] = []
    if composed.thinking:
        found.append(
            {
                "type": "thinking",
                "thinking": composed.thinking,
                "signature": signature.sign(request.platform, composed.thinking),
            }
        )
    if composed.text or not composed.calls:
        found.append({"type": "text", "text": composed.text})
    for index, call in enumerate(composed.calls):
        found.append({**_tool_use(composed, identity, index), "input": json.loads(call.arguments)})
    return found


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
        "usage": {**usage(request.ask.input_tokens, 1), **_placed(request)},
    }
    yield _event("message_start", {"message": start})
    first = 0
    if composed.thinking:
        yield from _thinking_pieces(request, composed)
        first = 1
    if composed.calls:
        for number in range(len(composed.calls)):
            yield from _call_pieces(composed, identity, number, first + number)
    else:
        yield from _text_pieces(composed, first)
    ended = {"stop_reason": STOP_REASONS[composed.finish], "stop_sequence": composed.stop}
    used: JsonObject = {"output_tokens": composed.tokens}
    if composed.thinking:
        used["output_tokens_details"] = {"thinking_tokens": composed.thinking_tokens}
    yield _event("message_delta", {"delta": ended, "usage": used})
    yield _event("message_stop", {})


def _thinking_pieces(request: Request, composed: Composition) -> Iterator[Piece]:
    block = {"type": "thinking", "thinking": "", "signature": ""}
    yield _event("content_block_start", {"index": 0, "content_block": block})
    for word in tokens.split(composed.thinking):
        delta = {"type": "thinking_delta", "thinking": word}
        yield _event("content_block_delta", {"index": 0, "delta": delta}, token=True)
    signed = signature.sign(request.platform, composed.thinking)
    delta = {"type": "signature_delta", "signature": signed}
    yield _event("content_block_delta", {"index": 0, "delta": delta})
    yield _event("content_block_stop", {"index": 0})


def _text_pieces(composed: Composition, index: int) -> Iterator[Piece]:
    block = {"type": "text", "text": ""}
    yield _event("content_block_start", {"index": index, "content_block": block})
    yield _event("ping", {})
    for word in tokens.split(composed.text):
        delta = {"type": "text_delta", "text": word}
        yield _event("content_block_delta", {"index": index, "delta": delta}, token=True)
    yield _event("content_block_stop", {"index": index})


def _call_pieces(composed: Composition, identity: str, number: int, index: int) -> Iterator[Piece]:
    block = _tool_use(composed, identity, number)
    yield _event("content_block_start", {"index": index, "content_block": block}, token=True)
    for word in tokens.split(composed.calls[number].arguments):
        delta = {"type": "input_json_delta", "partial_json": word}
        yield _event("content_block_delta", {"index": index, "delta": delta}, token=True)
    yield _event("content_block_stop", {"index": index})


def _event(name: str, fields: JsonObject, *, token: bool = False) -> Piece:
    return Piece(named_event(name, {"type": name, **fields}), token)


def _failure(events_sent: int) -> bytes:  # noqa: ARG001 - other dialects number it
    error = {"type": "overloaded_error", "message": "Overloaded"}
    return named_event("error", {"type": "error", "error": error})
