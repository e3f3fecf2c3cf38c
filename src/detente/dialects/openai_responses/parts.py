"""Content parts of messages and of tools' results.

Not whole items (`items`): what stands in a list `content` or `output`. A part of an unknown type
stays as it is, a `Native`.

>>> part_of({"type": "input_text", "text": "hi"}, "input_text").text
'hi'
"""

from typing import assert_never

from detente.canonical.content import (
    Composed,
    Media,
    Native,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec.fields import Misfit, each, text, text_or_none, within
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, rest
from detente.dialects.openai_responses.annotations import (
    annotations_of,
    citation_of,
    logprob_of,
    logprob_wire,
)
from detente.dialects.openai_responses.carrying import (
    breakpoint_of,
    leave_members,
    leave_state,
    mark_of,
)
from detente.dialects.openai_responses.media import audio_of, file_of, image_of, media_wire
from detente.dialects.openai_responses.words import DIALECT, REFUSAL, TEXT

_TEXTS = ("input_text", "output_text")


def part_of(wire: Obj, usual: str) -> Part:
    """One content part; `usual` is the type of text that this side of a conversation has."""
    kind = text_or_none(wire, "type")
    if kind in _TEXTS:
        return _text_of(wire, usual)
    if kind == "refusal":
        return Refusal(text=text(wire, "refusal"), extras=rest(wire, REFUSAL, DIALECT))
    if kind == "input_image":
        return image_of(wire)
    if kind == "input_file":
        return file_of(wire)
    if kind == "input_audio":
        return audio_of(wire)
    return Native(dialect=DIALECT, name=kind or "part", value=wire)


def parts_of(values: list[Json], key: str, usual: str) -> tuple[Part, ...]:
    """A list of content parts that stands under `key`; raises `Misfit`."""
    parts: list[Part] = []
    for index, value in enumerate(values):
        if type(value) is not dict:
            raise Misfit(f"{key}[{index}]", "must be an object")
        try:
            parts.append(part_of(value, usual))
        except Misfit as misfit:
            misfit.under(f"{key}[{index}]")
            raise
    return tuple(parts)


def content_wires(part: Part, usual: str, path: str, losses: Losses, *, own: bool) -> list[Json]:
    """A part as content parts towards the platform; none where it has to be left out.

    `usual` is the type of text; `own` is whether the request came in this dialect. Calls, results
    and thoughts are items, not content.
    """
    match part:
        case Text():
            return [_text_wire(part, usual, path, losses, own=own)]
        case Refusal():
            return [_refusal_wire(part, path, losses)]
        case Media():
            return _media_wires(part, usual, path, losses, own=own)
        case Native():
            if part.dialect == DIALECT:
                return [part.value]
            losses.lose("native_part", path, f"only `{part.dialect}` has `{part.name}`")
        case Reasoning() | ToolCall() | ToolResult():
            losses.lose("native_part", path, "this part cannot stand in content")
        case _:
            assert_never(part)
    return []


def answer_wire(part: Text | Refusal, path: str, losses: Losses, *, own: bool) -> Obj:
    """Text or a refusal as a client is told it, with all that its SDK demands; an answer that came
    in this dialect (`own`) is as it was."""
    if isinstance(part, Refusal):
        return _refusal_wire(part, path, losses)
    wire: Obj = {"type": "output_text"}
    if part.citations:
        wire["annotations"] = annotations_of(part.citations, part.text, path, losses, own=own)
    elif not own:
        wire["annotations"] = []
    if part.logprobs:
        wire["logprobs"] = [logprob_wire(one, whole=True, own=own) for one in part.logprobs]
    elif not own:
        wire["logprobs"] = []
    wire["text"] = part.text
    leave_state(part.state, path, losses)
    return laid_over(wire, part.extras, DIALECT)


def _text_of(wire: Obj, usual: str) -> Text:
    kind = wire["type"]
    if len(wire) == 2 and kind == usual:
        return Text(text=text(wire, "text"))
    spelling: Obj | None = None if kind == usual else {"type": kind}
    return Text(
        text=text(wire, "text"),
        citations=each(wire, "annotations", citation_of),
        logprobs=each(wire, "logprobs", logprob_of),
        cache=within(wire, "prompt_cache_breakpoint", mark_of),
        extras=rest(wire, TEXT, DIALECT, spelling=spelling),
    )


def _text_wire(part: Text, usual: str, path: str, losses: Losses, *, own: bool) -> Obj:
    wire: Obj = {"type": usual}
    if own:
        if part.citations:
            wire["annotations"] = annotations_of(part.citations, part.text, path, losses, own=True)
        if part.logprobs:
            wire["logprobs"] = [logprob_wire(one, whole=False, own=True) for one in part.logprobs]
    else:
        _leave_answer(part, path, losses)
        leave_state(part.state, path, losses)
        leave_members(part.extras, path, losses)
    wire["text"] = part.text
    mark = breakpoint_of(part.cache, path, losses, own=own)
    if mark is not None:
        wire["prompt_cache_breakpoint"] = mark
    return laid_over(wire, part.extras, DIALECT)


def _leave_answer(part: Text, path: str, losses: Losses) -> None:
    """Name what an earlier answer of another platform came with."""
    if part.citations:
        losses.lose("citations", path, "earlier answers are sent without their citations")
    if part.logprobs:
        losses.lose("logprobs", path, "earlier answers are sent without log probabilities")


def _refusal_wire(part: Refusal, path: str, losses: Losses) -> Obj:
    if part.logprobs:
        losses.lose("logprobs", path, "a refusal has no log probabilities")
    leave_members(part.extras, path, losses)
    return laid_over({"type": "refusal", "refusal": part.text}, part.extras, DIALECT)


def _media_wires(media: Media, usual: str, path: str, losses: Losses, *, own: bool) -> list[Json]:
    if isinstance(media.source, Composed):
        return _composed_wires(media, media.source, usual, path, losses)
    if usual == "output_text" and not own:
        feature = "audio_output" if media.kind == "audio" else "image"
        losses.lose(feature, path, "an answer in the input has text only")
        return []
    wire = media_wire(media, path, losses, own=own)
    return [] if wire is None else [wire]


def _composed_wires(
    media: Media, source: Composed, usual: str, path: str, losses: Losses
) -> list[Json]:
    """A document of parts as its parts: the platform has no such document."""
    wires: list[Json] = []
    if media.title is not None or media.context is not None:
        losses.lose("document_context", path, "content parts have no title")
    if media.cited:
        losses.lose("document_citations", path, "the Responses API does not cite its input")
    for at, part in enumerate(source.parts):
        wires += content_wires(part, usual, f"{path}.source.parts[{at}]", losses, own=False)
    return wires


def lone_text(parts: tuple[Part, ...]) -> str | None:
    """The text where parts are one text and nothing with it, else None."""
    if len(parts) != 1:
        return None
    part = parts[0]
    if not isinstance(part, Text) or part.citations or part.logprobs or part.state or part.cache:
        return None
    return part.text if _is_plain(part.extras) else None


def _is_plain(extras: Extras | None) -> bool:
    return extras is None or not (extras.members or extras.dialect == DIALECT)
