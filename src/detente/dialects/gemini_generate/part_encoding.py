"""Canonical parts as parts of contents, for a platform or for a client.

A platform is given only its own reasoning state; a client is given all of it, to hand back. What
this API has no place for is named as a loss.

>>> writer = PartWriter(Losses(), own=False, upstream=True)
>>> writer.parts(Text(text="hi"), "turns[0].parts[0]")
[{'text': 'hi'}]
"""

from collections.abc import Mapping
from typing import Final, assert_never

from detente.canonical.content import (
    CacheMark,
    Composed,
    Media,
    Native,
    Opaque,
    Part,
    Plain,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Uploaded,
)
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec.arguments import arguments_object
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, marked
from detente.dialects._codec.state import carried_base64
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.media_encoding import media_part
from detente.dialects.gemini_generate.spelling import respelt

D: Final = words.NAME
_NOT_AN_OBJECT: Final = "this API's arguments are objects, and these are none"


class PartWriter:
    """Writes the parts of one request or answer; `own` is whether it came from this dialect,
    `names` are those of the calls by their ids, for results that do not repeat them."""

    __slots__ = ("_losses", "_names", "_own", "_upstream")

    def __init__(
        self,
        losses: Losses,
        *,
        own: bool,
        upstream: bool,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self._losses = losses
        self._own = own
        self._upstream = upstream
        self._names = names or {}

    def parts(self, part: Part, path: str) -> list[Json]:  # noqa: PLR0911 -- one for each kind
        """What says `part`: one part mostly, none where it cannot be said."""
        match part:
            case Text():
                return self._text(part, path)
            case ToolCall():
                return [self._call(part, path)]
            case ToolResult():
                return [self._result(part, path)]
            case Reasoning():
                return self._reasoning(part, path)
            case Media():
                return self._media(part, path)
            case Refusal():
                return [{"text": part.text}] if part.text or self._own else []
            case Native():
                if part.dialect == D:
                    return [part.value]
                why = "this API has no such part"
                self._losses.lose("native_part", path, why)
                return []
            case _:
                assert_never(part)

    def _text(self, part: Text, path: str) -> list[Json]:
        target: Obj = {"text": part.text}
        if part.extras is None and part.state is None and not part.cache and not part.citations:
            return [target] if part.text or self._own else []
        if not part.text and part.state is None and not self._own:
            return []
        self._name_citations(part, path)
        if marked(part.extras, D, "text_less"):
            del target["text"]
        return [self._finished(target, path, part.extras, part.state, part.cache)]

    def _reasoning(self, part: Reasoning, path: str) -> list[Json]:
        state = part.state
        foreign_state = state is not None and state.origin != D
        if self._upstream and (foreign_state or (state is None and not self._own)):
            if state is not None:
                self._lose_state(path)
            if part.text or part.summary:
                why = "thoughts of other models are not taken back"
                self._losses.lose("reasoning_text", path, why)
            return []
        said = part.text or "\n\n".join(part.summary)
        target: Obj = {"text": said, "thought": True}
        if part.extras is not None:
            if marked(part.extras, D, "text_less"):
                del target["text"]
            if marked(part.extras, D, "thought_less"):
                del target["thought"]
        return [self._finished(target, path, part.extras, state, part.cache)]

    def _call(self, part: ToolCall, path: str) -> Obj:
        arguments: Json = None if part.kind == "custom" else arguments_object(part.arguments)
        if part.kind == "custom":
            why = "this API has no tools that take free text"
            self._losses.lose("custom_tool", path, why)
            arguments = {"input": part.arguments}
        elif arguments is None:
            self._losses.lose("tools", f"{path}.arguments", _NOT_AN_OBJECT, "drop")
            arguments = {"_": part.arguments}
        call: Obj = {"id": part.id, "name": part.name}
        call["args"] = arguments
        target: Obj = {"functionCall": call}
        if part.extras is not None:
            if marked(part.extras, D, "id_less"):
                del call["id"]
            if marked(part.extras, D, "id_empty"):
                call["id"] = ""
            if marked(part.extras, D, "args_less"):
                del call["args"]
        return self._finished(target, path, part.extras, part.state, part.cache)

    def _result(self, part: ToolResult, path: str) -> Obj:
        name = part.name
        if name is None:
            name = self._names.get(part.call_id) or part.call_id
        result: Obj = {"id": part.call_id, "name": name}
        said: list[str] = []
        shown: list[Json] = []
        for index, inner in enumerate(part.parts):
            self._add_inner(inner, f"{path}.parts[{index}]", said, shown)
        result["response"] = _response(part, said)
        if shown:
            result["parts"] = shown
        if part.extras is not None:
            if marked(part.extras, D, "id_less"):
                del result["id"]
            if marked(part.extras, D, "id_empty"):
                result["id"] = ""
            if marked(part.extras, D, "response_less"):
                del result["response"]
        return self._finished({"functionResponse": result}, path, part.extras, None, part.cache)

    def _add_inner(self, inner: Part, path: str, said: list[str], shown: list[Json]) -> None:
        """Add a part of a result to its text or to what is shown with it."""
        if isinstance(inner, (Text, Refusal)):
            said.append(inner.text)
            if isinstance(inner, Text):
                self._name_cache(inner.cache, path)
                self._name_citations(inner, path)
            self._name_rest(inner.extras, path)
        elif isinstance(inner, Media) and isinstance(inner.source, Composed):
            self._name_document(inner, path)
            for at, deeper in enumerate(inner.source.parts):
                self._add_inner(deeper, f"{path}.source.parts[{at}]", said, shown)
        elif isinstance(inner, Media) and isinstance(inner.source, Plain):
            self._name_document(inner, path)
            said.append(inner.source.text)
        elif isinstance(inner, (Media, Native)):
            shown += self.parts(inner, path)
        else:
            why = "a function's result has no such part"
            self._losses.lose("native_part", path, why)

    def _name_document(self, document: Media, path: str) -> None:
        """A document whose text alone is left in a result."""
        why = "a function's result has no documents of text; what it says stands in the result"
        self._losses.lose("document", path, why, "drop")
        self._name_cache(document.cache, path)
        self._name_rest(document.extras, path)

    def _media(self, part: Media, path: str) -> list[Json]:
        if isinstance(part.source, Composed):
            why = "this API has no documents that consist of parts; they stand in the turn"
            self._losses.lose("document", path, why, "drop")
            return [
                said
                for at, deeper in enumerate(part.source.parts)
                for said in self.parts(deeper, f"{path}.source.parts[{at}]")
            ]
        target = media_part(part, own=self._own)
        if target is None:
            return self._unreachable(part, path)
        self._add_about(part, target, path)
        return [self._finished(target, path, part.extras, part.state, part.cache)]

    def _add_about(self, part: Media, target: Obj, path: str) -> None:
        """How closely an image is to be looked at, and what a document lacks here."""
        if part.detail in words.DETAIL_WORDS:
            if self._own:
                target["mediaResolution"] = {"level": words.DETAIL_WORDS[part.detail]}
            else:
                why = "not all models of this API take a resolution for each image"
                self._losses.lose("image_detail", f"{path}.detail", why)
        if part.context is not None:
            why = "this API has no words about a document"
            self._losses.lose("document_context", f"{path}.context", why)
        if part.cited:
            why = "this API cites no documents of the request"
            self._losses.lose("document_citations", f"{path}.cited", why)
        if part.transcript:
            why = "this API has no transcript beside a sound"
            self._losses.lose("audio_output", f"{path}.transcript", why, "drop")

    def _unreachable(self, part: Media, path: str) -> list[Json]:
        """What this platform cannot get at; of a sound its transcript is left."""
        if isinstance(part.source, Uploaded):
            what, why = "uploaded_file", "the file was uploaded to another platform"
        else:
            what, why = "image_url", "this API does not fetch such addresses"
        self._losses.lose(what, path, why, "drop" if part.transcript else None)
        return [{"text": part.transcript}] if part.transcript else []

    def _finished(
        self,
        target: Obj,
        path: str,
        extras: Extras | None,
        state: Opaque | None,
        cache: CacheMark | None,
    ) -> Obj:
        """`target` with its state and its rest, in its spelling."""
        if state is not None:
            if not self._upstream:
                target["thoughtSignature"] = carried_base64(state, D)
            elif state.origin == D:
                target["thoughtSignature"] = state.value
            else:
                self._lose_state(path)
        self._name_cache(cache, path)
        if extras is None:
            return target
        if extras.dialect != D:
            self._name_rest(extras, path)
            return target
        laid_over(target, extras, D)
        for key, value in target.items():
            if key in words.KINDS and type(value) is dict:
                target[key] = respelt(value, extras)
        return respelt(target, extras)

    def _name_citations(self, part: Text, path: str) -> None:
        if part.citations and self._upstream:
            why = "this API takes no citations in a conversation"
            self._losses.lose("citations", f"{path}.citations", why)

    def _name_rest(self, extras: Extras | None, path: str) -> None:
        for name, _ in foreign((extras,), D):
            self._losses.lose("unknown_member", f"{path}.{name}", "this API has no such member")

    def _name_cache(self, cache: CacheMark | None, path: str) -> None:
        if cache is not None:
            why = "this API caches by itself or by a named cache, not at marks"
            self._losses.lose("cache_mark", f"{path}.cache", why)

    def _lose_state(self, path: str) -> None:
        why = "the state of other models means nothing to this one"
        self._losses.lose("reasoning_state", f"{path}.state", why)


def _response(part: ToolResult, said: list[str]) -> Obj:
    """A function's result as the object that this API wants."""
    if part.data is not None:
        if part.is_error and "error" not in part.data:
            return {"error": part.data}
        return part.data
    if not said and part.parts and not part.is_error:
        return {}
    key = "output"
    if part.is_error:
        key = "error"
    elif marked(part.extras, D, "under_result"):
        key = "result"
    return {key: "\n".join(said)}
