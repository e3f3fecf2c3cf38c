"""Cohere's chat as Oracle Cloud spells it (`COHEREV2`), and the way back.

The two bodies say the same: members are in camel case, words in capitals, content is always a list,
and a citation's source holds its document or tool apart. What is in no table stays as it is.

>>> from_oracle({"maxTokens": 5, "messages": [{"role": "USER", "content": []}]})["max_tokens"]
5
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import msgspec

from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.model import Dialect

T = TypeVar("T")
Respell = Callable[[Json], Json]

_REQUEST: Final = {
    "toolsChoice": "tool_choice",
    "isStrictToolsEnabled": "strict_tools",
    "isLogProbsEnabled": "logprobs",
    "responseFormat": "response_format",
    "citationOptions": "citation_options",
    "isStream": "stream",
    "maxTokens": "max_tokens",
    "topK": "k",
    "topP": "p",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "stopSequences": "stop_sequences",
    "safetyMode": "safety_mode",
    "finishReason": "finish_reason",
    "logProbabilities": "logprobs",
}
_MESSAGE: Final = {
    "toolCalls": "tool_calls",
    "toolPlan": "tool_plan",
    "toolCallId": "tool_call_id",
}
_CONTENT: Final = {"imageUrl": "image_url"}
_CITATION: Final = {"contentIndex": "content_index"}
_TOKENS: Final = {"tokenIds": "token_ids", "logProbabilities": "logprobs"}
_THINKING: Final = {"tokenBudget": "token_budget"}
_FORMAT: Final = {"schema": "json_schema"}
_WORDS: Final = frozenset(
    (
        "SYSTEM",
        "USER",
        "ASSISTANT",
        "TOOL",
        "TEXT",
        "IMAGE_URL",
        "DOCUMENT",
        "THINKING",
        "FUNCTION",
        "JSON_OBJECT",
        "ENABLED",
        "DISABLED",
        "AUTO",
        "LOW",
        "HIGH",
    )
)
_TO_CAPITALS: Final = {word.lower(): word for word in _WORDS}


def from_oracle(wire: Obj) -> Obj:
    """A request, or an answer, as Cohere's own API has it; `wire` is left alone."""
    return _body(wire, _REQUEST, _down, _source_from)


def to_oracle(wire: Obj, *, answer: bool = False) -> Obj:
    """The same the other way. `answer` tells probabilities from the wish for them."""
    beside = ("logProbabilities",) if not answer else ("isLogProbsEnabled",)
    names = {there: here for here, there in _REQUEST.items() if here not in beside}
    return _listed(_body(wire, names, _up, _source_to))


def retagged(value: T, before: Dialect, after: Dialect) -> T:
    """A canonical value whose rests, options and native parts are of `after` rather than of
    `before`."""
    if isinstance(value, tuple):
        return tuple(retagged(one, before, after) for one in value)  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType,reportReturnType] - a tuple of the same
    if not isinstance(value, msgspec.Struct):
        return value
    changed: dict[str, object] = {}
    for name in value.__struct_fields__:
        held: object = getattr(value, name)
        if name in ("dialect", "origin") and held == before:
            changed[name] = after
        elif isinstance(held, tuple | msgspec.Struct):
            inner = retagged(held, before, after)  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType] - any tuple
            if inner is not held:
                changed[name] = inner
    return msgspec.structs.replace(value, **changed) if changed else value


def enveloped(extras: Extras | None, around: Obj, name: Dialect, mark: str, key: str) -> Extras:
    """The rest of an inner object as that of the body around it, whose own rest is `around`."""
    held = extras or Extras(dialect=name)
    spelling: Obj = {**around, **({key: held.spelling} if held.spelling else {})}
    members: Obj = {key: held.members} if held.members else {}
    return Extras(dialect=name, members=members, spelling=spelling, marks=(*held.marks, mark))


def unveiled(extras: Extras, name: Dialect, mark: str, key: str) -> Extras:
    """The rest of the inner object again, for the codec of `name`."""
    members, spelling = extras.members.get(key), extras.spelling.get(key)
    return Extras(
        dialect=name,
        members=members if type(members) is dict else {},
        spelling=spelling if type(spelling) is dict else {},
        marks=tuple(one for one in extras.marks if one != mark),
    )


def _down(word: Json) -> Json:
    return word.lower() if type(word) is str and word in _WORDS else word


def _up(word: Json) -> Json:
    return _TO_CAPITALS.get(word, word) if type(word) is str else word


def _renamed(wire: Obj, names: Mapping[str, str]) -> Obj:
    return {names.get(key, key): value for key, value in wire.items()}


def _turned(names: Mapping[str, str], word: Respell) -> Mapping[str, str]:
    """`names` in the direction of `word`."""
    return names if word is _down else {there: here for here, there in names.items()}


def _body(wire: Obj, names: Mapping[str, str], word: Respell, source: Respell) -> Obj:
    told = _renamed(wire, names)
    _each(told, "messages", lambda one: _message(one, _turned(_MESSAGE, word), word, source))
    if type(message := told.get("message")) is dict:
        told["message"] = _message(message, _turned(_MESSAGE, word), word, source)
    _each(told, "tools", lambda one: _typed(one, word))
    for key in ("response_format", "responseFormat"):
        if type(held := told.get(key)) is dict:
            told[key] = _typed(_renamed(held, _turned(_FORMAT, word)), word)
    if type(thinking := told.get("thinking")) is dict:
        told["thinking"] = _typed(_renamed(thinking, _turned(_THINKING, word)), word)
    for key in ("logprobs", "logProbabilities"):
        _each(told, key, lambda one: _renamed(one, _turned(_TOKENS, word)))
    return told


def _message(wire: Obj, names: Mapping[str, str], word: Respell, source: Respell) -> Obj:
    told = _renamed(wire, names)
    if "role" in told:
        told["role"] = word(told["role"])
    _each(told, "content", lambda one: _content(one, word))
    for key in ("tool_calls", "toolCalls"):
        _each(told, key, lambda one: _typed(one, word))
    _each(told, "citations", lambda one: _citation(one, word, source))
    return told


def _content(wire: Obj, word: Respell) -> Obj:
    told = _typed(_renamed(wire, _turned(_CONTENT, word)), word)
    for key in ("image_url", "imageUrl"):
        held = told.get(key)
        if type(held) is dict and "detail" in held:
            told[key] = {**held, "detail": word(held["detail"])}
    return told


def _citation(wire: Obj, word: Respell, source: Respell) -> Obj:
    told = _renamed(wire, _turned(_CITATION, word))
    sources = told.get("sources")
    if type(sources) is list:
        told["sources"] = [source(one) for one in sources]
    return told


def _typed(wire: Obj, word: Respell) -> Obj:
    return {**wire, "type": word(wire["type"])} if "type" in wire else dict(wire)


def _source_from(wire: Json) -> Json:
    """A source whose document or tool stands apart, as one object."""
    if type(wire) is not dict:
        return wire
    for capital, key, inner, name in (
        ("DOCUMENT", "document", "document", "document"),
        ("TOOL", "tool", "toolOutput", "tool_output"),
    ):
        held = wire.get(key)
        apart = type(held) is dict and held.keys() <= {"id", inner}
        if wire.get("type") == capital and wire.keys() == {"type", key} and apart:
            told: Obj = {"type": capital.lower()}
            for before, after in (("id", "id"), (inner, name)):
                if type(held) is dict and before in held:
                    told[after] = held[before]
            return told
    return wire


def _source_to(wire: Json) -> Json:
    if type(wire) is not dict:
        return wire
    for word, key, inner, name in (
        ("document", "document", "document", "document"),
        ("tool", "tool", "toolOutput", "tool_output"),
    ):
        if wire.get("type") == word and wire.keys() <= {"type", "id", name}:
            held: Obj = {
                after: wire[before]
                for before, after in (("id", "id"), (name, inner))
                if (before in wire)
            }
            return {"type": word.upper(), key: held}
    return wire


def _listed(wire: Obj) -> Obj:
    """Contents that are a lone text, as lists."""
    for held in (wire.get("messages"), [wire.get("message")]):
        for message in held if type(held) is list else ():
            if type(message) is dict and type(message.get("content")) is str:
                message["content"] = [{"type": "TEXT", "text": message["content"]}]
    return wire


def _each(wire: Obj, key: str, change: Callable[[Obj], Obj]) -> None:
    held = wire.get(key)
    if type(held) is list:
        wire[key] = [change(one) if type(one) is dict else one for one in held]
