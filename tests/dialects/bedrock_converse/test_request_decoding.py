"""What a request of Converse means."""

import pytest

from detente.canonical.content import (
    CacheMark,
    Text,
)
from detente.canonical.failure import ClientFault
from detente.canonical.request import (
    Option,
    OutputFormat,
)
from detente.dialects.bedrock_converse import CODEC
from tests.dialects.bedrock_converse.reading import decoded


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
