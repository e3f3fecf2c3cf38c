"""What a model answered, in no dialect."""

from typing import Literal

import msgspec

from detente.canonical.content import Part
from detente.canonical.extras import Extras, Json
from detente.canonical.model import Dialect
from detente.canonical.usage import Usage

StopReason = Literal[
    "end",
    "length",
    "tool_calls",
    "stop_sequence",
    "refusal",
    "content_filter",
    "pause",
    "context_window",
    "malformed",
    "cancelled",
    "error",
    "other",
]
"""Why an answer ended.

`refusal`: the model would not. `content_filter`: the platform would not. `pause`: the platform
wants to be asked to go on. `context_window`: there was no room left. `malformed`: the model called
a tool in a form that the platform could not read.
"""


class ContentFilter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a platform's own filter said, as it stands there; `name` is the member it stood in.

    `stage` is whether it judged the prompt or the answer.
    """

    dialect: Dialect
    stage: Literal["input", "output"]
    name: str
    value: Json


class Choice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One answer of those asked for. `stop` None is not said (yet).

    `stop_detail` is the platform's own category or words for a refusal or a filter.
    """

    index: int = 0
    parts: tuple[Part, ...]
    stop: StopReason | None = None
    stop_sequence: str | None = None
    stop_detail: str | None = None
    filters: tuple[ContentFilter, ...] = ()
    extras: Extras | None = None


class Response(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One answer.

    `created_s` is in seconds since 1970, None where the dialect does not say. `model` is as the
    platform named it. `service_tier` is what was really served. `choices` is empty where the
    prompt was blocked. `origin` is the dialect that it was decoded from.
    """

    id: str
    model: str
    choices: tuple[Choice, ...]
    origin: Dialect | None = None
    created_s: int | None = None
    usage: Usage | None = None
    service_tier: str | None = None
    filters: tuple[ContentFilter, ...] = ()
    extras: Extras | None = None
