"""Answering in the dialect of Google's Gemini API.

Text, thoughts, parallel calls with their signatures, candidates, safety blocks, counting, streams
as server-sent events or as one JSON array. A call comes whole, in one chunk.

>>> finish(Composition(text="hi"))
'STOP'
"""

import json
from collections.abc import Iterator
from typing import Final

from detente.simulator import composition, signature, tokens
from detente.simulator.composition import Call, Composition
from detente.simulator.dialects import generate_turns
from detente.simulator.dialects.generate_request import Request
from detente.simulator.dialects.generate_wire import FunctionCall
from detente.simulator.exchange import (
    Answer,
    JsonObject,
    Piece,
    Reply,
    Setting,
    Stream,
    json_reply,
)

SSE_HEADERS: Final = (
    ("content-type", "text/event-stream"),
    ("content-disposition", "attachment"),
)

ARRAY_HEADERS: Final = (("content-type", "application/json; charset=UTF-8"),)

FINISHES: Final = {"length": "MAX_TOKENS", "filtered": "SAFETY"}

CATEGORIES: Final = (
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
)


def answer(request: Request, setting: Setting, *, streamed: bool, array: bool = False) -> Answer:
    """The answer, whole or as a stream; `array` streams a JSON array instead of events."""
    choices = [
        composition.compose(request.ask, tokens=setting.tokens, variant=number)
        for number in range(request.choices)
    ]
    blocked = choices[0].finish == "filtered" and not choices[0].text
    parts = [] if blocked else [list(_parts(request, choice)) for choice in choices]
    if not streamed:
        value = _envelope(request, choices, blocked=blocked)
        if not blocked:
            value["candidates"] = [
                _candidate(number, _joined(parts[number]), choice)
                for number, choice in enumerate(choices)
            ]
        return json_reply(value, tokens=sum(c.tokens for c in choices), metered=True)
    values = _chunks(request, choices, parts, blocked=blocked)
    if array:
        return Stream(headers=ARRAY_HEADERS, pieces=_array(values), failure=_array_failure)
    pieces = (Piece(_event(value), token) for value, token in values)
    return Stream(headers=SSE_HEADERS, pieces=pieces, failure=_failure)


def count(request: Request) -> Reply:
    """The answer to `countTokens`: the same number that the answer would report."""
    used = request.ask.input_tokens
    return json_reply({"totalTokens": used, "promptTokensDetails": _text_tokens(used)})


def finish(composed: Composition) -> str:
    """Google's word for why an answer ended; a call is no reason of its own."""
    return FINISHES.get(composed.finish, "STOP")


Parts = list[tuple[JsonObject, bool]]


def _parts(request: Request, composed: Composition) -> Iterator[tuple[JsonObject, bool]]:
    """The parts of an answer as a stream has them, and whether each carries a token."""
    if request.shows_thoughts:
        for word in tokens.split(composed.thinking):
            yield {"text": word, "thought": True}, True
    for word in tokens.split(composed.text):
        yield {"text": word}, True
    for index, call in enumerate(composed.calls):
        yield _call_part(request, composed, call, index), True


def _call_part(request: Request, composed: Composition, call: Call, index: int) -> JsonObject:
    """One call; the first of several carries the signature for all."""
    arguments = json.loads(call.arguments)
    part: JsonObject = {"functionCall": {"name": call.name, "args": arguments}}
    if request.ask.thinking:
        identity = composition.identity(request.ask, composed)
        part["functionCall"] = {
            "name": call.name,
            "args": arguments,
            "id": f"{identity[:6]}{index:02x}",
        }
        if index == 0:
            named = FunctionCall(name=call.name, args=arguments)
            part["thoughtSignature"] = generate_turns.call_signature(named)
    return part


def _closing(request: Request, composed: Composition) -> JsonObject:
    """The last part of a streamed text: empty, with the signature of what was thought."""
    if request.ask.thinking and composed.text:
        return {"text": "", "thoughtSignature": signature.sign(generate_turns.PLATFORM, "")}
    return {"text": ""}


def _joined(parts: Parts) -> list[JsonObject]:
    """The parts of a whole answer: neighbouring words become one text."""
    found: list[JsonObject] = []
    for part, _ in parts:
        last = found[-1] if found else {}
        if "text" in part and "text" in last and part.get("thought") == last.get("thought"):
            found[-1] = {**last, "text": f"{last['text']}{part['text']}"}
        else:
            found.append(part)
    return found


def _candidate(number: int, parts: list[JsonObject], composed: Composition) -> JsonObject:
    content: JsonObject = {"role": "model"}
    if parts:
        content["parts"] = parts
    found: JsonObject = {"content": content, "finishReason": finish(composed), "index": number}
    if composed.finish == "filtered":
        found["safetyRatings"] = [
            {
                "category": category,
                "probability": "HIGH" if category == CATEGORIES[1] else "NEGLIGIBLE",
                **({"blocked": True} if category == CATEGORIES[1] else {}),
            }
            for category in CATEGORIES
        ]
    return found


def _chunks(
    request: Request, choices: list[Composition], parts: list[Parts], *, blocked: bool
) -> Iterator[tuple[JsonObject, bool]]:
    """The chunks of a stream, each candidate in turn; each is an answer of its own."""
    if blocked:
        yield _envelope(request, choices, blocked=True), False
        return
    running = _envelope(request, [], blocked=False)
    for number, choice in enumerate(choices):
        for part, token in parts[number]:
            content: JsonObject = {"parts": [part], "role": "model"}
            yield {"candidates": [{"content": content, "index": number}], **running}, token
        closing = _candidate(number, [_closing(request, choice)], choice)
        last = number == len(choices) - 1
        envelope = _envelope(request, choices, blocked=False) if last else running
        yield {"candidates": [closing], **envelope}, False


def _envelope(request: Request, choices: list[Composition], *, blocked: bool) -> JsonObject:
    """What every answer says besides its candidates; no choices while it is under way."""
    value: JsonObject = {
        "usageMetadata": _usage(request, choices),
        "modelVersion": request.ask.model,
        "responseId": composition.identity(request.ask, Composition())[:22],
    }
    if blocked:
        value["promptFeedback"] = {"blockReason": "SAFETY"}
    return value


def _usage(request: Request, choices: list[Composition]) -> JsonObject:
    """Thoughts are counted apart from the candidates; both are in the total."""
    used = request.ask.input_tokens
    thoughts = sum(choice.thinking_tokens for choice in choices)
    said = sum(choice.tokens - choice.thinking_tokens for choice in choices)
    value: JsonObject = {
        "promptTokenCount": used,
        "candidatesTokenCount": said,
        "totalTokenCount": used + said + thoughts,
        "promptTokensDetails": _text_tokens(used),
    }
    if thoughts:
        value["thoughtsTokenCount"] = thoughts
    if request.traffic is not None:
        value["trafficType"] = request.traffic
    return value


def _text_tokens(count: int) -> list[JsonObject]:
    return [{"modality": "TEXT", "tokenCount": count}]


def _event(value: JsonObject) -> bytes:
    """A server-sent event as Google frames it."""
    return b"data: " + json.dumps(value).encode() + b"\r\n\r\n"


def _array(values: Iterator[tuple[JsonObject, bool]]) -> Iterator[Piece]:
    opening = b"["
    for value, token in values:
        yield Piece(opening + json.dumps(value).encode(), token)
        opening = b",\r\n"
    yield Piece(b"]")


def _error() -> JsonObject:
    message = "The model is overloaded. Please try again later."
    return {"error": {"code": 503, "message": message, "status": "UNAVAILABLE"}}


def _failure(events_sent: int) -> bytes:  # noqa: ARG001 - other dialects number it
    return _event(_error())


def _array_failure(events_sent: int) -> bytes:
    return (b",\r\n" if events_sent else b"[") + json.dumps(_error()).encode() + b"]"
