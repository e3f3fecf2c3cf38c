"""Requests to Oracle's chat, as canonical values."""

import json
from typing import Any

import pytest

from detente.canonical.content import Text, Turn
from detente.canonical.failure import ClientFault
from detente.canonical.request import HostedTool, OutputFormat, ReasoningControl, Tool, ToolChoice
from detente.dialects.oci_chat import CODEC
from tests.dialects.oci_chat.bodies import COHERE_REQUEST, ENDPOINT, GENERIC_REQUEST, SCHEMA

HI = [{"role": "USER", "content": [{"type": "TEXT", "text": "hi"}]}]


def body_of(*, mode: Any = None, around: dict[str, Any] | None = None, **chat: Any) -> bytes:
    serving = {"servingType": "ON_DEMAND", "modelId": "m"} if mode is None else mode
    inner = {"apiFormat": "GENERIC", "messages": HI, **chat}
    return json.dumps({"servingMode": serving, "chatRequest": inner, **(around or {})}).encode()


def decoded(**chat: Any) -> Any:
    return CODEC.decode_request(body_of(**chat))


def test_all_that_has_a_word() -> None:
    request = CODEC.decode_request(GENERIC_REQUEST)
    assert request.model == "xai.grok-4"
    assert [turn.role for turn in request.turns] == [
        "system",
        "developer",
        "user",
        "assistant",
        "tool",
        "assistant",
        "assistant",
    ]
    assert (request.stream, request.asks_usage) == (True, True)
    assert request.tools == (Tool(name="weather", description="d", parameters=SCHEMA),)
    assert request.tool_choice == ToolChoice(kind="named", names=("weather",))
    assert request.parallel_tool_calls is False
    assert request.output_format == OutputFormat(
        kind="json_schema", name="a", description="d", schema=SCHEMA, strict=True
    )
    assert request.reasoning == ReasoningControl(effort="low")
    assert (request.verbosity, request.service_tier) == ("high", "priority")
    assert request.metadata == {"team": "a"}
    assert (request.max_output_tokens, request.stop, request.choices) == (50, ("x",), 2)
    assert (request.logprobs, request.top_logprobs) == (True, 2)
    assert (request.temperature, request.top_p, request.top_k) == (0.5, 0.9, 3)
    assert (request.frequency_penalty, request.presence_penalty, request.seed) == (0.1, 0.2, 7)
    assert [(option.name, option.severity) for option in request.options] == [
        ("isEcho", "drop"),
        ("logitBias", "drop"),
    ]


def test_coheres_format() -> None:
    request = CODEC.decode_request(COHERE_REQUEST)
    assert (request.model, request.origin) == ("cohere.command-a-03-2025", "oci_chat")
    assert [turn.role for turn in request.turns] == ["system", "user", "assistant", "tool"]
    assert (request.stream, request.asks_usage) == (True, True)
    (tool,) = request.tools
    assert isinstance(tool, Tool)
    assert (tool.name, tool.strict) == ("weather", True)
    assert request.reasoning is not None
    assert (request.reasoning.enabled, request.reasoning.budget_tokens) == (True, 50)
    assert {option.name: option.dialect for option in request.options} == dict.fromkeys(
        ("documents", "safety_mode", "citation_options", "priority"), "oci_chat"
    )
    assert (request.max_output_tokens, request.top_k, request.stop) == (50, 3, ("x",))


def test_the_path_and_the_lane_have_the_last_word() -> None:
    request = CODEC.decode_request(body_of(isStream=True), model="n", stream=False)
    assert (request.model, request.stream) == ("n", False)
    assert CODEC.decode_request(b'{"chatRequest": {}}', model="n").turns == ()


def test_dedicated_endpoints() -> None:
    mode = {"servingType": "DEDICATED", "endpointId": ENDPOINT}
    assert CODEC.decode_request(body_of(mode=mode)).model == ENDPOINT


@pytest.mark.parametrize(
    ("chat", "member", "value"),
    [
        ({"toolChoice": {"type": "AUTO"}}, "tool_choice", ToolChoice(kind="auto")),
        ({"toolChoice": {"type": "NONE"}}, "tool_choice", ToolChoice(kind="none")),
        ({"toolChoice": {"type": "REQUIRED"}}, "tool_choice", ToolChoice(kind="required")),
        ({"responseFormat": {"type": "TEXT"}}, "output_format", OutputFormat(kind="text")),
        (
            {"responseFormat": {"type": "JSON_OBJECT"}},
            "output_format",
            OutputFormat(kind="json_object"),
        ),
        ({"reasoningEffort": "NONE"}, "reasoning", ReasoningControl(effort="none")),
        ({"maxTokens": 5}, "max_output_tokens", 5),
        ({"maxTokens": 5, "maxCompletionTokens": 6}, "max_output_tokens", 6),
        ({"maxTokens": -1}, "max_output_tokens", None),
        ({"topK": -1}, "top_k", None),
        ({"topK": 0}, "top_k", None),
        ({"logProbs": 0}, "top_logprobs", 0),
        ({"messages": None}, "turns", ()),
        ({"streamOptions": {"isIncludeUsage": True}}, "asks_usage", True),
        ({"metadata": {"a": 1}}, "metadata", {}),
    ],
)
def test_members(chat: dict[str, Any], member: str, value: Any) -> None:
    assert getattr(decoded(**chat), member) == value


@pytest.mark.parametrize(
    "chat",
    [
        {"toolChoice": {"type": "SOME"}},
        {"toolChoice": {"type": "FUNCTION"}},
        {"responseFormat": {"type": "XML"}},
        {"responseFormat": {"type": "JSON_SCHEMA"}},
        {"responseFormat": {"type": "JSON_SCHEMA", "jsonSchema": {"name": 5}}},
        {"responseFormat": {"type": "TEXT", "jsonSchema": {"name": "a"}}},
        {"reasoningEffort": "UTMOST"},
        {"reasoningEffort": "low"},
        {"verbosity": 5},
        {"metadata": {"a": 1}},
        {"brandNew": {"a": 1}},
    ],
)
def test_what_is_unknown_rides_along(chat: dict[str, Any]) -> None:
    request = decoded(**chat)
    assert request.extras is not None
    assert request.extras.members == {"chatRequest": chat}


def test_what_is_around_is_never_a_loss() -> None:
    request = CODEC.decode_request(body_of(around={"compartmentId": "c", "newer": 1}))
    assert request.extras is not None
    assert request.extras.members == {}
    assert request.extras.spelling == {"compartmentId": "c", "newer": 1}
    mode = CODEC.decode_request(body_of(mode={"modelId": "m", "newer": 1}))
    assert mode.extras is not None
    assert mode.extras.spelling == {"servingMode": {"modelId": "m", "newer": 1}}


def test_another_tool_is_the_platforms_own() -> None:
    assert decoded(tools=[{"type": "SEARCH", "a": 1}]).tools == (
        HostedTool(dialect="oci_chat", name="SEARCH", value={"type": "SEARCH", "a": 1}),
    )


def test_turns() -> None:
    assert decoded().turns == (Turn(role="user", parts=(Text(text="hi"),)),)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "JSON"),
        (b"{}", "chatRequest"),
        (b'{"chatRequest": {}}', "servingMode"),
        (body_of(mode={"modelId": 5}), "servingMode.modelId"),
        (body_of(apiFormat="COHERE"), "chatRequest.apiFormat"),
        (body_of(messages=[5]), r"chatRequest.messages\[0\]"),
        (body_of(messages=[{"role": "USER", "content": 5}]), r"messages\[0\].content"),
        (body_of(isStream="yes"), "isStream"),
        (body_of(tools=[{"type": "FUNCTION"}]), r"tools\[0\].name"),
        (body_of(apiFormat="COHEREV2", messages=[{"role": 5}]), r"messages\[0\].role"),
        (body_of(apiFormat="COHEREV2", streamOptions=5), "streamOptions"),
    ],
)
def test_faults_say_where(body: bytes, where: str) -> None:
    with pytest.raises(ClientFault, match=where):
        CODEC.decode_request(body)
