"""One choice of a whole answer as chat writes it.

Towards chat's clients thoughts stand in `reasoning_content`, as DeepSeek and vLLM have it; opaque
state of other platforms has no place.
"""

from typing import Final, assert_never

from detente.canonical.content import (
    Inline,
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
from detente.canonical.response import Choice, ContentFilter, StopReason
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign
from detente.dialects.codec import Reply
from detente.dialects.openai_chat.annotations import annotation, logprob_object
from detente.dialects.openai_chat.answers_encoding import (
    ANSWER_LOSS,
    audio_object,
    joined,
    lay_state,
)
from detente.dialects.openai_chat.calls import (
    call_object,
    function_call_object,
    is_older,
    state_object,
)
from detente.dialects.openai_chat.mistral_parts import is_reference
from detente.dialects.openai_chat.parts_encoding import PartEncoder
from detente.dialects.openai_chat.reasoning import MEMBERS, details_of, member_of
from detente.dialects.openai_chat.spelling import has, spelt
from detente.dialects.openai_chat.words import CHAT, FINISHES, GEMINI, INEXACT_STOPS

_NOT_HERE: Final = "only another API knows this member"
_AUDIO_SECONDS: Final = 3600
"""How long what was spoken can be referred to; OpenAI's own expires after an hour."""


class ChoiceEncoder:
    """Writes one choice; `own` is whether the answer was decoded from chat itself."""

    __slots__ = (
        "annotations", "calls", "content", "length", "losses", "message", "own", "path", "reply",
    )  # fmt: skip

    def __init__(self, losses: Losses, reply: Reply, *, own: bool) -> None:
        self.losses = losses
        self.own = own
        self.reply = reply
        self.path = ""
        self.content: list[str] = []
        self.length = 0
        self.calls: list[Json] = []
        self.annotations: list[Json] = []
        self.message: Obj = {"role": "assistant"}

    def choice(self, path: str, choice: Choice) -> Obj:
        """One of `choices`."""
        self.path = path
        if has(choice.extras, "role"):
            del self.message["role"]
        listed = has(choice.extras, "listed")
        for at, part in enumerate(choice.parts):
            self._part(f"{path}.parts[{at}]", part, listed=listed)
        target: Obj = {"index": choice.index, "message": self.message}
        self._content(choice, listed=listed)
        if self.annotations:
            self.message["annotations"] = self.annotations
        if self.calls:
            self.message["tool_calls"] = self.calls
        lay_state(choice.parts, choice.extras, self.message)
        self._logprobs(target, choice)
        self._stop(target, choice)
        for at, one in enumerate(choice.filters):
            write_filter(target, one, f"{path}.filters[{at}]", self.losses)
        for name, _ in foreign((choice.extras,), CHAT):
            self._lose("unknown_member", f"{path}.{name}", _NOT_HERE)
        return spelt(target, choice.extras) if choice.extras is not None else target

    def _part(self, path: str, part: Part, *, listed: bool) -> None:
        match part:
            case Text():
                self._text(path, part)
            case ToolCall():
                self._call(path, part)
            case Reasoning():
                self._thought(path, part)
            case Refusal():
                if not listed:
                    before = self.message.get("refusal")
                    self.message["refusal"] = (before if type(before) is str else "") + part.text
            case Media():
                self._media(path, part)
            case Native():
                if part.dialect != CHAT:
                    self._lose("native_part", path, f"chat has no part like `{part.name}`")
            case ToolResult():
                self._lose("native_part", path, "chat's answers hold no results of tools")
            case _:
                assert_never(part)

    def _lose(self, what: str, path: str, why: str) -> None:
        self.losses.lose(what, path, why)

    def _text(self, path: str, part: Text) -> None:
        for at, citation in enumerate(part.citations):
            if self.own and is_reference(citation):
                continue  # it stands in the list of content
            one = annotation(citation, offset=self.length, length=len(part.text))
            where = f"{path}.citations[{at}]"
            if one is None:
                self._lose("citations", where, "chat's annotations are of URLs only")
                continue
            for name, _ in foreign((citation.extras,), CHAT):
                self._lose("unknown_member", f"{where}.{name}", _NOT_HERE)
            self.annotations.append(one)
        if part.state is not None and not self.own:
            self._lose("reasoning_state", path, "chat has no place for a text's signature")
        self.content.append(part.text)
        self.length += len(part.text)

    def _call(self, path: str, call: ToolCall) -> None:
        if is_older(call):
            self.message["function_call"] = function_call_object(call)
            return
        said = call_object(call, filled=not self.own)
        state = call.state
        if state is not None and not self.own:
            if state.origin == GEMINI:
                said["extra_content"] = state_object(state)
            else:
                self._lose("reasoning_state", path, "chat has no place for a call's signature")
        self.calls.append(said)

    def _thought(self, path: str, part: Reasoning) -> None:
        if has(part.extras, "part"):
            return  # it stands in the list of content
        details = details_of(part.state)
        if details is not None:
            self.message["reasoning_details"] = details
        elif part.state is not None and part.state.origin != CHAT and not self.own:
            self._lose("reasoning_state", path, "chat has no place for a thought's signature")
        text = part.text or "\n\n".join(part.summary)
        if text:
            joined(self.message, member_of(part) or MEMBERS[0], text)

    def _media(self, path: str, part: Media) -> None:
        source = part.source
        if self.own and part.id is None:
            return  # it stands in the list of content
        if part.kind == "audio" and isinstance(source, Inline):
            held = audio_object(part, source)
            if not self.own:
                held["id"] = part.id or f"audio_{self.reply.request_id}"
                held["transcript"] = part.transcript or ""
                held["expires_at"] = self.reply.now_s + _AUDIO_SECONDS
            self.message["audio"] = held
        elif self.own:
            self.message["audio"] = spelt({"id": part.id}, part.extras)
        else:
            self._lose(ANSWER_LOSS[part.kind], path, f"chat's answers hold no {part.kind}")

    def _content(self, choice: Choice, *, listed: bool) -> None:
        """`content`: one text, or Mistral's list of thoughts and texts as it came."""
        if listed or (self.own and _in_list(choice)):
            parts = PartEncoder(self.losses, own=True)
            placed = [("", part) for part in choice.parts if _in_content(part, listed=listed)]
            self.message["content"] = parts.content(placed, listed=True)
        elif self.content:
            self.message["content"] = "".join(self.content)
        if self.own:
            return
        self.message.setdefault("content", None)
        self.message.setdefault("refusal", None)

    def _logprobs(self, target: Obj, choice: Choice) -> None:
        held: Obj = {}
        for key, kind in (("content", Text), ("refusal", Refusal)):
            tokens: list[Json] = [
                logprob_object(one)
                for part in choice.parts
                if isinstance(part, kind)
                for one in part.logprobs
            ]
            if tokens:
                held[key] = tokens
        if held:
            target["logprobs"] = held if self.own else {"content": None, "refusal": None, **held}
        elif not self.own:
            target["logprobs"] = None

    def _stop(self, target: Obj, choice: Choice) -> None:
        if choice.stop is None:
            if not self.own:
                target["finish_reason"] = "stop"
            return
        refused = self.message.get("refusal") is not None
        target["finish_reason"] = finish_of(choice.stop, refused=refused or self.own)
        if self.own:
            if choice.stop_sequence is not None:
                target["stop_reason"] = choice.stop_sequence
            return
        name_stop(choice.stop, choice.stop_sequence, choice.stop_detail, self.path, self.losses)


def finish_of(stop: StopReason, *, refused: bool) -> str:
    """Chat's word for a reason. OpenAI's own refusals have words and end with `stop`; one that has
    none is a filter's to chat's clients."""
    if stop == "refusal" and not refused:
        return "content_filter"
    return FINISHES[stop]


def write_filter(target: Obj, one: ContentFilter, path: str, losses: Losses) -> None:
    """What a filter of chat's platforms said, where it stood; of others it is a loss."""
    if one.dialect != CHAT:
        losses.lose("content_filter", path, "chat has no place for another platform's filter")
    else:
        target[one.name] = one.value


def name_stop(
    stop: StopReason, sequence: str | None, detail: str | None, path: str, losses: Losses
) -> None:
    """Names what chat's reason for an end does not say."""
    if stop in INEXACT_STOPS:
        losses.lose("stop_reason", f"{path}.stop", f"chat has no word for `{stop}`")
    if sequence is not None:
        why = "chat does not tell which sequence ended the answer"
        losses.lose("stop_reason", f"{path}.stop_sequence", why)
    if detail is not None:
        losses.lose("stop_reason", f"{path}.stop_detail", "chat tells no category of an end")


def _in_list(choice: Choice) -> bool:
    """Whether chat itself wrote the content as several parts."""
    texts = sum([isinstance(part, (Text, Native)) for part in choice.parts])
    natives = any(isinstance(part, Native) for part in choice.parts)
    media = any(isinstance(part, Media) and part.id is None for part in choice.parts)
    return texts > 1 or natives or media


def _in_content(part: Part, *, listed: bool) -> bool:
    match part:
        case Text() | Native():
            return True
        case Media():
            return part.id is None  # what was spoken has one
        case Reasoning():
            return has(part.extras, "part")
        case Refusal():
            return listed
        case _:
            return False
