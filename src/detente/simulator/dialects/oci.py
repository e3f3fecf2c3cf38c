"""Answering as Oracle Cloud's native chat does: whole, or as events without names.

A stream ends by closing, after a chunk with the finish reason and, where it was asked for, one with
the usage; every chunk is padded, as Oracle's are. Both formats; no log probabilities.

>>> usage(3, 4)["totalTokens"]
7
"""

from collections.abc import Iterator
from typing import Final

from detente.simulator import composition, tokens
from detente.simulator.composition import Ask, Composition
from detente.simulator.dialects.oci_request import Request
from detente.simulator.exchange import (
    Answer,
    JsonObject,
    Piece,
    Setting,
    Stream,
    json_reply,
    unnamed_event,
)

CREATED: Final = "2026-01-01T00:00:00.000Z"
"""Answers are functions of their requests, so their time stands still."""
VERSION: Final = "1.0.0"
STREAM_HEADERS: Final = (("content-type", "text/event-stream"), ("cache-control", "no-cache"))
FINISHES: Final = {"stop_sequence": "stop", "filtered": "content_filter"}
PADS: Final = ("a", "aaa", "aaaaaa")
"""Oracle pads its chunks, so that their size tells nothing of the words in them."""


def answer(request: Request, setting: Setting) -> Answer:
    """The answer in the format `GENERIC`, whole or as a stream."""
    ask = request.ask
    choices = [
        composition.compose(ask, tokens=setting.tokens, variant=number)
        for number in range(request.n)
    ]
    if request.stream:
        pieces = _pieces(request, choices)
        return Stream(headers=STREAM_HEADERS, pieces=pieces, failure=failure)
    output = sum(choice.tokens for choice in choices)
    chat: JsonObject = {
        "apiFormat": "GENERIC",
        "timeCreated": CREATED,
        "choices": [_choice(number, choice) for number, choice in enumerate(choices)],
        "usage": usage(ask.input_tokens, output, _reasoned(choices)),
    }
    return json_reply(whole(ask.model, chat), tokens=output, metered=True)


def whole(model: str, chat: JsonObject) -> JsonObject:
    """A body around `chatResponse`."""
    return {"modelId": model, "modelVersion": VERSION, "chatResponse": chat}


def usage(input_tokens: int, output_tokens: int, reasoning_tokens: int = 0) -> JsonObject:
    """Usage as Oracle reports it: reasoning is part of the completion."""
    told: JsonObject = {
        "completionTokens": output_tokens,
        "promptTokens": input_tokens,
        "totalTokens": input_tokens + output_tokens,
        "promptTokensDetails": {"cachedTokens": 0},
    }
    if reasoning_tokens:
        told["completionTokensDetails"] = {"reasoningTokens": reasoning_tokens}
    return told


def call_id(choice: Composition, index: int) -> str:
    """The id of a call."""
    call = choice.calls[index]
    return f"call_{composition.identity(Ask(model=call.name, prompt=str(index)), choice)[:24]}"


def padded(chunk: JsonObject, number: int) -> bytes:
    """A chunk as an event."""
    return unnamed_event({**chunk, "pad": PADS[number % len(PADS)]})


def failure(events_sent: int) -> bytes:  # noqa: ARG001 - other dialects number it
    """An error in the middle of a stream."""
    return unnamed_event(
        {"code": "InternalServerError", "message": "An internal server error has occurred."}
    )


def _reasoned(choices: list[Composition]) -> int:
    return sum(choice.thinking_tokens for choice in choices)


def _choice(number: int, choice: Composition) -> JsonObject:
    message: JsonObject = {"role": "ASSISTANT"}
    if choice.text:
        message["content"] = [{"type": "TEXT", "text": choice.text}]
    if choice.thinking:
        message["reasoningContent"] = choice.thinking
    if choice.calls:
        message["toolCalls"] = [
            {
                "type": "FUNCTION",
                "id": call_id(choice, index),
                "name": call.name,
                "arguments": call.arguments,
            }
            for index, call in enumerate(choice.calls)
        ]
    return {"index": number, "message": message, "finishReason": _finish(choice)}


def _pieces(request: Request, choices: list[Composition]) -> Iterator[Piece]:
    """The chunks of a stream: each choice in turn, then usage where asked."""
    count = 0
    for number, choice in enumerate(choices):
        for said, token in _messages(choice):
            message: JsonObject = {"role": "ASSISTANT", **said}
            yield Piece(padded({"index": number, "message": message}, count), token)
            count += 1
        last: JsonObject = {"message": {"role": "ASSISTANT"}, "finishReason": _finish(choice)}
        yield Piece(padded({"index": number, **last} if number else last, count))
    if request.include_usage:
        output = sum(choice.tokens for choice in choices)
        used = usage(request.ask.input_tokens, output, _reasoned(choices))
        yield Piece(padded({"usage": used}, count))


def _messages(choice: Composition) -> Iterator[tuple[JsonObject, bool]]:
    """What each chunk adds to the message, and whether it carries a token."""
    yield {"content": [{"type": "TEXT", "text": ""}]}, False
    for word in tokens.split(choice.thinking):
        yield {"reasoningContent": word}, True
    for word in tokens.split(choice.text):
        yield {"content": [{"type": "TEXT", "text": word}]}, True
    for index, call in enumerate(choice.calls):
        begun = {"type": "FUNCTION", "id": call_id(choice, index), "name": call.name}
        yield {"toolCalls": [begun]}, True
        for word in tokens.split(call.arguments):
            yield {"toolCalls": [{"type": "FUNCTION", "arguments": word}]}, True


def _finish(choice: Composition) -> str:
    return FINISHES.get(choice.finish, choice.finish)
