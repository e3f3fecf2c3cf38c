"""What others' requests become in Google's API: exact bodies, exact losses."""

import json
from typing import Any

import msgspec
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
    Part,
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
from detente.dialects.codec import Target
from detente.dialects.gemini_generate import CODEC

SENTINEL = "skip_thought_signature_validator"
SCHEMA: Obj = {"type": "object", "properties": {"a": {"type": "integer"}}}
Told = tuple[dict[str, Any], list[tuple[str, str]]]


def user(*parts: Part) -> Turn:
    return Turn(role="user", parts=parts)


def model(*parts: Part) -> Turn:
    return Turn(role="assistant", parts=parts)


HI = user(Text(text="hi"))
CONTENTS = [{"role": "user", "parts": [{"text": "hi"}]}]


def encoded(request: Request) -> Told:
    """The body and the losses, as (feature, path)."""
    out = CODEC.encode_request(request, Target(model="gemini-x"))
    return json.loads(out.body), [(loss.what, loss.path) for loss in out.losses]


def asked(**members: Any) -> Request:
    usual = Request(model="m", turns=(HI,), origin="openai_chat")
    return msgspec.structs.replace(usual, **members)


def test_a_conversation_with_all_that_stands_beside_it() -> None:
    request = asked(
        instructions=(Text(text="be brief"),),
        stream=True,
        asks_usage=True,
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        seed=7,
        stop=("END",),
        choices=2,
        logprobs=True,
        top_logprobs=3,
        max_output_tokens=100,
        modalities=("text",),
        metadata={"team": "shop"},
        service_tier="flex",
    )
    assert encoded(request) == (
        {
            "systemInstruction": {"parts": [{"text": "be brief"}]},
            "contents": CONTENTS,
            "generationConfig": {
                "temperature": 0.5,
                "topP": 0.9,
                "topK": 40,
                "candidateCount": 2,
                "maxOutputTokens": 100,
                "responseLogprobs": True,
                "logprobs": 3,
                "presencePenalty": 0.2,
                "frequencyPenalty": 0.1,
                "seed": 7,
                "stopSequences": ["END"],
                "responseModalities": ["TEXT"],
            },
            "labels": {"team": "shop"},
            "serviceTier": "flex",
        },
        [],
    )


def test_system_and_developer_turns_stand_before_and_neighbours_are_one() -> None:
    request = asked(
        turns=(
            Turn(role="system", parts=(Text(text="a"),)),
            Turn(role="developer", parts=(Text(text="b"),)),
            HI,
            user(Text(text="there")),
            model(Text(text="yes?")),
            Turn(role="system", parts=(Text(text="now in French"),)),
            Turn(role="user", parts=(Text(text="go"),), name="Bob"),
        )
    )
    assert encoded(request) == (
        {
            "systemInstruction": {"parts": [{"text": "a"}, {"text": "b"}]},
            "contents": [
                {"role": "user", "parts": [{"text": "hi"}, {"text": "there"}]},
                {"role": "model", "parts": [{"text": "yes?"}]},
                {"role": "user", "parts": [{"text": "now in French"}, {"text": "go"}]},
            ],
        },
        [
            ("developer_role", "turns[1]"),
            ("system_position", "turns[5]"),
            ("message_name", "turns[6].name"),
        ],
    )


def test_instructions_alone_become_the_conversation() -> None:
    request = asked(turns=(Turn(role="system", parts=(Text(text="a"),)),))
    assert encoded(request) == (
        {"contents": [{"role": "user", "parts": [{"text": "a"}]}]},
        [("system_position", "instructions")],
    )


def test_parallel_calls_and_their_results_as_openai_has_them() -> None:
    request = asked(
        turns=(
            HI,
            model(
                Text(text="let me see"),
                ToolCall(id="c1", name="f", arguments='{"a":1}'),
                ToolCall(id="c2", name="g", arguments=""),
            ),
            Turn(role="tool", parts=(ToolResult(call_id="c1", parts=(Text(text="18"),)),)),
            Turn(role="tool", parts=(ToolResult(call_id="c2", parts=(Text(text="wet"),)),)),
            user(Text(text="and?")),
        )
    )
    result = {"id": "c1", "name": "f", "response": {"output": "18"}}
    other = {"id": "c2", "name": "g", "response": {"output": "wet"}}
    assert encoded(request) == (
        {
            "contents": [
                *CONTENTS,
                {
                    "role": "model",
                    "parts": [
                        {"text": "let me see"},
                        {
                            "functionCall": {"id": "c1", "name": "f", "args": {"a": 1}},
                            "thoughtSignature": SENTINEL,
                        },
                        {"functionCall": {"id": "c2", "name": "g", "args": {}}},
                    ],
                },
                {
                    "role": "user",
                    "parts": [
                        {"functionResponse": result},
                        {"functionResponse": other},
                        {"text": "and?"},
                    ],
                },
            ]
        },
        [],
    )


def test_results_with_images_and_errors_as_anthropic_has_them() -> None:
    image = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
    request = asked(
        origin="anthropic_messages",
        turns=(
            model(ToolCall(id="t1", name="shot", arguments="{}")),
            user(
                Text(text="here"),
                ToolResult(call_id="t1", parts=(Text(text="one"), image), is_error=False),
                ToolResult(call_id="t2", parts=(Text(text="boom"),), is_error=True),
                ToolResult(call_id="t3", data={"code": 5}, is_error=True, name="x"),
                ToolResult(call_id="t4", parts=(image,)),
                ToolResult(call_id="t5"),
            ),
        ),
    )
    body, losses = encoded(request)
    shown = [{"inlineData": {"mimeType": "image/png", "data": "aGk="}}]
    assert losses == []
    assert body["contents"][1]["parts"] == [
        {
            "functionResponse": {
                "id": "t1",
                "name": "shot",
                "response": {"output": "one"},
                "parts": shown,
            }
        },
        {"functionResponse": {"id": "t2", "name": "t2", "response": {"error": "boom"}}},
        {"functionResponse": {"id": "t3", "name": "x", "response": {"error": {"code": 5}}}},
        {"functionResponse": {"id": "t4", "name": "t4", "response": {}, "parts": shown}},
        {"functionResponse": {"id": "t5", "name": "t5", "response": {"output": ""}}},
        {"text": "here"},
    ]


def test_arguments_that_are_no_object_are_wrapped_and_named() -> None:
    request = asked(turns=(HI, model(ToolCall(id="c", name="f", arguments="not json"))))
    body, losses = encoded(request)
    call = body["contents"][1]["parts"][0]["functionCall"]
    assert call == {"id": "c", "name": "f", "args": {"_": "not json"}}
    assert losses == [("tools", "turns[1].parts[0].arguments")]


def test_tools_keep_their_schemas_and_strict_ones_are_validated() -> None:
    request = asked(
        tools=(
            Tool(name="f", description="does", parameters=SCHEMA, strict=True),
            Tool(name="g", cache=CacheMark()),
            Tool(name="free", kind="custom"),
            HostedTool(dialect="openai_responses", name="web_search", value={"type": "x"}),
        ),
        parallel_tool_calls=False,
    )
    assert encoded(request) == (
        {
            "contents": CONTENTS,
            "tools": [
                {
                    "functionDeclarations": [
                        {"name": "f", "description": "does", "parametersJsonSchema": SCHEMA},
                        {"name": "g"},
                    ]
                }
            ],
            "toolConfig": {"functionCallingConfig": {"mode": "VALIDATED"}},
        },
        [
            ("cache_mark", "tools[1].cache"),
            ("custom_tool", "tools[2]"),
            ("hosted_tool", "tools[3]"),
            ("parallel_tool_calls", "parallel_tool_calls"),
        ],
    )


@pytest.mark.parametrize(
    ("choice", "calling"),
    [
        (ToolChoice(kind="auto"), {"mode": "AUTO"}),
        (ToolChoice(kind="none"), {"mode": "NONE"}),
        (ToolChoice(kind="required"), {"mode": "ANY"}),
        (
            ToolChoice(kind="named", names=("f",)),
            {"mode": "ANY", "allowedFunctionNames": ["f"]},
        ),
        (
            ToolChoice(kind="allowed", names=("f", "g")),
            {"mode": "VALIDATED", "allowedFunctionNames": ["f", "g"]},
        ),
        (
            ToolChoice(kind="allowed_required", names=("f", "g")),
            {"mode": "ANY", "allowedFunctionNames": ["f", "g"]},
        ),
    ],
)
def test_every_choice_of_tools_has_its_mode(choice: ToolChoice, calling: dict[str, Any]) -> None:
    body, losses = encoded(asked(tool_choice=choice))
    assert body["toolConfig"] == {"functionCallingConfig": calling}
    assert losses == []


def test_a_schema_for_the_answer_takes_its_name_along() -> None:
    form = OutputFormat(
        kind="json_schema", name="Sum", description="a sum", schema=SCHEMA, strict=True
    )
    body, losses = encoded(asked(output_format=form))
    assert body["generationConfig"] == {
        "responseMimeType": "application/json",
        "responseJsonSchema": {"title": "Sum", "description": "a sum", **SCHEMA},
    }
    assert losses == []


def test_a_name_beside_a_schemas_title_is_lost() -> None:
    schema: Obj = {**SCHEMA, "title": "Total"}
    form = OutputFormat(kind="json_schema", name="Sum", schema=schema)
    body, losses = encoded(asked(output_format=form))
    assert body["generationConfig"]["responseJsonSchema"] == schema
    assert losses == [("json_schema", "output_format.name")]


@pytest.mark.parametrize(
    ("kind", "media_type"), [("json_object", "application/json"), ("text", "text/plain")]
)
def test_forms_without_a_schema(kind: Any, media_type: str) -> None:
    body, losses = encoded(asked(output_format=OutputFormat(kind=kind)))
    assert body["generationConfig"] == {"responseMimeType": media_type}
    assert losses == []


@pytest.mark.parametrize(
    ("control", "config", "losses"),
    [
        (ReasoningControl(effort="high"), {"thinkingLevel": "HIGH"}, []),
        (ReasoningControl(effort="none"), {"thinkingBudget": 0}, []),
        (ReasoningControl(enabled=False), {"thinkingBudget": 0}, []),
        (
            ReasoningControl(effort="low", summary="auto"),
            {"includeThoughts": True, "thinkingLevel": "LOW"},
            [],
        ),
        (
            ReasoningControl(effort="max", summary="detailed"),
            {"includeThoughts": True, "thinkingLevel": "XHIGH"},
            ["reasoning.effort", "reasoning.summary"],
        ),
        (ReasoningControl(enabled=True, budget_tokens=2048), {"thinkingBudget": 2048}, []),
        (
            ReasoningControl(adaptive=True, visible=True),
            {"includeThoughts": True, "thinkingBudget": -1},
            [],
        ),
        (
            ReasoningControl(budget_tokens=9, effort="medium"),
            {"thinkingLevel": "MEDIUM"},
            ["reasoning.budget_tokens"],
        ),
    ],
)
def test_how_much_to_think(
    control: ReasoningControl, config: dict[str, Any], losses: list[str]
) -> None:
    body, lost = encoded(asked(reasoning=control))
    assert body["generationConfig"] == {"thinkingConfig": config}
    assert lost == [("reasoning_control", path) for path in losses]


def test_thoughts_and_state_of_others_are_left_out_and_named() -> None:
    foreign = Opaque(origin="anthropic_messages", value="sig")
    own = Opaque(origin="gemini_generate", value="AAEC")
    request = asked(
        origin="anthropic_messages",
        turns=(
            HI,
            model(
                Reasoning(text="hm", state=foreign),
                Reasoning(text="unsigned"),
                Reasoning(state=Opaque(origin="anthropic_messages", value="r", kind="redacted")),
                Reasoning(text="mine", state=own),
                Text(text="so"),
                ToolCall(id="c", name="f", arguments="{}", state=foreign),
                ToolCall(id="d", name="g", arguments="{}", state=own),
            ),
        ),
    )
    body, losses = encoded(request)
    assert body["contents"][1]["parts"] == [
        {"text": "mine", "thought": True, "thoughtSignature": "AAEC"},
        {"text": "so"},
        {
            "functionCall": {"id": "c", "name": "f", "args": {}},
            "thoughtSignature": SENTINEL,
        },
        {
            "functionCall": {"id": "d", "name": "g", "args": {}},
            "thoughtSignature": "AAEC",
        },
    ]
    assert losses == [
        ("reasoning_state", "turns[1].parts[0].state"),
        ("reasoning_text", "turns[1].parts[0]"),
        ("reasoning_text", "turns[1].parts[1]"),
        ("reasoning_state", "turns[1].parts[2].state"),
        ("reasoning_state", "turns[1].parts[5].state"),
    ]


def test_a_call_of_gemini_keeps_its_signature_and_gets_no_other() -> None:
    state = Opaque(origin="gemini_generate", value="AAEC")
    calls = (
        ToolCall(id="c", name="f", arguments="{}", state=state),
        ToolCall(id="d", name="f", arguments="{}"),
    )
    body, losses = encoded(asked(turns=(HI, model(*calls))))
    signatures = [part.get("thoughtSignature") for part in body["contents"][1]["parts"]]
    assert (signatures, losses) == (["AAEC", None], [])


def test_images_sounds_and_documents() -> None:
    pdf = Inline(media_type="application/pdf", data="aGk=")
    text = Text(text="inside")
    request = asked(
        turns=(
            user(
                Media(kind="image", source=Linked(url="https://x.test/a.png"), detail="high"),
                Media(kind="image", source=Linked(url="https://x.test/a"), detail="auto"),
                Media(kind="document", source=pdf, title="a.pdf", context="old", cited=True),
                Media(kind="document", source=Plain(text="hi")),
                Media(kind="document", source=Composed(parts=(text,))),
                Media(kind="audio", source=Inline(media_type="audio/wav", data="aGk=")),
                Media(kind="video", source=Linked(url="gs://b/v.mp4")),
                Media(kind="image", source=Linked(url="s3://b/i.png")),
                Media(kind="document", source=Uploaded(id="file-1", dialect="openai_chat")),
            ),
            model(
                Media(
                    kind="audio",
                    source=Uploaded(id="audio-1", dialect="openai_chat"),
                    transcript="hello",
                )
            ),
        )
    )
    body, losses = encoded(request)
    assert body["contents"] == [
        {
            "role": "user",
            "parts": [
                {"fileData": {"fileUri": "https://x.test/a.png", "mimeType": "image/png"}},
                {"fileData": {"fileUri": "https://x.test/a"}},
                {
                    "inlineData": {
                        "mimeType": "application/pdf",
                        "data": "aGk=",
                        "displayName": "a.pdf",
                    }
                },
                {"inlineData": {"mimeType": "text/plain", "data": "aGk="}},
                {"text": "inside"},
                {"inlineData": {"mimeType": "audio/wav", "data": "aGk="}},
                {"fileData": {"fileUri": "gs://b/v.mp4", "mimeType": "video/mp4"}},
            ],
        },
        {"role": "model", "parts": [{"text": "hello"}]},
    ]
    assert losses == [
        ("image_detail", "turns[0].parts[0].detail"),
        ("document_context", "turns[0].parts[2].context"),
        ("document_citations", "turns[0].parts[2].cited"),
        ("document", "turns[0].parts[4]"),
        ("image_url", "turns[0].parts[7]"),
        ("uploaded_file", "turns[0].parts[8]"),
        ("uploaded_file", "turns[1].parts[0]"),
    ]


def test_what_only_others_have_is_named_with_its_own_severity() -> None:
    chat = "openai_chat"
    request = asked(
        turns=(
            Turn(
                role="user",
                parts=(
                    Text(
                        text="hi",
                        cache=CacheMark(),
                        extras=Extras(dialect=chat, members={"new_part": 1}),
                    ),
                    Native(dialect=chat, name="odd", value={"type": "odd"}),
                ),
                cache=CacheMark(),
                extras=Extras(dialect=chat, members={"new_turn": 1}),
            ),
            model(
                Refusal(text="no"),
                Text(text="a", citations=(Citation(kind="url", url="https://x.test"),)),
            ),
        ),
        tools=(Tool(name="f", extras=Extras(dialect=chat, members={"new_tool": 1})),),
        tool_choice=ToolChoice(kind="auto", extras=Extras(dialect=chat, members={"new_way": 1})),
        output_format=OutputFormat(kind="text", extras=Extras(dialect=chat, members={"new_f": 1})),
        reasoning=ReasoningControl(effort="low", extras=Extras(dialect=chat, members={"new_r": 1})),
        options=(
            Option(dialect=chat, name="prediction", value={}, severity="drop"),
            Option(dialect=chat, name="conversation", value="c", severity="refuse"),
        ),
        extras=Extras(dialect=chat, members={"new": 1}, spelling={"stream": None}),
        user="u",
        verbosity="low",
        cache_key="k",
        cache=CacheMark(),
        audio=AudioOutput(voice="alloy", format="wav"),
        store=True,
        service_tier="scale",
        metadata={"Team": "shop", "team": "Shop", "ok": "1"},
        seed=2**40,
        stop=("a", "b", "c", "d", "e", "f"),
    )
    out = CODEC.encode_request(request, Target(model="gemini-x"))
    found = [(loss.what, loss.path, loss.severity) for loss in out.losses]
    assert found == [
        ("cache_mark", "turns[0].cache", "drop"),
        ("unknown_member", "turns[0].new_turn", "drop"),
        ("cache_mark", "turns[0].parts[0].cache", "drop"),
        ("unknown_member", "turns[0].parts[0].new_part", "drop"),
        ("native_part", "turns[0].parts[1]", "refuse"),
        ("citations", "turns[1].parts[1].citations", "drop"),
        ("unknown_member", "tools[0].new_tool", "drop"),
        ("unknown_member", "tool_choice.new_way", "drop"),
        ("seed", "seed", "drop"),
        ("stop", "stop[5]", "drop"),
        ("unknown_member", "output_format.new_f", "drop"),
        ("unknown_member", "reasoning.new_r", "drop"),
        ("audio_output", "audio", "refuse"),
        ("metadata", "metadata.Team", "drop"),
        ("metadata", "metadata.team", "drop"),
        ("service_tier", "service_tier", "drop"),
        ("store", "store", "drop"),
        ("native_option", "prediction", "drop"),
        ("native_option", "conversation", "refuse"),
        ("verbosity", "verbosity", "drop"),
        ("user", "user", "drop"),
        ("cache_key", "cache_key", "drop"),
        ("cache_mark", "cache", "drop"),
        ("unknown_member", "new", "drop"),
    ]
    assert json.loads(out.body) == {
        "contents": [
            {"role": "user", "parts": [{"text": "hi"}]},
            {"role": "model", "parts": [{"text": "no"}, {"text": "a"}]},
        ],
        "tools": [{"functionDeclarations": [{"name": "f"}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}},
        "generationConfig": {
            "stopSequences": ["a", "b", "c", "d", "e"],
            "responseMimeType": "text/plain",
            "thinkingConfig": {"thinkingLevel": "LOW"},
        },
        "labels": {"ok": "1"},
    }


def test_turns_of_nothing_and_the_usual_tier_say_nothing() -> None:
    request = asked(
        turns=(HI, model(Text(text="")), user(Text(text="more"))),
        service_tier="auto",
        store=False,
        parallel_tool_calls=True,
    )
    assert encoded(request) == (
        {"contents": [{"role": "user", "parts": [{"text": "hi"}, {"text": "more"}]}]},
        [],
    )


def test_names_that_the_platforms_take() -> None:
    assert CODEC.tool_names is not None
    for name in ("f", "_x.y:z-1", "a" * 64):
        assert CODEC.tool_names.fullmatch(name)
    for name in ("", "1a", "a b", "a" * 65, "é"):
        assert not CODEC.tool_names.fullmatch(name)
    assert CODEC.call_ids is None
