"""What becomes of other dialects' requests on their way to Oracle's chat, as tables."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    CacheMark,
    Citation,
    Composed,
    Inline,
    Linked,
    Media,
    Native,
    Opaque,
    Plain,
    Reasoning,
    Refusal,
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
from detente.dialects._translation.samples import REQUESTS as SAMPLES
from detente.dialects.codec import Target
from detente.dialects.oci_chat import CODEC
from tests.dialects.from_elsewhere import HI, asked, user
from tests.dialects.oci_chat.bodies import (
    COHERE_REQUEST,
    COHERES_MODEL,
    ENDPOINT,
    GENERIC_REQUEST,
    MODEL,
    accepted,
)

SCHEMA: Obj = {"type": "object", "properties": {"a": {"type": "integer"}}}
F = Tool(name="f", description="does", parameters=SCHEMA)
WIRE_F = {"type": "FUNCTION", "name": "f", "description": "does", "parameters": SCHEMA}
PNG = Inline(media_type="image/png", data="aGk=")
STATE = Opaque(origin="anthropic_messages", value="s")
NEWER = Extras(dialect="openai_responses", members={"newer": 1})
PLAIN = {"apiFormat", "messages", "isStream"}


def chat_of(request: Request, model: str = MODEL) -> tuple[Any, list[str]]:
    """`chatRequest`, and the losses with their severities."""
    encoded = CODEC.encode_request(request, Target(model=model))
    body = json.loads(encoded.body)
    assert body["servingMode"] == {"servingType": "ON_DEMAND", "modelId": model}
    return body["chatRequest"], [f"{loss} {loss.severity}" for loss in encoded.losses]


SETTINGS: list[tuple[Request, dict[str, Any], list[str]]] = [
    (
        asked(
            max_output_tokens=5,
            temperature=0.5,
            top_p=0.25,
            top_k=3,
            frequency_penalty=0.5,
            presence_penalty=1,
            seed=7,
            stop=("a", "b"),
            choices=2,
        ),
        {
            "maxTokens": 5,
            "temperature": 0.5,
            "topP": 0.25,
            "topK": 3,
            "frequencyPenalty": 0.5,
            "presencePenalty": 1,
            "seed": 7,
            "stop": ["a", "b"],
            "numGenerations": 2,
        },
        [],
    ),
    (asked(logprobs=True, top_logprobs=2), {"logProbs": 2}, []),
    (asked(logprobs=True), {"logProbs": 0}, []),
    (asked(logprobs=False, top_logprobs=2), {}, []),
    (asked(tools=(F,), parallel_tool_calls=False), {"isParallelToolCalls": False}, []),
    (asked(tool_choice=ToolChoice(kind="required")), {"toolChoice": {"type": "REQUIRED"}}, []),
    (
        asked(tool_choice=ToolChoice(kind="named", names=("f",))),
        {"toolChoice": {"type": "FUNCTION", "name": "f"}},
        [],
    ),
    (
        asked(tool_choice=ToolChoice(kind="allowed", names=("f",), extras=NEWER)),
        {"toolChoice": {"type": "AUTO"}},
        [
            "tool_choice_allowed@tool_choice refuse",
            "unknown_member@tool_choice.newer drop",
        ],
    ),
    (
        asked(tool_choice=ToolChoice(kind="allowed_required", names=("f",))),
        {"toolChoice": {"type": "REQUIRED"}},
        ["tool_choice_allowed@tool_choice refuse"],
    ),
    (
        asked(output_format=OutputFormat(kind="json_schema", schema=SCHEMA, strict=True)),
        {
            "responseFormat": {
                "type": "JSON_SCHEMA",
                "jsonSchema": {"name": "answer", "schema": SCHEMA, "isStrict": True},
            }
        },
        [],
    ),
    (
        asked(output_format=OutputFormat(kind="json_object", extras=NEWER)),
        {"responseFormat": {"type": "JSON_OBJECT"}},
        ["unknown_member@output_format.newer drop"],
    ),
    (asked(reasoning=ReasoningControl(effort="minimal")), {"reasoningEffort": "MINIMAL"}, []),
    (
        asked(reasoning=ReasoningControl(effort="max", summary="auto", visible=True)),
        {"reasoningEffort": "HIGH"},
        [
            "reasoning_control@reasoning.effort drop",
            "reasoning_control@reasoning.summary drop",
            "reasoning_control@reasoning.visible drop",
        ],
    ),
    (asked(reasoning=ReasoningControl(enabled=False)), {"reasoningEffort": "NONE"}, []),
    (asked(reasoning=ReasoningControl(adaptive=True)), {}, []),
    (
        asked(reasoning=ReasoningControl(budget_tokens=100, extras=NEWER)),
        {"reasoningEffort": "LOW"},
        ["reasoning_control@reasoning.budget_tokens drop", "unknown_member@reasoning.newer drop"],
    ),
    (
        asked(reasoning=ReasoningControl(budget_tokens=5_000)),
        {"reasoningEffort": "MEDIUM"},
        ["reasoning_control@reasoning.budget_tokens drop"],
    ),
    (
        asked(reasoning=ReasoningControl(budget_tokens=50_000)),
        {"reasoningEffort": "HIGH"},
        ["reasoning_control@reasoning.budget_tokens drop"],
    ),
    (
        asked(verbosity="low", service_tier="auto", metadata={"a": "b"}),
        {"verbosity": "LOW", "serviceTier": "AUTO", "metadata": {"a": "b"}},
        [],
    ),
    (
        asked(verbosity="terse", service_tier="flex"),
        {},
        ["verbosity drop", "service_tier drop"],
    ),
    (
        asked(
            user="u",
            cache_key="k",
            cache=CacheMark(),
            audio=AudioOutput(),
            store=True,
            modalities=("text", "audio"),
            extras=NEWER,
            options=(Option(dialect="openai_chat", name="o", value=1, severity="refuse"),),
        ),
        {},
        [
            "native_option@o refuse",
            "unknown_member@newer drop",
            "user drop",
            "cache_key drop",
            "cache_mark@cache drop",
            "audio_output@audio refuse",
            "store drop",
            "modalities refuse",
        ],
    ),
]


@pytest.mark.parametrize(("request_", "members", "losses"), SETTINGS)
def test_settings(request_: Request, members: dict[str, Any], losses: list[str]) -> None:
    chat, lost = chat_of(request_)
    chat.pop("tools", None)
    assert {name: value for name, value in chat.items() if name not in PLAIN} == members
    assert lost == losses


def test_tools() -> None:
    tools = (
        F,
        Tool(name="bare"),
        Tool(name="strict", strict=True, cache=CacheMark(), extras=NEWER),
        Tool(name="text", kind="custom"),
        HostedTool(dialect="openai_responses", name="web", value={}),
        HostedTool(dialect="oci_chat", name="SEARCH", value={"type": "SEARCH"}),
    )
    chat, lost = chat_of(asked(tools=tools))
    empty: Obj = {"type": "object", "properties": {}}
    assert chat["tools"] == [
        WIRE_F,
        {"type": "FUNCTION", "name": "bare", "parameters": empty},
        {"type": "FUNCTION", "name": "strict", "parameters": empty},
        {"type": "SEARCH"},
    ]
    assert lost == [
        "strict_tool@tools[2].strict refuse",
        "cache_mark@tools[2].cache drop",
        "unknown_member@tools[2].newer drop",
        "custom_tool@tools[3] refuse",
        "hosted_tool@tools[4] refuse",
    ]


def text(said: str) -> dict[str, str]:
    return {"type": "TEXT", "text": said}


def assistant(*parts: Any) -> Request:
    return asked(turns=(HI, Turn(role="assistant", parts=parts)))


def test_a_conversation() -> None:
    turns = (
        Turn(role="developer", parts=(Text(text="rules"),), cache=CacheMark()),
        Turn(role="user", parts=(Text(text="hi"),), name="ann", extras=NEWER),
        Turn(role="assistant", parts=(Reasoning(text="hm", state=STATE), Text(text="a"))),
        Turn(role="assistant", parts=(ToolCall(id="c1", name="f", arguments="{}"),)),
        Turn(
            role="user",
            parts=(
                ToolResult(call_id="c1", data={"a": 1}, is_error=True, cache=CacheMark()),
                Text(text="and now?"),
            ),
        ),
    )
    chat, lost = chat_of(asked(turns=turns, instructions=(Text(text="be brief"),)))
    assert chat["messages"] == [
        {"role": "SYSTEM", "content": [text("be brief")]},
        {"role": "DEVELOPER", "content": [text("rules")]},
        {"role": "USER", "name": "ann", "content": [text("hi")]},
        {
            "role": "ASSISTANT",
            "reasoningContent": "hm",
            "content": [text("a")],
            "toolCalls": [{"id": "c1", "type": "FUNCTION", "name": "f", "arguments": "{}"}],
        },
        {"role": "TOOL", "toolCallId": "c1", "content": [text('{"a":1}')]},
        {"role": "USER", "content": [text("and now?")]},
    ]
    assert lost == [
        "cache_mark@turns[0].cache drop",
        "unknown_member@turns[1].newer drop",
        "reasoning_state@turns[2].parts[0] drop",
        "cache_mark@turns[3].parts[0].cache drop",
        "tool_result_error@turns[3].parts[0].is_error drop",
    ]


PARTS: list[tuple[Any, list[Any], list[str]]] = [
    (
        Media(kind="image", source=PNG, detail="high"),
        [
            {
                "type": "IMAGE",
                "imageUrl": {"url": "data:image/png;base64,aGk=", "detail": "HIGH"},
            }
        ],
        [],
    ),
    (
        Media(kind="image", source=Linked(url="u"), detail="original", state=STATE),
        [{"type": "IMAGE", "imageUrl": {"url": "u"}}],
        [
            "reasoning_state@turns[0].parts[0] drop",
            "image_detail@turns[0].parts[0].detail drop",
        ],
    ),
    (
        Media(kind="audio", source=Inline(media_type="audio/wav", data="aGk=")),
        [{"type": "AUDIO", "audioUrl": {"url": "data:audio/wav;base64,aGk="}}],
        [],
    ),
    (
        Media(kind="video", source=Linked(url="u")),
        [{"type": "VIDEO", "videoUrl": {"url": "u"}}],
        [],
    ),
    (
        Media(kind="document", source=Linked(url="u"), title="t", context="c", cited=True),
        [{"type": "DOCUMENT", "documentUrl": {"url": "u"}}],
        [
            "document_context@turns[0].parts[0].context drop",
            "document@turns[0].parts[0].title drop",
            "document_citations@turns[0].parts[0] drop",
        ],
    ),
    (Media(kind="document", source=Plain(text="page")), [text("page")], []),
    (
        Media(
            kind="document",
            source=Composed(parts=(Text(text="a"), Media(kind="image", source=Linked(url="u")))),
        ),
        [text("a"), {"type": "IMAGE", "imageUrl": {"url": "u"}}],
        [],
    ),
    (
        Media(kind="document", source=Uploaded(id="f", dialect="openai_chat")),
        [],
        ["uploaded_file@turns[0].parts[0] refuse"],
    ),
    (
        Text(text="a", citations=(Citation(kind="url", url="u"),), state=STATE, cache=CacheMark()),
        [text("a")],
        [
            "cache_mark@turns[0].parts[0].cache drop",
            "reasoning_state@turns[0].parts[0] drop",
            "citations@turns[0].parts[0].citations[0] drop",
        ],
    ),
    (
        Native(dialect="openai_chat", name="n", value={}),
        [],
        ["native_part@turns[0].parts[0] refuse"],
    ),
    (Native(dialect="oci_chat", name="n", value={"type": "N"}), [{"type": "N"}], []),
]


@pytest.mark.parametrize(("part", "content", "losses"), PARTS)
def test_parts(part: Any, content: list[Any], losses: list[str]) -> None:
    chat, lost = chat_of(user(part))
    assert chat["messages"] == [{"role": "USER", "content": content}]
    assert lost == losses


def test_answers_parts() -> None:
    cited = Citation(kind="url", url="u", title="t", start=0, end=1)
    parts = (
        Reasoning(summary=("a", "b")),
        Reasoning(text="c"),
        Text(text="x", citations=(cited, Citation(kind="document"))),
        Refusal(text="no"),
        Refusal(text="never"),
        ToolCall(id="c1", name="f", arguments="ls", kind="custom", state=STATE),
    )
    chat, lost = chat_of(assistant(*parts))
    assert chat["messages"][1] == {
        "role": "ASSISTANT",
        "reasoningContent": "a\n\nb\n\nc",
        "content": [text("x")],
        "annotations": [
            {
                "type": "url_citation",
                "urlCitation": {"startIndex": 0, "endIndex": 1, "title": "t", "url": "u"},
            }
        ],
        "refusal": "no\nnever",
        "toolCalls": [{"id": "c1", "type": "FUNCTION", "name": "f", "arguments": '{"_":"ls"}'}],
    }
    assert lost == [
        "citations@turns[1].parts[2].citations[1] drop",
        "reasoning_state@turns[1].parts[5] drop",
        "tools@turns[1].parts[5].arguments drop",
    ]


def test_a_results_media_stay_with_it() -> None:
    result = ToolResult(call_id="c1", parts=(Media(kind="image", source=PNG),))
    chat, lost = chat_of(
        asked(
            turns=(
                Turn(role="assistant", parts=(ToolCall(id="c1", name="f", arguments="{}"),)),
                Turn(role="tool", parts=(result,)),
                Turn(role="tool", parts=(Text(text="odd"),)),
            )
        )
    )
    assert chat["messages"][1]["content"][0]["type"] == "IMAGE"
    assert chat["messages"][2] == {"role": "USER", "content": [text("odd")]}
    assert lost == []


def test_usage_is_asked_for_in_streams_alone() -> None:
    chat, _ = chat_of(asked(stream=True, asks_usage=True))
    assert (chat["isStream"], chat["streamOptions"]) == (True, {"isIncludeUsage": True})
    assert "streamOptions" not in chat_of(asked(stream=True))[0]
    assert "streamOptions" not in chat_of(asked(asks_usage=True))[0]
    coheres, _ = chat_of(asked(stream=True, asks_usage=True), COHERES_MODEL)
    assert (coheres["isStream"], coheres["streamOptions"]) == (True, {"isIncludeUsage": True})


def test_openais_models_have_their_own_bound() -> None:
    chat, _ = chat_of(asked(max_output_tokens=5), "openai.gpt-oss-120b")
    assert (chat.get("maxCompletionTokens"), chat.get("maxTokens")) == (5, None)


def test_coheres_models_are_asked_in_their_format() -> None:
    schema = OutputFormat(kind="json_schema", schema=SCHEMA)
    request = asked(
        tools=(F,),
        tool_choice=ToolChoice(kind="required"),
        output_format=schema,
        max_output_tokens=5,
        top_k=3,
        logprobs=True,
        reasoning=ReasoningControl(enabled=True, budget_tokens=9),
        seed=7,
        user="u",
    )
    chat, lost = chat_of(request, COHERES_MODEL)
    assert chat == {
        "apiFormat": "COHEREV2",
        "messages": [{"role": "USER", "content": [text("hi")]}],
        "tools": [
            {
                "type": "FUNCTION",
                "function": {"name": "f", "description": "does", "parameters": SCHEMA},
            }
        ],
        "toolsChoice": "REQUIRED",
        "responseFormat": {"type": "JSON_OBJECT", "schema": SCHEMA},
        "maxTokens": 5,
        "topK": 3,
        "isLogProbsEnabled": True,
        "thinking": {"type": "ENABLED", "tokenBudget": 9},
        "seed": 7,
    }
    assert lost == ["user drop"]


def test_one_format_is_never_laid_over_the_other() -> None:
    generic = CODEC.decode_request(GENERIC_REQUEST)
    body = json.loads(CODEC.encode_request(generic, Target(model=COHERES_MODEL)).body)
    assert body["chatRequest"]["apiFormat"] == "COHEREV2"
    assert "messages" in body["chatRequest"]
    assert not {"logProbs", "logitBias", "metadata", "stop"} & set(body["chatRequest"])
    assert body["compartmentId"] == json.loads(GENERIC_REQUEST)["compartmentId"]
    coheres = CODEC.decode_request(COHERE_REQUEST)
    encoded = CODEC.encode_request(coheres, Target(model=MODEL))
    body = json.loads(encoded.body)
    assert body["chatRequest"]["apiFormat"] == "GENERIC"
    assert not {"safetyMode", "documents", "thinking", "toolsChoice"} & set(body["chatRequest"])
    assert body["chatRequest"]["messages"][2]["reasoningContent"] == "I look."
    lost = {f"{loss} {loss.severity}" for loss in encoded.losses}
    assert lost >= {"native_option@safety_mode refuse", "native_option@documents refuse"}


def test_a_dedicated_endpoint_is_asked_as_the_client_did() -> None:
    for body, form in ((GENERIC_REQUEST, "GENERIC"), (COHERE_REQUEST, "COHEREV2")):
        request = CODEC.decode_request(body)
        told = json.loads(CODEC.encode_request(request, Target(model=ENDPOINT)).body)
        assert told["servingMode"] == {"servingType": "DEDICATED", "endpointId": ENDPOINT}
        assert told["chatRequest"]["apiFormat"] == form
    told = json.loads(CODEC.encode_request(asked(), Target(model=ENDPOINT)).body)
    assert told["chatRequest"]["apiFormat"] == "GENERIC"


@pytest.mark.parametrize("model", [MODEL, COHERES_MODEL])
@pytest.mark.parametrize("name", SAMPLES)
def test_the_official_clients_models_read_it(name: str, model: str) -> None:
    """All samples of the loss matrix, as both formats say them."""
    accepted(CODEC.encode_request(SAMPLES[name], Target(model=model)).body)
