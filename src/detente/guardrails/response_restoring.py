"""Originals put back into an answer that came whole, and into what streams give whole.

Text, refusals, thoughts and summaries are words; a function's arguments are JSON; an answer that
was asked to be JSON (`structured`) is JSON where it begins so. What only one dialect has (`Native`,
`Extras`, a filter's words) is restored string by string, keys too, as JSON where a string is JSON.
Places of citations move with the text that they count.

Left as they came: ids, names of models and tools, base64, opaque state, and the log probabilities
of tokens: a stand-in is many tokens, an original would be others, and their probabilities are not
known. They say what the model wrote: stand-ins.

>>> call = ToolCall(id="1", name="mail", arguments='{"to":"⟨EMAIL_abcdefghijklm⟩"}')
>>> restorer = ValueRestorer({"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"})
>>> restorer.part(call).arguments
'{"to":"ann@contoso.com"}'
"""

from collections.abc import Callable
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
    ToolCall,
    ToolResult,
    Uploaded,
)
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.response import Choice, ContentFilter, Response
from detente.guardrails.restoring import Form, Originals, StreamRestorer, made_ready, restored_as

DEPTH_MAX: Final = 64
"""Levels of one dialect's own values that are looked into; below them stand-ins stay."""

_AnyPart = TypeVar("_AnyPart", bound=Part)


def restored_response(
    response: Response, originals: Originals, *, structured: bool = False
) -> Response:
    """`response` with its originals; `structured` where the request asked for JSON."""
    restorer = ValueRestorer(originals, structured=structured)
    return replace(
        response,
        choices=tuple(restorer.choice(choice) for choice in response.choices),
        filters=tuple(restorer.filter(one) for one in response.filters),
        extras=restorer.extras(response.extras),
    )


class ValueRestorer:
    """Puts originals back into canonical values."""

    __slots__ = ("stand_ins", "text_form")

    def __init__(self, originals: Originals, *, structured: bool = False) -> None:
        self.stand_ins = made_ready(originals)
        self.text_form: Form = "json_or_text" if structured else "text"

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

    def citation(self, citation: Citation, moved: Callable[..., int] | None = None) -> Citation:
        """A citation, its places moved by `moved` (see `StreamRestorer.moved`)."""
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
        return restored_as("text", text, self.stand_ins) if text else text

    def object(self, value: Obj) -> Obj:
        """An object, one level after the other."""
        return {self.words(key): self.value(inner) for key, inner in value.items()}

    def value(self, value: Json, depth: int = 0) -> Json:
        """A JSON value."""
        if type(value) is str:
            return self._string(value)
        if depth >= DEPTH_MAX:
            return value
        if type(value) is list:
            return [self.value(inner, depth + 1) for inner in value]
        if type(value) is dict:
            return {self.words(key): self.value(inner, depth + 1) for key, inner in value.items()}
        return value

    def _string(self, text: str) -> str:
        made = self.words(text)
        if made != text and text.lstrip()[:1] in ("{", "[") and _is_json(text):
            return restored_as("json", text, self.stand_ins)
        return made

    def _part(self, part: Part) -> Part:
        match part:
            case Text():
                made = self._text(part)
            case Refusal():
                made = replace(part, text=self.words(part.text), extras=self.extras(part.extras))
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
        restorer = StreamRestorer(self.stand_ins, self.text_form)
        text = restorer.close(part.text)
        return replace(
            part,
            text=text,
            citations=tuple(self.citation(one, restorer.moved) for one in part.citations),
            extras=self.extras(part.extras),
        )

    def _reasoning(self, part: Reasoning) -> Reasoning:
        summary = tuple(self.words(paragraph) for paragraph in part.summary)
        extras = self.extras(part.extras)
        return replace(part, text=self.words(part.text), summary=summary, extras=extras)

    def _call(self, part: ToolCall) -> ToolCall:
        form: Form = "json" if part.kind == "function" else "text"
        arguments = restored_as(form, part.arguments, self.stand_ins)
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
            source=self._source(part.source),
            title=self.words(part.title),
            context=self.words(part.context),
            transcript=self.words(part.transcript),
            extras=self.extras(part.extras),
        )

    def _source(self, source: Source) -> Source:
        match source:
            case Plain():
                return replace(source, text=self.words(source.text))
            case Composed():
                return replace(source, parts=tuple(self.part(inner) for inner in source.parts))
            case Linked():
                return replace(source, url=self.words(source.url))
            case Inline() | Uploaded():
                return source
            case _:
                assert_never(source)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True
