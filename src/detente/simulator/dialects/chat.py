"""Answering in the OpenAI chat completions dialect.

Text, tools, parallel calls, `n`, structured output, streams. No logprobs, no refusals.
`Trim` is what other platforms add. Model ids are checked by the platform.

>>> usage(3, 4)["total_tokens"]
7
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from detente.simulator import composition, tokens
from detente.simulator.composition import Ask, Composition
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

CREATED: Final = 1_767_225_600
"""2026-01-01: answers are functions of their requests, so their time stands still."""

FINISHES: Final = {"stop_sequence": "stop", "filtered": "content_filter"}

STREAM_HEADERS: Final = (
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache"),
)


class Trim(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform adds: to each choice, to a whole answer, to its usage, and as a first chunk.

    `thoughts` is whether it tells what was reasoned, as OpenAI does not and others do, and
    `thought_member` where. `usage_at_end` is whether a stream's end tells the usage unasked.
    """

    choice: JsonObject = {}
    whole: JsonObject = {}
    usage: JsonObject = {}
    first_chunk: JsonObject | None = None
    thoughts: bool = False
    thought_member: str = "reasoning_content"
    usage_at_end: bool = False


def answer(request: Request, setting: Setting, trim: Trim) -> Answer:
    """The answer, whole or as a stream."""
    ask = request.ask
    choices = [
        composition.compose(ask, tokens=setting.tokens, variant=number)
        for number in range(request.n)
    ]
    identity = "chatcmpl-" + composition.identity(ask, choices[0])
    output = sum(choice.tokens for choice in choices)
    if request.stream:
        pieces = _pieces(request, choices, identity, trim)
        return Stream(headers=STREAM_HEADERS, pieces=pieces, failure=_failure)
    value: JsonObject = {
        "id": identity,
        "object": "chat.completion",
        "created": CREATED,
        "model": ask.model,
        "choices": [_choice(number, choice, trim) for number, choice in enumerate(choices)],
        "usage": usage(ask.input_tokens, output, _reasoned(choices)) | trim.usage,
        "service_tier": "default",
        "system_fingerprint": "fp_simulated",
        **trim.whole,
    }
    return json_reply(value, tokens=output, metered=True)


def usage(input_tokens: int, output_tokens: int, reasoning_tokens: int = 0) -> JsonObject:
    """Usage as chat completions report it: nothing is cached, reasoning is counted, not told."""
    return {
        "prompt_tokens": input_tokens,
        "completion_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _reasoned(choices: list[Composition]) -> int:
    return sum(choice.thinking_tokens for choice in choices)


def _choice(number: int, choice: Composition, trim: Trim) -> JsonObject:
    message: JsonObject = {
        "role": "assistant",
        "content": None if choice.calls else choice.text,
        "refusal": None,
        "annotations": [],
    }
    if trim.thoughts and choice.thinking:
        message[trim.thought_member] = choice.thinking
    if choice.calls:
        message["tool_calls"] = [
            {
                "id": _call_id(choice, index),
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for index, call in enumerate(choice.calls)
        ]
    return {
        "index": number,
        "message": message,
        "logprobs": None,
        "finish_reason": _finish(choice),
        **trim.choice,
    }


def _pieces(
    request: Request, choices: list[Composition], identity: str, trim: Trim
) -> Iterator[Piece]:
    """The chunks of a stream: each choice in turn, then usage where asked, then the end."""

    def chunk(choices: list[JsonObject], used: JsonObject | None = None) -> bytes:
        value: JsonObject = {
            "id": identity,
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": request.ask.model,
            "service_tier": "default",
            "system_fingerprint": "fp_simulated",
            "choices": choices,
        }
        if request.include_usage or used is not None:
            value["usage"] = used
        return unnamed_event(value)

    if trim.first_chunk is not None:
        yield Piece(unnamed_event(trim.first_chunk))
    output = sum(choice.tokens for choice in choices)
    used = usage(request.ask.input_tokens, output, _reasoned(choices)) | trim.usage
    for number, choice in enumerate(choices):
        for delta, token in _deltas(choice, trim):
            body: JsonObject = {"index": number, "delta": delta, "logprobs": None}
            yield Piece(chunk([{**body, "finish_reason": None, **trim.choice}]), token)
        last: JsonObject = {"index": number, "delta": {}, "logprobs": None}
        told = used if trim.usage_at_end and number == len(choices) - 1 else None
        yield Piece(chunk([{**last, "finish_reason": _finish(choice), **trim.choice}], told))
    if request.include_usage:
        yield Piece(chunk([], used))
    yield Piece(b"data: [DONE]\n\n")


def _deltas(choice: Composition, trim: Trim) -> Iterator[tuple[JsonObject, bool]]:
    """The deltas of a choice, and whether each carries a token."""
    opening: JsonObject = {"role": "assistant", "refusal": None}
    yield {**opening, "content": None if choice.calls else ""}, False
    for word in tokens.split(choice.thinking) if trim.thoughts else ():
        yield {trim.thought_member: word}, True
    for word in tokens.split(choice.text):
        yield {"content": word}, True
    for index, call in enumerate(choice.calls):
        function: JsonObject = {"name": call.name, "arguments": ""}
        first: JsonObject = {
            "index": index,
            "id": _call_id(choice, index),
            "type": "function",
            "function": function,
        }
        yield {"tool_calls": [first]}, True
        for word in tokens.split(call.arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": word}}]}, True


def _call_id(choice: Composition, index: int) -> str:
    call = choice.calls[index]
    return f"call_{composition.identity(Ask(model=call.name, prompt=str(index)), choice)[:24]}"


def _finish(choice: Composition) -> str:
    return FINISHES.get(choice.finish, choice.finish)


def _failure(events_sent: int) -> bytes:  # noqa: ARG001 - other dialects number it
    return unnamed_event(
        {
            "error": {
                "message": "The server had an error while processing your request. Sorry!",
                "type": "server_error",
                "param": None,
                "code": None,
            }
        }
    )
