"""Blocks of Converse as parts."""

from detente.canonical.content import (
    CacheMark,
    Inline,
    Linked,
    Media,
    Native,
    Opaque,
    Plain,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from tests.dialects.bedrock_converse.reading import parts


def test_parts() -> None:
    found = parts(
        {"text": "hi"},
        {"cachePoint": {"type": "default"}},
        {"image": {"format": "png", "source": {"bytes": "aGk="}}},
        {"video": {"format": "three_gp", "source": {"s3Location": {"uri": "s3://b/v"}}}},
        {
            "document": {
                "format": "txt",
                "name": "D",
                "source": {"text": "words"},
                "context": "c",
                "citations": {"enabled": True},
            }
        },
        {"toolUse": {"toolUseId": "t", "name": "f", "input": {"a": 1}}},
        {"toolResult": {"toolUseId": "t", "content": [{"json": {"b": 2}}], "status": "error"}},
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
        {"guardContent": {"text": {"text": "x"}}},
    )
    assert found == (
        Text(text="hi", cache=CacheMark()),
        Media(kind="image", source=Inline(media_type="image/png", data="aGk=")),
        Media(kind="video", source=Linked(url="s3://b/v", media_type="video/3gpp")),
        Media(kind="document", source=Plain(text="words"), title="D", context="c", cited=True),
        ToolCall(id="t", name="f", arguments='{"a":1}'),
        ToolResult(call_id="t", data={"b": 2}, is_error=True),
        Reasoning(text="hm", state=Opaque(origin="bedrock_converse", value="s")),
        Native(
            dialect="bedrock_converse",
            name="guardContent",
            value={"guardContent": {"text": {"text": "x"}}},
        ),
    )


def test_what_only_the_platform_has_stays_native() -> None:
    found = parts(
        {"cachePoint": {"type": "default"}},
        {"text": "x"},
        {"cachePoint": {"type": "brand_new"}},
        {"toolUse": {"toolUseId": "t", "name": "f", "input": {}, "type": "server_tool_use"}},
        {"toolResult": {"toolUseId": "t", "content": [], "type": "code_result"}},
        {"image": {"format": "png", "source": {}, "error": {"message": "bad"}}},
        {"image": {"format": "png", "source": {"brandNew": 1}}},
        {"brandNew": {"a": 1}},
        {},
    )
    assert [part.name if isinstance(part, Native) else "" for part in found] == [
        "cachePoint",
        "",
        "cachePoint",
        "toolUse",
        "toolResult",
        "image",
        "image",
        "brandNew",
        "block",
    ]
