"""Answering in the dialect of Amazon Bedrock's Converse, whole or as frames of an event stream.

Text, thoughts with signatures, parallel calls, stop sequences, filtered answers. Every frame is
padded as Amazon pads it.

>>> usage(3, 4)["totalTokens"]
7
"""

import json
from collections.abc import Iterator
from typing import Final

import msgspec

from detente.dialects._framing.aws_events import aws_event
from detente.simulator import composition, signature, tokens
from detente.simulator.composition import Composition
from detente.simulator.dialects import converse_turns, guardrail
from detente.simulator.dialects.converse_request import Request
from detente.simulator.exchange import Answer, JsonObject, Piece, Setting, Stream, json_reply

STREAM_HEADERS: Final = (("content-type", "application/vnd.amazon.eventstream"),)

STOP_REASONS: Final = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "stop_sequence": "stop_sequence",
    "filtered": "content_filtered",
}

LATENCY_MS: Final = 1

_PADDING: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def answer(request: Request, setting: Setting, *, streamed: bool) -> Answer:
    """The answer, whole or as a stream."""
    blocked = guardrail.blocks(request.guardrail, request.ask)
    told = _told(request, blocked=blocked)
    request = msgspec.structs.replace(
        request, ask=guardrail.shielded(request.ask, request.guardrail)
    )
    composed = composition.compose(request.ask, tokens=setting.tokens)
    identity = composition.identity(request.ask, composed)
    stop = guardrail.INTERVENED if blocked else STOP_REASONS[composed.finish]
    used = usage(request.ask.input_tokens, 0 if blocked else composed.tokens)
    if streamed:
        pieces = _pieces(composed, identity, stop, {"usage": used, **told})
        return Stream(headers=STREAM_HEADERS, pieces=pieces, failure=stream_failure)
    message = {"role": "assistant", "content": _content(composed, identity)}
    value: JsonObject = {
        "output": {"message": message},
        "stopReason": stop,
        "usage": used,
        "metrics": {"latencyMs": LATENCY_MS},
        **told,
    }
    return json_reply(value, tokens=composed.tokens, metered=True)


def _told(request: Request, *, blocked: bool) -> JsonObject:
    """How the request was served, and what its guardrail found."""
    told: JsonObject = {}
    if request.tier is not None:
        told["serviceTier"] = {"type": request.tier}
    if request.latency is not None:
        told["performanceConfig"] = {"latency": request.latency}
    if request.guardrail is not None and request.guardrail.trace:
        told["trace"] = {"guardrail": guardrail.assessment(request.guardrail, blocked=blocked)}
    return told


def usage(input_tokens: int, output_tokens: int) -> JsonObject:
    """Usage as Converse reports it: nothing is cached, thoughts are output."""
    return {
        "inputTokens": input_tokens,
        "outputTokens": output_tokens,
        "totalTokens": input_tokens + output_tokens,
        "cacheReadInputTokens": 0,
        "cacheWriteInputTokens": 0,
    }


def frame(name: str, value: JsonObject) -> bytes:
    """One event of a stream."""
    padded = {**value, "p": _PADDING[: 4 + len(str(value)) * 7 % 50]}
    headers = {
        ":event-type": name,
        ":content-type": "application/json",
        ":message-type": "event",
    }
    return aws_event(headers, msgspec.json.encode(padded))


def stream_failure(events_sent: int) -> bytes:  # noqa: ARG001 - other dialects number it
    """The exception that ends a stream."""
    headers = {
        ":exception-type": "modelStreamErrorException",
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    message = "The model had an error while streaming its answer. Try again."
    return aws_event(headers, msgspec.json.encode({"message": message, "originalStatusCode": 500}))


def _content(composed: Composition, identity: str) -> list[JsonObject]:
    found: list[JsonObject] = []
    if composed.thinking:
        signed = signature.sign(converse_turns.PLATFORM, composed.thinking)
        thought = {"text": composed.thinking, "signature": signed}
        found.append({"reasoningContent": {"reasoningText": thought}})
    if composed.text:
        found.append({"text": composed.text})
    for index, call in enumerate(composed.calls):
        opening = _opening(composed, identity, index)
        found.append({"toolUse": {**opening, "input": json.loads(call.arguments)}})
    return found


def _opening(composed: Composition, identity: str, index: int) -> JsonObject:
    name = composed.calls[index].name
    return {"toolUseId": f"tooluse_{identity[:20]}{index:02x}", "name": name}


def _pieces(
    composed: Composition, identity: str, stop: str, metadata: JsonObject
) -> Iterator[Piece]:
    yield Piece(frame("messageStart", {"role": "assistant"}))
    index = 0
    if composed.thinking:
        yield from _thought_pieces(composed, index)
        index += 1
    if composed.text:
        for word in tokens.split(composed.text):
            yield _delta(index, {"text": word}, token=True)
        yield Piece(frame("contentBlockStop", {"contentBlockIndex": index}))
        index += 1
    for number in range(len(composed.calls)):
        yield from _call_pieces(composed, identity, number, index + number)
    yield Piece(frame("messageStop", {"stopReason": stop}))
    yield Piece(frame("metadata", {**metadata, "metrics": {"latencyMs": LATENCY_MS}}))


def _thought_pieces(composed: Composition, index: int) -> Iterator[Piece]:
    for word in tokens.split(composed.thinking):
        yield _delta(index, {"reasoningContent": {"text": word}}, token=True)
    signed = signature.sign(converse_turns.PLATFORM, composed.thinking)
    yield _delta(index, {"reasoningContent": {"signature": signed}})
    yield Piece(frame("contentBlockStop", {"contentBlockIndex": index}))


def _call_pieces(composed: Composition, identity: str, number: int, index: int) -> Iterator[Piece]:
    start = {"toolUse": _opening(composed, identity, number)}
    yield Piece(frame("contentBlockStart", {"contentBlockIndex": index, "start": start}), True)
    for word in tokens.split(composed.calls[number].arguments):
        yield _delta(index, {"toolUse": {"input": word}}, token=True)
    yield Piece(frame("contentBlockStop", {"contentBlockIndex": index}))


def _delta(index: int, delta: JsonObject, *, token: bool = False) -> Piece:
    value: JsonObject = {"contentBlockIndex": index, "delta": delta}
    return Piece(frame("contentBlockDelta", value), token)
