"""Parts of an answer as the content blocks that a client is given.

Opaque state of other platforms travels in signatures, tagged, and comes back with the client's next
request. A call has no place for such state: it is named, and whoever remembers calls keeps it.
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
from detente.dialects._codec.arguments import arguments_object
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over
from detente.dialects._codec.state import carried
from detente.dialects.anthropic_messages.citations import encode_citation
from detente.dialects.anthropic_messages.words import NAME

_MEDIA: Final = {
    "image": "image",
    "audio": "audio_output",
    "video": "video_input",
    "document": "document",
}


def encode_answer_parts(parts: tuple[Part, ...], losses: Losses) -> list[Json]:
    """The blocks; what has none is named in `losses`."""
    blocks: list[Json] = []
    for at, part in enumerate(parts):
        block = encode_answer_part(part, f"choices[0].parts[{at}]", losses)
        if block is not None:
            blocks.append(block)
    return blocks


def encode_answer_part(part: Part, path: str, losses: Losses) -> Obj | None:
    """One block, None where there is none."""
    wire: Obj | None = None
    match part:
        case Text():
            wire = _text(part, path, losses)
        case Refusal():
            if part.logprobs:
                losses.lose("logprobs", f"{path}.logprobs", "Messages has none")
            wire = {"type": "text", "text": part.text}
        case Media():
            wire = _media(part, path, losses)
        case Reasoning():
            wire = _reasoning(part)
        case ToolCall():
            wire = _tool_use(part, path, losses)
        case ToolResult():
            losses.lose("native_part", path, "an answer of Messages has no results of tools")
        case Native():
            if part.dialect == NAME:
                wire = part.value
            else:
                losses.lose("native_part", path, f"only `{part.dialect}` has `{part.name}`")
        case _:
            assert_never(part)
    return wire


def thought_of(part: Reasoning) -> str:
    """What is shown of a thought: its own words, else the summary of them."""
    return part.text or "\n\n".join(part.summary)


def _text(part: Text, path: str, losses: Losses) -> Obj:
    wire: Obj = {"type": "text", "text": part.text}
    if part.citations:
        wire["citations"] = [encode_citation(citation) for citation in part.citations]
        if any(citation.start is not None for citation in part.citations):
            losses.lose("citations", f"{path}.citations", "Messages cites for a whole text", "drop")
    if part.logprobs:
        losses.lose("logprobs", f"{path}.logprobs", "Messages has none")
    if part.state is not None:
        losses.lose("reasoning_state", f"{path}.state", "a text of Messages has no signature")
    return laid_over(wire, part.extras, NAME)


def _media(part: Media, path: str, losses: Losses) -> Obj | None:
    losses.lose(_MEDIA[part.kind], path, "an answer of Messages is text")
    return None if part.transcript is None else {"type": "text", "text": part.transcript}


def _reasoning(part: Reasoning) -> Obj | None:
    state = part.state
    if state is not None and state.kind == "redacted":
        return laid_over(
            {"type": "redacted_thinking", "data": carried(state, NAME)}, part.extras, NAME
        )
    thought = thought_of(part)
    if state is None and not thought and part.extras is None:
        return None
    wire: Obj = {
        "type": "thinking",
        "thinking": thought,
        "signature": "" if state is None else carried(state, NAME),
    }
    return laid_over(wire, part.extras, NAME)


def _tool_use(part: ToolCall, path: str, losses: Losses) -> Obj:
    told: Json = arguments_object(part.arguments) if part.kind == "function" else None
    if told is None:
        losses.lose(
            "tools",
            f"{path}.arguments",
            "Messages gives an object; the text stands in its member `_`",
            "drop",
        )
        told = {"_": part.arguments}
    if part.state is not None:
        losses.lose("reasoning_state", f"{path}.state", "a call of Messages has no signature")
    wire: Obj = {"type": "tool_use", "id": part.id, "name": part.name, "input": told}
    return laid_over(wire, part.extras, NAME)
