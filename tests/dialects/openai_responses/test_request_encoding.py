"""Requests from elsewhere, as the Responses API takes them: what is sent, and what is lost.

Each test is a line of the specification: canonical values, the exact body, the exact losses.
"""

import json
from typing import Any, cast

import pytest
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import TypeAdapter

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
    TokenLogprob,
    ToolCall,
    ToolResult,
    Turn,
    Uploaded,
)
from detente.canonical.extras import Extras
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
from detente.dialects.codec import Target
from detente.dialects.openai_responses.request_decoding import decode_request
from detente.dialects.openai_responses.request_encoding import encode_request

HI = Turn(role="user", parts=(Text(text="hi"),))
SCHEMA: Any = {"type": "object", "properties": {"city": {"type": "string"}}}
VALID = TypeAdapter(ResponseCreateParamsNonStreaming)


def encoded(request: Request) -> tuple[dict[str, Any], list[str]]:
    """The body for model `gpt`, which the SDK's types accept, and the losses in short."""
    result = encode_request(request, Target(model="gpt"))
    body = json.loads(result.body)
    VALID.validate_python(with_ids(body))
    return body, [f"{loss.severity} {loss}" for loss in result.losses]


def with_ids(body: dict[str, Any]) -> dict[str, Any]:
    """`body` with what the SDK's types demand and the platform does not: the ids by which it would
    look up what it has not stored."""
    items: list[Any] = []
    conversation = cast("list[dict[str, Any]]", body["input"])
    for item in conversation:
        if item.get("type") == "reasoning":
            items.append({"id": "rs_1", **item})
        elif item.get("type") == "message" and item["role"] == "assistant":
            content: list[Any] = [{"annotations": [], **part} for part in item["content"]]
            items.append({"id": "msg_1", "status": "completed", **item, "content": content})
        else:
            items.append(item)
    return {**{key: value for key, value in body.items() if key != "stream"}, "input": items}


def from_anthropic(**members: Any) -> Request:
    """A request that came in another dialect."""
    said: dict[str, Any] = {"model": "m", "turns": (HI,), **members}
    return Request(origin="anthropic_messages", **said)


def test_the_least_request() -> None:
    body, losses = encoded(from_anthropic())
    assert body == {"model": "gpt", "input": [{"role": "user", "content": "hi"}]}
    assert losses == []


def test_instructions_and_settings_that_both_have() -> None:
    body, losses = encoded(
        from_anthropic(
            instructions=(Text(text="Be brief."), Text(text="Be kind.")),
            stream=True,
            max_output_tokens=99,
            temperature=0.5,
            top_p=0.9,
            parallel_tool_calls=False,
            verbosity="low",
            metadata={"a": "b"},
            user="u1",
            cache_key="k",
            store=False,
        )
    )
    assert body == {
        "model": "gpt",
        "input": [{"role": "user", "content": "hi"}],
        "instructions": "Be brief.\n\nBe kind.",
        "stream": True,
        "max_output_tokens": 99,
        "temperature": 0.5,
        "top_p": 0.9,
        "parallel_tool_calls": False,
        "text": {"verbosity": "low"},
        "metadata": {"a": "b"},
        "safety_identifier": "u1",
        "prompt_cache_key": "k",
        "store": False,
    }
    assert losses == []


def test_settings_that_this_api_lacks_are_named() -> None:
    body, losses = encoded(
        from_anthropic(
            top_k=3,
            frequency_penalty=0.1,
            presence_penalty=0.2,
            seed=7,
            stop=("END",),
            choices=2,
            modalities=("text", "audio"),
            audio=AudioOutput(voice="alloy"),
            cache=CacheMark(lifetime="1h"),
            service_tier="reserved",
        )
    )
    assert body == {"model": "gpt", "input": [{"role": "user", "content": "hi"}]}
    assert losses == [
        "drop service_tier",
        "drop top_k",
        "drop frequency_penalty",
        "drop presence_penalty",
        "drop seed",
        "drop stop",
        "refuse choices",
        "refuse audio_output@audio",
        "refuse modalities",
        "drop cache_mark@cache",
    ]


def test_one_choice_and_a_cached_prompt_are_what_happens_anyway() -> None:
    _, losses = encoded(from_anthropic(choices=1, cache=CacheMark(), modalities=("text",)))
    assert losses == []


def test_a_tool_loop_with_parallel_calls() -> None:
    turns = (
        HI,
        Turn(
            role="assistant",
            parts=(
                Text(text="I look."),
                ToolCall(id="c1", name="look", arguments='{"city":"Rome"}'),
                ToolCall(id="c2", name="look", arguments=""),
            ),
        ),
        Turn(
            role="user",
            parts=(
                ToolResult(call_id="c1", parts=(Text(text="sun"),), name="look"),
                ToolResult(call_id="c2", parts=(Text(text="no"),), is_error=True),
                Text(text="and now?"),
            ),
        ),
    )
    body, losses = encoded(from_anthropic(turns=turns))
    assert body["input"] == [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "I look."},
        {
            "type": "function_call",
            "call_id": "c1",
            "name": "look",
            "arguments": '{"city":"Rome"}',
        },
        {"type": "function_call", "call_id": "c2", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "sun"},
        {"type": "function_call_output", "call_id": "c2", "output": "no"},
        {"role": "user", "content": "and now?"},
    ]
    assert losses == ["drop tool_result_error@turns[2].parts[1]"]


def test_results_with_images_files_data_and_nothing() -> None:
    png = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
    wav = Media(kind="audio", source=Inline(media_type="audio/wav", data="aGk="))
    results = (
        ToolResult(call_id="c1", parts=(Text(text="see"), png, wav)),
        ToolResult(call_id="c2", data={"ok": True}),
        ToolResult(call_id="c3"),
        ToolResult(call_id="c4", parts=(Text(text="free"),), kind="custom"),
    )
    body, losses = encoded(from_anthropic(turns=(Turn(role="tool", parts=results),)))
    assert body["input"] == [
        {
            "type": "function_call_output",
            "call_id": "c1",
            "output": [
                {"type": "input_text", "text": "see"},
                {
                    "type": "input_image",
                    "detail": "auto",
                    "image_url": "data:image/png;base64,aGk=",
                },
            ],
        },
        {"type": "function_call_output", "call_id": "c2", "output": '{"ok":true}'},
        {"type": "function_call_output", "call_id": "c3", "output": ""},
        {"type": "custom_tool_call_output", "call_id": "c4", "output": "free"},
    ]
    assert losses == ["refuse tool_result_media@turns[0].parts[0].parts[2]"]


def test_tools_say_whether_they_are_strict() -> None:
    tools = (
        Tool(name="look", description="Looks.", parameters=SCHEMA),
        Tool(name="sure", parameters=SCHEMA, strict=True, cache=CacheMark()),
        Tool(name="none"),
        Tool(name="none_strict", strict=True),
        Tool(name="free", description="Free.", kind="custom"),
        HostedTool(dialect="anthropic_messages", name="web_search", value={}),
    )
    body, losses = encoded(from_anthropic(tools=tools))
    nothing: dict[str, Any] = {"type": "object", "properties": {}}
    assert body["tools"] == [
        {
            "type": "function",
            "name": "look",
            "description": "Looks.",
            "parameters": SCHEMA,
            "strict": False,
        },
        {"type": "function", "name": "sure", "parameters": SCHEMA, "strict": True},
        {"type": "function", "name": "none", "parameters": nothing, "strict": False},
        {
            "type": "function",
            "name": "none_strict",
            "parameters": {**nothing, "required": [], "additionalProperties": False},
            "strict": True,
        },
        {"type": "custom", "name": "free", "description": "Free."},
    ]
    assert losses == ["drop cache_mark@tools[1]", "refuse hosted_tool@tools[5]"]


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        (ToolChoice(kind="auto"), "auto"),
        (ToolChoice(kind="none"), "none"),
        (ToolChoice(kind="required"), "required"),
        (ToolChoice(kind="named", names=("look",)), {"type": "function", "name": "look"}),
        (ToolChoice(kind="named", names=("free",)), {"type": "custom", "name": "free"}),
        (
            ToolChoice(kind="allowed", names=("look", "free")),
            {
                "type": "allowed_tools",
                "mode": "auto",
                "tools": [
                    {"type": "function", "name": "look"},
                    {"type": "custom", "name": "free"},
                ],
            },
        ),
        (
            ToolChoice(kind="allowed_required", names=("look",)),
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "look"}],
            },
        ),
    ],
)
def test_every_choice_of_tools(choice: ToolChoice, wire: object) -> None:
    tools = (Tool(name="look", parameters=SCHEMA), Tool(name="free", kind="custom"))
    body, losses = encoded(from_anthropic(tools=tools, tool_choice=choice))
    assert body["tool_choice"] == wire
    assert losses == []


@pytest.mark.parametrize(
    ("form", "wire"),
    [
        (OutputFormat(kind="text"), {"type": "text"}),
        (OutputFormat(kind="json_object"), {"type": "json_object"}),
        (
            OutputFormat(kind="json_schema", schema=SCHEMA),
            {"type": "json_schema", "name": "answer", "schema": SCHEMA},
        ),
        (
            OutputFormat(
                kind="json_schema", name="place", description="A place.", schema=None, strict=True
            ),
            {
                "type": "json_schema",
                "name": "place",
                "description": "A place.",
                "schema": {"type": "object"},
                "strict": True,
            },
        ),
    ],
)
def test_the_form_of_the_answer(form: OutputFormat, wire: object) -> None:
    body, losses = encoded(from_anthropic(output_format=form))
    assert body["text"] == {"format": wire}
    assert losses == []


@pytest.mark.parametrize(
    ("control", "wire", "lost"),
    [
        (ReasoningControl(enabled=False), {"effort": "none"}, []),
        (ReasoningControl(effort="none"), {"effort": "none"}, []),
        (ReasoningControl(effort="xhigh", summary="detailed"), None, []),
        (ReasoningControl(adaptive=True, visible=True), {"summary": "auto"}, []),
        (
            ReasoningControl(enabled=True, budget_tokens=1_024),
            {"effort": "low"},
            ["drop reasoning_control@reasoning.budget_tokens"],
        ),
        (
            ReasoningControl(budget_tokens=10_000),
            {"effort": "medium"},
            ["drop reasoning_control@reasoning.budget_tokens"],
        ),
        (
            ReasoningControl(budget_tokens=60_000, effort="max"),
            {"effort": "max"},
            ["drop reasoning_control@reasoning.budget_tokens"],
        ),
    ],
)
def test_thinking_is_graded_by_effort(
    control: ReasoningControl, wire: object, lost: list[str]
) -> None:
    body, losses = encoded(from_anthropic(reasoning=control))
    assert body["reasoning"] == wire or (
        wire is None and body["reasoning"] == {"effort": "xhigh", "summary": "detailed"}
    )
    assert losses == lost
    asked = body.get("include") == ["reasoning.encrypted_content"]
    assert asked is (control.enabled is not False and control.effort != "none")


def test_own_reasoning_state_comes_back_without_an_id_and_foreign_state_stays_out() -> None:
    own = Opaque(origin="openai_responses", value="gAAA", kind="encrypted")
    foreign = Opaque(origin="anthropic_messages", value="sig")
    turn = Turn(
        role="assistant",
        parts=(
            Reasoning(text="told elsewhere", state=own, id="rs_1"),
            Reasoning(summary=("a", "b"), state=own),
            Reasoning(text="hm", state=foreign),
            Reasoning(text="unsigned"),
            Reasoning(),
            Text(text="so", state=foreign),
            ToolCall(id="c1", name="f", arguments="{}", state=foreign),
        ),
    )
    body, losses = encoded(from_anthropic(turns=(HI, turn, HI)))
    assert body["input"][1:4] == [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "told elsewhere"}],
            "encrypted_content": "gAAA",
        },
        {
            "type": "reasoning",
            "summary": [
                {"type": "summary_text", "text": "a"},
                {"type": "summary_text", "text": "b"},
            ],
            "encrypted_content": "gAAA",
        },
        {"role": "assistant", "content": "so"},
    ]
    assert losses == [
        "drop reasoning_state@turns[1].parts[2]",
        "drop reasoning_text@turns[1].parts[2]",
        "drop reasoning_text@turns[1].parts[3]",
        "drop reasoning_state@turns[1].parts[5]",
        "drop reasoning_state@turns[1].parts[6]",
    ]


def test_images_in_every_form() -> None:
    parts = (
        Media(kind="image", source=Inline(media_type="image/png", data="aGk="), detail="high"),
        Media(kind="image", source=Linked(url="https://a.example/x.png"), detail="medium"),
        Media(kind="image", source=Uploaded(id="file-1", dialect="openai_chat")),
        Media(kind="image", source=Uploaded(id="files/1", dialect="gemini_generate")),
        Media(kind="image", source=Linked(url="gs://bucket/x.png")),
        Media(kind="image", source=Plain(text="x"), title="t"),
    )
    body, losses = encoded(from_anthropic(turns=(Turn(role="user", parts=parts),)))
    assert body["input"][0]["content"] == [
        {"type": "input_image", "detail": "high", "image_url": "data:image/png;base64,aGk="},
        {"type": "input_image", "detail": "auto", "image_url": "https://a.example/x.png"},
        {"type": "input_image", "detail": "auto", "file_id": "file-1"},
    ]
    assert losses == [
        "drop image_detail@turns[0].parts[1]",
        "refuse uploaded_file@turns[0].parts[3]",
        "refuse image_url@turns[0].parts[4]",
        "refuse image@turns[0].parts[5]",
    ]


def test_documents_in_every_form() -> None:
    pdf = Inline(media_type="application/pdf", data="aGk=")
    parts = (
        Media(kind="document", source=pdf, title="plan.pdf", context="old", cited=True),
        Media(kind="document", source=pdf),
        Media(kind="document", source=Plain(text="hi")),
        Media(kind="document", source=Linked(url="https://a.example/x.pdf"), title="x"),
        Media(kind="document", source=Linked(url="s3://bucket/x.pdf")),
        Media(kind="document", source=Uploaded(id="f", dialect="anthropic_messages")),
        Media(kind="document", source=Composed(parts=(Text(text="a"), Text(text="b"))), title="c"),
    )
    body, losses = encoded(from_anthropic(turns=(Turn(role="user", parts=parts),)))
    data = "data:application/pdf;base64,aGk="
    assert body["input"][0]["content"] == [
        {"type": "input_file", "file_data": data, "filename": "plan.pdf"},
        {"type": "input_file", "file_data": data, "filename": "document.pdf"},
        {
            "type": "input_file",
            "file_data": "data:text/plain;base64,aGk=",
            "filename": "document.txt",
        },
        {"type": "input_file", "file_url": "https://a.example/x.pdf"},
        {"type": "input_text", "text": "a"},
        {"type": "input_text", "text": "b"},
    ]
    assert losses == [
        "drop document_context@turns[0].parts[0]",
        "drop document_citations@turns[0].parts[0]",
        "drop document_context@turns[0].parts[3].title",
        "refuse document@turns[0].parts[4]",
        "refuse uploaded_file@turns[0].parts[5]",
        "drop document_context@turns[0].parts[6]",
    ]


def test_sound_and_film_are_refused() -> None:
    inline = Inline(media_type="audio/wav", data="aGk=")
    parts = (Media(kind="audio", source=inline), Media(kind="video", source=inline))
    body, losses = encoded(from_anthropic(turns=(HI, Turn(role="user", parts=parts))))
    assert body["input"] == [{"role": "user", "content": "hi"}]
    assert losses == [
        "refuse audio_input@turns[1].parts[0]",
        "refuse video_input@turns[1].parts[1]",
    ]


def test_what_an_earlier_answer_came_with_stays_behind() -> None:
    answer = (
        Text(
            text="so",
            citations=(Citation(kind="url", url="https://a.example"),),
            logprobs=(TokenLogprob(token="so", logprob=-0.1),),
        ),
        Refusal(text="no", logprobs=(TokenLogprob(token="no", logprob=-0.1),)),
        Media(kind="image", source=Inline(media_type="image/png", data="aGk=")),
        Native(dialect="gemini_generate", name="executableCode", value={}),
    )
    body, losses = encoded(from_anthropic(turns=(Turn(role="assistant", parts=answer), HI)))
    assert body["input"][0] == {
        "type": "message",
        "role": "assistant",
        "content": [
            {"type": "output_text", "text": "so"},
            {"type": "refusal", "refusal": "no"},
        ],
    }
    assert losses == [
        "drop citations@turns[0].parts[0]",
        "drop logprobs@turns[0].parts[0]",
        "drop logprobs@turns[0].parts[1]",
        "refuse image@turns[0].parts[2]",
        "refuse native_part@turns[0].parts[3]",
    ]


def test_the_texts_of_an_earlier_answer_are_one() -> None:
    parts = (Text(text="It is "), Text(text="sunny."))
    body, losses = encoded(
        from_anthropic(turns=(Turn(role="assistant", parts=parts), Turn(role="user", parts=parts)))
    )
    assert body["input"] == [
        {"role": "assistant", "content": "It is sunny."},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "It is "},
                {"type": "input_text", "text": "sunny."},
            ],
        },
    ]
    assert losses == []


def test_names_marks_and_an_answer_begun() -> None:
    turns = (
        Turn(role="developer", parts=(Text(text="Go."),), name="ops", cache=CacheMark()),
        Turn(
            role="user",
            parts=(
                Text(text="long", cache=CacheMark(lifetime="12h")),
                Text(text="short", cache=CacheMark(lifetime="5m")),
            ),
        ),
        Turn(role="assistant", parts=(Text(text="The answer is"),)),
    )
    body, losses = encoded(from_anthropic(turns=turns))
    assert body["input"] == [
        {"role": "developer", "content": "Go."},
        {
            "type": "message",
            "role": "user",
            "content": [
                {
                    "type": "input_text",
                    "text": "long",
                    "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"},
                },
                {"type": "input_text", "text": "short"},
            ],
        },
        {"role": "assistant", "content": "The answer is"},
    ]
    assert losses == [
        "drop message_name@turns[0].name",
        "drop cache_mark@turns[0]",
        "drop cache_mark@turns[1].parts[1]",
        "refuse assistant_prefill@turns[2]",
    ]


def test_instructions_that_one_text_cannot_hold_are_a_message() -> None:
    image = Media(kind="image", source=Linked(url="https://a.example/x.png"))
    body, losses = encoded(from_anthropic(instructions=(Text(text="Look:"), image)))
    assert "instructions" not in body
    assert body["input"][0] == {
        "type": "message",
        "role": "system",
        "content": [
            {"type": "input_text", "text": "Look:"},
            {"type": "input_image", "detail": "auto", "image_url": "https://a.example/x.png"},
        ],
    }
    assert losses == []


def test_what_instructions_come_with_is_named() -> None:
    words = Text(
        text="Be.",
        cache=CacheMark(lifetime="1h"),
        citations=(Citation(kind="url", url="https://a.example"),),
        state=Opaque(origin="gemini_generate", value="x"),
    )
    body, losses = encoded(from_anthropic(instructions=(words,)))
    assert body["instructions"] == "Be."
    assert losses == [
        "drop cache_mark@instructions[0]",
        "drop reasoning_state@instructions[0]",
        "drop citations@instructions[0]",
    ]


def test_log_probabilities_are_asked_for() -> None:
    body, losses = encoded(from_anthropic(logprobs=True, top_logprobs=3))
    assert body["include"] == ["message.output_text.logprobs"]
    assert body["top_logprobs"] == 3
    assert losses == []


@pytest.mark.parametrize(
    ("tier", "wire"), [("standard", "default"), ("flex", "flex"), ("priority", "priority")]
)
def test_tiers_that_mean_the_same(tier: str, wire: str) -> None:
    body, losses = encoded(from_anthropic(service_tier=tier))
    assert body["service_tier"] == wire
    assert losses == []


def test_what_only_the_other_dialect_has_is_named_with_its_weight() -> None:
    rest = Extras(dialect="anthropic_messages", members={"new": 1})
    body, losses = encoded(
        from_anthropic(
            turns=(Turn(role="user", parts=(Text(text="hi", extras=rest),), extras=rest),),
            tools=(Tool(name="f", parameters=SCHEMA, extras=rest),),
            options=(
                Option(
                    dialect="anthropic_messages", name="container", value="c", severity="refuse"
                ),
                Option(dialect="gemini_generate", name="labels", value={}),
            ),
            extras=rest,
        )
    )
    assert set(body) == {"model", "input", "tools"}
    assert losses == [
        "drop unknown_member@turns[0].new",
        "drop unknown_member@turns[0].parts[0].new",
        "drop unknown_member@tools[0].new",
        "refuse native_option@container",
        "drop native_option@labels",
        "drop unknown_member@new",
    ]


def test_state_of_another_platform_that_a_client_handed_back_is_not_sent() -> None:
    body: dict[str, Any] = {
        "model": "m",
        "input": [
            {
                "type": "reasoning",
                "id": "rs_gateway_0",
                "summary": [],
                "encrypted_content": "dt1.s.anthropic_messages.sig",
            },
            {"role": "user", "content": "go on"},
        ],
    }
    request = decode_request(json.dumps(body).encode())
    sent, losses = encoded(request)
    assert sent["input"] == [{"role": "user", "content": "go on"}]
    assert losses == ["drop reasoning_state@turns[0].parts[0]"]


def test_the_model_is_the_targets() -> None:
    request = decode_request(b'{"model":"alias","input":"hi"}')
    assert json.loads(encode_request(request, Target(model="gpt")).body) == {
        "model": "gpt",
        "input": "hi",
    }
