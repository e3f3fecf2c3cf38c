"""Parts of a request: results, thoughts, calls."""

from typing import Any

from detente.canonical.content import (
    CacheMark,
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
    ToolResult,
)
from detente.canonical.extras import Extras
from detente.dialects.anthropic_messages.citations import decode_citation
from tests.dialects.anthropic_messages.asking import (
    HI,
    WEATHER,
    WITH_SAMPLING,
    asked,
    says,
    written,
)


def test_results_with_images_and_errors() -> None:
    picture = Media(kind="image", source=Inline(media_type="image/png", data="QUJD"))
    sound = Media(kind="audio", source=Inline(media_type="audio/wav", data="QUJD"))
    request = asked(
        turns=(
            HI,
            says("assistant", ToolCall(id="a", name="weather", arguments="{}")),
            says(
                "user",
                ToolResult(call_id="a", parts=(Text(text="no"), picture, sound), is_error=True),
                ToolResult(call_id="b", data={"celsius": 20}, name="weather"),
            ),
        ),
        tools=(WEATHER,),
    )
    body, losses = written(request)
    assert body["messages"][2]["content"] == [
        {
            "type": "tool_result",
            "tool_use_id": "a",
            "content": [
                {"type": "text", "text": "no"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"},
                },
            ],
            "is_error": True,
        },
        {"type": "tool_result", "tool_use_id": "b", "content": '{"celsius":20}'},
    ]
    assert losses == ["tool_result_media@turns[2].parts[0].parts[2]!"]


def test_thoughts_of_another_platform_stay_behind() -> None:
    own = Opaque(origin="anthropic_messages", value="SIGNED")
    other = Opaque(origin="openai_responses", value="gAAAA", kind="encrypted")
    hidden = Opaque(origin="anthropic_messages", value="HIDDEN", kind="redacted")
    request = asked(
        turns=(
            HI,
            says(
                "assistant",
                Reasoning(text="I think", state=own),
                Reasoning(state=hidden),
                Reasoning(summary=("He thinks",), state=other),
                Reasoning(text="unsigned"),
                Text(text="so", state=Opaque(origin="gemini_generate", value="sig")),
                ToolCall(id="a", name="weather", arguments="not json"),
            ),
            says("user", ToolResult(call_id="a")),
        ),
        tools=(WEATHER,),
    )
    body, losses = written(request)
    assert body["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "I think", "signature": "SIGNED"},
        {"type": "redacted_thinking", "data": "HIDDEN"},
        {"type": "text", "text": "so"},
        {"type": "tool_use", "id": "a", "name": "weather", "input": {"_": "not json"}},
    ]
    assert body["messages"][2]["content"] == [{"type": "tool_result", "tool_use_id": "a"}]
    assert losses == [
        "reasoning_state@turns[1].parts[2].state",
        "reasoning_text@turns[1].parts[2]",
        "reasoning_text@turns[1].parts[3]",
        "reasoning_state@turns[1].parts[4].state",
        "tools@turns[1].parts[5].arguments",
    ]


def test_refusals_and_texts_of_an_answer_before() -> None:
    own: dict[str, Any] = {
        "type": "char_location",
        "cited_text": "q",
        "document_index": 0,
        "start_char_index": 0,
        "end_char_index": 1,
    }
    told = Text(
        text="so",
        citations=(decode_citation(own), Citation(kind="url", url="https://x")),
        logprobs=(TokenLogprob(token="a", logprob=-0.1),),
    )
    body, losses = written(asked(turns=(HI, says("assistant", Refusal(text="no"), told))))
    assert body["messages"][1]["content"] == [
        {"type": "text", "text": "no"},
        {"type": "text", "text": "so", "citations": [own]},
    ]
    assert losses == [
        "citations@turns[1].parts[1].citations[1]",
        "logprobs@turns[1].parts[1].logprobs",
    ]
    blank = says("assistant", Refusal(text=""), "a")
    assert written(asked(turns=(HI, blank)))[0]["messages"][1]["content"] == "a"


def test_citations_of_the_user_by_the_version_of_the_api() -> None:
    place = Citation(
        kind="document", quote="q", source_index=0, source_start=0, source_end=1, unit="page"
    )
    request = asked(turns=(says("user", Text(text="a", citations=(place,))),))
    body, losses = written(request, WITH_SAMPLING)
    assert ("citations" in body["messages"][0]["content"][0], losses) == (True, [])
    body, losses = written(request)
    assert body["messages"][0]["content"] == "a"
    assert losses == ["citations@turns[0].parts[0].citations"]
    foreign = says("user", Text(text="a", citations=(Citation(kind="url"),)))
    assert written(asked(turns=(foreign,)), WITH_SAMPLING)[1] == [
        "citations@turns[0].parts[0].citations[0]"
    ]


def test_marks_and_unknown_members_of_parts() -> None:
    signed = Opaque(origin="anthropic_messages", value="SIGNED")
    other = Extras(dialect="openai_chat", members={"new": 1})
    native = Native(dialect="openai_responses", name="web_search_call", value={})
    request = asked(
        turns=(
            HI,
            says(
                "assistant",
                Reasoning(summary=("a", "b"), state=signed, cache=CacheMark(), extras=other),
                native,
                ToolCall(id="a", name="b", arguments="free", kind="custom", cache=CacheMark()),
            ),
        )
    )
    body, losses = written(request)
    assert body["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "a\n\nb", "signature": "SIGNED"},
        {
            "type": "tool_use",
            "id": "a",
            "name": "b",
            "input": {"_": "free"},
            "cache_control": {"type": "ephemeral"},
        },
    ]
    assert losses == [
        "cache_mark@turns[1].parts[0].cache",
        "unknown_member@turns[1].parts[0].new",
        "native_part@turns[1].parts[1]!",
        "tools@turns[1].parts[2].arguments",
    ]


def test_a_results_parts_of_other_kinds() -> None:
    parts = (Text(text=" "), Native(dialect="gemini_generate", name="x", value={}))
    body, losses = written(asked(turns=(says("tool", ToolResult(call_id="a", parts=parts)),)))
    assert body["messages"][0]["content"] == [{"type": "tool_result", "tool_use_id": "a"}]
    assert losses == [
        "blank_text@turns[0].parts[0].parts[0]",
        "native_part@turns[0].parts[0].parts[1]!",
    ]
