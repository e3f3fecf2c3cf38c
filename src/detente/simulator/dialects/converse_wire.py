"""What is read of an Amazon Bedrock Converse request; members that are not here are ignored.

>>> ToolUse(tool_use_id="t", name="n").input
{}
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_-]+$")]
CallId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_.:-]+$")]


class Camel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A structure, named as Amazon names it."""


class S3(Camel, frozen=True, kw_only=True):
    """Media in a bucket."""

    uri: str


class MediaSource(Camel, frozen=True, kw_only=True):
    """Where media are."""

    bytes: str | None = None
    s3_location: S3 | None = None
    text: str | None = None


class Media(Camel, frozen=True, kw_only=True):
    """An image, document, video or sound."""

    source: MediaSource
    format: str = "txt"
    name: str | None = None


class ToolUse(Camel, frozen=True, kw_only=True):
    """A call that the model made."""

    tool_use_id: CallId
    name: Name
    input: dict[str, object] = {}
    type: str | None = None


class ReasoningText(Camel, frozen=True, kw_only=True):
    """A thought and its signature."""

    text: str
    signature: str | None = None


class ReasoningContent(Camel, frozen=True, kw_only=True):
    """A thought, or one that only its model can read."""

    reasoning_text: ReasoningText | None = None
    redacted_content: str | None = None


class GuardText(Camel, frozen=True, kw_only=True):
    """Text that a guardrail looks at."""

    text: str


class GuardContent(Camel, frozen=True, kw_only=True):
    """What a guardrail looks at."""

    text: GuardText | None = None


class Block(Camel, frozen=True, kw_only=True):
    """A block of content: exactly one member is set."""

    text: str | None = None
    json: object = None
    image: Media | None = None
    document: Media | None = None
    video: Media | None = None
    audio: Media | None = None
    tool_use: ToolUse | None = None
    tool_result: "ToolResult | None" = None
    guard_content: GuardContent | None = None
    cache_point: object = None
    reasoning_content: ReasoningContent | None = None
    citations_content: object = None
    search_result: object = None
    tool_addition: object = None
    tool_removal: object = None


class ToolResult(Camel, frozen=True, kw_only=True):
    """What a call returned."""

    tool_use_id: CallId
    content: list[Block]
    status: Literal["success", "error"] | None = None
    type: str | None = None


class Message(Camel, frozen=True, kw_only=True):
    """One turn."""

    role: Literal["user", "assistant", "system"]
    content: list[Block]


class SystemBlock(Camel, frozen=True, kw_only=True):
    """A part of the instructions."""

    text: str | None = None
    guard_content: object = None
    cache_point: object = None


class InputSchema(Camel, frozen=True, kw_only=True):
    """The schema of a tool's input."""

    json: object


class ToolSpec(Camel, frozen=True, kw_only=True):
    """A tool that the client runs."""

    name: Name
    input_schema: InputSchema
    description: Annotated[str, Meta(min_length=1)] | None = None
    strict: bool | None = None


class ToolBody(Camel, frozen=True, kw_only=True):
    """A tool, or a mark."""

    tool_spec: ToolSpec | None = None
    system_tool: object = None
    cache_point: object = None


class Named(Camel, frozen=True, kw_only=True):
    """The one tool to call."""

    name: Name


class Choice(Camel, frozen=True, kw_only=True):
    """Which tool: exactly one member is set."""

    auto: object = None
    any: object = None
    tool: Named | None = None


class ToolConfig(Camel, frozen=True, kw_only=True):
    """The tools and the choice among them."""

    tools: list[ToolBody]
    tool_choice: Choice | None = None


class InferenceConfig(Camel, frozen=True, kw_only=True):
    """Settings of the answer."""

    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    stop_sequences: Annotated[list[str], Meta(max_length=2500)] | None = None


class SchemaText(Camel, frozen=True, kw_only=True):
    """A schema, as text."""

    schema: str
    name: str | None = None


class FormatStructure(Camel, frozen=True, kw_only=True):
    """The shape that the answer must have."""

    json_schema: SchemaText | None = None


class TextFormat(Camel, frozen=True, kw_only=True):
    """The form that the answer must have."""

    type: str
    structure: FormatStructure | None = None


class OutputConfig(Camel, frozen=True, kw_only=True):
    """Settings of the output."""

    text_format: TextFormat | None = None


class GuardrailConfig(Camel, frozen=True, kw_only=True):
    """The guardrail that a request is put under."""

    guardrail_identifier: str | None = None
    guardrail_version: str | None = None
    trace: Literal["enabled", "disabled", "enabled_full"] = "disabled"
    stream_processing_mode: Literal["sync", "async"] | None = None


class ServiceTier(Camel, frozen=True, kw_only=True):
    """How soon it is served."""

    type: Literal["priority", "default", "flex", "reserved"]


class PerformanceConfig(Camel, frozen=True, kw_only=True):
    """How fast it is answered."""

    latency: Literal["standard", "optimized"] = "standard"


class Body(Camel, frozen=True, kw_only=True):
    """A request to converse."""

    messages: list[Message] | None = None
    system: list[SystemBlock] | None = None
    inference_config: InferenceConfig | None = None
    tool_config: ToolConfig | None = None
    additional_model_request_fields: dict[str, object] | None = None
    output_config: OutputConfig | None = None
    guardrail_config: GuardrailConfig | None = None
    service_tier: ServiceTier | None = None
    performance_config: PerformanceConfig | None = None


class Thinking(msgspec.Struct, frozen=True, kw_only=True):
    """How much Claude shall think."""

    type: str = ""
    budget_tokens: int | None = None


class ModelChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Claude's own choice of tools."""

    disable_parallel_tool_use: bool = False


class ModelFields(msgspec.Struct, frozen=True, kw_only=True):
    """What is said to the model itself, in its publisher's names."""

    thinking: Thinking | None = None
    tool_choice: ModelChoice | None = None
