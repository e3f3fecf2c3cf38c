"""Messages of a request as canonical turns.

A tool's result is a turn of its own. The older `function` role has no ids: its results belong to
the last call before them.
"""

from detente.canonical.content import Role, ToolCall, ToolResult, Turn
from detente.canonical.extras import Obj
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.openai_chat.messages_decoding import said_by
from detente.dialects.openai_chat.parts_decoding import content_parts
from detente.dialects.openai_chat.spelling import absent
from detente.dialects.openai_chat.words import CHAT, MESSAGE, TOOL_MESSAGE


def turns_of(source: Obj) -> tuple[Turn, ...]:
    """All messages; raises `Misfit`."""
    turns: list[Turn] = []
    for index, message in enumerate(fields.items(source, "messages")):
        if type(message) is not dict:
            raise Misfit(f"messages[{index}]", "must be an object")
        try:
            turns.append(_turn(message, index, turns))
        except Misfit as misfit:
            misfit.under(f"messages[{index}]")
            raise
    return tuple(turns)


def _turn(message: Obj, index: int, before: list[Turn]) -> Turn:
    role = message.get("role")
    match role:
        case "user" | "system" | "developer":
            return _plain(message, role)
        case "assistant":
            said = said_by(message, f"call_{index}", named=True)
            name = fields.text_or_none(message, "name")
            return Turn(role="assistant", parts=said.parts, name=name, extras=said.extras)
        case "tool":
            return _result(message, fields.text(message, "tool_call_id"), ())
        case "function":
            return _result(message, _last_call(before, index), ("function",))
        case _:
            raise Misfit(
                "role", "must be `system`, `developer`, `user`, `assistant`, `tool` or `function`"
            )


def _plain(message: Obj, role: Role) -> Turn:
    parts, marks = content_parts(message)
    if len(message) == 2 and not marks and parts:
        return Turn(role=role, parts=parts)
    spelling: Obj | None = {"content": ""} if message.get("content") == "" else None
    return Turn(
        role=role,
        parts=parts,
        name=fields.text_or_none(message, "name"),
        extras=rest(
            message, MESSAGE, CHAT, spelling=spelling, marks=marks + absent(message, "content")
        ),
    )


def _result(message: Obj, call_id: str, marks: tuple[str, ...]) -> Turn:
    parts, more = content_parts(message)
    spelling: Obj | None = {"content": ""} if message.get("content") == "" else None
    known = MESSAGE if marks else TOOL_MESSAGE
    extras = None
    if len(message) != 3 or spelling is not None or marks or more or not parts:
        marks = (*marks, *more, *absent(message, "content"))
        extras = rest(message, known, CHAT, spelling=spelling, marks=marks)
    result = ToolResult(call_id=call_id, parts=parts, name=fields.text_or_none(message, "name"))
    return Turn(role="tool", parts=(result,), extras=extras)


def _last_call(before: list[Turn], index: int) -> str:
    for turn in reversed(before):
        for part in reversed(turn.parts):
            if isinstance(part, ToolCall):
                return part.id
    return f"call_{index}_f"
