"""Turns as Cohere's messages, and the parts of an answer as its one message."""

from typing import Final, assert_never

from detente.canonical.content import (
    Inline,
    Linked,
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
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import Request
from detente.dialects._codec.absences import without
from detente.dialects._codec.arguments import arguments_object, arguments_text
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.media import data_url
from detente.dialects._codec.rest import foreign, laid_over, marked
from detente.dialects._codec.turns import joined_answers, results_apart
from detente.dialects.cohere_chat.citations import citations_told
from detente.dialects.cohere_chat.messages_decoding import DOCUMENT, LISTED, OBJECT
from detente.dialects.cohere_chat.wire import NAME, PLAN

_API: Final = "Cohere's API"
_MEDIA: Final = {"audio": "audio_input", "video": "video_input", "document": "document"}


def messages_of(request: Request, losses: Losses) -> list[Json]:
    """All messages."""
    turns = request.turns
    own = request.origin == NAME
    if not own:
        turns = results_apart(joined_answers(turns))
    encoder = MessageEncoder(losses)
    messages: list[Json] = []
    if request.instructions:
        said = Turn(role="system", parts=request.instructions)
        messages.append(encoder.turn(said, "instructions", own=False))
    for index, turn in enumerate(turns):
        message = encoder.turn(turn, f"turns[{index}]", own=own)
        if own or turn.role != "tool" or "tool_call_id" in message:  # else its result was lost
            messages.append(message)
    return messages


class MessageEncoder:
    """Writes one message after the other."""

    __slots__ = ("_losses",)

    def __init__(self, losses: Losses) -> None:
        self._losses = losses

    def turn(self, turn: Turn, path: str, *, own: bool) -> Obj:
        """A message of a conversation; `path` is where it stands in the canonical request."""
        role = turn.role
        if role == "developer" and not own:
            why = f"{_API} has system messages only"
            self._losses.lose("developer_role", f"{path}.role", why)
            role = "system"
        if turn.name is not None:
            self._losses.lose("message_name", f"{path}.name", f"{_API} has no names of speakers")
        self._name_rest(turn.extras, turn.cache is not None, path)
        at = path if path == "instructions" else f"{path}.parts"
        parts = turn.parts
        wire: Obj = {"role": role}
        if len(parts) == 1 and isinstance(parts[0], ToolResult):
            parts = self._result(wire, parts[0], f"{at}[0]")
            at = f"{at}[0].parts"
        self.write(wire, parts, at, listed=own and marked(turn.extras, NAME, LISTED))
        if "content" not in wire and "tool_calls" not in wire and not own:
            wire["content"] = ""
        return laid_over(wire, turn.extras, NAME)

    def write(self, wire: Obj, parts: tuple[Part, ...], path: str, *, listed: bool) -> None:
        """The parts of one message into it; a lone text stands by itself unless `listed`."""
        blocks: list[Json] = []
        calls: list[Json] = []
        for index, part in enumerate(parts):
            self._part(wire, blocks, calls, part, f"{path}[{index}]")
        lone = blocks[0] if len(blocks) == 1 else None
        if type(lone) is dict and not listed and lone.keys() == {"type", "text"}:
            wire["content"] = lone["text"]
        elif blocks or listed:
            wire["content"] = blocks
        if calls:
            wire["tool_calls"] = calls
        if told := citations_told(parts):
            wire["citations"] = told

    def _part(
        self, wire: Obj, blocks: list[Json], calls: list[Json], part: Part, path: str
    ) -> None:
        match part:
            case Text() | Refusal():
                blocks.append(self._text(part, path))
            case Reasoning():
                self._reasoning(wire, blocks, part, path)
            case Media():
                self._media(blocks, part, path)
            case ToolCall():
                calls.append(self._call(part, path))
            case ToolResult():
                blocks.append({"type": "text", "text": arguments_text(part.data or {})})
                self._losses.lose("history", path, "a result stands in a message of its own here")
            case Native() if part.dialect == NAME:
                blocks.append(part.value)
            case Native():
                self._losses.lose("native_part", path, f"only another API has `{part.name}`")
            case _:
                assert_never(part)

    def _text(self, part: Text | Refusal, path: str) -> Obj:
        self._name_rest(part.extras, isinstance(part, Text) and part.cache is not None, path)
        if isinstance(part, Text) and part.state is not None:
            self._name_state(path)
        if marked(part.extras, NAME, DOCUMENT):
            data = arguments_object(part.text)
            document: Obj = {"data": data if data is not None else {"text": part.text}}
            return laid_over({"type": "document", "document": document}, part.extras, NAME)
        return laid_over({"type": "text", "text": part.text}, part.extras, NAME)

    def _reasoning(self, wire: Obj, blocks: list[Json], part: Reasoning, path: str) -> None:
        self._name_rest(part.extras, part.cache is not None, path)
        if part.state is not None:
            self._name_state(path)
        text = part.text or "\n\n".join(part.summary)
        if marked(part.extras, NAME, PLAN):
            wire["tool_plan"] = text
        elif text or part.extras is not None:
            blocks.append(laid_over({"type": "thinking", "thinking": text}, part.extras, NAME))

    def _media(self, blocks: list[Json], part: Media, path: str) -> None:
        self._name_rest(part.extras, part.cache is not None, path)
        if part.state is not None:
            self._name_state(path)
        if part.kind != "image":
            self._losses.lose(_MEDIA[part.kind], path, f"{_API} takes text and images")
            if part.transcript is not None:
                blocks.append({"type": "text", "text": part.transcript})
            return
        match part.source:
            case Inline():
                image: Obj = {"url": data_url(part.source)}
            case Linked():
                image = {"url": part.source.url}
            case _:
                self._losses.lose("uploaded_file", path, f"{_API} does not know the file")
                return
        if part.detail is not None:
            image["detail"] = part.detail
        blocks.append(laid_over({"type": "image_url", "image_url": image}, part.extras, NAME))

    def _call(self, part: ToolCall, path: str) -> Obj:
        self._name_rest(part.extras, part.cache is not None, path)
        if part.state is not None:
            self._name_state(path)
        arguments: Json = part.arguments
        if part.kind == "custom":
            why = "arguments are a JSON object here, so the text stands in one"
            self._losses.lose("tools", f"{path}.arguments", why, "drop")
            arguments = arguments_text({"_": part.arguments})
        elif marked(part.extras, NAME, OBJECT):
            arguments = arguments_object(part.arguments) or {}
        function: Obj = {"name": part.name, "arguments": arguments}
        call: Obj = {"id": part.id, "type": "function", "function": function}
        return laid_over(without(call, part.extras, NAME), part.extras, NAME)

    def _result(self, wire: Obj, part: ToolResult, path: str) -> tuple[Part, ...]:
        """A result's message; returns the parts of its content."""
        wire["role"] = "tool"
        wire["tool_call_id"] = part.call_id
        self._name_rest(part.extras, part.cache is not None, path)
        if part.is_error:
            why = f"{_API} does not tell errors from results"
            self._losses.lose("tool_result_error", f"{path}.is_error", why)
        kept: list[Part] = []
        if part.data is not None:
            kept.append(Text(text=arguments_text(part.data)))
        for index, inner in enumerate(part.parts):
            if isinstance(inner, Media):
                why = f"{_API} takes text as a result"
                self._losses.lose("tool_result_media", f"{path}.parts[{index}]", why)
            else:
                kept.append(inner)
        return tuple(kept)

    def _name_state(self, path: str) -> None:
        self._losses.lose("reasoning_state", path, f"{_API} takes no reasoning state")

    def _name_rest(self, extras: Extras | None, cached: bool, path: str) -> None:
        if cached:
            self._losses.lose("cache_mark", f"{path}.cache", f"{_API} caches by itself")
        if extras is not None and extras.dialect != NAME:
            for key, _ in foreign((extras,), NAME):
                why = f"{_API} does not know it"
                self._losses.lose("unknown_member", f"{path}.{key}", why)
