"""Parts of a request as content blocks.

What the platform would refuse is left out and named: thoughts without its own signature, texts
that are empty, arguments that are no object (they go as the one member `_`).
"""

from typing import Final, assert_never

from detente.canonical.content import (
    Media,
    Native,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.arguments import arguments_object, arguments_text
from detente.dialects._codec.rest import marked
from detente.dialects.anthropic_messages.citations import encode_citation, is_native
from detente.dialects.anthropic_messages.media_encoding import encode_media
from detente.dialects.anthropic_messages.words import NAME
from detente.dialects.anthropic_messages.writing import Writing

_STATE_WHY: Final = "only the platform that made it can read it"
_LOST_MEDIA: Final = {
    "audio": "tool_result_media",
    "video": "tool_result_media",
}


def encode_part(part: Part, path: str, role: str, writing: Writing) -> Obj | None:
    """The block, None where there is none; `path` is the part's in the request."""
    wire: Obj | None = None
    match part:
        case Text():
            wire = _text(part, path, role, writing)
        case Refusal():
            if not is_blank(part.text, path, writing):
                wire = writing.lay_over({"type": "text", "text": part.text}, part.extras, path)
        case Media():
            wire = encode_media(part, path, role, writing)
        case Reasoning():
            wire = _reasoning(part, path, writing)
        case ToolCall():
            wire = _tool_use(part, path, writing)
        case ToolResult():
            wire = _tool_result(part, path, writing)
        case Native():
            wire = native_value(part, path, writing)
        case _:
            assert_never(part)
    return wire


def native_value(part: Native, path: str, writing: Writing) -> Obj | None:
    """A block that only one dialect has."""
    if part.dialect == NAME:
        return part.value
    writing.losses.lose("native_part", path, f"only `{part.dialect}` has a part `{part.name}`")
    return None


def put_content(wire: Obj, key: str, blocks: list[Json], *, listed: bool) -> None:
    """`blocks` under `key`; one bare text as a text, unless it was written as a list."""
    if len(blocks) == 1 and not listed:
        block = blocks[0]
        if type(block) is dict and len(block) == 2 and block.get("type") == "text":
            wire[key] = block["text"]
            return
    wire[key] = blocks


def input_of(call: ToolCall, path: str, writing: Writing) -> Obj:
    """A call's arguments as an object."""
    told = arguments_object(call.arguments) if call.kind == "function" else None
    if told is None:
        writing.losses.lose(
            "tools",
            f"{path}.arguments",
            "Messages takes an object; the text goes as its member `_`",
            "drop",
        )
        return {"_": call.arguments}
    return told


def _text(part: Text, path: str, role: str, writing: Writing) -> Obj | None:
    if not writing.own and is_blank(part.text, path, writing):
        return None
    wire: Obj = {"type": "text", "text": part.text}
    if part.citations:
        _cite(wire, part, path, role, writing)
    if part.logprobs:
        writing.losses.lose("logprobs", f"{path}.logprobs", "Messages has none")
    if part.state is not None:
        writing.losses.lose("reasoning_state", f"{path}.state", _STATE_WHY)
    writing.mark(wire, part.cache, path)
    return writing.lay_over(wire, part.extras, path)


def is_blank(text: str, path: str, writing: Writing) -> bool:
    """Whether the platform would refuse a text for its having nothing but space; space is named."""
    if text.strip():
        return False
    if text:
        writing.losses.lose("blank_text", path, "Messages refuses texts of nothing but space")
    return True


def _cite(wire: Obj, part: Text, path: str, role: str, writing: Writing) -> None:
    if role == "user" and writing.modern:
        writing.losses.lose(
            "citations", f"{path}.citations", "this version takes none in the user's texts"
        )
        return
    taken: list[Json] = []
    for at, citation in enumerate(part.citations):
        if is_native(citation):
            taken.append(encode_citation(citation))
        else:
            writing.losses.lose(
                "citations", f"{path}.citations[{at}]", "Messages takes back its own only"
            )
    if taken:
        wire["citations"] = taken


def _reasoning(part: Reasoning, path: str, writing: Writing) -> Obj | None:
    state = part.state
    if part.cache is not None:
        writing.losses.lose("cache_mark", f"{path}.cache", "Messages takes none on a thought")
    if state is None or state.origin != NAME:
        writing.stripped = True
        if state is not None:
            writing.losses.lose("reasoning_state", f"{path}.state", _STATE_WHY)
        if part.text or part.summary:
            writing.losses.lose(
                "reasoning_text", path, "Messages refuses thoughts without its own signature"
            )
        return None
    if state.kind == "redacted":
        wire: Obj = {"type": "redacted_thinking", "data": state.value}
    else:
        thought = part.text or "\n\n".join(part.summary)
        wire = {"type": "thinking", "thinking": thought, "signature": state.value}
    return writing.lay_over(wire, part.extras, path)


def _tool_use(part: ToolCall, path: str, writing: Writing) -> Obj:
    wire: Obj = {
        "type": "tool_use",
        "id": part.id,
        "name": part.name,
        "input": input_of(part, path, writing),
    }
    if part.state is not None:
        writing.losses.lose("reasoning_state", f"{path}.state", _STATE_WHY)
    writing.mark(wire, part.cache, path)
    return writing.lay_over(wire, part.extras, path)


def _tool_result(part: ToolResult, path: str, writing: Writing) -> Obj:
    wire: Obj = {"type": "tool_result", "tool_use_id": part.call_id}
    blocks: list[Json] = []
    for at, inner in enumerate(part.parts):
        block = _inner(inner, f"{path}.parts[{at}]", writing)
        if block is not None:
            blocks.append(block)
    if part.data is not None:
        blocks.append({"type": "text", "text": arguments_text(part.data)})
    if blocks:
        put_content(wire, "content", blocks, listed=marked(part.extras, NAME, "listed"))
    if part.is_error is not None:
        wire["is_error"] = part.is_error
    writing.mark(wire, part.cache, path)
    return writing.lay_over(wire, part.extras, path)


def _inner(part: Part, path: str, writing: Writing) -> Obj | None:
    """One block of a result."""
    if isinstance(part, Media):
        if part.kind in _LOST_MEDIA:
            writing.losses.lose(
                _LOST_MEDIA[part.kind], path, f"Messages takes no {part.kind} in a tool's result"
            )
            return None
        return encode_media(part, path, "user", writing)
    return encode_part(part, path, "user", writing)
