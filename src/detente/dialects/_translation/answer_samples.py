"""For each feature that some dialect lacks: an answer that needs just this.

As `samples`, towards the client: an answer is never refused, so what its dialect cannot say is
named.
"""

from typing import Final

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
)
from detente.canonical.extras import Extras
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects._translation.samples import IMAGE, SOUND

_LIKELY: Final = TokenLogprob(token="a", logprob=-0.1)  # noqa: S106 -- a token of text
_A: Final = Text(text="a")


def _answer(*parts: Part, stop: StopReason = "end") -> Response:
    return Response(id="r", model="m", choices=(Choice(parts=parts, stop=stop),), created_s=1)


def _cites(citation: Citation) -> Response:
    return _answer(Text(text="Paris", citations=(citation,)))


RESPONSES: Final[dict[str, Response]] = {
    "audio_output": _answer(
        Media(
            kind="audio",
            source=Inline(media_type="audio/*", data=SOUND),
            transcript="a",
            id="audio_1",
        )
    ),
    "choices": Response(
        id="r",
        model="m",
        created_s=1,
        choices=(
            Choice(parts=(_A,), stop="end"),
            Choice(index=1, parts=(Text(text="b"),), stop="end"),
        ),
    ),
    "citations: document": _cites(
        Citation(
            kind="document",
            title="page",
            quote="Paris",
            source_index=0,
            source_start=0,
            source_end=5,
            unit="character",
        )
    ),
    "citations: url": _cites(
        Citation(kind="url", url="https://example.com", title="Paris", start=0, end=5)
    ),
    "content_filter": Response(
        id="r",
        model="m",
        created_s=1,
        choices=(
            Choice(
                parts=(_A,),
                stop="end",
                filters=(
                    ContentFilter(
                        dialect="openai_chat",
                        stage="output",
                        name="content_filter_results",
                        value={"hate": {"filtered": False, "severity": "safe"}},
                    ),
                ),
            ),
        ),
    ),
    "custom_tool": _answer(
        ToolCall(id="call_1", name="shell", arguments="ls", kind="custom"), stop="tool_calls"
    ),
    "image": _answer(IMAGE),
    "logprobs": _answer(Text(text="a", logprobs=(_LIKELY,))),
    "native_part": _answer(
        Native(
            dialect="openai_responses",
            name="mcp_list_tools",
            value={"type": "mcp_list_tools", "id": "m", "server_label": "s", "tools": []},
        ),
        _A,
    ),
    "reasoning_state": _answer(
        Reasoning(text="Hm", state=Opaque(origin="anthropic_messages", value="c2ln")), _A
    ),
    "reasoning_text": _answer(Reasoning(text="Hm"), _A),
    "service_tier": Response(
        id="r",
        model="m",
        created_s=1,
        service_tier="priority",
        choices=(Choice(parts=(_A,), stop="end"),),
    ),
    "stop_reason: malformed": _answer(_A, stop="malformed"),
    "stop_reason: pause": _answer(_A, stop="pause"),
    "stop_reason: refusal": _answer(Refusal(text="I will not"), stop="refusal"),
    "tools": _answer(
        ToolCall(id="call_1", name="weather", arguments='{"city":"Paris"}'), stop="tool_calls"
    ),
    "unknown_member": Response(
        id="r",
        model="m",
        created_s=1,
        origin="openai_chat",
        choices=(Choice(parts=(_A,), stop="end"),),
        extras=Extras(dialect="openai_chat", members={"brand_new": 1}),
    ),
    "usage_class: audio": Response(
        id="r",
        model="m",
        created_s=1,
        choices=(Choice(parts=(_A,), stop="end"),),
        usage=Usage(uncached_input_tokens=1, audio_input_tokens=2, visible_output_tokens=1),
    ),
    "usage_class: cache write": Response(
        id="r",
        model="m",
        created_s=1,
        choices=(Choice(parts=(_A,), stop="end"),),
        usage=Usage(uncached_input_tokens=1, cache_write_30m_tokens=2, visible_output_tokens=1),
    ),
    "usage_class: reasoning": Response(
        id="r",
        model="m",
        created_s=1,
        choices=(Choice(parts=(_A,), stop="end"),),
        usage=Usage(uncached_input_tokens=1, reasoning_output_tokens=2, visible_output_tokens=1),
    ),
}
"""Answers by the feature that they need."""
