"""For each feature that some dialect lacks: a request, or an answer, that needs just this.

The loss matrix in the documentation is what encoding these does; `detente translate` shows any cell
of it. A sample is written in the canonical form, so that every dialect is asked the same.
"""

from typing import Final

from detente.canonical.content import (
    CacheMark,
    Citation,
    Inline,
    Linked,
    Media,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Role,
    Text,
    TokenLogprob,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.extras import Obj
from detente.canonical.request import (
    OutputFormat,
    ReasoningControl,
    Request,
    Tool,
    ToolChoice,
)
from detente.canonical.response import Choice, Response

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


_IMAGE: Final = Media(kind="image", source=Inline(media_type="image/png", data=PIXEL))

REQUESTS: Final[dict[str, Request]] = {
    "assistant_prefill": Request(
        model="m", turns=(*_HELLO, _says(Text(text="Hi, I"), role="assistant"))
    ),
    "audio_input": Request(
        model="m",
        turns=(_says(Media(kind="audio", source=Inline(media_type="audio/wav", data=SOUND))),),
    ),
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
    "document": Request(
        model="m",
        turns=(
            _says(
                Media(
                    kind="document",
                    title="page",
                    source=Inline(media_type="application/pdf", data=PAGE),
                ),
                Text(text="Read it"),
            ),
        ),
    ),
    "frequency_penalty": Request(model="m", turns=_HELLO, frequency_penalty=0.5),
    "image": Request(model="m", turns=(_says(_IMAGE, Text(text="What is it?")),)),
    "image_detail": Request(
        model="m",
        turns=(
            _says(
                Media(
                    kind="image",
                    source=Inline(media_type="image/png", data=PIXEL),
                    detail="low",
                ),
                Text(text="What is it?"),
            ),
        ),
    ),
    "image_url": Request(
        model="m",
        turns=(
            _says(
                Media(kind="image", source=Linked(url="https://example.com/a.png")),
                Text(text="What is it?"),
            ),
        ),
    ),
    "json_object": Request(model="m", turns=_HELLO, output_format=OutputFormat(kind="json_object")),
    "json_schema": Request(
        model="m",
        turns=_HELLO,
        output_format=OutputFormat(kind="json_schema", name="city", schema=_SCHEMA),
    ),
    "logprobs": Request(model="m", turns=_HELLO, logprobs=True, top_logprobs=2),
    "message_name": Request(
        model="m", turns=(Turn(role="user", name="ada", parts=(Text(text="Hello"),)),)
    ),
    "metadata": Request(model="m", turns=_HELLO, metadata={"team": "shop"}),
    "parallel_tool_calls": Request(
        model="m", turns=_HELLO, tools=(_WEATHER,), parallel_tool_calls=False
    ),
    "presence_penalty": Request(model="m", turns=_HELLO, presence_penalty=0.5),
    "reasoning_control": Request(
        model="m", turns=_HELLO, reasoning=ReasoningControl(effort="high")
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
    "tool_choice": Request(
        model="m",
        turns=_HELLO,
        tools=(_WEATHER,),
        tool_choice=ToolChoice(kind="none"),
    ),
    "tool_choice_allowed": Request(
        model="m",
        turns=_HELLO,
        tools=(_WEATHER, _TIME),
        tool_choice=ToolChoice(kind="allowed", names=("time",)),
    ),
    "tool_result_error": _answered(
        ToolResult(call_id="call_1", name="weather", parts=(Text(text="no"),), is_error=True)
    ),
    "tool_result_media": _answered(
        ToolResult(call_id="call_1", name="weather", parts=(Text(text="see"), _IMAGE))
    ),
    "tools": Request(model="m", turns=_HELLO, tools=(_WEATHER,)),
    "top_k": Request(model="m", turns=_HELLO, top_k=40),
    "top_p": Request(model="m", turns=_HELLO, top_p=0.5),
    "user": Request(model="m", turns=_HELLO, user="u-1"),
    "verbosity": Request(model="m", turns=_HELLO, verbosity="low"),
    "video_input": Request(
        model="m",
        turns=(_says(Media(kind="video", source=Inline(media_type="video/mp4", data=PAGE))),),
    ),
}
"""Requests by the feature that they need."""


def _answer(*parts: Part) -> Response:
    return Response(id="r", model="m", choices=(Choice(parts=parts, stop="end"),), created_s=1)


_LIKELY: Final = TokenLogprob(token="a", logprob=-0.1)  # noqa: S106 -- a token of text

RESPONSES: Final[dict[str, Response]] = {
    "choices": Response(
        id="r",
        model="m",
        created_s=1,
        choices=(
            Choice(parts=(Text(text="a"),), stop="end"),
            Choice(index=1, parts=(Text(text="b"),), stop="end"),
        ),
    ),
    "citations": _answer(
        Text(
            text="Paris",
            citations=(
                Citation(kind="url", url="https://example.com", title="Paris", start=0, end=5),
            ),
        )
    ),
    "image": _answer(_IMAGE),
    "logprobs": _answer(Text(text="a", logprobs=(_LIKELY,))),
    "reasoning_state": _answer(
        Reasoning(
            text="Hm",
            state=Opaque(origin="anthropic_messages", value="c2ln"),
        ),
        Text(text="a"),
    ),
    "reasoning_text": _answer(Reasoning(text="Hm"), Text(text="a")),
    "refusal": _answer(Refusal(text="I will not")),
    "tools": _answer(ToolCall(id="call_1", name="weather", arguments='{"city":"Paris"}')),
}
"""Answers by the feature that they need."""
