"""Answering as Mistral's chat does: OpenAI's shape with less in it.

Thoughts are parts of a list, calls have ids of nine characters and come whole, and the last chunk
of every stream says the usage. As recorded of mistral-medium (2026).

>>> usage(3, 4)
{'prompt_tokens': 3, 'total_tokens': 7, 'completion_tokens': 4}
"""

from collections.abc import Iterator
from typing import Final

from detente.simulator import composition, tokens
from detente.simulator.composition import Composition
from detente.simulator.dialects.chat import CREATED
from detente.simulator.dialects.chat_request import Request
from detente.simulator.exchange import (
    Answer,
    JsonObject,
    Piece,
    Setting,
    Stream,
    json_reply,
    unnamed_event,
)

CALL_ID_CHARACTERS: Final = 9
FINISHES: Final = {"stop_sequence": "stop", "filtered": "error"}
STREAM_HEADERS: Final = (("content-type", "text/event-stream; charset=utf-8"),)


def answer(request: Request, setting: Setting) -> Answer:
    """The answer, whole or as a stream."""
    ask = request.ask
    choices = [
        composition.compose(ask, tokens=setting.tokens, variant=number)
        for number in range(request.n)
    ]
    identity = composition.identity(ask, choices[0])
    output = sum(choice.tokens for choice in choices)
    used = usage(ask.input_tokens, output)
    if request.stream:
        pieces = _pieces(ask.model, choices, identity, used)
        return Stream(headers=STREAM_HEADERS, pieces=pieces, failure=_failure)
    value: JsonObject = {
        "id": identity,
        "created": CREATED,
        "model": ask.model,
        "usage": used,
        "object": "chat.completion",
        "choices": [
            {"index": number, "finish_reason": _finish(choice), "message": _message(choice)}
            for number, choice in enumerate(choices)
        ],
    }
    return json_reply(value, tokens=output, metered=True)


def usage(input_tokens: int, output_tokens: int) -> JsonObject:
    """Usage as Mistral reports it."""
    return {
        "prompt_tokens": input_tokens,
        "total_tokens": input_tokens + output_tokens,
        "completion_tokens": output_tokens,
    }


def _message(choice: Composition) -> JsonObject:
    content: object = "" if choice.calls else choice.text
    if choice.thinking:
        content = [_thought(choice.thinking), {"type": "text", "text": content}]
    return {"role": "assistant", "tool_calls": _calls(choice) or None, "content": content}


def _thought(text: str) -> JsonObject:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}


def _calls(choice: Composition) -> list[JsonObject]:
    return [
        {
            "id": _call_id(choice, index),
            "function": {"name": call.name, "arguments": call.arguments},
            "index": index,
        }
        for index, call in enumerate(choice.calls)
    ]


def _call_id(choice: Composition, index: int) -> str:
    ask = composition.Ask(model=choice.calls[index].name, prompt=str(index))
    return composition.identity(ask, choice)[:CALL_ID_CHARACTERS]


def _finish(choice: Composition) -> str:
    return FINISHES.get(choice.finish, choice.finish)


def _pieces(
    model: str, choices: list[Composition], identity: str, used: JsonObject
) -> Iterator[Piece]:
    def chunk(number: int, delta: JsonObject, finish: str | None = None) -> JsonObject:
        return {
            "id": identity,
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": model,
            "choices": [{"index": number, "delta": delta, "finish_reason": finish}],
        }

    for number, choice in enumerate(choices):
        yield Piece(unnamed_event(chunk(number, {"role": "assistant", "content": ""})))
        for word in tokens.split(choice.thinking):
            yield Piece(unnamed_event(chunk(number, {"content": [_thought(word)]})), token=True)
        for word in tokens.split(choice.text):
            yield Piece(unnamed_event(chunk(number, {"content": word})), token=True)
        delta: JsonObject = {"content": ""}
        if choice.calls:
            delta["tool_calls"] = _calls(choice)
        last = chunk(number, delta, _finish(choice))
        if number == len(choices) - 1:
            last["usage"] = used
        yield Piece(unnamed_event(last))
    yield Piece(b"data: [DONE]\n\n")


def _failure(events_sent: int) -> bytes:  # noqa: ARG001 - other dialects number it
    return unnamed_event(
        {
            "object": "error",
            "message": "Service unavailable.",
            "type": "unreachable_backend",
            "param": None,
            "code": "1100",
        }
    )
