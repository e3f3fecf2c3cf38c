"""Parts of other dialects as blocks: calls, results, thoughts, and what has no block."""

from detente.canonical.content import (
    CacheMark,
    Citation,
    Composed,
    Inline,
    Media,
    Native,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from tests.dialects.bedrock_converse.asking import (
    HI,
    WEATHER,
    WEATHER_WIRE,
    asking,
    encoded,
    said,
    user,
)


def test_parallel_calls_and_their_results() -> None:
    """Each dialect parts results otherwise; here all stand first in the user's next message."""
    body, losses = encoded(
        asking(
            user(),
            said(
                "assistant",
                Text(text="I look"),
                ToolCall(id="c1", name="weather", arguments='{"city":"Paris"}'),
                ToolCall(id="c2", name="weather", arguments=""),
            ),
            said("tool", ToolResult(call_id="c1", parts=(Text(text="sunny"),))),
            user("and?"),
            said(
                "tool",
                ToolResult(
                    call_id="c2",
                    parts=(
                        Text(text="no"),
                        Media(kind="image", source=Inline(media_type="image/jpeg", data="aGk=")),
                    ),
                    is_error=True,
                ),
            ),
            tools=(WEATHER,),
            parallel_tool_calls=True,
        )
    )
    assert body == {
        "messages": [
            HI,
            {
                "role": "assistant",
                "content": [
                    {"text": "I look"},
                    {"toolUse": {"toolUseId": "c1", "name": "weather", "input": {"city": "Paris"}}},
                    {"toolUse": {"toolUseId": "c2", "name": "weather", "input": {}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "c1", "content": [{"text": "sunny"}]}},
                    {
                        "toolResult": {
                            "toolUseId": "c2",
                            "content": [
                                {"text": "no"},
                                {"image": {"format": "jpeg", "source": {"bytes": "aGk="}}},
                            ],
                            "status": "error",
                        }
                    },
                    {"text": "and?"},
                ],
            },
        ],
        "toolConfig": {"tools": [WEATHER_WIRE]},
    }
    assert losses == []


def test_results_that_are_objects_empty_or_of_other_kinds() -> None:
    body, losses = encoded(
        asking(
            said("assistant", ToolCall(id="c1", name="weather", arguments="not json")),
            said(
                "user",
                ToolResult(call_id="c1", data={"temperature": 20}, name="weather"),
                ToolResult(call_id="c2"),
                ToolResult(
                    call_id="c3",
                    parts=(Media(kind="audio", source=Inline(media_type="audio/wav", data="aa")),),
                ),
            ),
            tools=(WEATHER,),
        )
    )
    assert body["messages"] == [
        {"role": "user", "content": [{"text": "(start)"}]},
        {
            "role": "assistant",
            "content": [
                {"toolUse": {"toolUseId": "c1", "name": "weather", "input": {"_": "not json"}}}
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "c1", "content": [{"json": {"temperature": 20}}]}},
                {"toolResult": {"toolUseId": "c2", "content": [{"text": "(no output)"}]}},
                {"toolResult": {"toolUseId": "c3", "content": [{"text": "(no output)"}]}},
            ],
        },
    ]
    assert losses == [
        "drop tools@turns[0].parts[0].arguments",
        "refuse tool_result_media@turns[1].parts[2].parts[0]",
        "drop history@turns",
    ]


def test_only_the_user_sends_media() -> None:
    image = Media(kind="image", source=Inline(media_type="image/png", data="a"))
    body, losses = encoded(asking(user(), said("assistant", image, Text(text="that"))))
    assert body["messages"][1]["content"] == [{"text": "that"}]
    assert losses == ["refuse image@turns[1].parts[0]"]


def test_thoughts_go_back_to_the_platform_that_signed_them_only() -> None:
    own = Opaque(origin="bedrock_converse", value="sig")
    other = Opaque(origin="anthropic_messages", value="sig")
    redacted = Opaque(origin="bedrock_converse", value="cmVk", kind="redacted")
    body, losses = encoded(
        asking(
            user(),
            said(
                "assistant",
                Reasoning(text="a", state=own),
                Reasoning(state=redacted),
                Reasoning(text="b", state=other),
                Reasoning(summary=("c",)),
                Text(text="d", state=Opaque(origin="gemini_generate", value="x")),
            ),
        )
    )
    assert body["messages"][1]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "a", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": "cmVk"}},
        {"text": "d"},
    ]
    assert losses == [
        "drop reasoning_state@turns[1].parts[2]",
        "drop reasoning_text@turns[1].parts[2]",
        "drop reasoning_text@turns[1].parts[3]",
        "drop reasoning_state@turns[1].parts[4].state",
    ]


def test_parts_that_only_others_have_are_named() -> None:
    native = Native(dialect="openai_responses", name="compaction", value={"type": "compaction"})
    body, losses = encoded(asking(user(), said("assistant", native, Text(text="x"))))
    assert body["messages"][1]["content"] == [{"text": "x"}]
    assert losses == ["refuse native_part@turns[1].parts[0]"]


def test_pieces_of_a_result_are_neither_cited_nor_marked_one_by_one() -> None:
    piece = Text(
        text="x", citations=(Citation(kind="url", url="https://a.example"),), cache=CacheMark()
    )
    document = Media(
        kind="document", source=Composed(parts=(Text(text="y", cache=CacheMark()),)), title="D"
    )
    body, losses = encoded(
        asking(
            said("user", Text(text="", cache=CacheMark()), Text(text="hi")),
            said("assistant", ToolCall(id="c", name="weather", arguments="{}")),
            said("user", ToolResult(call_id="c", parts=(piece, document))),
            tools=(WEATHER,),
        )
    )
    assert body["messages"][2]["content"] == [
        {
            "toolResult": {
                "toolUseId": "c",
                "content": [
                    {"text": "x"},
                    {"document": {"name": "D", "source": {"content": [{"text": "y"}]}}},
                ],
            }
        },
        {"cachePoint": {"type": "default"}},
    ]
    assert losses == [
        "drop cache_mark@turns[0].parts[0].cache",
        "drop citations@turns[2].parts[0].parts[0]",
        "drop cache_mark@turns[2].parts[0].parts[1].source.parts[0].cache",
    ]
