"""What a client asks of a model, in no dialect.

A member that is None or empty was not said, and the platform's default holds. What a dialect knows
and no other one has is an `Option` with its own name; what the codec does not know is in `extras`.
"""

from typing import Literal, TypeAlias

import msgspec

from detente.canonical.content import CacheMark, Part, Turn
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.loss import Severity
from detente.canonical.model import Dialect

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class Tool(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A function that the model may ask for; `parameters` is a JSON Schema.

    `strict` is whether arguments have to keep to it. A `custom` tool takes free text.
    """

    name: str
    description: str | None = None
    parameters: Obj | None = None
    strict: bool | None = None
    kind: Literal["function", "custom"] = "function"
    cache: CacheMark | None = None
    extras: Extras | None = None


class HostedTool(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A tool that the platform of `dialect` runs itself (web search, code), as it stands there."""

    dialect: Dialect
    name: str
    value: Obj


class ToolChoice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Whether and which tools must be called.

    `named` forces `names[0]`; `allowed` and `allowed_required` narrow the tools to `names`.
    """

    kind: Literal["auto", "none", "required", "named", "allowed", "allowed_required"]
    names: tuple[str, ...] = ()
    extras: Extras | None = None


class OutputFormat(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The form that the answer's text has to have; `schema` is a JSON Schema."""

    kind: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    description: str | None = None
    schema: Obj | None = None
    strict: bool | None = None
    extras: Extras | None = None


class ReasoningControl(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How much the model is to think, and what is shown of it.

    `enabled` False forbids it; `budget_tokens` bounds it; `effort` grades it; `adaptive` leaves it
    to the model. `summary` asks for a summary (`auto`, `concise`, `detailed`), `visible` for the
    thoughts themselves.
    """

    enabled: bool | None = None
    adaptive: bool = False
    effort: Effort | None = None
    budget_tokens: int | None = None
    summary: str | None = None
    visible: bool | None = None
    extras: Extras | None = None


class AudioOutput(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How an answer is to be spoken."""

    voice: str | None = None
    format: str | None = None
    extras: Extras | None = None


class Option(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A top-level member that only `dialect` has, as it stands there.

    `severity` says what it means to lose it: `refuse` where the request would become another one
    (its history, its safety settings), `drop` where it is a convenience.
    """

    dialect: Dialect
    name: str
    value: Json
    severity: Severity = "drop"


AnyTool: TypeAlias = Tool | HostedTool


class Request(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request.

    `instructions` are what is said outside the conversation (`system` in Anthropic's and Amazon's
    APIs, `systemInstruction` in Google's, `instructions` in Responses); `turns` the conversation,
    one a message or item. `model` is as the client named it. `user` is an opaque name of the end
    user. `asks_usage` is whether the client wants usage inside the stream. `cache` marks the whole
    prompt. Temperatures and penalties are in the unit that all dialects share. `origin` is the
    dialect that it was decoded from: its own encoder leaves the turns as they were cut.
    """

    model: str
    turns: tuple[Turn, ...]
    origin: Dialect | None = None
    instructions: tuple[Part, ...] = ()
    stream: bool = False
    asks_usage: bool = False
    tools: tuple[AnyTool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    output_format: OutputFormat | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    choices: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    reasoning: ReasoningControl | None = None
    verbosity: str | None = None
    service_tier: str | None = None
    metadata: dict[str, str] = {}
    user: str | None = None
    cache_key: str | None = None
    cache: CacheMark | None = None
    modalities: tuple[str, ...] = ()
    audio: AudioOutput | None = None
    store: bool | None = None
    options: tuple[Option, ...] = ()
    extras: Extras | None = None
