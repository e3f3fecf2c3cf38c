"""Every text of an answer's canonical values, given to something that may change it: one walk.

Text, refusals, thoughts and summaries are words; a function's arguments are JSON; an answer that
was asked to be JSON (`structured`) is JSON where it begins so. What only one dialect has (`Native`,
`Extras`, a filter's words) is taken string by string, keys too, as JSON where a string is JSON.
Places of citations move with the text that they count. Left as they are: ids, names of models and
tools, base64, opaque state, also where it stands in a dialect's own value (`STATE_NAMES`).

Not here: what becomes of a text (`response_restoring`, `answer_screening`).

>>> class Shouting(ValueRewriter):
...     def rewritten(self, form, text):
...         return text.upper()
"""

from abc import ABC, abstractmethod
from typing import Final, TypeVar, assert_never, overload

import msgspec
from msgspec.structs import replace

from detente.canonical.content import (
    Citation,
    Composed,
    Inline,
    Linked,
    Media,
    Native,
    Part,
    Plain,
    Reasoning,
    Refusal,
    Source,
    Text,
    TokenLogprob,
    ToolCall,
    ToolResult,
    Uploaded,
)
from detente.canonical.events import PartKind
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.response import Choice, ContentFilter, Response
from detente.guardrails.body_walk import ENCODED_CHARACTERS_MIN
from detente.guardrails.encoded_text import BASE64
from detente.guardrails.moving import Moved
from detente.guardrails.restoring import Form

DEPTH_MAX: Final = 64
"""Levels of one dialect's own values that are looked into; what lies below stays, or is told."""

STATE_NAMES: Final = frozenset(
    ("encrypted_content", "encrypted_index", "signature", "thoughtSignature", "thought_signature")
)
"""Members whose long base64 a platform wrote for itself: `places` has the pages."""

_AnyPart = TypeVar("_AnyPart", bound=Part)


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """A text that was rewritten, the log probabilities that still hold, and where places went."""

    text: str
    logprobs: tuple[TokenLogprob, ...]
    moved: Moved


class ValueRewriter(ABC):
    """Rewrites canonical values; `structured` where the request asked for JSON."""

    __slots__ = ("text_form",)

    def __init__(self, *, structured: bool = False) -> None:
        self.text_form: Form = "json_or_text" if structured else "text"

    @abstractmethod
    def rewritten(self, form: Form, text: str) -> str:
        """What `text`, which is not empty, becomes."""

    @abstractmethod
    def spoken(self, form: Form, text: str, logprobs: tuple[TokenLogprob, ...]) -> Spoken:
        """The same of a text of an answer, which may be empty."""

    @abstractmethod
    def unseen(self, kind: str) -> None:
        """Told of what holds no text: an image, a sound, what lies too deep."""

    def response(self, response: Response) -> Response:
        """A whole answer."""
        return replace(
            response,
            choices=tuple(self.choice(choice) for choice in response.choices),
            filters=tuple(self.filter(one) for one in response.filters),
            extras=self.extras(response.extras),
        )

    def choice(self, choice: Choice) -> Choice:
        """One of several answers."""
        return replace(
            choice,
            parts=tuple(self.part(part) for part in choice.parts),
            stop_sequence=self.words(choice.stop_sequence),
            stop_detail=self.words(choice.stop_detail),
            filters=tuple(self.filter(one) for one in choice.filters),
            extras=self.extras(choice.extras),
        )

    def part(self, part: _AnyPart) -> _AnyPart:
        """A part of the same kind."""
        made: Part = self._part(part)
        assert isinstance(made, type(part))
        return made

    def filter(self, filter_: ContentFilter) -> ContentFilter:
        """What a filter said, which may quote the text."""
        return replace(filter_, value=self.value(filter_.value))

    def extras(self, extras: Extras | None) -> Extras | None:
        """The rest of a wire object."""
        if extras is None:
            return None
        return replace(
            extras, members=self.object(extras.members), spelling=self.object(extras.spelling)
        )

    def citation(self, citation: Citation, moved: Moved | None = None) -> Citation:
        """A citation, its places moved by `moved`."""
        start, end = citation.start, citation.end
        if moved is not None:
            start = None if start is None else moved(start)
            end = None if end is None else moved(end, is_end=True)
        return replace(
            citation,
            url=self.words(citation.url),
            title=self.words(citation.title),
            quote=self.words(citation.quote),
            start=start,
            end=end,
            extras=self.extras(citation.extras),
        )

    @overload
    def words(self, text: str) -> str: ...
    @overload
    def words(self, text: str | None) -> str | None: ...
    def words(self, text: str | None) -> str | None:
        """Text, if there is any."""
        return self.rewritten("text", text) if text else text

    def object(self, value: Obj) -> Obj:
        """An object, one level after the other."""
        return {self.words(key): self.member(key, inner, 0) for key, inner in value.items()}

    def member(self, name: str, value: Json, depth: int) -> Json:
        """A member of an object; a platform's own state stays."""
        return value if _is_state(name, value) else self.value(value, depth)

    def value(self, value: Json, depth: int = 0) -> Json:
        """A JSON value."""
        if type(value) is str:
            return self.string(value)
        if type(value) is not list and type(value) is not dict:
            return value
        if depth >= DEPTH_MAX:
            self.unseen("unknown")
            return value
        if type(value) is list:
            return [self.value(inner, depth + 1) for inner in value]
        assert type(value) is dict
        deeper = depth + 1
        return {self.words(key): self.member(key, inner, deeper) for key, inner in value.items()}

    def string(self, text: str) -> str:
        """A string of a dialect's own value, which may be JSON."""
        if text[:1] in _JSON_BEGINS and text.lstrip()[:1] in ("{", "[") and _is_json(text):
            return self.rewritten("json", text)
        return self.words(text)

    def _part(self, part: Part) -> Part:
        match part:
            case Text():
                made = self._text(part)
            case Refusal():
                said = self.spoken("text", part.text, part.logprobs)
                extras = self.extras(part.extras)
                made = replace(part, text=said.text, logprobs=said.logprobs, extras=extras)
            case Reasoning():
                made = self._reasoning(part)
            case ToolCall():
                made = self._call(part)
            case ToolResult():
                made = self._result(part)
            case Media():
                made = self._media(part)
            case Native():
                made = replace(part, value=self.object(part.value))
            case _:
                assert_never(part)
        return made

    def _text(self, part: Text) -> Text:
        said = self.spoken(self.text_form, part.text, part.logprobs)
        return replace(
            part,
            text=said.text,
            logprobs=said.logprobs,
            citations=tuple(self.citation(one, said.moved) for one in part.citations),
            extras=self.extras(part.extras),
        )

    def _reasoning(self, part: Reasoning) -> Reasoning:
        summary = tuple(self.words(paragraph) for paragraph in part.summary)
        extras = self.extras(part.extras)
        return replace(part, text=self.words(part.text), summary=summary, extras=extras)

    def _call(self, part: ToolCall) -> ToolCall:
        form: Form = "json" if part.kind == "function" else "text"
        arguments = self.rewritten(form, part.arguments) if part.arguments else part.arguments
        return replace(part, arguments=arguments, extras=self.extras(part.extras))

    def _result(self, part: ToolResult) -> ToolResult:
        return replace(
            part,
            parts=tuple(self.part(inner) for inner in part.parts),
            data=None if part.data is None else self.object(part.data),
            extras=self.extras(part.extras),
        )

    def _media(self, part: Media) -> Media:
        return replace(
            part,
            source=self._source(part.source, part.kind),
            title=self.words(part.title),
            context=self.words(part.context),
            transcript=self.words(part.transcript),
            extras=self.extras(part.extras),
        )

    def _source(self, source: Source, kind: str) -> Source:
        match source:
            case Plain():
                return replace(source, text=self.words(source.text))
            case Composed():
                return replace(source, parts=tuple(self.part(inner) for inner in source.parts))
            case Linked():
                self.unseen(kind)
                return replace(source, url=self.words(source.url))
            case Inline() | Uploaded():
                self.unseen(kind)
                return source
            case _:
                assert_never(source)


_JSON_BEGINS: Final = frozenset("{[ \t\r\n")


def is_encoded(text: str) -> bool:
    """Whether it is base64, and too long for a word or an id."""
    return len(text) >= ENCODED_CHARACTERS_MIN and BASE64.fullmatch(text) is not None


def _is_state(name: str, value: Json) -> bool:
    return name in STATE_NAMES and type(value) is str and is_encoded(value)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def form_of(kind: PartKind, text_form: Form) -> Form:
    """The form of a streamed part's text, where that of an answer's text is `text_form`."""
    match kind:
        case "text":
            return text_form
        case "tool_call":
            return "json"
        case "refusal" | "reasoning" | "summary" | "custom_call" | "audio":
            return "text"
        case _:
            assert_never(kind)
