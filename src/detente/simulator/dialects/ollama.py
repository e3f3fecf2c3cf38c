"""Answering as Ollama's chat does: whole, or line by line.

A call comes whole, on a line of its own, with its arguments as an object and without an id. Times
are made up, and the same for the same answer. No log probabilities.

>>> times(3, 4)["eval_count"]
4
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from detente.simulator import composition, tokens
from detente.simulator.composition import Ask, Call
from detente.simulator.dialects.ollama_request import Request
from detente.simulator.exchange import Answer, JsonObject, Piece, Setting, Stream, json_reply

CREATED: Final = "2026-01-01T00:00:00Z"
"""Answers are functions of their requests, so their time stands still."""

TOKEN_NS: Final = 1_000_000
"""What a token takes."""

LOAD_NS: Final = 2_000_000
"""What loading a model takes that is loaded already."""

STREAM_HEADERS: Final = (("content-type", "application/x-ndjson"),)


def answer(request: Request, setting: Setting) -> Answer:
    """The answer, whole or as a stream."""
    ask = request.ask
    if request.load:
        return json_reply(_line(ask, {"content": ""}, {"done": True, "done_reason": "load"}))
    composed = composition.compose(ask, tokens=setting.tokens)
    ending: JsonObject = {
        "done": True,
        "done_reason": "length" if composed.finish == "length" else "stop",
        **times(ask.input_tokens, composed.tokens),
    }
    if request.stream:
        pieces = _pieces(ask, composed, ending)
        return Stream(headers=STREAM_HEADERS, pieces=pieces, failure=_failure)
    message: JsonObject = {"content": composed.text}
    if composed.thinking:
        message["thinking"] = composed.thinking
    if composed.calls:
        message["tool_calls"] = [_call(call) for call in composed.calls]
    return json_reply(_line(ask, message, ending), tokens=composed.tokens, metered=True)


def times(input_tokens: int, output_tokens: int) -> JsonObject:
    """What the last line tells: how many tokens, and how long they took, in nanoseconds."""
    return {
        "total_duration": LOAD_NS + TOKEN_NS * (input_tokens + output_tokens),
        "load_duration": LOAD_NS,
        "prompt_eval_count": input_tokens,
        "prompt_eval_duration": TOKEN_NS * input_tokens,
        "eval_count": output_tokens,
        "eval_duration": TOKEN_NS * output_tokens,
    }


def _line(ask: Ask, message: JsonObject, ending: JsonObject | None = None) -> JsonObject:
    said: JsonObject = {"role": "assistant", **message}
    line: JsonObject = {"model": ask.model, "created_at": CREATED, "message": said}
    return {**line, **(ending or {"done": False})}


def _call(call: Call) -> JsonObject:
    function: JsonObject = {"name": call.name, "arguments": msgspec.json.decode(call.arguments)}
    return {"function": function}


def _pieces(ask: Ask, composed: composition.Composition, ending: JsonObject) -> Iterator[Piece]:
    """One line for each token, or each call, and the last one."""

    def line(message: JsonObject, ending: JsonObject | None = None) -> bytes:
        return msgspec.json.encode(_line(ask, message, ending)) + b"\n"

    for word in tokens.split(composed.thinking):
        yield Piece(line({"content": "", "thinking": word}), token=True)
    for word in tokens.split(composed.text):
        yield Piece(line({"content": word}), token=True)
    for call in composed.calls:
        yield Piece(line({"content": "", "tool_calls": [_call(call)]}), token=True)
    yield Piece(line({"content": ""}, ending))


def _failure(events_sent: int) -> bytes:  # noqa: ARG001 - other dialects number it
    return (
        msgspec.json.encode({"error": "an error was encountered while running the model"}) + b"\n"
    )
