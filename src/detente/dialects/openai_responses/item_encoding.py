"""A conversation as `input` of a request.

Each call, each result and each thought is an item of its own; the rest of a turn is a message.
Items' ids are written only where the request came in this dialect: the platform looks up what has
one.

>>> from detente.canonical.content import Text
>>> input_of((Turn(role="user", parts=(Text(text="hi"),)),), Losses(), own=False)
[{'role': 'user', 'content': 'hi'}]
"""

from typing import Final, assert_never

import msgspec

from detente.canonical.content import (
    Media,
    Native,
    Part,
    Reasoning,
    Refusal,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, marked
from detente.dialects.openai_responses.carrying import leave_mark, leave_members, leave_state
from detente.dialects.openai_responses.envelope import is_made_here
from detente.dialects.openai_responses.parts import content_wires, lone_text
from detente.dialects.openai_responses.words import DIALECT

_ENCODE: Final = msgspec.json.Encoder().encode
_OTHERS_THOUGHTS: Final = "the Responses API takes no thoughts of others"


def input_of(turns: tuple[Turn, ...], losses: Losses, *, own: bool) -> list[Json]:
    """The items of a conversation; `own` is whether it came in this dialect."""
    items: list[Json] = []
    for at, turn in enumerate(turns):
        _add_turn(turn, f"turns[{at}]", items, losses, own=own)
    if not own and turns and _is_prefill(turns[-1]):
        losses.lose(
            "assistant_prefill",
            f"turns[{len(turns) - 1}]",
            "the Responses API answers anew and does not go on with a text",
        )
    return items


def without_strangers(turns: tuple[Turn, ...], losses: Losses) -> tuple[Turn, ...]:
    """`turns` of this dialect without the thoughts that another platform had: they have no state,
    and an id that this one would look for in vain."""
    out: list[Turn] = []
    for index, turn in enumerate(turns):
        kept: list[Part] = []
        for at, part in enumerate(turn.parts):
            if isinstance(part, Reasoning) and part.state is None and is_made_here(part.id or ""):
                losses.lose("reasoning_text", f"turns[{index}].parts[{at}]", _OTHERS_THOUGHTS)
            else:
                kept.append(part)
        if len(kept) == len(turn.parts):
            out.append(turn)
        else:
            extras = turn.extras if kept else None
            out.append(msgspec.structs.replace(turn, parts=tuple(kept), extras=extras))
    return tuple(out)


def _add_turn(turn: Turn, path: str, items: list[Json], losses: Losses, *, own: bool) -> None:
    if turn.name is not None:
        losses.lose("message_name", f"{path}.name", "a message has no speaker's name")
    leave_mark(turn.cache, path, losses)
    leave_members(turn.extras, path, losses)
    ours = turn.extras is not None and turn.extras.dialect == DIALECT
    content: list[tuple[int, Part]] = []
    for at, part in enumerate(turn.parts):
        if _is_content(part, own=ours):
            content.append((at, part))
            continue
        if content:
            _add_message(turn, content, path, items, losses, own=own)
            content = []
        item = _item(part, f"{path}.parts[{at}]", losses, own=own)
        if item is not None:
            items.append(item)
    if content or (ours and not turn.parts):
        _add_message(turn, content, path, items, losses, own=own)


def _is_content(part: Part, *, own: bool) -> bool:
    """Whether a part stands in a message; only a message's turn (`own`) has extras of ours."""
    if isinstance(part, Native):
        return own and part.dialect == DIALECT
    return isinstance(part, (Text, Refusal, Media))


def _add_message(
    turn: Turn,
    content: list[tuple[int, Part]],
    path: str,
    items: list[Json],
    losses: Losses,
    *,
    own: bool,
) -> None:
    role: Role = "user" if turn.role == "tool" else turn.role
    extras = turn.extras
    ours = extras is not None and extras.dialect == DIALECT
    usual = "output_text" if role == "assistant" else "input_text"
    lone = lone_text(tuple(part for _, part in content))
    body: Json
    if lone is not None and (not ours or marked(extras, DIALECT, "lone")):
        body = lone
    else:
        wires: list[Json] = []
        for at, part in content:
            wires += content_wires(part, usual, f"{path}.parts[{at}]", losses, own=own)
        if not wires and not ours:
            return
        body = wires if ours or role != "assistant" else _answer_body(wires)
    wire: Obj = {"role": role, "content": body}
    if marked(extras, DIALECT, "empty"):
        del wire["content"]
    if marked(extras, DIALECT, "typed") or (not ours and type(body) is list):
        wire["type"] = "message"
    items.append(laid_over(wire, extras, DIALECT))


def _answer_body(wires: list[Json]) -> Json:
    """An earlier answer: its texts are one text, for only an item with an id may hold several."""
    texts: list[str] = []
    for wire in wires:
        if type(wire) is not dict or wire.keys() != {"type", "text"}:
            return wires
        text = wire["text"]
        texts.append(text if type(text) is str else "")
    return "".join(texts)


def _item(part: Part, path: str, losses: Losses, *, own: bool) -> Obj | None:
    """A part that is an item of its own, None where it has to be left out."""
    match part:
        case ToolCall():
            return _call_wire(part, path, losses)
        case ToolResult():
            return _result_wire(part, path, losses, own=own)
        case Reasoning():
            return _reasoning_wire(part, path, losses, own=own)
        case Native():
            if part.dialect == DIALECT:
                return part.value
            losses.lose("native_part", path, f"only `{part.dialect}` has `{part.name}`")
            return None
        case Text() | Refusal() | Media():
            return None
        case _:
            assert_never(part)


def _call_wire(call: ToolCall, path: str, losses: Losses) -> Obj:
    leave_members(call.extras, path, losses)
    leave_state(call.state, path, losses)
    leave_mark(call.cache, path, losses)
    return call_wire(call)


def call_wire(call: ToolCall) -> Obj:
    """A call as an item."""
    if call.kind == "custom":
        wire: Obj = {
            "type": "custom_tool_call",
            "call_id": call.id,
            "name": call.name,
            "input": call.arguments,
        }
    else:
        wire = {
            "type": "function_call",
            "call_id": call.id,
            "name": call.name,
            "arguments": call.arguments or "{}",
        }
    return laid_over(wire, call.extras, DIALECT)


def _result_wire(result: ToolResult, path: str, losses: Losses, *, own: bool) -> Obj:
    leave_members(result.extras, path, losses)
    leave_mark(result.cache, path, losses)
    if result.is_error:
        losses.lose("tool_result_error", path, "a result is not told from an error")
    kind = "custom_tool_call_output" if result.kind == "custom" else "function_call_output"
    wire: Obj = {"type": kind, "call_id": result.call_id}
    ours = result.extras is not None and result.extras.dialect == DIALECT
    lone = lone_text(result.parts)
    if result.data is not None:
        wire["output"] = result.data if ours else _ENCODE(result.data).decode()
    elif lone is not None and (not ours or marked(result.extras, DIALECT, "lone")):
        wire["output"] = lone
    elif not result.parts and not ours:
        wire["output"] = ""
    else:
        wire["output"] = _output(result, path, losses, own=own)
    if ours and result.name is not None:  # elsewhere it repeats what the call says
        wire["name"] = result.name
    return laid_over(wire, result.extras, DIALECT)


def _output(result: ToolResult, path: str, losses: Losses, *, own: bool) -> list[Json]:
    wires: list[Json] = []
    for at, part in enumerate(result.parts):
        where = f"{path}.parts[{at}]"
        if isinstance(part, Media) and part.kind in ("audio", "video") and not own:
            losses.lose("tool_result_media", where, "a result has text, images and files only")
        else:
            wires += content_wires(part, "input_text", where, losses, own=own)
    return wires


def _reasoning_wire(part: Reasoning, path: str, losses: Losses, *, own: bool) -> Obj | None:
    """A thought, where the platform can read its state or knows it by its id."""
    state = part.state
    leave_members(part.extras, path, losses)
    leave_mark(part.cache, path, losses)
    if state is not None and state.origin != DIALECT:
        losses.lose("reasoning_state", path, f"only a platform of `{state.origin}` can read it")
        state = None
        own = False
    if state is None and not own:
        if part.text or part.summary:
            losses.lose("reasoning_text", path, _OTHERS_THOUGHTS)
        return None
    if own and part.extras is not None and part.extras.dialect != DIALECT:
        own = False
    return reasoning_wire(part, None if state is None else state.value, with_id=own, own=own)


def reasoning_wire(part: Reasoning, state: str | None, *, with_id: bool, own: bool) -> Obj:
    """A thought as an item, with `state` as its encrypted content.

    Thoughts that came in no item of this API are its summary where it has state (only then can
    they be replayed), for the platform takes thoughts themselves from few models.
    """
    wire: Obj = {"type": "reasoning"}
    if with_id and part.id is not None:
        wire["id"] = part.id
    summary = part.summary
    content = (part.text,) if part.text else ()
    if not with_id and not summary:
        summary, content = content, ()
    if not (own and marked(part.extras, DIALECT, "unsummed")):
        wire["summary"] = [{"type": "summary_text", "text": words} for words in summary]
    if content:
        wire["content"] = [{"type": "reasoning_text", "text": words} for words in content]
    if state is not None:
        wire["encrypted_content"] = state
    return laid_over(wire, part.extras, DIALECT)


def _is_prefill(turn: Turn) -> bool:
    return turn.role == "assistant" and bool(turn.parts) and isinstance(turn.parts[-1], Text)
