"""A conversation as Ollama's messages: one text each, images beside it, results by tools' names."""

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
    Uploaded,
)
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import Request
from detente.dialects._codec.absences import without
from detente.dialects._codec.arguments import arguments_object, arguments_text
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over
from detente.dialects._codec.turns import joined_answers, results_apart
from detente.dialects.ollama_chat.wire import NAME

_API: Final = "Ollama's API"
_MEDIA: Final = {"audio": "audio_input", "video": "video_input", "document": "document"}
_BETWEEN: Final = "\n"
"""Between texts that another dialect had as parts of one message."""


def messages_of(request: Request, losses: Losses) -> list[Json]:
    """All messages."""
    turns = request.turns
    messages: list[Json] = []
    own = request.origin == NAME
    if not own:
        turns = results_apart(joined_answers(turns))
    encoder = TurnEncoder(losses, own=own)
    if request.instructions:
        said = Turn(role="system", parts=request.instructions)
        messages.append(encoder.message(said, "instructions"))
    for index, turn in enumerate(turns):
        messages.append(encoder.message(turn, f"turns[{index}]"))
    return messages


class TurnEncoder:
    """Writes message after message; remembers what the calls were named, for their results."""

    __slots__ = ("_losses", "_names", "_own")

    def __init__(self, losses: Losses, *, own: bool) -> None:
        self._losses = losses
        self._own = own
        self._names: dict[str, str] = {}

    def message(self, turn: Turn, path: str) -> Obj:
        """One message. `path` is where the turn stands in the canonical request."""
        if turn.role == "developer":
            self._losses.lose("developer_role", f"{path}.role", f"{_API} has system messages only")
        if turn.name is not None:
            self._losses.lose("message_name", f"{path}.name", f"{_API} has no names of speakers")
        self._name_rest(turn.extras, turn.cache is not None, path)
        role = "system" if turn.role == "developer" else turn.role
        wire: Obj = {"role": role}
        texts: list[str] = []
        at = "" if path == "instructions" else ".parts"
        for index, part in enumerate(turn.parts):
            self._part(wire, texts, part, f"{path}{at}[{index}]")
        if texts or not (turn.extras is not None and turn.extras.dialect == NAME):
            wire["content"] = _BETWEEN.join(texts)
        return laid_over(without(wire, turn.extras, NAME), turn.extras, NAME)

    def _part(self, wire: Obj, texts: list[str], part: Part, path: str) -> None:
        match part:
            case Text():
                texts.append(part.text)
                if part.citations:
                    why = f"{_API} has no citations"
                    self._losses.lose("citations", f"{path}.citations", why)
                self._name_state(part.state is not None, path)
                self._name_rest(part.extras, part.cache is not None, path)
            case Refusal():
                texts.append(part.text)
                self._name_rest(part.extras, False, path)
            case Reasoning():
                self._reasoning(wire, part, path)
            case Media():
                self._media(wire, texts, part, path)
            case ToolCall():
                self._call(wire, part, path)
            case ToolResult():
                self._result(wire, texts, part, path)
            case Native():
                self._losses.lose("native_part", path, f"only another API has `{part.name}`")
            case _:
                assert_never(part)

    def _reasoning(self, wire: Obj, part: Reasoning, path: str) -> None:
        text = part.text or "\n\n".join(part.summary)
        if text:
            before = wire.get("thinking")
            wire["thinking"] = f"{before}\n\n{text}" if type(before) is str else text
        self._name_state(part.state is not None, path)
        self._name_rest(part.extras, part.cache is not None, path)

    def _media(self, wire: Obj, texts: list[str], part: Media, path: str) -> None:
        self._name_rest(part.extras, part.cache is not None, path)
        self._name_state(part.state is not None, path)
        if part.kind != "image":
            why = f"{_API} takes text and images"
            self._losses.lose(_MEDIA[part.kind], path, why)
            if part.transcript is not None:
                texts.append(part.transcript)
        elif isinstance(part.source, Inline):
            images = wire.setdefault("images", [])
            if type(images) is list:
                images.append(part.source.data)
            if part.detail not in (None, "auto"):
                self._losses.lose("image_detail", f"{path}.detail", f"{_API} has no such member")
        elif isinstance(part.source, Linked):
            self._losses.lose("image_url", path, f"{_API} fetches no images")
        elif isinstance(part.source, Uploaded):
            self._losses.lose("uploaded_file", path, f"{_API} does not know the file")
        else:
            self._losses.lose("image", path, f"{_API} takes images as bytes")

    def _call(self, wire: Obj, part: ToolCall, path: str) -> None:
        self._names[part.id] = part.name
        self._name_state(part.state is not None, path)
        self._name_rest(part.extras, part.cache is not None, path)
        arguments = arguments_object(part.arguments) if part.kind == "function" else None
        if arguments is None:
            why = "arguments are an object here, so the text stands in one"
            self._losses.lose("tools", f"{path}.arguments", why, "drop")
            arguments = dict[str, Json](_=part.arguments)
        calls = wire.setdefault("tool_calls", [])
        function: Obj = {"name": part.name, "arguments": arguments}
        call: Obj = {"function": function}
        if type(calls) is list:
            calls.append(laid_over(call, part.extras, NAME))

    def _result(self, wire: Obj, texts: list[str], part: ToolResult, path: str) -> None:
        wire["role"] = "tool"
        name = part.name or self._names.get(part.call_id)
        self._name_rest(part.extras, part.cache is not None, path)
        if part.is_error:
            why = f"{_API} does not tell errors from results"
            self._losses.lose("tool_result_error", f"{path}.is_error", why)
        if part.data is not None:
            texts.append(arguments_text(part.data))
        for index, inner in enumerate(part.parts):
            if isinstance(inner, Media) and not self._own:
                why = f"{_API} takes text as a result"
                self._losses.lose("tool_result_media", f"{path}.parts[{index}]", why)
            else:
                self._part(wire, texts, inner, f"{path}.parts[{index}]")
        if name is not None:
            wire["tool_name"] = name

    def _name_state(self, present: bool, path: str) -> None:
        if present:
            self._losses.lose("reasoning_state", path, f"{_API} takes no reasoning state")

    def _name_rest(self, extras: Extras | None, cached: bool, path: str) -> None:
        if cached:
            self._losses.lose("cache_mark", f"{path}.cache", f"{_API} caches by itself")
        if extras is not None and extras.dialect != NAME:
            for key, _ in foreign((extras,), NAME):
                why = f"{_API} does not know it"
                self._losses.lose("unknown_member", f"{path}.{key}", why)
