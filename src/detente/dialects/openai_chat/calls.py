"""Tool calls of a message, both ways: `tool_calls`, the older `function_call`, and the state that
Google's hosts lay beside them (`extra_content.google.thought_signature`).

>>> call = call_of({"id": "a", "function": {"name": "f", "arguments": "{}"}}, "c")
>>> call.name, call_object(call)["id"]
('f', 'a')
"""

from typing import Final

from detente.canonical.content import Opaque, ToolCall
from detente.canonical.extras import Json, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.openai_chat.spelling import absent, has, spelt
from detente.dialects.openai_chat.words import CHAT, GEMINI

_CALL: Final = frozenset(("id", "type", "function"))
_CUSTOM_CALL: Final = frozenset(("id", "type", "custom"))
_CALL_WITH_STATE: Final = _CALL | {"extra_content"}
_FUNCTION: Final = frozenset(("name", "arguments"))
_CUSTOM: Final = frozenset(("name", "input"))


def calls_of(message: Obj, id_prefix: str) -> list[ToolCall]:
    """All calls of an assistant's message; ids that are missing begin with `id_prefix`. Raises
    `Misfit`."""
    calls: list[ToolCall] = []
    listed = message.get("tool_calls")
    if type(listed) is list:
        for index, value in enumerate(listed):
            if type(value) is not dict:
                raise Misfit(f"tool_calls[{index}]", "must be an object")
            try:
                calls.append(call_of(value, f"{id_prefix}_{index}"))
            except Misfit as misfit:
                misfit.under(f"tool_calls[{index}]")
                raise
    elif listed is not None:
        raise Misfit("tool_calls", "must be a list")
    older = message.get("function_call")
    if older is not None:
        held = fields.member(message, "function_call")
        call = _function(held, f"{id_prefix}_f")
        calls.append(call)
    return calls


def call_of(source: Obj, made_id: str) -> ToolCall:
    """One of `tool_calls`; `made_id` is its id where it has none. Raises `Misfit`."""
    marks: tuple[str, ...] = ()
    if "type" not in source or "id" not in source:
        marks = absent(source, "type", "id")
    spelling: Obj | None = None
    name = source.get("id")
    if type(name) is not str or not name:
        spelling = {"id": name} if "id" in source else None
        name = made_id
    if source.get("type") == "custom" or ("custom" in source and "function" not in source):
        return _custom(source, name, marks, spelling)
    held = source.get("function")
    if type(held) is not dict:
        raise Misfit("function", "must be an object")
    text, spelling = _arguments(held, spelling)
    if "arguments" not in held:
        marks = (*marks, "unsaid")
    members: Obj | None = None
    if not (held.keys() <= _FUNCTION):
        members = {"function": {k: v for k, v in held.items() if k not in _FUNCTION}}
    state = state_in(source)
    if source.get("type", "function") != "function":
        spelling = {**(spelling or {}), "type": source["type"]}
    known = _CALL if state is None else _CALL_WITH_STATE
    if state is not None:
        marks = (*marks, "extra_content")
        beside = beside_state(source)
        if beside:
            members = {**(members or {}), "extra_content": beside}
    return ToolCall(
        id=name,
        name=fields.text(held, "name"),
        arguments=text,
        state=state,
        extras=rest(source, known, CHAT, members=members, spelling=spelling, marks=marks),
    )


def call_object(call: ToolCall, *, filled: bool = False) -> Obj:
    """A call as one of `tool_calls`, with a state that stood there. `filled`: a call without any
    arguments says `{}`, for its readers parse them."""
    arguments = call.arguments
    if filled and call.kind == "function" and not arguments.strip():
        arguments = "{}"
    if call.kind == "custom":
        target: Obj = {
            "id": call.id,
            "type": "custom",
            "custom": {"name": call.name, "input": call.arguments},
        }
    else:
        target = {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": arguments},
        }
    if has(call.extras, "unsaid"):
        target["function"] = {"name": call.name}
    if call.state is not None and has(call.extras, "extra_content"):
        target["extra_content"] = state_object(call.state)
    return target if call.extras is None else spelt(target, call.extras)


def function_call_object(call: ToolCall) -> Obj:
    """A call as the older `function_call`."""
    return spelt({"name": call.name, "arguments": call.arguments}, call.extras)


def is_older(call: ToolCall) -> bool:
    """Whether the call was made in the older form."""
    return has(call.extras, "function_call")


def state_in(source: Obj) -> Opaque | None:
    """The signature of a thought that Google's hosts lay beside a call or a text."""
    held = source.get("extra_content")
    google = held.get("google") if type(held) is dict else None
    value = google.get("thought_signature") if type(google) is dict else None
    return Opaque(origin=GEMINI, value=value) if type(value) is str and value else None


def state_object(state: Opaque) -> Obj:
    """`extra_content` with the signature."""
    return {"google": {"thought_signature": state.value}}


def beside_state(source: Obj) -> Obj:
    """What else stands in an `extra_content` that holds a signature."""
    held = source["extra_content"]
    assert type(held) is dict
    google = held["google"]
    assert type(google) is dict
    more: Obj = {k: v for k, v in held.items() if k != "google"}
    if len(google) > 1:
        more["google"] = {k: v for k, v in google.items() if k != "thought_signature"}
    return more


def _function(held: Obj, made_id: str) -> ToolCall:
    text, spelling = _arguments(held, None)
    if spelling is not None:
        spelling = {"arguments": held["arguments"]} if "arguments" in held else None
    marks = ("function_call", *absent(held, "arguments"))
    return ToolCall(
        id=made_id,
        name=fields.text(held, "name"),
        arguments=text,
        extras=rest(held, _FUNCTION, CHAT, spelling=spelling, marks=marks),
    )


def _custom(source: Obj, name: str, marks: tuple[str, ...], spelling: Obj | None) -> ToolCall:
    held = fields.member(source, "custom")
    members: Obj | None = None
    if not (held.keys() <= _CUSTOM):
        members = {"custom": {k: v for k, v in held.items() if k not in _CUSTOM}}
    return ToolCall(
        id=name,
        name=fields.text(held, "name"),
        arguments=fields.text(held, "input"),
        kind="custom",
        extras=rest(source, _CUSTOM_CALL, CHAT, members=members, spelling=spelling, marks=marks),
    )


def _arguments(held: Obj, spelling: Obj | None) -> tuple[str, Obj | None]:
    """The arguments as text; some hosts write an object, null or nothing."""
    value: Json = held.get("arguments")
    if type(value) is str:
        return value, spelling
    if type(value) is dict:
        return arguments_text(value), {**(spelling or {}), "function": {"arguments": value}}
    if value is None:
        nulls: Obj = {"arguments": None} if "arguments" in held else {}
        return "", {**(spelling or {}), "function": nulls}
    raise Misfit("arguments", "must be a string")
