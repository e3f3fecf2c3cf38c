"""What conversations consist of: turns, and the parts in them.

One vocabulary for every dialect. A decoder turns each wire object into the part that means it; what
only one dialect has (a hosted tool's result, a compaction) stays a `Native` part, which no other
dialect carries. Binary content stays base64 text: nobody here needs its bytes.
"""

from typing import Literal, TypeAlias

import msgspec

from detente.canonical.extras import Extras, Obj
from detente.canonical.model import Dialect

Role = Literal["system", "developer", "user", "assistant", "tool"]

CacheLifetime = Literal["5m", "30m", "1h", "12h"]

MediaKind = Literal["image", "audio", "video", "document"]


class CacheMark(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The prompt may be cached up to and including what carries the mark; None is the default
    lifetime of the platform."""

    lifetime: CacheLifetime | None = None
    extras: Extras | None = None


class Opaque(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """State of a model's reasoning that only its own platform can read.

    `value` is the platform's text, unchanged; `origin` the upstream dialect that said it. A
    `signature` belongs to a text or a tool call, `encrypted` and `redacted` replace the text.
    """

    origin: Dialect
    value: str
    kind: Literal["signature", "encrypted", "redacted"] = "signature"


class Citation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A source of a piece of text.

    `start` and `end` are character offsets in the text that cites; `source_start` and `source_end`
    count `unit`s of the source, `source_index` is the document's position in the request.
    """

    kind: Literal["url", "document", "file"]
    url: str | None = None
    title: str | None = None
    quote: str | None = None
    file_id: str | None = None
    start: int | None = None
    end: int | None = None
    source_index: int | None = None
    source_start: int | None = None
    source_end: int | None = None
    unit: Literal["character", "page", "block", "chunk", "search_result"] | None = None
    extras: Extras | None = None


class TokenLogprob(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The natural logarithm of one token's probability, and those of the likeliest others."""

    token: str
    logprob: float
    bytes: tuple[int, ...] | None = None
    top: tuple["TokenLogprob", ...] = ()
    extras: Extras | None = None


class Text(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Text. `state` is a signature that belongs to it."""

    text: str
    citations: tuple[Citation, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    state: Opaque | None = None
    cache: CacheMark | None = None
    extras: Extras | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The model's own words that it will not."""

    text: str
    logprobs: tuple[TokenLogprob, ...] = ()
    extras: Extras | None = None


class Inline(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Content that travels in the body: `data` is standard base64 (RFC 4648 section 4)."""

    media_type: str
    data: str


class Linked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Content that the platform fetches itself; `url` may have a platform's own scheme (`s3:`,
    `gs:`)."""

    url: str
    media_type: str | None = None


class Uploaded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Content that was uploaded to the platform of `dialect` before; no other one knows the id."""

    id: str
    dialect: Dialect
    media_type: str | None = None


class Plain(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A document that is plain text."""

    text: str
    media_type: str = "text/plain"


class Composed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A document that consists of parts."""

    parts: tuple["Part", ...]


Source: TypeAlias = Inline | Linked | Uploaded | Plain | Composed


class Media(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An image, a sound, a film or a document, in a prompt or in an answer.

    `detail` is how closely an image is to be looked at (`low`, `high`, `auto`, `original`);
    `title` a document's or file's name, `context` what is said about it, `cited` whether the
    answer shall cite it. `transcript` and `id` belong to audio that a model made.
    """

    kind: MediaKind
    source: Source
    detail: str | None = None
    title: str | None = None
    context: str | None = None
    cited: bool | None = None
    transcript: str | None = None
    id: str | None = None
    cache: CacheMark | None = None
    state: Opaque | None = None
    extras: Extras | None = None


class Reasoning(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a model thought: `text` in its own words, `summary` retold in paragraphs, or neither
    where only `state` is known."""

    text: str = ""
    summary: tuple[str, ...] = ()
    state: Opaque | None = None
    id: str | None = None
    cache: CacheMark | None = None
    extras: Extras | None = None


class ToolCall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A call that the model asks the client to make.

    `id` is never empty: a decoder makes one where the dialect has none. `arguments` is JSON text,
    of an object if the model kept to its schema; for a `custom` tool it is free text.
    """

    id: str
    name: str
    arguments: str
    kind: Literal["function", "custom"] = "function"
    state: Opaque | None = None
    cache: CacheMark | None = None
    extras: Extras | None = None


class ToolResult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a call gave; `name` where the dialect repeats it. `is_error` None was not said.

    `data` is the result where the dialect has it as a JSON object rather than parts.
    """

    call_id: str
    parts: tuple["Part", ...] = ()
    data: Obj | None = None
    name: str | None = None
    kind: Literal["function", "custom"] = "function"
    is_error: bool | None = None
    cache: CacheMark | None = None
    extras: Extras | None = None


class Native(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part that only `dialect` has, as it stands there; `name` says what it is."""

    dialect: Dialect
    name: str
    value: Obj


Part: TypeAlias = Text | Refusal | Media | Reasoning | ToolCall | ToolResult | Native


class Turn(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one side said, as one message or item of its dialect.

    A tool's result stands in a `tool` or a `user` turn, as the dialect has it. `name` tells
    speakers of the same role apart.
    """

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None
    cache: CacheMark | None = None
    extras: Extras | None = None
