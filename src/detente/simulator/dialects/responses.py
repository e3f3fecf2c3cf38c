"""Answering in the OpenAI Responses dialect.

A reasoning item where the request asks for reasoning, then one output message, or one function
call an item. The events of a stream come in the full
order that the official clients insist on, numbered without a gap.

>>> usage(3, 4)["output_tokens"]
4
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from detente.simulator import composition, tokens
from detente.simulator.composition import Composition
from detente.simulator.dialects import responses_items
from detente.simulator.dialects.chat import CREATED, STREAM_HEADERS
from detente.simulator.dialects.responses_request import Request
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

INCOMPLETE: Final = {"length": "max_output_tokens", "filtered": "content_filter"}


def answer(request: Request, setting: Setting) -> Answer:
    """The answer, whole or as a stream."""
    composed = composition.compose(request.ask, tokens=setting.tokens)
    identity = composition.identity(request.ask, composed)
    if request.stream:
        pieces = _numbered(_events(request, composed, identity))
        return Stream(headers=STREAM_HEADERS, pieces=pieces, failure=_failure)
    items = _items(request, composed, identity)
    value = _response(request, identity, status_of(composed), items, composed)
    return json_reply(value, tokens=composed.tokens, metered=True)


def count(request: Request) -> Reply:
    """The answer to `input_tokens`: the same number that the response would report."""
    value: JsonObject = {"object": "response.input_tokens"}
    return json_reply({**value, "input_tokens": request.ask.input_tokens})


def usage(input_tokens: int, output_tokens: int, reasoning_tokens: int = 0) -> JsonObject:
    """Usage as responses report it: nothing is cached, reasoning is a part of the output."""
    return {
        "input_tokens": input_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": output_tokens,
        "output_tokens_details": {"reasoning_tokens": reasoning_tokens},
        "total_tokens": input_tokens + output_tokens,
    }


def status_of(composed: Composition) -> str:
    """How the response ended."""
    return "incomplete" if composed.finish in INCOMPLETE else "completed"


def _response(
    request: Request,
    identity: str,
    status: str,
    output: list[JsonObject],
    composed: Composition | None,
) -> JsonObject:
    """The response object; without `composed` it is still under way."""
    body = request.body
    reason = composed and INCOMPLETE.get(composed.finish)
    tools = [msgspec.json.decode(raw) for raw in body.tools or ()]
    return {
        "id": f"resp_{identity}",
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "instructions": body.instructions,
        "max_output_tokens": body.max_output_tokens,
        "max_tool_calls": None,
        "model": request.ask.model,
        "output": output,
        "parallel_tool_calls": request.ask.parallel,
        "previous_response_id": body.previous_response_id,
        "prompt_cache_key": None,
        "reasoning": body.reasoning or {"effort": None, "summary": None},
        "safety_identifier": None,
        "service_tier": "auto" if composed is None else "default",
        "store": body.store is not False,
        "temperature": 1.0 if body.temperature is None else body.temperature,
        "text": body.text or {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": body.tool_choice or "auto",
        "tools": tools,
        "top_logprobs": 0,
        "top_p": 1.0 if body.top_p is None else body.top_p,
        "truncation": "disabled",
        "usage": composed
        and usage(request.ask.input_tokens, composed.tokens, composed.thinking_tokens),
        "user": body.user,
        "metadata": body.metadata or {},
    }


def _items(request: Request, composed: Composition, identity: str) -> list[JsonObject]:
    """The output, complete."""
    found: list[JsonObject] = []
    if composed.thinking:
        found.append(_reasoning(request, composed, identity))
    if not composed.calls:
        return [*found, _message(identity, [_part(composed.text)], status_of(composed))]
    return found + [
        _call(composed, identity, index, call.arguments, "completed")
        for index, call in enumerate(composed.calls)
    ]


def _reasoning(request: Request, composed: Composition, identity: str) -> JsonObject:
    """What was reasoned: encrypted, and told where that was asked for."""
    return {
        "id": responses_items.reasoning_id(identity),
        "type": "reasoning",
        "summary": [_summary(composed.thinking)] if _tells(request) else [],
        "encrypted_content": responses_items.sealed(composed.thinking),
    }


def _tells(request: Request) -> bool:
    reasoning = request.body.reasoning
    return reasoning is not None and reasoning.summary is not None


def _summary(text: str) -> JsonObject:
    return {"type": "summary_text", "text": text}


def _call(
    composed: Composition, identity: str, index: int, arguments: str, status: str
) -> JsonObject:
    return {
        "id": responses_items.call_id(identity, index, reasoned=bool(composed.thinking)),
        "type": "function_call",
        "status": status,
        "arguments": arguments,
        "call_id": f"call_{identity[:22]}{index:02x}",
        "name": composed.calls[index].name,
    }


def _message(identity: str, content: list[JsonObject], status: str) -> JsonObject:
    return {
        "id": f"msg_{identity}",
        "type": "message",
        "status": status,
        "content": content,
        "role": "assistant",
    }


def _part(text: str) -> JsonObject:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


Event = tuple[str, JsonObject, bool]


def _numbered(events: Iterator[Event]) -> Iterator[Piece]:
    for number, (name, value, token) in enumerate(events):
        yield Piece(named_event(name, {"type": name, "sequence_number": number, **value}), token)


def _events(request: Request, composed: Composition, identity: str) -> Iterator[Event]:
    """Every event of a stream: name, fields, whether it carries a token."""
    begun = _response(request, identity, "in_progress", [], None)
    yield "response.created", {"response": begun}, False
    yield "response.in_progress", {"response": begun}, False
    first = 0
    if composed.thinking:
        yield from _reasoning_events(request, composed, identity)
        first = 1
    if composed.calls:
        for index in range(len(composed.calls)):
            yield from _call_events(composed, identity, index, first + index)
    else:
        yield from _message_events(composed, identity, first)
    status = status_of(composed)
    items = _items(request, composed, identity)
    done = _response(request, identity, status, items, composed)
    yield f"response.{status}", {"response": done}, False


def _reasoning_events(request: Request, composed: Composition, identity: str) -> Iterator[Event]:
    done = _reasoning(request, composed, identity)
    opened: JsonObject = {**done, "summary": [], "encrypted_content": ""}
    yield "response.output_item.added", {"output_index": 0, "item": opened}, False
    if _tells(request):
        here: JsonObject = {"item_id": done["id"], "output_index": 0, "summary_index": 0}
        name = "response.reasoning_summary"
        yield f"{name}_part.added", {**here, "part": _summary("")}, False
        for word in tokens.split(composed.thinking):
            yield f"{name}_text.delta", {**here, "delta": word}, True
        yield f"{name}_text.done", {**here, "text": composed.thinking}, False
        yield f"{name}_part.done", {**here, "part": _summary(composed.thinking)}, False
    yield "response.output_item.done", {"output_index": 0, "item": done}, False


def _message_events(composed: Composition, identity: str, place: int) -> Iterator[Event]:
    item: JsonObject = {"output_index": place, "item": _message(identity, [], "in_progress")}
    here: JsonObject = {"item_id": f"msg_{identity}", "output_index": place, "content_index": 0}
    yield "response.output_item.added", item, False
    yield "response.content_part.added", {**here, "part": _part("")}, False
    for word in tokens.split(composed.text):
        yield "response.output_text.delta", {**here, "delta": word, "logprobs": []}, True
    yield "response.output_text.done", {**here, "text": composed.text, "logprobs": []}, False
    yield "response.content_part.done", {**here, "part": _part(composed.text)}, False
    done = _message(identity, [_part(composed.text)], status_of(composed))
    yield "response.output_item.done", {"output_index": place, "item": done}, False


def _call_events(composed: Composition, identity: str, index: int, place: int) -> Iterator[Event]:
    arguments = composed.calls[index].arguments
    opened = _call(composed, identity, index, "", "in_progress")
    here: JsonObject = {"item_id": opened["id"], "output_index": place}
    yield "response.output_item.added", {"output_index": place, "item": opened}, True
    for word in tokens.split(arguments):
        yield "response.function_call_arguments.delta", {**here, "delta": word}, True
    yield "response.function_call_arguments.done", {**here, "arguments": arguments}, False
    done = _call(composed, identity, index, arguments, "completed")
    yield "response.output_item.done", {"output_index": place, "item": done}, False


def _failure(events_sent: int) -> bytes:
    return named_event(
        "error",
        {
            "type": "error",
            "code": "server_error",
            "message": "The server had an error while processing your request. Sorry!",
            "param": None,
            "sequence_number": events_sent,
        },
    )
