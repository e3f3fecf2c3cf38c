"""Turns as the messages of Converse, which alternate and begin with the user's.

Neighbours of one side become one message; a tool's results stand first in the user's. The system's
turns before the conversation go to `system`, later ones stay where they are. A conversation that
was Converse's already is left as it was cut.

>>> from detente.canonical.content import Text
>>> turns = [Turn(role=role, parts=(Text(text="hi"),)) for role in ("developer", "user")]
>>> body = {}
>>> write_messages((), turns, body, Blocks(Losses()), own=False)
>>> body
{'system': [{'text': 'hi'}], 'messages': [{'role': 'user', 'content': [{'text': 'hi'}]}]}
"""

from collections.abc import Sequence
from typing import Final

from detente.canonical.content import Part, Turn
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over
from detente.dialects._codec.turns import SYSTEM_ROLES
from detente.dialects.bedrock_converse.parts_encoding import Blocks
from detente.dialects.bedrock_converse.words import DIALECT

START: Final = "(start)"
"""What the user says where a conversation does not begin with the user."""

BESIDE_DOCUMENT: Final = "Document:"
"""What the user says where a document comes without a word, which the platform refuses."""

_ROLES: Final = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "tool": "user",
    "assistant": "assistant",
}


def write_messages(
    instructions: tuple[Part, ...], turns: Sequence[Turn], body: Obj, blocks: Blocks, *, own: bool
) -> None:
    """Lay `system` and `messages` into `body`."""
    system = blocks.written(instructions, "instructions", media=False)
    if own:
        if system:
            body["system"] = system
        _write_own(turns, body, blocks)
        return
    messages: list[Obj] = []
    leading = True
    for index, turn in enumerate(turns):
        path = f"turns[{index}]"
        _lose_of_turn(turn, path, blocks.losses)
        leading = leading and turn.role in SYSTEM_ROLES
        content = _content(turn, path, blocks)
        if leading:
            system += content
        elif content:
            _append(messages, _ROLES[turn.role], content)
    if system:
        body["system"] = system
    _complete(messages, blocks.losses)
    body["messages"] = list[Json](messages)


def _write_own(turns: Sequence[Turn], body: Obj, blocks: Blocks) -> None:
    messages: list[Json] = []
    for index, turn in enumerate(turns):
        content = _content(turn, f"turns[{index}]", blocks)
        message: Obj = {"role": turn.role, "content": content}
        messages.append(laid_over(message, turn.extras, DIALECT))
    if messages:
        body["messages"] = messages


def _content(turn: Turn, path: str, blocks: Blocks) -> list[Json]:
    content = blocks.written(turn.parts, path, media=_ROLES[turn.role] == "user")
    if turn.cache is not None and content:
        point = blocks.cache_point(turn.cache, f"{path}.cache")
        if point is not None:
            content.append(point)
    return content


def _append(messages: list[Obj], role: str, content: list[Json]) -> None:
    last = messages[-1] if messages else None
    before = last["content"] if last is not None and last["role"] == role else None
    if type(before) is list:
        before += content
    else:
        messages.append({"role": role, "content": content})


def _complete(messages: list[Obj], losses: Losses) -> None:
    """What the platform demands of a conversation."""
    for message in messages:
        content = message["content"]
        if message["role"] == "user" and type(content) is list:
            message["content"] = content = _results_first(content)
            if _has(content, "document") and not _has(content, "text"):
                why = "Converse wants words beside a document; `Document:` was put there"
                losses.lose("document", "turns", why, "drop")
                content.append({"text": BESIDE_DOCUMENT})
    if not messages or messages[0]["role"] != "user":
        why = "a conversation of Converse begins with the user; `(start)` was put there"
        losses.lose("history", "turns", why, "drop")
        messages.insert(0, {"role": "user", "content": [{"text": START}]})


def _has(content: list[Json], name: str) -> bool:
    return any(type(block) is dict and name in block for block in content)


def _results_first(content: list[Json]) -> list[Json]:
    """Results before all else, each followed by its cache point."""
    results: list[Json] = []
    others: list[Json] = []
    last = others
    for block in content:
        if type(block) is dict and "cachePoint" not in block:
            last = results if "toolResult" in block else others
        last.append(block)
    return results + others


def _lose_of_turn(turn: Turn, path: str, losses: Losses) -> None:
    if turn.role == "developer":
        losses.lose("developer_role", path, "Converse has one role for system and developer")
    if turn.name is not None:
        losses.lose("message_name", f"{path}.name", "a message of Converse names no speaker")
    for name, _ in foreign((turn.extras,), DIALECT):
        losses.lose("unknown_member", f"{path}.{name}", "the member is unknown to Converse")
