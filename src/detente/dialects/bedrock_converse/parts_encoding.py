"""Canonical parts as content blocks of Converse.

One `Blocks` writes one request or one answer. Towards the platform (`upstream`) only state of its
own is written, and no thoughts without it; towards a client, state of others travels tagged.

>>> Blocks(Losses()).written((Text(text="hi"),), "turns[0]")
[{'text': 'hi'}]
"""

from typing import Final, assert_never

from detente.canonical.content import (
    CacheMark,
    Media,
    Native,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec.arguments import arguments_object
from detente.dialects._codec.fields import Misfit, read_json
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, marked
from detente.dialects._codec.state import carried, carried_base64
from detente.dialects.bedrock_converse.citations import citation_object
from detente.dialects.bedrock_converse.media_encoding import media_block
from detente.dialects.bedrock_converse.words import DIALECT

_TEXT: Final = "_"
"""The member that free text stands in where an object has to be."""


class Blocks:
    """Writes parts; what it cannot is in `losses`.

    `own` is whether the parts were Converse's already: then nothing is left out for being empty.
    `caching` is whether the model takes cache points, `signed_only` whether it signs all thoughts.
    """

    __slots__ = ("_caching", "_names", "_own", "_signed_only", "_upstream", "losses")

    def __init__(
        self,
        losses: Losses,
        *,
        own: bool = False,
        upstream: bool = False,
        caching: bool = True,
        signed_only: bool = False,
    ) -> None:
        self.losses = losses
        self._signed_only = signed_only
        self._own = own
        self._upstream = upstream
        self._caching = caching
        self._names: dict[str, int] = {}

    def written(self, parts: tuple[Part, ...], path: str, *, media: bool = True) -> list[Json]:
        """The blocks of `parts`, which stand at `path`; `media` False where only text may be."""
        blocks: list[Json] = []
        for index, part in enumerate(parts):
            if type(part) is Text and part.text and _is_bare(part):
                blocks.append({"text": part.text})
                continue
            where = f"{path}.parts[{index}]"
            if not media and isinstance(part, Media) and not self._own:
                why = "Converse takes media from the user only"
                self.losses.lose(_feature(part), where, why)
                continue
            block = self._block(part, where)
            if block is not None:
                blocks.append(block)
            mark = _mark_of(part)
            if mark is not None and not blocks:
                why = "nothing is left before the mark"
                self.losses.lose("cache_mark", f"{where}.cache", why)
            elif mark is not None:
                point = self.cache_point(mark, f"{where}.cache")
                if point is not None:
                    blocks.append(point)
        return blocks

    def cache_point(self, mark: CacheMark, path: str) -> Obj | None:
        """The block of the mark at `path`, None where the model takes none."""
        if not self._caching:
            self.losses.lose("cache_mark", path, "the model caches no prompts by marks")
            return None
        self._lose_foreign(mark.extras, path)
        point: Obj = {"type": "default"}
        if mark.lifetime in ("5m", "1h"):
            point["ttl"] = mark.lifetime
        elif mark.lifetime is not None:
            self.losses.lose("cache_mark", path, "Converse caches for 5m or 1h")
        return laid_over({"cachePoint": point}, mark.extras, DIALECT)

    def _block(self, part: Part, path: str) -> Obj | None:
        if isinstance(part, Native):
            if part.dialect == DIALECT:
                return part.value
            self.losses.lose("native_part", path, "Converse has no such block")
            return None
        self._lose_foreign(part.extras, path)
        match part:
            case Text():
                found = self._text(part, path)
            case Refusal():
                found = self._refusal(part, path)
            case Media():
                names = None if self._own else self._names
                found = media_block(part, self.losses, path, names=names)
            case Reasoning():
                found = self._reasoning(part, path)
            case ToolCall():
                found = self._tool_call(part, path)
            case ToolResult():
                found = self._tool_result(part, path)
            case _:
                assert_never(part)
        return found

    def _refusal(self, part: Refusal, path: str) -> Obj | None:
        if part.logprobs:
            self.losses.lose("logprobs", path, "Converse gives no log probabilities")
        return None if self._is_blank(part.text, path) else {"text": part.text}

    def _is_blank(self, text: str, path: str) -> bool:
        """Whether the platform would refuse a text for having nothing but space; space is named."""
        if text.strip():
            return False
        if text:
            self.losses.lose("blank_text", path, "Converse refuses texts of nothing but space")
        return True

    def _text(self, part: Text, path: str) -> Obj | None:
        self._lose_state(part.state, path)
        if part.logprobs:
            self.losses.lose("logprobs", path, "Converse gives no log probabilities")
        extras = part.extras
        if part.citations or marked(extras, DIALECT, "cited"):
            inner: Obj = {
                "content": [{"text": part.text}],
                "citations": [
                    citation_object(citation, self.losses, f"{path}.citations[{index}]")
                    for index, citation in enumerate(part.citations)
                ],
            }
            for name in ("content", "citations"):
                if marked(extras, DIALECT, f"no_{name}"):
                    del inner[name]
            return laid_over({"citationsContent": inner}, extras, DIALECT)
        if not self._own and self._is_blank(part.text, path):
            return None
        return laid_over({"text": part.text}, extras, DIALECT)

    def _reasoning(self, part: Reasoning, path: str) -> Obj | None:
        text = part.text or "\n\n".join(part.summary)
        state = part.state
        if self._upstream:
            if state is not None and state.origin != DIALECT:
                why = "another platform's state means nothing to Bedrock"
                self.losses.lose("reasoning_state", path, why)
                state = None
            if state is None and not self._own_words(part):
                if text:
                    why = "Bedrock takes back no thoughts that it did not sign"
                    self.losses.lose("reasoning_text", path, why)
                return None
        if state is not None and state.kind == "redacted":
            inner: Obj = {"redactedContent": carried_base64(state, DIALECT)}
            return laid_over({"reasoningContent": inner}, part.extras, DIALECT)
        told: Obj = {"text": text}
        if marked(part.extras, DIALECT, "no_text"):
            del told["text"]
        if state is not None:
            told["signature"] = carried(state, DIALECT)
        if not text and state is None and not self._own_words(part):
            return None
        return laid_over({"reasoningContent": {"reasoningText": told}}, part.extras, DIALECT)

    def _own_words(self, part: Reasoning) -> bool:
        """Whether the thoughts came in a request of Converse's, and with no other's state."""
        if part.state is None:
            return self._own and not self._signed_only
        return self._own and part.state.origin == DIALECT

    def _tool_call(self, part: ToolCall, path: str) -> Obj:
        self._lose_state(part.state, path)
        inner: Obj = {"toolUseId": part.id, "name": part.name}
        if not marked(part.extras, DIALECT, "no_input"):
            inner["input"] = self._input(part, path)
        return laid_over({"toolUse": inner}, part.extras, DIALECT)

    def _input(self, part: ToolCall, path: str) -> Json:
        if part.kind == "custom":
            self.losses.lose("custom_tool", path, "a tool of Converse takes an object", "drop")
            return {_TEXT: part.arguments}
        value = arguments_object(part.arguments)
        if value is not None:
            return value
        if marked(part.extras, DIALECT, "no_object"):
            return _json_block(part.arguments).get("json")
        why = "a tool of Converse takes an object; the text stands in its member `_`"
        self.losses.lose("tools", f"{path}.arguments", why, "drop")
        return {_TEXT: part.arguments}

    def _tool_result(self, part: ToolResult, path: str) -> Obj:
        content: list[Json] = (
            [{"json": part.data}] if part.data is not None else self._result(part, path)
        )
        inner: Obj = {"toolUseId": part.call_id, "content": content}
        if marked(part.extras, DIALECT, "no_content"):
            del inner["content"]
        if part.is_error is not None:
            inner["status"] = "error" if part.is_error else "success"
        return laid_over({"toolResult": inner}, part.extras, DIALECT)

    def _result(self, part: ToolResult, path: str) -> list[Json]:
        content: list[Json] = []
        for index, piece in enumerate(part.parts):
            where = f"{path}.parts[{index}]"
            if isinstance(piece, Text) and marked(piece.extras, DIALECT, "json"):
                content.append(_json_block(piece.text))
                continue
            if isinstance(piece, Media) and piece.kind == "audio" and not self._own:
                why = "a tool's result in Converse has no sounds"
                self.losses.lose("tool_result_media", where, why)
                continue
            if isinstance(piece, (ToolCall, ToolResult, Reasoning)):
                why = "a tool's result in Converse has texts and media only"
                self.losses.lose("native_part", where, why)
                continue
            block = self._block(_uncited(piece, self.losses, where), where)
            if block is not None:
                content.append(block)
        if not content and not self._own:
            content.append({"text": _NOTHING})
        return content

    def _lose_state(self, state: Opaque | None, path: str) -> None:
        if state is not None:
            why = "Converse carries state beside thoughts only"
            self.losses.lose("reasoning_state", f"{path}.state", why)

    def _lose_foreign(self, extras: Extras | None, path: str) -> None:
        if extras is not None and extras.dialect != DIALECT:
            for name, _ in foreign((extras,), DIALECT):
                why = "the member is unknown to Converse"
                self.losses.lose("unknown_member", f"{path}.{name}", why)


_NOTHING: Final = "(no output)"
"""A result has to have content."""


def _mark_of(part: Part) -> CacheMark | None:
    """The mark behind a part; that of a piece of a result stands behind the result."""
    if isinstance(part, (Native, Refusal)):
        return None
    if isinstance(part, ToolResult) and part.cache is None:
        marks = [mark for piece in part.parts if (mark := _mark_of(piece)) is not None]
        return marks[-1] if marks else None
    return part.cache


def _uncited(part: Part, losses: Losses, path: str) -> Part:
    """A piece of a result, which cites nothing in Converse."""
    if not isinstance(part, Text) or not part.citations:
        return part
    losses.lose("citations", path, "a tool's result in Converse cites nothing")
    return Text(text=part.text, state=part.state)


def _is_bare(part: Text) -> bool:
    return (
        part.extras is None
        and part.cache is None
        and part.state is None
        and not part.citations
        and not part.logprobs
        and not part.text.isspace()
    )


def _json_block(text: str) -> Obj:
    try:
        return {"json": read_json(text)}
    except Misfit:
        return {"text": text}


def _feature(media: Media) -> str:
    match media.kind:
        case "image":
            return "image"
        case "audio":
            return "audio_input"
        case "video":
            return "video_input"
        case "document":
            return "document"
        case _:
            assert_never(media.kind)
