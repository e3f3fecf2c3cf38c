"""What a request of Converse means."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    CacheMark,
    Citation,
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
from detente.canonical.failure import ClientFault
from detente.canonical.request import (
    HostedTool,
    Option,
    OutputFormat,
    ReasoningControl,
    Request,
    Tool,
    ToolChoice,
)
from detente.dialects.bedrock_converse import CODEC

SCHEMA: dict[str, Any] = {"type": "object"}


def decoded(**wire: Any) -> Request:
    return CODEC.decode_request(json.dumps(wire).encode(), model="anthropic.claude")


def parts(*blocks: Any) -> tuple[Any, ...]:
    return decoded(messages=[{"role": "user", "content": list(blocks)}]).turns[0].parts


def test_the_path_says_model_and_streaming() -> None:
    request = CODEC.decode_request(b"{}", model="a:0", stream=True)
    assert (request.model, request.stream, request.origin) == ("a:0", True, "bedrock_converse")
    with pytest.raises(ClientFault, match="name it in the path"):
        CODEC.decode_request(b"{}")


def test_settings() -> None:
    request = decoded(
        messages=[],
        system=[{"text": "be brief"}, {"cachePoint": {"type": "default", "ttl": "1h"}}],
        inferenceConfig={"maxTokens": 5, "temperature": 0.5, "topP": 1, "stopSequences": ["a"]},
        requestMetadata={"team": "a"},
        serviceTier={"type": "flex"},
        guardrailConfig={"guardrailIdentifier": "g"},
        performanceConfig={"latency": "optimized"},
        promptVariables={"a": {"text": "b"}},
        additionalModelRequestFields={"top_k": 3, "anthropic_beta": ["x"], "tools": []},
    )
    assert request.instructions == (Text(text="be brief", cache=CacheMark(lifetime="1h")),)
    assert (request.max_output_tokens, request.temperature, request.top_p) == (5, 0.5, 1)
    assert (request.stop, request.top_k) == (("a",), 3)
    assert (request.metadata, request.service_tier) == ({"team": "a"}, "flex")
    assert {(option.name, option.severity) for option in request.options} == {
        ("guardrailConfig", "refuse"),
        ("promptVariables", "refuse"),
        ("performanceConfig", "drop"),
        ("additionalModelRequestFields.anthropic_beta", "drop"),
        ("additionalModelRequestFields.tools", "refuse"),
    }


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


def test_citations() -> None:
    (found,) = parts(
        {
            "citationsContent": {
                "content": [{"text": "a"}, {"text": "b"}],
                "citations": [
                    {"location": {"web": {"url": "https://a.example", "domain": "a.example"}}},
                    {
                        "title": "T",
                        "sourceContent": [{"text": "q"}],
                        "location": {"documentPage": {"documentIndex": 1, "start": 2, "end": 3}},
                    },
                    {
                        "source": "kb",
                        "location": {"searchResultLocation": {"searchResultIndex": 4, "start": 0}},
                    },
                ],
            }
        }
    )
    assert found.text == "ab"
    first, second, third = found.citations
    assert (first.kind, first.url) == ("url", "https://a.example")
    assert second == Citation(
        kind="document",
        title="T",
        quote="q",
        source_index=1,
        source_start=2,
        source_end=3,
        unit="page",
    )
    assert (third.url, third.unit, third.source_index) == ("kb", "search_result", 4)


def test_tools_and_the_choice_among_them() -> None:
    request = decoded(
        toolConfig={
            "tools": [
                {"toolSpec": {"name": "f", "inputSchema": {"json": SCHEMA}, "strict": True}},
                {"cachePoint": {"type": "default", "ttl": "5m"}},
                {"systemTool": {"name": "nova_grounding"}},
            ],
            "toolChoice": {"tool": {"name": "f"}},
        }
    )
    assert request.tools == (
        Tool(name="f", parameters=SCHEMA, strict=True, cache=CacheMark(lifetime="5m")),
        HostedTool(
            dialect="bedrock_converse",
            name="nova_grounding",
            value={"systemTool": {"name": "nova_grounding"}},
        ),
    )
    assert request.tool_choice == ToolChoice(kind="named", names=("f",))


@pytest.mark.parametrize(
    ("wire", "kind", "parallel"),
    [
        ({"type": "auto", "disable_parallel_tool_use": True}, "auto", False),
        ({"type": "any", "disable_parallel_tool_use": False}, "required", True),
        ({"type": "none"}, "none", None),
        ({"type": "tool", "name": "f"}, "named", None),
    ],
)
def test_claudes_own_choice(wire: dict[str, Any], kind: str, parallel: bool | None) -> None:
    request = decoded(additionalModelRequestFields={"tool_choice": wire})
    assert request.tool_choice is not None
    assert (request.tool_choice.kind, request.parallel_tool_calls) == (kind, parallel)
    assert request.options == ()


@pytest.mark.parametrize(
    ("fields", "effort", "control"),
    [
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1024}},
            None,
            ReasoningControl(enabled=True, budget_tokens=1024),
        ),
        (
            {
                "thinking": {"type": "adaptive", "display": "omitted"},
                "output_config": {"effort": "low"},
            },
            None,
            ReasoningControl(enabled=True, adaptive=True, effort="low", visible=False),
        ),
        ({"thinking": {"type": "disabled"}}, None, ReasoningControl(enabled=False)),
        ({}, "max", ReasoningControl(effort="max")),
        ({"reasoning_effort": "medium"}, None, ReasoningControl(effort="medium")),
        ({"reasoning_config": "high"}, None, ReasoningControl(effort="high")),
        (
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}},
            None,
            ReasoningControl(enabled=True, effort="low"),
        ),
    ],
)
def test_thinking(fields: dict[str, Any], effort: str | None, control: ReasoningControl) -> None:
    request = decoded(
        additionalModelRequestFields=fields,
        outputConfig={"effort": effort} if effort is not None else {},
    )
    found = request.reasoning
    assert found is not None
    for name in ("enabled", "adaptive", "effort", "budget_tokens", "visible"):
        assert getattr(found, name) == getattr(control, name), name
    assert request.options == ()


@pytest.mark.parametrize(
    ("fields", "effort", "options"),
    [
        ({"thinking": {"type": "enabled"}}, None, ["additionalModelRequestFields.thinking"]),
        ({"thinking": {"type": "new"}}, None, ["additionalModelRequestFields.thinking"]),
        ({"reasoningConfig": {}}, None, ["additionalModelRequestFields.reasoningConfig"]),
        ({"tool_choice": {"type": "x"}}, None, ["additionalModelRequestFields.tool_choice"]),
        ({}, "ultra", ["outputConfig.effort"]),
        (
            {"reasoning_effort": "low", "output_config": {"effort": "high"}},
            "low",
            ["additionalModelRequestFields.output_config", "outputConfig.effort"],
        ),
    ],
)
def test_what_is_not_understood_stays_an_option(
    fields: dict[str, Any], effort: str | None, options: list[str]
) -> None:
    request = decoded(
        additionalModelRequestFields=fields,
        outputConfig={"effort": effort} if effort is not None else {},
    )
    assert [option.name for option in request.options] == options


def test_a_schema_for_the_answer() -> None:
    wire = {
        "type": "json_schema",
        "structure": {"jsonSchema": {"schema": '{"type": "object"}', "name": "N"}},
    }
    found = decoded(outputConfig={"textFormat": wire}).output_format
    assert found is not None
    assert (found.kind, found.name, found.schema) == ("json_schema", "N", {"type": "object"})
    assert isinstance(found, OutputFormat)
    wire = {"type": "json_schema", "structure": {"jsonSchema": {"schema": "no json"}}}
    assert decoded(outputConfig={"textFormat": wire}).options == (
        Option(
            dialect="bedrock_converse",
            name="outputConfig.textFormat",
            value=wire,  # pyright: ignore[reportArgumentType] -- JSON
            severity="refuse",
        ),
    )


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"{", "the body is not JSON"),
        (b"[]", "is not a JSON object"),
        (b'{"messages": [{"role": "tool", "content": []}]}', "messages\\[0\\].role"),
        (b'{"messages": [{"role": "user", "content": ["hi"]}]}', "messages\\[0\\].content\\[0\\]"),
        (
            b'{"messages": [{"role": "user", "content": [{"toolUse": {"toolUseId": ""}}]}]}',
            "messages\\[0\\].content\\[0\\].toolUse.toolUseId",
        ),
        (b'{"inferenceConfig": {"maxTokens": "5"}}', "maxTokens"),
        (b'{"toolConfig": {"tools": [{"toolSpec": {}}]}}', "name"),
        (b'{"toolConfig": {"toolChoice": {"tool": {}}}}', "toolConfig.toolChoice.tool.name"),
        (b'{"requestMetadata": {"a": 1}}', "requestMetadata.a"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(body: bytes, where: str) -> None:
    with pytest.raises(ClientFault, match=where):
        CODEC.decode_request(body, model="m")
