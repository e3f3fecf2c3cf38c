"""Items of a conversation, read: of a request's `input`, and of a response's `output`.

One item is one turn. A message keeps its envelope (id, status, phase) in the turn's extras, every
other item in those of its part. What only this API has (hosted tools' calls, references,
compactions) is a `Native`, as is a call that a program made.

>>> item_of({"role": "user", "content": "hi"}).parts[0].text
'hi'
"""

from typing import Final, Protocol

from detente.canonical.content import (
    Native,
    Opaque,
    Part,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.fields import Misfit, items, text, text_or_none
from detente.dialects._codec.rest import rest
from detente.dialects._codec.state import opaque_of
from detente.dialects.openai_responses.carrying import beyond
from detente.dialects.openai_responses.parts import parts_of
from detente.dialects.openai_responses.words import (
    CALL,
    CUSTOM_CALL,
    DIALECT,
    MESSAGE,
    REASONING,
    RESULT,
    SPELT,
)

_ROLES: Final[dict[str, Role]] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
    "developer": "developer",
}


def item_of(wire: Obj, *, call_id: str = "") -> Turn:
    """One item; `call_id` is for a call that has none. Raises `Misfit`."""
    kind = wire.get("type")
    if kind is None or kind == "message":
        return _message_of(wire)
    part: Part | None = None
    role: Role = "assistant"
    if kind == "function_call":
        part = None if is_programs(wire) else _call_of(wire, call_id)
    elif kind == "custom_tool_call":
        part = None if is_programs(wire) else _custom_call_of(wire, call_id)
    elif kind in ("function_call_output", "custom_tool_call_output"):
        part, role = _result_of(wire), "tool"
    elif kind == "reasoning":
        part = _reasoning_of(wire)
    if part is None:
        return native_of(wire)
    return Turn(role=role, parts=(part,))


def output_item_of(wire: Obj, *, call_id: str = "") -> Turn:
    """As `item_of`, for an item of an answer: results in it are the platform's own affair."""
    kind = text_or_none(wire, "type")
    if kind == "message" or kind is None:
        return _message_of(wire) if wire.get("role") == "assistant" else native_of(wire)
    if kind in ("function_call", "custom_tool_call", "reasoning"):
        return item_of(wire, call_id=call_id)
    return native_of(wire)


def native_of(wire: Obj) -> Turn:
    """An item that only this API has, as it stands there."""
    kind = wire.get("type")
    name = kind if type(kind) is str else "item_reference"
    role: Role = "assistant"
    if name.endswith("_output") or name == "mcp_approval_response":
        role = "tool"
    elif name in ("additional_tools", "configuration_update"):
        role = "developer"
    elif name == "compaction_trigger":
        role = "user"
    return Turn(role=role, parts=(Native(dialect=DIALECT, name=name, value=wire),))


def spelt(wire: Obj) -> Obj:
    """The members of an item that say who and where, not what."""
    return {key: wire[key] for key in SPELT if wire.get(key) is not None}


def _message_of(wire: Obj) -> Turn:
    role_name = wire.get("role")
    role = _ROLES.get(role_name) if type(role_name) is str else None
    if role is None:
        return native_of(wire)
    marks: tuple[str, ...] = ("typed",) if "type" in wire else ("untyped",)
    content = wire.get("content")
    parts: tuple[Part, ...]
    if type(content) is str:
        parts = (Text(text=content),)
        marks = (*marks, "lone")
    elif type(content) is list:
        usual = "output_text" if role == "assistant" else "input_text"
        parts = parts_of(content, "content", usual)
    elif content is None:
        parts = ()
        marks = (*marks, "empty")
    else:
        raise Misfit("content", "must be a string or a list")
    extras = rest(wire, MESSAGE, DIALECT, spelling=spelt(wire) or None, marks=marks)
    return Turn(role=role, parts=parts, extras=extras)


def is_programs(wire: Obj) -> bool:
    """Whether a program of the platform's calls, or nobody waits for the result: then the call
    means something that no other API has."""
    caller = wire.get("caller")
    return wire.get("async") is True or (type(caller) is dict and caller.get("type") != "direct")


def _call_of(wire: Obj, call_id: str) -> ToolCall:
    spelling = spelt(wire)
    arguments = wire.get("arguments")
    if type(arguments) is dict:
        spelling["arguments"] = arguments
        arguments = arguments_text(arguments)
    elif type(arguments) is not str:
        raise Misfit("arguments", "must be a string")
    elif not arguments:
        spelling["arguments"] = ""
    return ToolCall(
        id=_call_id_of(wire, call_id),
        name=text(wire, "name"),
        arguments=arguments,
        extras=rest(wire, CALL, DIALECT, spelling=spelling or None, members=beyond(wire)),
    )


def _custom_call_of(wire: Obj, call_id: str) -> ToolCall:
    return ToolCall(
        id=_call_id_of(wire, call_id),
        name=text(wire, "name"),
        arguments=text(wire, "input"),
        kind="custom",
        extras=rest(wire, CUSTOM_CALL, DIALECT, spelling=spelt(wire) or None, members=beyond(wire)),
    )


def _call_id_of(wire: Obj, call_id: str) -> str:
    given = text_or_none(wire, "call_id") or (call_id and (text_or_none(wire, "id") or call_id))
    if not given:
        raise Misfit("call_id", "must be a string that is not empty")
    return given


def _result_of(wire: Obj) -> ToolResult | None:
    call_id = text_or_none(wire, "call_id")
    output = wire.get("output")
    caller = wire.get("caller")
    if call_id is None or (type(caller) is dict and caller.get("type") != "direct"):
        return None
    marks: tuple[str, ...] = ("listed",)
    data: Obj | None = None
    parts: tuple[Part, ...] = ()
    if type(output) is str:
        parts, marks = (Text(text=output),), ("lone",)
    elif type(output) is list:
        parts = parts_of(output, "output", "input_text")
    elif type(output) is dict:
        data, marks = output, ("object",)
    else:
        return None
    return ToolResult(
        call_id=call_id,
        parts=parts,
        data=data,
        name=text_or_none(wire, "name"),
        kind="function" if wire["type"] == "function_call_output" else "custom",
        extras=rest(
            wire, RESULT, DIALECT, spelling=spelt(wire) or None, members=beyond(wire), marks=marks
        ),
    )


def _reasoning_of(wire: Obj) -> Reasoning:
    summary = _texts_of(wire, "summary", "summary_text")
    content = _texts_of(wire, "content", "reasoning_text")
    state = text_or_none(wire, "encrypted_content")
    spelling: Obj = {}
    if wire.get("status") is not None:
        spelling["status"] = wire["status"]
    marks: tuple[str, ...] = ()
    for key, texts in (("summary", summary), ("content", content)):
        if texts is None or (key == "content" and len(texts) > 1):
            spelling[key] = wire[key]
    if "summary" not in wire:
        marks = ("unsummed",)
    return Reasoning(
        text="\n\n".join(content or ()),
        summary=summary or (),
        state=None if state is None else read_state(state),
        id=text_or_none(wire, "id"),
        extras=rest(wire, REASONING, DIALECT, spelling=spelling or None, marks=marks),
    )


def read_state(value: str) -> Opaque:
    """What `encrypted_content` holds: this platform's own state, or another's under a tag."""
    return opaque_of(value, DIALECT, "encrypted")


def _texts_of(wire: Obj, key: str, kind: str) -> tuple[str, ...] | None:
    """The texts of a list of `kind`, None where something else stands in it, too."""
    texts: list[str] = []
    for value in items(wire, key):
        if type(value) is not dict or len(value) != 2 or value.get("type") != kind:
            return None
        words = value.get("text")
        if type(words) is not str:
            return None
        texts.append(words)
    return tuple(texts)


def turns_of(values: list[Json]) -> list[Turn]:
    """The items of `input`; raises `Misfit`."""
    return [_turn_of(value, f"input[{at}]", item_of) for at, value in enumerate(values)]


def answer_of(values: list[Json], id_prefix: str) -> list[Turn]:
    """The items of `output`, calls without an id named after `id_prefix`; raises `Misfit`."""
    return [
        _turn_of(value, f"output[{at}]", output_item_of, f"{id_prefix}_{at}")
        for at, value in enumerate(values)
    ]


class _Decode(Protocol):
    def __call__(self, wire: Obj, *, call_id: str = "") -> Turn: ...


def _turn_of(value: Json, path: str, decode: _Decode, call_id: str = "") -> Turn:
    if type(value) is not dict:
        raise Misfit(path, "must be an object")
    try:
        return decode(value, call_id=call_id)
    except Misfit as misfit:
        misfit.under(path)
        raise
