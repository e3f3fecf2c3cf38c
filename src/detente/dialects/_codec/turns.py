"""Cutting a conversation anew for dialects that want it otherwise.

Dialects differ in what is one message: a tool's result is a message of its own in chat, an item in
Responses, and a part of the user's next turn elsewhere. Some APIs take no two turns of one role.

>>> from detente.canonical.content import Text
>>> says = [Turn(role="user", parts=(Text(text=word),)) for word in ("a", "b")]
>>> [len(turn.parts) for turn in joined(says)]
[2]
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from detente.canonical.content import Part, ToolResult, Turn

SYSTEM_ROLES: Final = ("system", "developer")


def joined(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Neighbours of one side as one turn; a tool's turn is the user's. Names and the rest of the
    joined turns stay with the first."""
    out: list[Turn] = []
    for turn in turns:
        role = "user" if turn.role == "tool" else turn.role
        if out and out[-1].role == role:
            before = out[-1]
            out[-1] = msgspec.structs.replace(
                before, parts=before.parts + turn.parts, cache=turn.cache or before.cache
            )
        elif role != turn.role:
            out.append(msgspec.structs.replace(turn, role=role))
        else:
            out.append(turn)
    return tuple(out)


def joined_answers(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Neighbouring turns of the assistant as one, all others as they are: what chat needs, where
    all calls of an answer stand in one message."""
    out: list[Turn] = []
    for turn in turns:
        if out and turn.role == "assistant" == out[-1].role:
            before = out[-1]
            out[-1] = msgspec.structs.replace(before, parts=before.parts + turn.parts)
        else:
            out.append(turn)
    return tuple(out)


def results_apart(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Each tool's result as a `tool` turn of its own, before what else the user said with it."""
    out: list[Turn] = []
    for turn in turns:
        results = [part for part in turn.parts if isinstance(part, ToolResult)]
        if not results or (turn.role == "tool" and len(turn.parts) == 1):
            out.append(turn)
            continue
        out.extend(Turn(role="tool", parts=(part,)) for part in results)
        others = tuple(part for part in turn.parts if not isinstance(part, ToolResult))
        if others:
            role = "user" if turn.role == "tool" else turn.role
            out.append(msgspec.structs.replace(turn, role=role, parts=others))
    return tuple(out)


def leading_instructions(
    instructions: tuple[Part, ...], turns: tuple[Turn, ...]
) -> tuple[tuple[Part, ...], tuple[Turn, ...]]:
    """What stands before the conversation, with the system's and developer's leading turns; and the
    other turns. Turns of those roles further down are still among the others."""
    count = 0
    while count < len(turns) and turns[count].role in SYSTEM_ROLES:
        count += 1
    if count == 0:
        return instructions, turns
    hoisted = tuple(part for turn in turns[:count] for part in turn.parts)
    return instructions + hoisted, turns[count:]
