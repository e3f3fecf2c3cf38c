"""Canonical parts as content parts of chat messages; what chat cannot carry is a loss.

Not members of a message (refusals, calls, thoughts): those are `turns_encoding.py`'s.
"""

from typing import Final, assert_never

from detente.canonical.content import (
    CacheMark,
    Composed,
    Inline,
    Linked,
    Media,
    MediaKind,
    Native,
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
from detente.canonical.model import Thoughts
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.media import data_url
from detente.dialects._codec.rest import foreign
from detente.dialects.openai_chat.mistral_parts import references, respelt_thinking
from detente.dialects.openai_chat.spelling import has, spelt
from detente.dialects.openai_chat.words import AUDIO_FORMATS, CHAT, LINKED_PARTS

_OWN_PLATFORM: Final = ("openai_chat", "openai_responses")
"""The dialects whose file ids are those of one Files API, OpenAI's."""

_INPUT_LOSS: Final[dict[MediaKind, str]] = {
    "image": "image",
    "audio": "audio_input",
    "video": "video_input",
    "document": "document",
}


class PartEncoder:
    """Writes parts; `own` is whether the request was decoded from chat itself, `mixed` whether
    other platforms may have said parts of it, `thoughts` where the host takes thoughts, `refused`
    what it refuses: parts of a type by that name with `parts.` before it.

    Paths are said with `path`, the canonical place of the part.
    """

    __slots__ = ("losses", "mixed", "own", "refused", "thoughts")

    def __init__(
        self,
        losses: Losses,
        *,
        own: bool,
        mixed: bool = False,
        thoughts: Thoughts | None = None,
        refused: frozenset[str] = frozenset(),
    ) -> None:
        self.losses = losses
        self.refused = refused
        self.thoughts = thoughts
        self.own = own
        self.mixed = mixed

    def content(self, parts: list[tuple[str, Part]], *, listed: bool) -> Json:
        """`content`: a text alone as a string, all else as a list of parts."""
        if not listed and len(parts) == 1:
            path, part = parts[0]
            if type(part) is Text and part.cache is None and part.extras is None:
                self.spoken(path, part)
                return part.text
        out: list[Json] = []
        for path, part in parts:
            out.extend(self.part(path, part))
        text = _plain_text(out[0]) if len(out) == 1 and not listed else None
        return out if text is None else text

    def part(self, path: str, part: Part) -> list[Json]:
        """The parts that say `part`: none where chat cannot, several for a composed document."""
        match part:
            case Text():
                self.spoken(path, part)
                said = self._finished(path, {"type": "text", "text": part.text}, part)
                return [said, *references(part.citations)] if part.citations else [said]
            case Media():
                return self._media(path, part)
            case Refusal():
                self.unknown(path, part.extras)
                return [spelt({"type": "refusal", "refusal": part.text}, part.extras)]
            case Reasoning():
                if self.own or (part.extras is not None and part.extras.dialect == CHAT):
                    return [respelt_thinking(part)]
                self.losses.lose("reasoning_text", path, "chat takes thoughts from nobody else")
            case Native():
                if part.dialect == CHAT:
                    return [part.value]
                why = f"chat has no part like `{part.name}`"
                self.losses.lose("native_part", path, why)
            case ToolCall() | ToolResult():
                self.losses.lose("history", path, "chat has no such part in this message")
            case _:
                assert_never(part)
        return []

    def spoken(self, path: str, part: Text) -> None:
        """Names what a text in a prompt cannot bring along."""
        if part.state is not None and not self.own:
            self.losses.lose("reasoning_state", path, "chat has no place for a text's signature")
        if part.citations and not self.own:
            self.losses.lose("citations", path, "chat takes no citations in a prompt")

    def _finished(self, path: str, target: Obj, part: Text | Media) -> Obj:
        self.mark(f"{path}.cache", target, part.cache)
        self.unknown(path, part.extras)
        return spelt(target, part.extras)

    def mark(self, path: str, target: Obj, cache: CacheMark | None) -> None:
        """Lays a cache mark on a part. Models before GPT-5.6 reject it, so a mark of another
        platform, which asks for less than OpenAI caches by itself, is left behind."""
        if cache is None:
            return
        self.unknown(path, cache.extras)
        if has(cache.extras, "cache_control"):
            point: Obj = {"type": "ephemeral"}
            key = "cache_control"
        elif self._is_breakpoint(cache):
            point = {"mode": "explicit"}
            key = "prompt_cache_breakpoint"
        else:
            self.losses.lose("cache_mark", path, "chat caches prompts by itself, not by such marks")
            return
        if cache.lifetime is not None:
            point["ttl"] = cache.lifetime
        target[key] = spelt(point, cache.extras)

    def _is_breakpoint(self, cache: CacheMark) -> bool:
        ours = cache.extras is not None and cache.extras.dialect == CHAT
        return self.own or ours or cache.lifetime in ("30m", "12h")

    def unknown(self, path: str, extras: Extras | None) -> None:
        """Names the unknown members of another dialect."""
        if extras is not None and extras.dialect != CHAT:
            for name, _ in foreign((extras,), CHAT):
                self.losses.lose(
                    "unknown_member", f"{path}.{name}", "only another API knows this member"
                )

    def _media(self, path: str, part: Media) -> list[Json]:
        source = part.source
        if isinstance(source, Plain):
            self._described(path, part, titled=False)
            return [self._finished(path, {"type": "text", "text": source.text}, part)]
        if isinstance(source, Composed):
            self._described(path, part, titled=False)
            found: list[Json] = []
            for index, inner in enumerate(source.parts):
                found.extend(self.part(f"{path}.source.parts[{index}]", inner))
            if found and isinstance(found[-1], dict):
                self.mark(f"{path}.cache", found[-1], part.cache)
            return found
        target = self._held(part, source)
        if target is None:
            what, why = self._reason(part)
            self.losses.lose(what, path, why)
            return []
        if not self.own and f"parts.{target['type']}" in self.refused:
            why = f"this host answers `{target['type']}` parts with an error"
            self.losses.lose(_INPUT_LOSS[part.kind], path, why)
            return []
        titled = "file" in target or "document_url" in target
        self._described(path, part, titled=titled)
        return [self._finished(path, target, part)]

    def _held(self, part: Media, source: Inline | Linked | Uploaded) -> Obj | None:
        """The part that holds such content, None where chat has none."""
        a_file = part.kind == "document" and not has(part.extras, "document_url")
        if a_file or has(part.extras, "file"):
            return _file(part, source, named=self.own)
        for key, kind in LINKED_PARTS.items():
            if part.kind == kind and (key == "image_url" or has(part.extras, key)):
                return _linked(part, source, key)
        if part.kind == "audio" and isinstance(source, Inline):
            form = AUDIO_FORMATS.get(source.media_type)
            if form is None and self.own:
                form = source.media_type.removeprefix("audio/")
            if form is not None:
                return {"type": "input_audio", "input_audio": {"data": source.data, "format": form}}
        return None

    def _reason(self, part: Media) -> tuple[str, str]:
        if isinstance(part.source, Uploaded):
            return "uploaded_file", "the file was uploaded to another platform"
        if part.kind == "document" and isinstance(part.source, Linked):
            return "document", "chat takes documents as content or by id, not by URL"
        if part.kind == "audio":
            return "audio_input", "chat takes audio as WAV or MP3 in the body only"
        return _INPUT_LOSS[part.kind], f"chat takes no {part.kind} in a prompt"

    def _described(self, path: str, part: Media, *, titled: bool) -> None:
        """Names what is said about a medium and has no place."""
        if part.context is not None or (part.title is not None and not titled):
            self.losses.lose("document_context", path, "chat knows nothing of a document but text")
        if part.cited:
            self.losses.lose("document_citations", path, "chat cannot be asked to cite a document")
        if part.state is not None:
            self.losses.lose("reasoning_state", path, "chat has no place for a part's signature")
        if part.detail is not None and part.kind != "image":
            self.losses.lose("image_detail", path, f"chat has no detail for a {part.kind}")


def _plain_text(value: Json) -> Json:
    """The text of a part that says nothing else."""
    if type(value) is dict and value.keys() == {"type", "text"} and value["type"] == "text":
        return value["text"]
    return None


def _linked(part: Media, source: Inline | Linked | Uploaded, key: str) -> Obj | None:
    if isinstance(source, Uploaded):
        return None
    url = data_url(source) if isinstance(source, Inline) else source.url
    target: Obj = {"type": key, key: url}
    if not has(part.extras, "bare"):
        held: Obj = {"url": url}
        if part.detail is not None:
            held["detail"] = part.detail
        target[key] = held
    if part.title is not None and key == "document_url":
        target["document_name"] = part.title
    return target


def _file(part: Media, source: Inline | Linked | Uploaded, *, named: bool) -> Obj | None:
    """A file part; content needs a name, which the platform asks for. An id has one already, so it
    is said again only where chat itself said it."""
    held: Obj
    match source:
        case Uploaded():
            if source.dialect not in _OWN_PLATFORM:
                return None
            held = {"file_id": source.id}
            if part.title is not None and named:
                held["filename"] = part.title
        case Linked():
            if not has(part.extras, "file"):
                return None
            held = {"file_data": source.url}
            if part.title is not None:
                held["filename"] = part.title
        case Inline():
            held = {"file_data": data_url(source)}
            if part.title is not None:
                held["filename"] = part.title
            elif not has(part.extras, "unnamed"):
                held["filename"] = f"document.{_extension(source.media_type)}"
        case _:
            assert_never(source)
    return {"type": "file", "file": held}


def _extension(media_type: str) -> str:
    """A file's usual ending: the subtype's last word (`pdf`)."""
    return media_type.partition(";")[0].rpartition("/")[2].rpartition(".")[2] or "bin"
