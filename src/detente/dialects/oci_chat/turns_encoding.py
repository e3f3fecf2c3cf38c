"""Turns as messages of the format `GENERIC`, and the parts of an answer as its one message."""

from typing import Final, assert_never

from detente.canonical.content import (
    Composed,
    Inline,
    Linked,
    Media,
    Native,
    Part,
    Plain,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Uploaded,
)
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import Request
from detente.dialects._codec.absences import without
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.media import data_url
from detente.dialects._codec.rest import foreign, laid_over
from detente.dialects._codec.turns import joined_answers, results_apart
from detente.dialects.oci_chat.parts_decoding import citation_told
from detente.dialects.oci_chat.wire import DETAILS, MEDIA, NAME

_API: Final = "Oracle's chat"


def messages_of(request: Request, losses: Losses) -> list[Json]:
    """All messages."""
    own = request.origin == NAME
    turns = request.turns if own else results_apart(joined_answers(request.turns))
    encoder = MessageEncoder(losses)
    messages: list[Json] = []
    if request.instructions:
        said = Turn(role="system", parts=request.instructions)
        messages.append(encoder.turn(said, "instructions"))
    for index, turn in enumerate(turns):
        messages.append(encoder.turn(turn, f"turns[{index}]"))
    return messages


class MessageEncoder:
    """Writes one message after the other."""

    __slots__ = ("_losses",)

    def __init__(self, losses: Losses) -> None:
        self._losses = losses

    def turn(self, turn: Turn, path: str) -> Obj:
        """A message of a conversation; `path` is where it stands in the canonical request."""
        at = path if path == "instructions" else f"{path}.parts"
        wire: Obj = {"role": turn.role.upper()}
        parts = turn.parts
        if turn.role == "tool":
            if len(parts) == 1 and isinstance(parts[0], ToolResult):
                parts = self._result(wire, parts[0], f"{at}[0]")
                at = f"{at}[0].parts"
            else:
                wire["role"] = "USER"
        elif turn.name is not None:
            wire["name"] = turn.name
        self._name_rest(turn.extras, turn.cache is not None, path)
        self.write(wire, parts, at)
        own = turn.extras is not None and turn.extras.dialect == NAME
        if "content" not in wire and (own or "toolCalls" not in wire):
            wire["content"] = []
        without(wire, turn.extras, NAME)
        return laid_over(wire, turn.extras, NAME)

    def write(self, wire: Obj, parts: tuple[Part, ...], path: str) -> None:
        """The parts of one message into it."""
        content: list[Json] = []
        calls: list[Json] = []
        cited: list[Json] = []
        for index, part in enumerate(parts):
            where = f"{path}[{index}]"
            match part:
                case ToolCall():
                    calls.append(self.call(part, where))
                case Reasoning():
                    self._reasoning(wire, part, where)
                case Refusal():
                    self._name_rest(part.extras, cached=False, path=where)
                    before = wire.get("refusal")
                    wire["refusal"] = f"{before}\n{part.text}" if before else part.text
                case _:
                    content += self._content(part, where)
                    if isinstance(part, Text):
                        cited += self._citations(part, where, wire.get("role") == "ASSISTANT")
        if content:
            wire["content"] = content
        if calls:
            wire["toolCalls"] = calls
        if cited:
            wire["annotations"] = cited

    def call(self, part: ToolCall, path: str) -> Obj:
        """A call of an answer's."""
        self._name_rest(part.extras, part.cache is not None, path)
        if part.state is not None:
            self._name_state(path)
        arguments = part.arguments
        if part.kind == "custom":
            why = "arguments are a JSON object here, so the text stands in one"
            self._losses.lose("tools", f"{path}.arguments", why, "drop")
            arguments = arguments_text({"_": part.arguments})
        call: Obj = {
            "id": part.id,
            "type": "FUNCTION",
            "name": part.name,
            "arguments": arguments,
        }
        return laid_over(without(call, part.extras, NAME), part.extras, NAME)

    def _content(self, part: Part, path: str) -> list[Json]:
        """The pieces of content that say a part; none where there are none."""
        match part:
            case Text():
                self._name_rest(part.extras, part.cache is not None, path)
                if part.state is not None:
                    self._name_state(path)
                return [laid_over({"type": "TEXT", "text": part.text}, part.extras, NAME)]
            case Media():
                return self._media(part, path)
            case Native() if part.dialect == NAME:
                return [part.value]
            case Native():
                self._losses.lose("native_part", path, f"only another API has `{part.name}`")
            case ToolResult():
                self._losses.lose("history", path, "a result stands in a message of its own here")
                return [{"type": "TEXT", "text": arguments_text(part.data or {})}]
            case Reasoning() | Refusal() | ToolCall():
                pass
            case _:
                assert_never(part)
        return []

    def _media(self, part: Media, path: str) -> list[Json]:
        self._described(part, path)
        match part.source:
            case Plain(text=text):
                return [{"type": "TEXT", "text": text}]
            case Composed(parts=parts):
                found: list[Json] = []
                for index, inner in enumerate(parts):
                    found += self._content(inner, f"{path}.source.parts[{index}]")
                return found
            case Uploaded():
                self._losses.lose("uploaded_file", path, f"{_API} does not know the file")
                return []
            case Inline():
                return [self._linked(part, data_url(part.source), path)]
            case Linked(url=url):
                return [self._linked(part, url, path)]
            case _:
                assert_never(part.source)

    def _described(self, part: Media, path: str) -> None:
        """Names what is said about a medium and has no place."""
        self._name_rest(part.extras, part.cache is not None, path)
        if part.state is not None:
            self._name_state(path)
        if part.context is not None:
            why = f"{_API} knows nothing of a document but its content"
            self._losses.lose("document_context", f"{path}.context", why)
        if part.title is not None:
            why = f"{_API} has no names of documents"
            self._losses.lose("document", f"{path}.title", why, "drop")
        if part.cited:
            why = f"{_API} cannot be asked to cite a document"
            self._losses.lose("document_citations", path, why)

    def _linked(self, part: Media, url: str, path: str) -> Obj:
        word, member = MEDIA[part.kind]
        told: Obj = {"url": url}
        if part.detail in DETAILS:
            told["detail"] = part.detail.upper()
        elif part.detail is not None:
            why = f"{_API} looks at images in detail `LOW`, `HIGH` or `AUTO`"
            self._losses.lose("image_detail", f"{path}.detail", why)
        return laid_over({"type": word, member: told}, part.extras, NAME)

    def _reasoning(self, wire: Obj, part: Reasoning, path: str) -> None:
        self._name_rest(part.extras, part.cache is not None, path)
        if part.state is not None:
            self._name_state(path)
        text = part.text or "\n\n".join(part.summary)
        before = wire.get("reasoningContent")
        if text:
            wire["reasoningContent"] = f"{before}\n\n{text}" if before else text

    def _citations(self, part: Text, path: str, answered: bool) -> list[Json]:
        """The citations of a text as its message's annotations, of URLs only."""
        told: list[Json] = []
        for index, one in enumerate(part.citations):
            if one.kind != "url" or not answered:
                why = f"{_API} has citations of pages in answers only"
                self._losses.lose("citations", f"{path}.citations[{index}]", why)
                continue
            told.append(laid_over(citation_told(one), one.extras, NAME))
        return told

    def _result(self, wire: Obj, part: ToolResult, path: str) -> tuple[Part, ...]:
        """A result's message; returns the parts of its content."""
        wire["toolCallId"] = part.call_id
        self._name_rest(part.extras, part.cache is not None, path)
        if part.is_error:
            why = f"{_API} does not tell errors from results"
            self._losses.lose("tool_result_error", f"{path}.is_error", why)
        if part.data is not None:
            return (Text(text=arguments_text(part.data)), *part.parts)
        return part.parts

    def _name_state(self, path: str) -> None:
        self._losses.lose("reasoning_state", path, f"{_API} takes no reasoning state")

    def _name_rest(self, extras: Extras | None, cached: bool, path: str) -> None:
        if cached:
            self._losses.lose("cache_mark", f"{path}.cache", f"{_API} has no marks for caches")
        for key, _ in foreign((extras,), NAME):
            self._losses.lose("unknown_member", f"{path}.{key}", f"{_API} does not know it")
