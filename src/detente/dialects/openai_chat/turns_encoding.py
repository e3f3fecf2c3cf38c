"""Canonical turns as chat messages.

Turns of chat's own requests stay as they were cut. Of others, an answer's neighbouring turns become
one message (all calls of an answer stand in one), and each tool's result a message of its own.

Tool messages hold text only. What else a tool returned (an image) follows its turn's last result in
a message of the user's, under a line that names the call: the model sees all of it, and that it was
moved is named as a loss.
"""

from collections.abc import Sequence
from typing import Final

from detente.canonical.content import Media, Part, Text, ToolResult, Turn
from detente.canonical.extras import Json, Obj
from detente.canonical.model import Thoughts
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_chat.answers_encoding import AnswerEncoder
from detente.dialects.openai_chat.parts_encoding import PartEncoder
from detente.dialects.openai_chat.spelling import has, spelt

_MOVED: Final = "chat's tool messages hold text only; it follows in a message of the user's"


class TurnEncoder:
    """Writes turns for one request; `own` is whether it was decoded from chat itself, `states`
    whether the model is one whose host takes Google's signatures, `thoughts` where the host takes
    thoughts, `refused` what it refuses."""

    __slots__ = ("_beside_results", "losses", "own", "parts", "states")

    def __init__(
        self,
        losses: Losses,
        *,
        own: bool,
        states: bool,
        mixed: bool = False,
        thoughts: Thoughts | None = None,
        refused: frozenset[str] = frozenset(),
    ) -> None:
        self.losses = losses
        self.own = own
        self.states = states
        self.parts = PartEncoder(losses, own=own, mixed=mixed, thoughts=thoughts, refused=refused)
        self._beside_results: list[Json] = []

    def messages(self, turns: Sequence[Turn]) -> list[Json]:
        """All turns as messages."""
        found: list[Json] = []
        for index, turn in enumerate(turns):
            if self._beside_results and turn.role != "tool":
                found.append(self._moved())
            found.append(self.message(index, turn))
        if self._beside_results:
            found.append(self._moved())
        return found

    def message(self, index: int, turn: Turn) -> Obj:
        """One turn as one message."""
        path = f"turns[{index}]"
        match turn.role:
            case "assistant":
                target = AnswerEncoder(self.parts, path, turn, states=self.states).message()
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
            if len(text) > 2:
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

    def _moved(self) -> Obj:
        """What tools returned beside text, as the user's word; it is said once."""
        content, self._beside_results = self._beside_results, []
        return {"role": "user", "content": content}

    def _move(self, call_id: str, media: list[tuple[str, Media]]) -> None:
        """Keep what `_moved` will say of one result."""
        written: list[Json] = []
        for where, part in media:
            found = self.parts.part(where, part)
            if found:
                self.losses.lose("tool_result_media", where, _MOVED, "drop")
            written += found
        if written:
            line = f"The tool call `{call_id}` also returned:"
            self._beside_results.append({"type": "text", "text": line})
            self._beside_results += written

    def _result_content(self, path: str, result: ToolResult, *, listed: bool) -> Json:
        if result.data is not None and not result.parts:
            return arguments_text(result.data)
        placed: list[tuple[str, Part]] = []
        media: list[tuple[str, Media]] = []
        for at, part in enumerate(result.parts):
            where = f"{path}.parts[{at}]"
            if isinstance(part, Media) and not self.own:
                media.append((where, part))
            else:
                placed.append((where, part))
        if media:
            self._move(result.call_id, media)
        if result.data is not None:
            placed.append((path, Text(text=arguments_text(result.data))))
        content = self.parts.content(placed, listed=listed)
        return content if content != [] else ""
