"""Canonical turns as chat messages.

Turns of chat's own requests stay as they were cut. Of others, an answer's neighbouring turns become
one message (all calls of an answer stand in one), and each tool's result a message of its own.
"""

from collections.abc import Sequence
from typing import Final

from detente.canonical.content import (
    Inline,
    Media,
    MediaKind,
    Native,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Uploaded,
)
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_chat.annotations import annotation
from detente.dialects.openai_chat.calls import (
    call_object,
    function_call_object,
    is_older,
    state_object,
)
from detente.dialects.openai_chat.parts_encoding import PartEncoder
from detente.dialects.openai_chat.reasoning import MEMBERS, details_of, member_of
from detente.dialects.openai_chat.spelling import has, spelt
from detente.dialects.openai_chat.words import CHAT, GEMINI

_Placed = tuple[str, Part]


class TurnEncoder:
    """Writes turns for one request; `own` is whether it was decoded from chat itself, `states`
    whether the model is one whose host takes Google's signatures."""

    __slots__ = ("losses", "own", "parts", "states")

    def __init__(self, losses: Losses, *, own: bool, states: bool) -> None:
        self.losses = losses
        self.own = own
        self.states = states
        self.parts = PartEncoder(losses, own=own)

    def message(self, index: int, turn: Turn) -> Obj:
        """One turn as one message."""
        path = f"turns[{index}]"
        match turn.role:
            case "assistant":
                target = self._answer(path, turn)
            case "tool":
                target = self._result(path, turn)
            case "user" | "system" | "developer":
                placed = [(f"{path}.parts[{at}]", part) for at, part in enumerate(turn.parts)]
                content = self.parts.content(placed, listed=has(turn.extras, "listed"))
                target = {"role": turn.role, "content": content if content != [] else ""}
        if turn.name is not None and turn.role != "tool":
            target["name"] = turn.name
        self._beside(path, turn, target)
        return target if turn.extras is None else spelt(target, turn.extras)

    def instructions(self, parts: Sequence[Part]) -> Obj:
        """What is said outside the conversation, as its first message."""
        placed = [(f"instructions[{at}]", part) for at, part in enumerate(parts)]
        return {"role": "system", "content": self.parts.content(placed, listed=False)}

    def _beside(self, path: str, turn: Turn, target: Obj) -> None:
        """A turn's own mark goes to its last part; its unknown members are named."""
        self.parts.unknown(path, turn.extras)
        if turn.cache is None:
            return
        content = target.get("content")
        if type(content) is str:
            text: Obj = {"type": "text", "text": content}
            self.parts.mark(f"{path}.cache", text, turn.cache)
            if len(text) > 2:  # noqa: PLR2004 -- the mark was laid on
                target["content"] = [text]
        elif type(content) is list and content and type(content[-1]) is dict:
            self.parts.mark(f"{path}.cache", content[-1], turn.cache)
        else:
            self.losses.lose("cache_mark", f"{path}.cache", "the message has no part to carry it")

    def _result(self, path: str, turn: Turn) -> Obj:
        """A `tool` turn, which holds one result; without any it is the user's word."""
        result = turn.parts[0] if turn.parts else None
        if not isinstance(result, ToolResult):
            placed = [(f"{path}.parts[{at}]", part) for at, part in enumerate(turn.parts)]
            return {"role": "user", "content": self.parts.content(placed, listed=False) or ""}
        path = f"{path}.parts[0]"
        target: Obj = {"role": "tool", "tool_call_id": result.call_id}
        if has(turn.extras, "function"):
            target = {"role": "function"}
        if result.name is not None and self.own:  # elsewhere it only repeats the call's
            target["name"] = result.name
        target["content"] = self._result_content(path, result, listed=has(turn.extras, "listed"))
        if result.is_error:
            self.losses.lose("tool_result_error", path, "chat cannot say that a tool failed")
        if result.cache is not None:
            self.losses.lose("cache_mark", f"{path}.cache", "chat marks parts of text only")
        self.parts.unknown(path, result.extras)
        return target

    def _result_content(self, path: str, result: ToolResult, *, listed: bool) -> Json:
        if result.data is not None and not result.parts:
            return arguments_text(result.data)
        placed: list[_Placed] = []
        for at, part in enumerate(result.parts):
            where = f"{path}.parts[{at}]"
            if isinstance(part, Media) and not self.own:
                self.losses.lose("tool_result_media", where, "chat's tool messages hold text only")
            else:
                placed.append((where, part))
        content = self.parts.content(placed, listed=listed)
        return content if content != [] else ""

    def _answer(self, path: str, turn: Turn) -> Obj:
        target: Obj = {"role": "assistant"}
        listed = has(turn.extras, "listed")
        content: list[_Placed] = []
        calls: list[Json] = []
        cited: list[Json] = []
        for at, part in enumerate(turn.parts):
            where = f"{path}.parts[{at}]"
            match part:
                case Text():
                    content.append((where, part))
                    if self.own and part.citations:
                        cited += annotations_of(part)
                case ToolCall():
                    calls_state = self.states and not has(turn.extras, "message_state")
                    self._call(where, part, target, calls, stated=calls_state)
                case Reasoning():
                    self._thought(where, part, target, content)
                case Refusal():
                    self._refusal(where, part, target, content, listed=listed)
                case Native():
                    content.append((where, part))
                case Media():
                    self._media(where, part, target)
                case ToolResult():
                    self.losses.lose("history", where, "an answer cannot hold a tool's result")
        if cited:
            target["annotations"] = cited
        if calls:
            target["tool_calls"] = calls
        if content or not self.own:
            self._content(target, content, listed=listed)
        if has(turn.extras, "message_state"):
            _lay_state(turn, target)
        return target

    def _content(self, target: Obj, content: list[_Placed], *, listed: bool) -> None:
        """`content`; an answer that says nothing else has to say an empty text."""
        said = self.parts.content(content, listed=listed)
        if said != []:
            target["content"] = said
        elif "tool_calls" in target or "refusal" in target or "audio" in target:
            target["content"] = None
        else:
            target["content"] = ""

    def _call(
        self, path: str, call: ToolCall, target: Obj, calls: list[Json], *, stated: bool
    ) -> None:
        self.parts.unknown(path, call.extras)
        if call.cache is not None:
            self.losses.lose("cache_mark", f"{path}.cache", "chat marks parts of text only")
        if is_older(call):
            target["function_call"] = function_call_object(call)
            return
        said = call_object(call)
        if not self.own and call.kind == "function" and not call.arguments.strip():
            said["function"] = {"name": call.name, "arguments": "{}"}
        state = call.state
        if state is not None and "extra_content" not in said:
            if state.origin == GEMINI and stated:
                said["extra_content"] = state_object(state)
            elif not self.own:
                why = "chat has no place for a call's signature"
                self.losses.lose("reasoning_state", path, why)
        calls.append(said)

    def _thought(self, path: str, part: Reasoning, target: Obj, content: list[_Placed]) -> None:
        """A thought goes back where a chat host put it; OpenAI takes none, nor does it take those
        of other models."""
        self.parts.unknown(path, part.extras)
        if has(part.extras, "part"):
            content.append((path, part))
            return
        member = member_of(part)
        details = details_of(part.state)
        text = part.text or "\n\n".join(part.summary)
        if details is not None:
            target["reasoning_details"] = details
        elif part.state is not None and part.state.value not in MEMBERS and not self.own:
            self.losses.lose("reasoning_state", path, "only the model's own platform can read it")
        if not text:
            return
        if member is None:
            self.losses.lose("reasoning_text", path, "chat takes no thoughts in a prompt")
            return
        before = target.get(member)
        target[member] = f"{before}\n\n{text}" if type(before) is str else text

    def _refusal(
        self, path: str, part: Refusal, target: Obj, content: list[_Placed], *, listed: bool
    ) -> None:
        if listed:
            content.append((path, part))
            return
        self.parts.unknown(path, part.extras)
        before = target.get("refusal")
        target["refusal"] = before + part.text if type(before) is str else part.text

    def _media(self, path: str, part: Media, target: Obj) -> None:
        """What the model spoke goes back by its id; of anything else only the words are left."""
        self.parts.unknown(path, part.extras)
        source = part.source
        if part.kind == "audio" and isinstance(source, Uploaded) and source.dialect == CHAT:
            target["audio"] = spelt({"id": source.id}, part.extras)
        elif part.kind == "audio" and self.own and isinstance(source, Inline):
            target["audio"] = audio_object(part, source)
        elif part.kind == "audio":
            self.losses.lose("audio_output", path, "chat takes what was spoken back by id only")
        else:
            self.losses.lose(
                ANSWER_LOSS[part.kind], path, f"chat's assistant messages hold no {part.kind}"
            )


def annotations_of(part: Text) -> list[Json]:
    """The URL citations of a text that is the whole message."""
    found: list[Json] = []
    for citation in part.citations:
        one = annotation(citation, offset=0, length=len(part.text))
        if one is not None:
            found.append(one)
    return found


ANSWER_LOSS: Final[dict[MediaKind, str]] = {
    "image": "image",
    "audio": "audio_output",
    "video": "video_input",
    "document": "document",
}


def audio_object(part: Media, source: Inline) -> Obj:
    """What was spoken, whole; when it expires is spelling."""
    held: Obj = {"id": part.id or "", "data": source.data}
    if part.transcript is not None:
        held["transcript"] = part.transcript
    return spelt(held, part.extras)


def first_state(parts: Sequence[Part]) -> Opaque | None:
    """A signature that stood beside the whole message."""
    for part in parts:
        state = part.state if isinstance(part, (Text, ToolCall, Reasoning)) else None
        alone = not (isinstance(part, ToolCall) and has(part.extras, "extra_content"))
        if state is not None and state.origin == GEMINI and alone:
            return state
    return None


def _lay_state(turn: Turn, target: Obj) -> None:
    state = first_state(turn.parts)
    if state is not None:
        target["extra_content"] = state_object(state)
        if has(turn.extras, "thought_signature"):
            target["thought_signature"] = state.value
