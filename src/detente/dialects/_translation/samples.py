"""For each feature that some dialect lacks: a request that needs just this.

The loss matrix in the documentation is what encoding these does; `detente translate` shows any cell
of it. A sample is written in the canonical form, so that every dialect is asked the same. Its name
is the feature's, with a word behind a colon where a feature has several.
"""

from typing import Final, Literal

from detente.canonical.content import (
    CacheMark,
    Inline,
    Linked,
    Media,
    Native,
    Opaque,
    Part,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Uploaded,
)
from detente.canonical.extras import Extras, Obj
from detente.canonical.request import (
    AudioOutput,
    HostedTool,
    Option,
    OutputFormat,
    ReasoningControl,
    Request,
    Tool,
    ToolChoice,
)

Kind = Literal["required", "named", "none", "allowed"]

PIXEL: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
"""A PNG of one pixel."""
PAGE: Final = "JVBERi0xLjQKJSVFT0YK"
"""The beginning and end of a PDF."""
SOUND: Final = "UklGRiQAAABXQVZFZm10IBAAAAABAAEA"
"""The head of a WAV file."""

_SCHEMA: Final[Obj] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
_WEATHER: Final = Tool(name="weather", description="The weather in a city", parameters=_SCHEMA)
_TIME: Final = Tool(name="time", description="The time in a city", parameters=_SCHEMA)


def _says(*parts: Part, role: Role = "user") -> Turn:
    return Turn(role=role, parts=parts)


_HELLO: Final = (_says(Text(text="Hello")),)
_CALLED: Final = (
    _says(Text(text="The weather in Paris?")),
    _says(ToolCall(id="call_1", name="weather", arguments='{"city":"Paris"}'), role="assistant"),
)


def _answered(result: ToolResult) -> Request:
    return Request(model="m", turns=(*_CALLED, _says(result, role="tool")), tools=(_WEATHER,))


IMAGE: Final = Media(kind="image", source=Inline(media_type="image/png", data=PIXEL))
_PDF: Final = Inline(media_type="application/pdf", data=PAGE)


def _reads(document: Media) -> Request:
    return Request(model="m", turns=(_says(document, Text(text="Read it")),))


def _sees(image: Media) -> Request:
    return Request(model="m", turns=(_says(image, Text(text="What is it?")),))


def _chooses(kind: Kind, *names: str) -> Request:
    choice = ToolChoice(kind=kind, names=names)
    return Request(model="m", turns=_HELLO, tools=(_WEATHER, _TIME), tool_choice=choice)


REQUESTS: Final[dict[str, Request]] = {
    "assistant_prefill": Request(
        model="m", turns=(*_HELLO, _says(Text(text="Hi, I"), role="assistant"))
    ),
    "audio_input": Request(
        model="m",
        turns=(_says(Media(kind="audio", source=Inline(media_type="audio/wav", data=SOUND))),),
    ),
    "audio_output": Request(
        model="m",
        turns=_HELLO,
        modalities=("text", "audio"),
        audio=AudioOutput(voice="alloy", format="wav"),
    ),
    "blank_text": Request(model="m", turns=(_says(Text(text="Hello"), Text(text=" \n")),)),
    "cache_key": Request(model="m", turns=_HELLO, cache_key="shop"),
    "cache_mark": Request(
        model="m", turns=(_says(Text(text="Long", cache=CacheMark()), Text(text="Hello")),)
    ),
    "choices": Request(model="m", turns=_HELLO, choices=2),
    "custom_tool": Request(
        model="m", turns=_HELLO, tools=(Tool(name="shell", description="Runs", kind="custom"),)
    ),
    "developer_role": Request(
        model="m", turns=(_says(Text(text="Be brief"), role="developer"), *_HELLO)
    ),
    "document": _reads(Media(kind="document", title="page", source=_PDF)),
    "document_citations": _reads(Media(kind="document", title="page", source=_PDF, cited=True)),
    "document_context": _reads(
        Media(kind="document", title="page", source=_PDF, context="From the archive")
    ),
    "frequency_penalty": Request(model="m", turns=_HELLO, frequency_penalty=0.5),
    "history": Request(
        model="m",
        turns=(
            _says(Text(text="Hi"), role="assistant"),
            _says(Text(text="Hello")),
        ),
    ),
    "hosted_tool": Request(
        model="m",
        turns=_HELLO,
        tools=(
            HostedTool(dialect="openai_responses", name="web_search", value={"type": "web_search"}),
        ),
    ),
    "image": _sees(IMAGE),
    "image_detail": _sees(
        Media(kind="image", source=Inline(media_type="image/png", data=PIXEL), detail="low")
    ),
    "image_url": _sees(Media(kind="image", source=Linked(url="https://example.com/a.png"))),
    "input_range": Request(
        model="m",
        turns=_HELLO,
        max_output_tokens=2048,
        reasoning=ReasoningControl(enabled=True, budget_tokens=16),
    ),
    "json_object": Request(model="m", turns=_HELLO, output_format=OutputFormat(kind="json_object")),
    "json_schema": Request(
        model="m",
        turns=_HELLO,
        output_format=OutputFormat(kind="json_schema", name="city", schema=_SCHEMA),
    ),
    "logprobs": Request(model="m", turns=_HELLO, logprobs=True, top_logprobs=2),
    "max_output_tokens": Request(model="m", turns=_HELLO, max_output_tokens=99),
    "message_name": Request(
        model="m", turns=(Turn(role="user", name="ada", parts=(Text(text="Hello"),)),)
    ),
    "metadata": Request(model="m", turns=_HELLO, metadata={"team": "shop"}),
    "modalities": Request(model="m", turns=_HELLO, modalities=("text", "image")),
    "native_option": Request(
        model="m",
        turns=_HELLO,
        options=(Option(dialect="openai_chat", name="prediction", value={"type": "content"}),),
    ),
    "native_option: severe": Request(
        model="m",
        turns=_HELLO,
        options=(
            Option(
                dialect="openai_responses",
                name="previous_response_id",
                value="resp_1",
                severity="refuse",
            ),
        ),
    ),
    "native_part": Request(
        model="m",
        turns=(
            *_HELLO,
            _says(
                Native(
                    dialect="anthropic_messages",
                    name="compaction",
                    value={"type": "compaction", "content": "They said hello"},
                ),
                role="assistant",
            ),
            _says(Text(text="Go on")),
        ),
    ),
    "parallel_tool_calls": Request(
        model="m", turns=_HELLO, tools=(_WEATHER,), parallel_tool_calls=False
    ),
    "presence_penalty": Request(model="m", turns=_HELLO, presence_penalty=0.5),
    "reasoning_control": Request(
        model="m", turns=_HELLO, reasoning=ReasoningControl(effort="high")
    ),
    "reasoning_control: budget": Request(
        model="m",
        turns=_HELLO,
        max_output_tokens=4096,
        reasoning=ReasoningControl(enabled=True, budget_tokens=2048),
    ),
    "reasoning_control: off": Request(
        model="m", turns=_HELLO, reasoning=ReasoningControl(enabled=False)
    ),
    "reasoning_state": Request(
        model="m",
        turns=(
            _CALLED[0],
            _says(
                Reasoning(text="Hm", state=Opaque(origin="anthropic_messages", value="c2ln")),
                *_CALLED[1].parts,
                role="assistant",
            ),
            _says(
                ToolResult(call_id="call_1", name="weather", parts=(Text(text="sunny"),)),
                role="tool",
            ),
        ),
        tools=(_WEATHER,),
    ),
    "seed": Request(model="m", turns=_HELLO, seed=7),
    "service_tier": Request(model="m", turns=_HELLO, service_tier="priority"),
    "stop": Request(model="m", turns=_HELLO, stop=("END",)),
    "store": Request(model="m", turns=_HELLO, store=True),
    "strict_tool": Request(
        model="m",
        turns=_HELLO,
        tools=(Tool(name="weather", description="", parameters=_SCHEMA, strict=True),),
    ),
    "system_position": Request(
        model="m",
        turns=(
            *_HELLO,
            _says(Text(text="Hi"), role="assistant"),
            _says(Text(text="Be brief"), role="system"),
            _says(Text(text="Go on")),
        ),
    ),
    "temperature": Request(model="m", turns=_HELLO, temperature=0.5),
    "tool_choice": _chooses("required"),
    "tool_choice: named": _chooses("named", "weather"),
    "tool_choice: none": _chooses("none"),
    "tool_choice_allowed": _chooses("allowed", "time"),
    "tool_result_error": _answered(
        ToolResult(call_id="call_1", name="weather", parts=(Text(text="no"),), is_error=True)
    ),
    "tool_result_media": _answered(
        ToolResult(call_id="call_1", name="weather", parts=(Text(text="see"), IMAGE))
    ),
    "tools": Request(model="m", turns=_HELLO, tools=(_WEATHER,)),
    "top_k": Request(model="m", turns=_HELLO, top_k=40),
    "top_p": Request(model="m", turns=_HELLO, top_p=0.5),
    "unknown_member": Request(
        model="m",
        turns=_HELLO,
        extras=Extras(dialect="openai_chat", members={"brand_new": 1}),
    ),
    "uploaded_file": _reads(
        Media(kind="document", source=Uploaded(id="file-1", dialect="openai_chat"))
    ),
    "user": Request(model="m", turns=_HELLO, user="u-1"),
    "verbosity": Request(model="m", turns=_HELLO, verbosity="low"),
    "video_input": Request(
        model="m",
        turns=(_says(Media(kind="video", source=Inline(media_type="video/mp4", data=PAGE))),),
    ),
}
"""Requests by the feature that they need."""
