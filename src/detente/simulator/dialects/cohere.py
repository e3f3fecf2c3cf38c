"""Answering as Cohere's chat does: whole, or as server-sent events with their names.

Where tools are called without a thought, a plan comes first, as from Cohere's models. What is
billed is exact; what was used is more, by what Cohere puts before every prompt. No citations, no
log probabilities.

>>> usage(3, 4)["billed_units"]
{'input_tokens': 3, 'output_tokens': 4}
"""

from collections.abc import Iterator
from typing import Final

from detente.simulator import composition, tokens
from detente.simulator.composition import Ask, Composition
from detente.simulator.dialects.cohere_request import Request
from detente.simulator.exchange import (
    Answer,
    JsonObject,
    Piece,
    Setting,
    Stream,
    json_reply,
    named_event,
)

PREAMBLE_TOKENS: Final = 70
"""What is used and not billed: what Cohere itself says before every prompt."""

STREAM_HEADERS: Final = (
    ("content-type", "text/event-stream"),
    ("cache-control", "no-cache, no-store, no-transform, must-revalidate, private, max-age=0"),
)
FINISHES: Final = {
    "stop": "COMPLETE",
    "length": "MAX_TOKENS",
    "tool_calls": "TOOL_CALL",
    "stop_sequence": "STOP_SEQUENCE",
    "filtered": "ERROR_TOXIC",
}


def answer(request: Request, setting: Setting) -> Answer:
    """The answer, whole or as a stream."""
    ask = request.ask
    composed = composition.compose(ask, tokens=setting.tokens)
    identity = _identity(ask, composed)
    plan = _plan(composed)
    if request.stream:
        pieces = _pieces(ask, composed, identity, plan)
        return Stream(headers=STREAM_HEADERS, pieces=pieces, failure=_failure)
    output = composed.tokens + tokens.count(plan)
    value: JsonObject = {
        "id": identity,
        "message": _message(composed, plan),
        "finish_reason": FINISHES[composed.finish],
        "usage": usage(ask.input_tokens, output),
    }
    return json_reply(value, tokens=output, metered=True)


def usage(input_tokens: int, output_tokens: int) -> JsonObject:
    """Usage as Cohere reports it: what is billed, and what was used."""
    return {
        "billed_units": {"input_tokens": input_tokens, "output_tokens": output_tokens},
        "tokens": {"input_tokens": input_tokens + PREAMBLE_TOKENS, "output_tokens": output_tokens},
        "cached_tokens": 0,
    }


def _identity(ask: Ask, composed: Composition) -> str:
    digits = composition.identity(ask, composed)
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _plan(composed: Composition) -> str:
    if not composed.calls or composed.thinking:
        return ""
    return f"I will use {' and '.join(call.name for call in composed.calls)}."


def _message(composed: Composition, plan: str) -> JsonObject:
    message: JsonObject = {"role": "assistant"}
    content: list[JsonObject] = []
    if composed.thinking:
        content.append({"type": "thinking", "thinking": composed.thinking})
    if composed.text:
        content.append({"type": "text", "text": composed.text})
    if content:
        message["content"] = content
    if plan:
        message["tool_plan"] = plan
    if composed.calls:
        message["tool_calls"] = [
            _call(composed, index, call.arguments) for index, call in enumerate(composed.calls)
        ]
    return message


def _call(composed: Composition, index: int, arguments: str) -> JsonObject:
    call = composed.calls[index]
    digits = composition.identity(Ask(model=call.name, prompt=str(index)), composed)
    function: JsonObject = {"name": call.name, "arguments": arguments}
    return {"id": f"{call.name}_{digits[:12]}", "type": "function", "function": function}


def _event(name: str, message: JsonObject | None = None, index: int | None = None) -> bytes:
    value: JsonObject = {"type": name}
    if index is not None:
        value["index"] = index
    if message is not None:
        value["delta"] = {"message": message}
    return named_event(name, value)


def _pieces(ask: Ask, composed: Composition, identity: str, plan: str) -> Iterator[Piece]:
    """The events of a stream, then a line that is no JSON."""
    message: JsonObject = {
        "role": "assistant",
        "content": [],
        "tool_plan": "",
        "tool_calls": [],
        "citations": [],
    }
    begun: JsonObject = {"id": identity, "type": "message-start", "delta": {"message": message}}
    yield Piece(named_event("message-start", begun))
    blocks = 0
    for kind, text in (("thinking", composed.thinking), ("text", composed.text)):
        if text:
            yield from _block(blocks, kind, text)
            blocks += 1
    for word in tokens.split(plan):
        yield Piece(_event("tool-plan-delta", {"tool_plan": word}), token=True)
    for index in range(len(composed.calls)):
        yield from _called(composed, index)
    output = composed.tokens + tokens.count(plan)
    delta: JsonObject = {
        "finish_reason": FINISHES[composed.finish],
        "usage": usage(ask.input_tokens, output),
    }
    yield Piece(named_event("message-end", {"type": "message-end", "delta": delta}))
    yield Piece(b"data: [DONE]\n\n")


def _block(index: int, kind: str, text: str) -> Iterator[Piece]:
    yield Piece(_event("content-start", {"content": {"type": kind, kind: ""}}, index))
    for word in tokens.split(text):
        yield Piece(_event("content-delta", {"content": {kind: word}}, index), token=True)
    yield Piece(_event("content-end", index=index))


def _called(composed: Composition, index: int) -> Iterator[Piece]:
    begun = _call(composed, index, "")
    yield Piece(_event("tool-call-start", {"tool_calls": begun}, index), token=True)
    for word in tokens.split(composed.calls[index].arguments):
        called: JsonObject = {"function": {"arguments": word}}
        yield Piece(_event("tool-call-delta", {"tool_calls": called}, index), token=True)
    yield Piece(_event("tool-call-end", index=index))


def _failure(events_sent: int) -> bytes:  # noqa: ARG001 - other dialects number it
    delta: JsonObject = {"error": "internal server error", "finish_reason": "ERROR"}
    return named_event("message-end", {"type": "message-end", "delta": delta})
