"""An answer's parts as `output` items, complete as the official SDK demands.

Items of an answer that came in this dialect are as they were: how its messages were cut is in the
choice's extras (`layout_of`).
"""

from typing import assert_never

from detente.canonical.content import (
    Media,
    Native,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.events import PartKind
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.response import Choice
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over
from detente.dialects._codec.state import carried
from detente.dialects.openai_responses.carrying import leave_state
from detente.dialects.openai_responses.envelope import item_id
from detente.dialects.openai_responses.item_encoding import call_wire, reasoning_wire
from detente.dialects.openai_responses.parts import answer_wire, content_wires
from detente.dialects.openai_responses.words import DIALECT


def layout_of(turns: list[Turn]) -> Extras:
    """How parts stood in messages: `[first part, parts, envelope, marks]` of each message, and the
    number of parts in all. What nobody knows of a message is a member of its own."""
    messages: list[Json] = []
    members: Obj = {}
    at = 0
    for turn in turns:
        extras = turn.extras
        if extras is not None:
            marks: list[Json] = [*extras.marks]
            if extras.members:
                members[str(len(messages))] = extras.members
            messages.append([at, len(turn.parts), extras.spelling, marks])
        at += len(turn.parts)
    return Extras(dialect=DIALECT, members=members, spelling={"parts": at, "messages": messages})


def output_of(choice: Choice, response: str, losses: Losses) -> list[Json]:
    """The items of an answer; `response` is its id."""
    extras = choice.extras
    if (
        extras is not None
        and extras.dialect == DIALECT
        and extras.spelling.get("parts") == len(choice.parts)
    ):
        return _as_it_was(choice, extras, losses)
    items: list[Json] = []
    content: list[tuple[int, Text | Refusal]] = []
    for at, part in enumerate(choice.parts):
        if isinstance(part, (Text, Refusal)):
            content.append((at, part))
            continue
        if content:
            items.append(message_item(content, response, len(items), losses))
            content = []
        item = item_of_part(part, f"choices[0].parts[{at}]", response, len(items), losses)
        if item is not None:
            items.append(item)
    if content:
        items.append(message_item(content, response, len(items), losses))
    return items


def message_item(
    content: list[tuple[int, Text | Refusal]], response: str, index: int, losses: Losses
) -> Obj:
    """Texts and refusals, each with its place in the answer, as one message."""
    return {
        "id": item_id("msg", response, index),
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [
            answer_wire(part, f"choices[0].parts[{at}]", losses, own=False) for at, part in content
        ],
    }


def item_of_part(part: Part, path: str, response: str, index: int, losses: Losses) -> Obj | None:
    """A part that is an item of its own, None where this API has none for it (which is named)."""
    match part:
        case ToolCall():
            leave_state(part.state, path, losses)
            prefix = "fc" if part.kind == "function" else "ctc"
            item: Obj = {"id": item_id(prefix, response, index)}
            if part.kind == "function":
                item["status"] = "completed"
            return {**item, **call_wire(part)}
        case Reasoning():
            return reasoning_item(part, item_id("rs", response, index))
        case Native():
            if part.dialect == DIALECT:
                return part.value
            losses.lose("native_part", path, f"only `{part.dialect}` has `{part.name}`")
        case Media():
            feature = "audio_output" if part.kind == "audio" else "image"
            losses.lose(feature, path, "the Responses API answers with text")
        case ToolResult():
            losses.lose("native_part", path, "an answer holds no results of the client's tools")
        case Text() | Refusal():
            losses.lose("native_part", path, "text stands in a message")
        case _:
            assert_never(part)
    return None


def begun_message(response: str, index: int) -> Obj:
    """A message that has just begun."""
    return {
        "id": item_id("msg", response, index),
        "type": "message",
        "status": "in_progress",
        "role": "assistant",
        "content": [],
    }


def begun_thought(own_id: str, response: str, index: int) -> Obj:
    """A thought that has just begun; `own_id` is kept where it is one of this API."""
    id_ = own_id if own_id.startswith("rs_") else item_id("rs", response, index)
    return {"id": id_, "type": "reasoning", "summary": []}


def begun_call(kind: PartKind, call_id: str, name: str, response: str, index: int) -> Obj:
    """A call that has just begun."""
    if kind == "custom_call":
        return {
            "id": item_id("ctc", response, index),
            "type": "custom_tool_call",
            "call_id": call_id,
            "name": name,
            "input": "",
        }
    return {
        "id": item_id("fc", response, index),
        "type": "function_call",
        "status": "in_progress",
        "call_id": call_id,
        "name": name,
        "arguments": "",
    }


def reasoning_item(part: Reasoning, id_: str) -> Obj:
    """A thought; state of other platforms travels under a tag, to come back with the next
    request."""
    state = None if part.state is None else carried(part.state, DIALECT)
    own_id = part.id if part.id is not None and part.id.startswith("rs_") else id_
    wire: Obj = {
        "id": own_id,
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": words} for words in part.summary],
    }
    if part.text:
        wire["content"] = [{"type": "reasoning_text", "text": part.text}]
    if state is not None:
        wire["encrypted_content"] = state
    return wire


def _as_it_was(choice: Choice, extras: Extras, losses: Losses) -> list[Json]:
    """The items of an answer of this dialect, each message with the parts it had."""
    items: list[Json] = []
    messages = _messages_of(extras)
    parts = choice.parts
    at = 0
    while at < len(parts) or at in messages:
        if at not in messages:
            item = _own_item(parts[at], f"choices[0].parts[{at}]", losses)
            if item is not None:
                items.append(item)
            at += 1
            continue
        for count, envelope in messages.pop(at):
            wires: list[Json] = []
            for place in range(at, at + count):
                wires += _own_content(parts[place], f"choices[0].parts[{place}]", losses)
            message: Obj = {"role": "assistant", "content": wires}
            if "typed" in envelope.marks:
                message["type"] = "message"
            if "empty" in envelope.marks:
                del message["content"]
            if "lone" in envelope.marks:
                message["content"] = _text_of(parts[at : at + count])
            items.append(laid_over(message, envelope, DIALECT))
            at += count
    return items


def _text_of(parts: tuple[Part, ...]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Text))


def _messages_of(extras: Extras) -> dict[int, list[tuple[int, Extras]]]:
    """The layout, read back: messages by the place of their first part."""
    found: dict[int, list[tuple[int, Extras]]] = {}
    messages = extras.spelling.get("messages")
    for number, entry in enumerate(messages if type(messages) is list else ()):
        match entry:
            case [int(at), int(count), dict(spelling), list(marks)]:
                members = extras.members.get(str(number))
                envelope = Extras(
                    dialect=DIALECT,
                    members=members if type(members) is dict else {},
                    spelling=spelling,
                    marks=tuple(mark for mark in marks if type(mark) is str),
                )
                found.setdefault(at, []).append((count, envelope))
            case _:
                pass
    return found


def _own_content(part: Part, path: str, losses: Losses) -> list[Json]:
    if isinstance(part, (Text, Refusal)):
        return [answer_wire(part, path, losses, own=True)]
    return content_wires(part, "output_text", path, losses, own=True)


def _own_item(part: Part, path: str, losses: Losses) -> Obj | None:
    if isinstance(part, ToolCall):
        return call_wire(part)
    if isinstance(part, Reasoning):
        state = None if part.state is None else carried(part.state, DIALECT)
        return reasoning_wire(part, state, with_id=True, own=True)
    return item_of_part(part, path, "", 0, losses)
