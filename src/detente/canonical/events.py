"""A streamed answer in no dialect: one closed union of events.

The law of a stream: `Started` comes first; each part of a choice is opened (`PartStarted`), added
to and closed (`PartStopped`) under its own index; indexes count from 0 in the order of opening and
are never used again. Parts may overlap only where the upstream interleaves them. `Stopped` says why
a choice ended, `UsageReported` is cumulative, and `Ended` is the dialect's own end: a stream
without it was cut off. `Failed` is an error inside the stream.

`Framed` opens what one wire event said, for an encoder of the same dialect only: decoders make it
where they are asked to (`frames=True`), other encoders skip it.
"""

from typing import Literal, TypeAlias

import msgspec

from detente.canonical.content import Citation, Opaque, Part, TokenLogprob
from detente.canonical.extras import Extras, Obj
from detente.canonical.model import Dialect
from detente.canonical.response import ContentFilter, StopReason
from detente.canonical.usage import Usage

PartKind = Literal["text", "refusal", "reasoning", "summary", "tool_call", "custom_call", "audio"]
"""What deltas add to. `summary` is a summary of reasoning, and `custom_call` free text."""


class Framed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What follows, up to the next `Framed`, was one wire event of `dialect`.

    `name` is its type; `members` what it said beyond the events that follow.
    """

    dialect: Dialect
    name: str
    members: Obj


class Started(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The answer begins."""

    id: str
    model: str
    created_s: int | None = None
    service_tier: str | None = None
    extras: Extras | None = None


class PartStarted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part begins; `id` and `name` are a tool call's, `state` what belongs to it already."""

    kind: PartKind
    index: int
    choice: int = 0
    id: str = ""
    name: str = ""
    state: Opaque | None = None
    extras: Extras | None = None


class Delta(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """More text of a part: of an answer, a thought, a tool call's arguments, base64 of audio."""

    kind: PartKind
    index: int
    text: str
    choice: int = 0
    logprobs: tuple[TokenLogprob, ...] = ()


class StateGiven(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part's opaque state, whole."""

    index: int
    state: Opaque
    choice: int = 0


class Cited(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A citation of a text part."""

    index: int
    citation: Citation
    choice: int = 0


class PartStopped(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part is complete."""

    index: int
    choice: int = 0


class PartGiven(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part that came at once and whole (an image, a native block): it takes an index, too."""

    index: int
    part: Part
    choice: int = 0


class Filtered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a platform's filter said; `choice` None is the prompt's."""

    filter: ContentFilter
    choice: int | None = None


class Stopped(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why a choice ended."""

    stop: StopReason
    choice: int = 0
    stop_sequence: str | None = None
    stop_detail: str | None = None
    extras: Extras | None = None


class UsageReported(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The usage so far, all of it."""

    usage: Usage
    service_tier: str | None = None


class Failed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The provider reported an error inside the stream; nothing follows."""

    code: str
    message: str
    status: int = 502
    extras: Extras | None = None


class Ended(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The dialect's own end was seen."""


class Pinged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The upstream is alive and has nothing to say."""


Event: TypeAlias = (
    Framed
    | Started
    | PartStarted
    | Delta
    | StateGiven
    | Cited
    | PartStopped
    | PartGiven
    | Filtered
    | Stopped
    | UsageReported
    | Failed
    | Ended
    | Pinged
)
