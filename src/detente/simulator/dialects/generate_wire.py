"""What a Gemini API request consists of, member by member.

Google refuses members that it does not know, so every one that it knows is here, and what nobody
reads is `object`. Both spellings of proto JSON are accepted: names are made one before reading.

>>> camel({"inline_data": {"mime_type": "image/png"}, "args": {"as_is": 1}})
{'inlineData': {'mimeType': 'image/png'}, 'args': {'as_is': 1}}
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from detente.canonical.extras import Json

FREE: Final = frozenset(
    {
        *("args", "response", "parametersJsonSchema", "responseJsonSchema", "labels"),
        *("default", "example", "partMetadata", "partialArgs"),
    }
)
"""Members whose content is the caller's own: all names in it stay as they are."""

MAPS: Final = frozenset({"properties", "defs", "$defs"})
"""Members whose names are the caller's own, and whose values are messages."""


class Strict(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A message of which every member is known."""


class Blob(Strict, frozen=True, kw_only=True):
    """Media in the body."""

    data: str
    mime_type: str = ""
    display_name: str | None = None


class FileData(Strict, frozen=True, kw_only=True):
    """Media elsewhere."""

    file_uri: str
    mime_type: str | None = None
    display_name: str | None = None


class FunctionCall(Strict, frozen=True, kw_only=True):
    """A call that the model made."""

    name: str = ""
    args: dict[str, object] | None = None
    id: str | None = None
    partial_args: object = None
    will_continue: bool | None = None


class FunctionResponsePart(Strict, frozen=True, kw_only=True):
    """Media that a tool returned."""

    inline_data: Blob | None = None
    file_data: FileData | None = None
    media_processing: object = None
    media_resolution: object = None
    video_metadata: object = None
    document_metadata: object = None
    spreadsheet_metadata: object = None
    audio_metadata: object = None


class FunctionResponse(Strict, frozen=True, kw_only=True):
    """What a call returned; `output` and `error` in it are by convention."""

    name: str = ""
    response: dict[str, object] | None = None
    id: str | None = None
    parts: list[FunctionResponsePart] | None = None
    will_continue: bool | None = None
    scheduling: str | None = None


class Part(Strict, frozen=True, kw_only=True):
    """One part of a turn: exactly one of its data members is set."""

    text: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None
    executable_code: object = None
    code_execution_result: object = None
    tool_call: object = None
    tool_response: object = None
    thought: bool | None = None
    thought_signature: str | None = None
    video_metadata: object = None
    media_resolution: object = None
    part_metadata: object = None
    audio_transcription: object = None
    media_processing: object = None
    speech_metadata: object = None
    document_metadata: object = None
    spreadsheet_metadata: object = None
    audio_metadata: object = None


class Content(Strict, frozen=True, kw_only=True):
    """One turn."""

    parts: list[Part] | None = None
    role: str | None = None


class SchemaBody(Strict, frozen=True, kw_only=True, omit_defaults=True):
    """Google's own form of a schema, which has fewer members than JSON Schema."""

    type: str | list[str] | None = None
    format: str | None = None
    title: str | None = None
    description: str | None = None
    nullable: bool | None = None
    enum: list[str] | None = None
    items: "SchemaBody | None" = None
    min_items: int | str | None = None
    max_items: int | str | None = None
    properties: "dict[str, SchemaBody] | None" = None
    required: list[str] | None = None
    min_properties: int | str | None = None
    max_properties: int | str | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | str | None = None
    max_length: int | str | None = None
    pattern: str | None = None
    example: object = None
    any_of: "list[SchemaBody] | None" = None
    default: object = None
    property_ordering: list[str] | None = None
    additional_properties: object = None
    ref: str | None = msgspec.field(name="$ref", default=None)
    defs: "dict[str, SchemaBody] | None" = msgspec.field(name="$defs", default=None)


class FunctionDeclaration(Strict, frozen=True, kw_only=True):
    """A function that may be called; its schema in Google's own form or as JSON Schema."""

    name: str = ""
    description: str | None = None
    parameters: SchemaBody | None = None
    parameters_json_schema: object = None
    response: object = None
    response_json_schema: object = None
    behavior: str | None = None


class ToolBody(Strict, frozen=True, kw_only=True):
    """Functions, or one of Google's own tools."""

    function_declarations: list[FunctionDeclaration] | None = None
    retrieval: object = None
    computer_use: object = None
    file_search: object = None
    google_search: object = None
    google_maps: object = None
    code_execution: object = None
    enterprise_web_search: object = None
    google_search_retrieval: object = None
    parallel_ai_search: object = None
    url_context: object = None
    mcp_servers: object = None
    exa_ai_search: object = None


class FunctionCallingConfig(Strict, frozen=True, kw_only=True):
    """Whether and which functions must be called."""

    mode: Literal["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"] = "AUTO"
    allowed_function_names: list[str] | None = None
    stream_function_call_arguments: bool | None = None


class ToolConfig(Strict, frozen=True, kw_only=True):
    """Settings of the tools."""

    function_calling_config: FunctionCallingConfig | None = None
    retrieval_config: object = None
    include_server_side_tool_invocations: bool | None = None


class ThinkingConfig(Strict, frozen=True, kw_only=True):
    """How much to think, and whether to show it; a budget of -1 is the model's own."""

    include_thoughts: bool | None = None
    thinking_budget: Annotated[int, Meta(ge=-1, le=32_768)] | None = None
    thinking_level: str | None = None


class GenerationConfig(Strict, frozen=True, kw_only=True):
    """Settings of the answer."""

    candidate_count: Annotated[int, Meta(ge=1, le=8)] | None = None
    max_output_tokens: Annotated[int, Meta(ge=1)] | None = None
    stop_sequences: list[str] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: float | None = None
    seed: Annotated[int, Meta(ge=-(2**31), lt=2**31)] | None = None
    frequency_penalty: Annotated[float, Meta(ge=-2, lt=2)] | None = None
    presence_penalty: Annotated[float, Meta(ge=-2, lt=2)] | None = None
    response_logprobs: bool | None = None
    logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    response_mime_type: str | None = None
    response_schema: SchemaBody | None = None
    response_json_schema: object = None
    response_format: object = None
    response_modalities: list[str] | None = None
    thinking_config: ThinkingConfig | None = None
    speech_config: object = None
    image_config: object = None
    media_resolution: str | None = None
    audio_timestamp: bool | None = None
    enable_affective_dialog: bool | None = None
    enable_enhanced_civic_answers: bool | None = None
    model_selection_config: object = None
    routing_config: object = None
    translation_config: object = None
    audio_transcription_config: object = None


class SafetySetting(Strict, frozen=True, kw_only=True):
    """From when on a category is blocked."""

    category: str
    threshold: str
    method: str | None = None


class Body(Strict, frozen=True, kw_only=True):
    """A request to generate."""

    contents: list[Content] | None = None
    system_instruction: Content | None = None
    tools: list[ToolBody] | None = None
    tool_config: ToolConfig | None = None
    generation_config: GenerationConfig | None = None
    safety_settings: list[SafetySetting] | None = None
    cached_content: str | None = None
    labels: dict[str, str] | None = None
    model: str | None = None
    model_armor_config: object = None
    service_tier: str | None = None
    store: bool | None = None


def camel(value: Json) -> Json:
    """`value` with the names of its members in camel case, but for what is the caller's own."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_camel(name): _inner(_camel(name), inner) for name, inner in value.items()}


def _inner(name: str, value: Json) -> Json:
    if name == "tools" and isinstance(value, dict):
        return [camel(value)]  # Google takes one message where it expects many
    if name in FREE:
        return value
    if name in MAPS and isinstance(value, dict):
        return {key: camel(inner) for key, inner in value.items()}
    return camel(value)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
