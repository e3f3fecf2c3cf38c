"""An assistant's turn of the history as a chat message.

Chat has a member for each kind of part and no order among them. Thoughts go back to the hosts that
told them, by the member they stood in; OpenAI takes none.
"""

from collections.abc import Sequence
from typing import Final, assert_never

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
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects.openai_chat.annotations import annotation
from detente.dialects.openai_chat.calls import (
    call_object,
    function_call_object,
    is_older,
    state_object,
)
from detente.dialects.openai_chat.mistral_parts import (
    THINKING,
    is_reference,
    is_thinking,
    thinking_part,
)
from detente.dialects.openai_chat.parts_encoding import PartEncoder
from detente.dialects.openai_chat.reasoning import MEMBERS, details_of, member_of
from detente.dialects.openai_chat.spelling import has, spelt
from detente.dialects.openai_chat.words import CHAT, GEMINI

ANSWER_LOSS: Final[dict[MediaKind, str]] = {
    "image": "image",
    "audio": "audio_output",
    "video": "video_input",
    "document": "document",
}
"""What the loss of a medium in an answer is called."""


class AnswerEncoder:
    """Writes one turn; `states` is whether the model's host takes Google's signatures."""

    __slots__ = (
        "_calls",
        "_content",
        "_encoder",
        "_listed",
        "_path",
        "_states",
        "_thinking",
        "_turn",
        "target",
    )

    def __init__(self, encoder: PartEncoder, path: str, turn: Turn, *, states: bool) -> None:
        self.target: Obj = {"role": "assistant"}
        self._encoder = encoder
        self._path = path
        self._turn = turn
        self._states = states and not has(turn.extras, "message_state")
        self._listed = has(turn.extras, "listed")
        self._content: list[tuple[str, Part]] = []
        self._calls: list[Json] = []
        self._thinking: list[Json] = []

    def message(self) -> Obj:
        """The message."""
        target = self.target
        for at, part in enumerate(self._turn.parts):
            self._part(f"{self._path}.parts[{at}]", part)
        if self._calls:
            target["tool_calls"] = self._calls
        if self._content or self._thinking or not self._encoder.own:
            target["content"] = self._said()
        lay_state(self._turn.parts, self._turn.extras, target)
        return target

    def _part(self, path: str, part: Part) -> None:
        match part:
            case Text() | Native():
                self._content.append((path, part))
                if isinstance(part, Text) and self._encoder.own and _is_annotated(part):
                    self.target["annotations"] = annotations_of(part)
            case ToolCall():
                self._call(path, part)
            case Reasoning():
                self._thought(path, part)
            case Refusal():
                self._refusal(path, part)
            case Media():
                self._media(path, part)
            case ToolResult():
                self._lose("history", path, "an answer cannot hold a tool's result")
            case _:
                assert_never(part)

    def _lose(self, what: str, path: str, why: str) -> None:
        self._encoder.losses.lose(what, path, why)

    def _said(self) -> Json:
        """`content`; an answer that says nothing else has to say an empty text."""
        said = self._encoder.content(self._content, listed=self._listed)
        if self._thinking:
            texts: list[Json] = [{"type": "text", "text": said}] if type(said) is str else []
            return [*self._thinking, *(said if type(said) is list else texts)]
        if said != []:
            return said
        target = self.target
        return None if "tool_calls" in target or "refusal" in target or "audio" in target else ""

    def _call(self, path: str, call: ToolCall) -> None:
        own = self._encoder.own
        self._encoder.unknown(path, call.extras)
        if call.cache is not None:
            self._lose("cache_mark", f"{path}.cache", "chat marks parts of text only")
        if is_older(call):
            self.target["function_call"] = function_call_object(call)
            return
        said = call_object(call, filled=not own)
        state = call.state
        if self._encoder.mixed and not self._states:
            said.pop("extra_content", None)
        if state is not None and "extra_content" not in said:
            if state.origin == GEMINI and self._states:
                said["extra_content"] = state_object(state)
            elif not (own and has(self._turn.extras, "message_state")):
                self._lose("reasoning_state", path, "chat has no place for a call's signature")
        self._calls.append(said)

    def _thought(self, path: str, part: Reasoning) -> None:
        self._encoder.unknown(path, part.extras)
        if self._encoder.own and has(part.extras, "part"):
            self._content.append((path, part))
            return
        if part.cache is not None:
            self._lose("cache_mark", f"{path}.cache", "chat marks parts of text only")
        member = self._member(part)
        details = details_of(part.state)
        if details is not None and self._takes_details():
            self.target["reasoning_details"] = details
        elif part.state is not None and not self._is_placed(part.state, member):
            self._lose("reasoning_state", path, "only the model's own platform can read it")
        text = part.text or "\n\n".join(part.summary)
        if member == THINKING:
            self._thinking.append(thinking_part(text, part.state))
        elif text and member is None:
            self._lose("reasoning_text", path, "this host takes no such thoughts in a prompt")
        elif text and member is not None:
            joined(self.target, member, text)

    def _member(self, part: Reasoning) -> str | None:
        """Where the host takes a thought: what came from chat at all goes where the host has it."""
        stood = member_of(part)
        encoder = self._encoder
        if stood is None or encoder.own:
            return stood
        told = encoder.thoughts or stood
        return None if told == THINKING and encoder.thoughts is None else told

    def _takes_details(self) -> bool:
        return self._encoder.own or self._encoder.thoughts is None

    def _is_placed(self, state: Opaque, member: str | None) -> bool:
        """Whether a thought's state stands somewhere in the message."""
        if self._encoder.own and state.origin in (CHAT, GEMINI):
            return True
        if state.origin != CHAT:
            return False
        return (
            state.value in MEMBERS
            or state.value == THINKING
            or (member == THINKING and is_thinking(state))
        )

    def _refusal(self, path: str, part: Refusal) -> None:
        if self._listed:
            self._content.append((path, part))
            return
        self._encoder.unknown(path, part.extras)
        before = self.target.get("refusal")
        self.target["refusal"] = before + part.text if type(before) is str else part.text

    def _media(self, path: str, part: Media) -> None:
        """What the model spoke goes back by its id; nothing else has a place in an answer."""
        self._encoder.unknown(path, part.extras)
        source = part.source
        if part.kind == "audio" and isinstance(source, Uploaded) and source.dialect == CHAT:
            self.target["audio"] = spelt({"id": source.id}, part.extras)
        elif self._encoder.own and isinstance(source, Inline) and part.id is not None:
            self.target["audio"] = audio_object(part, source)
        elif self._encoder.own:
            self._content.append((path, part))
        elif part.kind == "audio":
            self._lose("audio_output", path, "chat takes what was spoken back by id only")
        else:
            why = f"chat's assistant messages hold no {part.kind}"
            self._lose(ANSWER_LOSS[part.kind], path, why)


def _is_annotated(part: Text) -> bool:
    return any(not is_reference(citation) for citation in part.citations)


def joined(target: Obj, member: str, text: str) -> None:
    """Lays a paragraph of thoughts on a message."""
    before = target.get(member)
    target[member] = f"{before}\n\n{text}" if type(before) is str else text


def annotations_of(part: Text) -> list[Json]:
    """The URL citations of a text that is the whole message."""
    found: list[Json] = []
    for citation in part.citations:
        one = annotation(citation, offset=0, length=len(part.text))
        if one is not None:
            found.append(one)
    return found


def audio_object(part: Media, source: Inline) -> Obj:
    """What was spoken, whole; when it expires is spelling."""
    held: Obj = {"id": part.id or "", "data": source.data}
    if part.transcript is not None:
        held["transcript"] = part.transcript
    return spelt(held, part.extras)


def lay_state(parts: Sequence[Part], extras: Extras | None, target: Obj) -> None:
    """Lays a signature beside the message that it stood beside."""
    if not has(extras, "message_state"):
        return
    state = _first_state(parts)
    if state is not None:
        target["extra_content"] = state_object(state)
        if has(extras, "thought_signature"):
            target["thought_signature"] = state.value


def _first_state(parts: Sequence[Part]) -> Opaque | None:
    for part in parts:
        state = part.state if isinstance(part, (Text, ToolCall, Reasoning)) else None
        alone = not (isinstance(part, ToolCall) and has(part.extras, "extra_content"))
        if state is not None and state.origin == GEMINI and alone:
            return state
    return None
