"""The conversation as `system` and `messages`.

Of its own requests the form is kept, turn by turn. Others are cut as this API wants them: what the
system says stands before the conversation, neighbours of one side are one message, all results of
parallel calls stand in the next message and first in it.
"""

from typing import Final

from detente.canonical.content import Native, Turn
from detente.canonical.extras import Json, Obj
from detente.canonical.request import Request
from detente.dialects._codec.rest import marked
from detente.dialects._codec.turns import SYSTEM_ROLES
from detente.dialects.anthropic_messages.parts_encoding import encode_part, put_content
from detente.dialects.anthropic_messages.words import NAME, SETTINGS
from detente.dialects.anthropic_messages.writing import Writing

_ALONE_WHY: Final = "Messages wants somebody else to speak, too: the user says what the system did"
_WHERE_WHY: Final = "the system speaks before the conversation in Messages"


def put_conversation(wire: Obj, request: Request, writing: Writing) -> None:
    """`system`, where there is one, and `messages`."""
    system: list[Json] = []
    for at, part in enumerate(request.instructions):
        block = encode_part(part, f"instructions[{at}]", "system", writing)
        if block is not None:
            system.append(block)
    messages: list[Json] = []
    if writing.own:
        for at, turn in enumerate(request.turns):
            message = _own_message(turn, f"turns[{at}]", writing)
            if message is not None:
                messages.append(message)
    else:
        messages = _messages(request.turns, system, writing)
        if not messages and system:  # the system alone does not make a conversation
            messages, system = [_message("user", system)], []
            writing.losses.lose("system_position", "turns", _ALONE_WHY)
    if system:
        put_content(wire, "system", system, listed=marked(request.extras, NAME, "system_listed"))
    wire["messages"] = messages


def _own_message(turn: Turn, path: str, writing: Writing) -> Obj | None:
    message: Obj = {"role": turn.role}
    blocks: list[Json] = []
    for at, part in enumerate(turn.parts):
        if isinstance(part, Native) and part.name == SETTINGS and part.dialect == NAME:
            message.update(part.value)
            continue
        block = encode_part(part, f"{path}.parts[{at}]", turn.role, writing)
        if block is not None:
            blocks.append(block)
    if turn.parts and not blocks and len(message) == 1:
        return None
    if blocks or not marked(turn.extras, NAME, "no_content"):
        put_content(message, "content", blocks, listed=marked(turn.extras, NAME, "listed"))
    return writing.lay_over(message, turn.extras, path)


def _messages(turns: tuple[Turn, ...], system: list[Json], writing: Writing) -> list[Json]:
    """The turns joined; what the system says goes to `system`."""
    _name_developer(turns, writing)
    sides: list[tuple[str, list[Json]]] = []
    for at, turn in enumerate(turns):
        path = f"turns[{at}]"
        blocks = _blocks(turn, path, writing)
        if turn.role in SYSTEM_ROLES:
            system += blocks
            if sides and blocks:
                writing.losses.lose("system_position", path, _WHERE_WHY)
            continue
        role = "assistant" if turn.role == "assistant" else "user"
        if not blocks:
            continue
        if sides and sides[-1][0] == role:
            sides[-1][1].extend(blocks)
        else:
            sides.append((role, blocks))
    return [_message(role, blocks) for role, blocks in sides]


def _blocks(turn: Turn, path: str, writing: Writing) -> list[Json]:
    if turn.name is not None:
        writing.losses.lose("message_name", f"{path}.name", "Messages tells no speakers apart")
    role = "assistant" if turn.role == "assistant" else "user"
    blocks: list[Json] = []
    for at, part in enumerate(turn.parts):
        block = encode_part(part, f"{path}.parts[{at}]", role, writing)
        if block is not None:
            blocks.append(block)
    last = blocks[-1] if blocks else None
    if turn.cache is not None:
        if type(last) is dict and last.get("type") not in ("thinking", "redacted_thinking"):
            writing.mark(last, turn.cache, path)
        else:
            writing.losses.lose("cache_mark", f"{path}.cache", "there is no block to mark")
    writing.lay_over({}, turn.extras, path)
    return blocks


def _message(role: str, blocks: list[Json]) -> Obj:
    if role == "user":
        blocks.sort(key=_after_results)
    message: Obj = {"role": role}
    put_content(message, "content", blocks, listed=False)
    return message


def _after_results(block: Json) -> bool:
    return not (type(block) is dict and block.get("type") == "tool_result")


def _name_developer(turns: tuple[Turn, ...], writing: Writing) -> None:
    """Where system and developer both speak, the difference is lost; alone they are one."""
    roles = {turn.role for turn in turns}
    if "system" in roles and "developer" in roles:
        for at, turn in enumerate(turns):
            if turn.role == "developer":
                writing.losses.lose(
                    "developer_role", f"turns[{at}]", "the system speaks for the developer"
                )
