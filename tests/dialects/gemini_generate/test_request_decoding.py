"""What Google's clients ask, in canonical words, in either spelling."""

import json
from typing import Any

import pytest
from google.genai import types

from detente.canonical.content import (
    Inline,
    Linked,
    Media,
    Native,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Uploaded,
)
from detente.canonical.extras import Obj
from detente.canonical.request import HostedTool, Option, Request, Tool, ToolChoice
from detente.dialects._codec.state import carried_base64
from detente.dialects.codec import Target
from detente.dialects.gemini_generate import CODEC
from tests.dialects.gemini_generate.sdk import client_of

D = "gemini_generate"


def decoded(body: dict[str, Any]) -> Request:
    """The request, which is also written again as it came."""
    request = CODEC.decode_request(json.dumps(body).encode(), model="gemini-x")
    encoded = CODEC.encode_request(request, Target(model="gemini-x"))
    assert json.loads(encoded.body) == body
    assert encoded.losses == ()
    return request


def part_of(part: dict[str, Any], role: str = "user") -> Any:
    """The one part of a request, without its rest."""
    turn = decoded({"contents": [{"role": role, "parts": [part]}]}).turns[0]
    assert len(turn.parts) == 1
    return turn.parts[0]


def test_the_path_names_the_model_and_says_whether_to_stream() -> None:
    body = b'{"contents":[]}'
    request = CODEC.decode_request(body, model="gemini-x", stream=True)
    assert (request.model, request.stream, request.origin) == ("gemini-x", True, D)
    assert CODEC.decode_request(body, model="gemini-x").stream is False
    assert CODEC.streams_by_path


def test_a_body_may_repeat_the_model_and_the_path_wins() -> None:
    body = b'{"model":"models/gemini-y","contents":[]}'
    assert CODEC.decode_request(body).model == "gemini-y"
    request = CODEC.decode_request(body, model="gemini-x")
    assert request.model == "gemini-x"
    again = json.loads(CODEC.encode_request(request, Target(model="gemini-z")).body)
    assert again["model"] == "models/gemini-z"


def test_what_the_official_sdk_sends() -> None:
    client, wire = client_of(b"{}")
    config = types.GenerateContentConfig(
        system_instruction="sys",
        temperature=0.1,
        top_k=40,
        max_output_tokens=9,
        stop_sequences=["X"],
        response_mime_type="application/json",
        response_json_schema={"type": "object"},
        thinking_config=types.ThinkingConfig(include_thoughts=True, thinking_level="LOW"),  # pyright: ignore[reportArgumentType] -- words are read as levels
        safety_settings=[
            types.SafetySetting(
                category=types.HarmCategory.HARM_CATEGORY_HARASSMENT,
                threshold=types.HarmBlockThreshold.BLOCK_ONLY_HIGH,
            )
        ],
        tools=[
            types.Tool(
                function_declarations=[
                    types.FunctionDeclaration(name="f", parameters_json_schema={"type": "object"})
                ]
            )
        ],
        tool_config=types.ToolConfig(
            function_calling_config=types.FunctionCallingConfig(
                mode=types.FunctionCallingConfigMode.ANY, allowed_function_names=["f"]
            )
        ),
    )
    image = types.Part.from_bytes(data=b"\x00\xff\xfe", mime_type="image/png")
    client.models.generate_content(model="gemini-x", contents=["q", image], config=config)  # pyright: ignore[reportUnknownMemberType] -- its images have no types
    assert wire.target.endswith(b"/models/gemini-x:generateContent")
    request = decoded(json.loads(wire.body))
    assert request.instructions == (Text(text="sys"),)
    said, shown = request.turns[0].parts
    assert isinstance(said, Text)
    assert isinstance(shown, Media)
    assert shown.source == Inline(media_type="image/png", data="AP/+")
    assert (request.temperature, request.top_k, request.max_output_tokens) == (0.1, 40, 9)
    assert request.stop == ("X",)
    assert request.output_format is not None
    assert request.output_format.schema == {"type": "object"}
    assert request.reasoning is not None
    assert (request.reasoning.effort, request.reasoning.visible) == ("low", True)
    assert request.tool_choice == ToolChoice(kind="named", names=("f",))
    assert [option.name for option in request.options] == ["safetySettings"]
    assert [option.severity for option in request.options] == ["refuse"]
    assert isinstance(request.tools[0], Tool)
    assert request.tools[0].parameters == {"type": "object"}


def test_both_spellings_mean_the_same_and_are_kept() -> None:
    camel = {
        "systemInstruction": {"parts": [{"text": "s"}]},
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
                    {"fileData": {"fileUri": "gs://b/x.pdf", "mimeType": "application/pdf"}},
                    {"functionResponse": {"id": "a", "name": "f", "response": {"output": "x"}}},
                ],
            }
        ],
        "generationConfig": {"maxOutputTokens": 5, "thinkingConfig": {"thinkingBudget": 0}},
        "toolConfig": {
            "functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f", "g"]}
        },
        "tools": [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"a": 1}}]}],
        "safetySettings": [{"category": "X", "threshold": "Y"}],
        "cachedContent": "cachedContents/1",
        "serviceTier": "flex",
    }
    snake = {
        "system_instruction": {"parts": [{"text": "s"}]},
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"inline_data": {"mime_type": "image/png", "data": "aGk="}},
                    {"file_data": {"file_uri": "gs://b/x.pdf", "mime_type": "application/pdf"}},
                    {"function_response": {"id": "a", "name": "f", "response": {"output": "x"}}},
                ],
            }
        ],
        "generation_config": {"max_output_tokens": 5, "thinking_config": {"thinking_budget": 0}},
        "tool_config": {
            "function_calling_config": {"mode": "ANY", "allowed_function_names": ["f", "g"]}
        },
        "tools": [{"function_declarations": [{"name": "f", "parameters_json_schema": {"a": 1}}]}],
        "safety_settings": [{"category": "X", "threshold": "Y"}],
        "cached_content": "cachedContents/1",
        "service_tier": "flex",
    }
    one, other = decoded(camel), decoded(snake)
    foreign = [
        CODEC.encode_request(_elsewhere(request), Target(model="m")).body
        for request in (one, other)
    ]
    assert foreign[0] == foreign[1]
    assert {option.name: option.severity for option in other.options} == {
        "safetySettings": "refuse",
        "cachedContent": "refuse",
    }


def _elsewhere(request: Request) -> Request:
    """As another dialect's encoder sees it: its spelling means nothing there."""
    body = CODEC.encode_request(request, Target(model="m")).body
    for snake, camel in (
        (b"system_instruction", b"systemInstruction"),
        (b"generation_config", b"generationConfig"),
        (b"max_output_tokens", b"maxOutputTokens"),
        (b"thinking_config", b"thinkingConfig"),
        (b"thinking_budget", b"thinkingBudget"),
        (b"tool_config", b"toolConfig"),
        (b"function_calling_config", b"functionCallingConfig"),
        (b"allowed_function_names", b"allowedFunctionNames"),
        (b"function_declarations", b"functionDeclarations"),
        (b"parameters_json_schema", b"parametersJsonSchema"),
        (b"safety_settings", b"safetySettings"),
        (b"cached_content", b"cachedContent"),
        (b"service_tier", b"serviceTier"),
        (b"inline_data", b"inlineData"),
        (b"mime_type", b"mimeType"),
        (b"file_data", b"fileData"),
        (b"file_uri", b"fileUri"),
        (b"function_response", b"functionResponse"),
    ):
        body = body.replace(snake, camel)
    return CODEC.decode_request(body, model="m")


def test_lone_objects_stand_for_lists() -> None:
    request = decoded(
        {
            "contents": {"parts": {"text": "hi"}},
            "systemInstruction": {"parts": {"text": "s"}},
            "tools": {"functionDeclarations": {"name": "f"}},
        }
    )
    assert request.turns[0].role == "user"
    assert request.turns[0].parts == (Text(text="hi"),)
    assert request.instructions == (Text(text="s"),)
    assert [tool.name for tool in request.tools] == ["f"]


@pytest.mark.parametrize(
    ("part", "source", "kind"),
    [
        (
            {"inlineData": {"mimeType": "audio/wav", "data": "_-8="}},
            Inline(media_type="audio/wav", data="/+8="),
            "audio",
        ),
        (
            {"fileData": {"fileUri": "https://youtu.be/x"}},
            Linked(url="https://youtu.be/x"),
            "video",
        ),
        (
            {"fileData": {"fileUri": "gs://b/a.pdf", "mimeType": "application/pdf"}},
            Linked(url="gs://b/a.pdf", media_type="application/pdf"),
            "document",
        ),
        (
            {
                "fileData": {
                    "fileUri": "https://generativelanguage.googleapis.com/v1beta/files/1",
                    "mimeType": "image/png",
                }
            },
            Uploaded(
                id="https://generativelanguage.googleapis.com/v1beta/files/1",
                dialect=D,
                media_type="image/png",
            ),
            "image",
        ),
    ],
)
def test_media(part: dict[str, Any], source: Any, kind: str) -> None:
    media = part_of(part)
    assert (media.source, media.kind) == (source, kind)


def test_how_closely_to_look_and_what_a_file_is_called() -> None:
    media = part_of(
        {
            "inlineData": {"mimeType": "image/png", "data": "aGk=", "displayName": "a.png"},
            "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"},
            "videoMetadata": {"fps": 2},
        }
    )
    assert (media.detail, media.title) == ("low", "a.png")
    assert media.extras.members == {"videoMetadata": {"fps": 2}}


def test_a_signature_is_state_and_the_sentinel_is_none() -> None:
    call: dict[str, Any] = {"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}}
    signed = part_of({**call, "thoughtSignature": "AAEC"}, "model")
    assert signed.state == Opaque(origin=D, value="AAEC")
    for sentinel in (
        "skip_thought_signature_validator",
        "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
    ):
        assert part_of({**call, "thoughtSignature": sentinel}, "model").state is None
    assert signed.arguments == '{"a":1}'


def test_thoughts() -> None:
    assert part_of({"text": "hm", "thought": True}, "model") == Reasoning(text="hm")
    bare = part_of({"thoughtSignature": "AAEC"}, "model")
    assert isinstance(bare, Reasoning)
    assert (bare.text, bare.state) == ("", Opaque(origin=D, value="AAEC"))
    signed = part_of({"text": "so", "thoughtSignature": "AAEC"}, "model")
    assert signed == Text(text="so", state=Opaque(origin=D, value="AAEC"))


@pytest.mark.parametrize(
    ("response", "parts", "data", "is_error"),
    [
        ({"output": "18"}, (Text(text="18"),), None, None),
        ({"result": "18"}, (Text(text="18"),), None, None),
        ({"error": "boom"}, (Text(text="boom"),), None, True),
        ({"error": {"code": 5}}, (), {"error": {"code": 5}}, True),
        ({"output": {"t": 18}}, (), {"output": {"t": 18}}, None),
        ({"t": 18}, (), {"t": 18}, None),
        ({}, (), {}, None),
    ],
)
def test_results(response: Any, parts: Any, data: Any, *, is_error: bool | None) -> None:
    result = part_of({"functionResponse": {"id": "c", "name": "f", "response": response}})
    assert isinstance(result, ToolResult)
    assert (result.parts, result.data, result.is_error) == (parts, data, is_error)
    assert (result.call_id, result.name) == ("c", "f")


def test_results_may_hold_images() -> None:
    blob = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
    result = part_of(
        {
            "functionResponse": {
                "id": "c",
                "name": "f",
                "response": {"output": "see"},
                "parts": [blob],
                "scheduling": "SILENT",
            }
        }
    )
    assert result.parts[0] == Text(text="see")
    assert result.parts[1].source == Inline(media_type="image/png", data="aGk=")
    assert result.extras.members == {"functionResponse": {"scheduling": "SILENT"}}


def test_results_without_ids_find_their_calls_by_name_and_order() -> None:
    def call(name: str) -> dict[str, Any]:
        return {"functionCall": {"name": name, "args": {}}}

    def result(name: str) -> dict[str, Any]:
        return {"functionResponse": {"name": name, "response": {"output": name}}}

    request = decoded(
        {
            "contents": [
                {"role": "model", "parts": [call("f"), call("g"), call("f")]},
                {"role": "user", "parts": [result("g"), result("f"), result("f")]},
                {"role": "model", "parts": [call("f")]},
                {"role": "user", "parts": [result("f")]},
            ]
        }
    )
    calls = [part for turn in request.turns for part in turn.parts if isinstance(part, ToolCall)]
    results = [
        part for turn in request.turns for part in turn.parts if isinstance(part, ToolResult)
    ]
    ids = [one.id for one in calls]
    assert len(set(ids)) == 4
    assert [one.call_id for one in results] == [ids[1], ids[0], ids[2], ids[3]]


def test_what_only_google_has_stays_native() -> None:
    natives: list[tuple[str, Obj]] = [
        ("executableCode", {"code": "1", "language": "PYTHON"}),
        ("codeExecutionResult", {"outcome": "OUTCOME_OK"}),
        ("toolCall", {"id": "1", "toolType": "GOOGLE_SEARCH_WEB"}),
        ("toolResponse", {"id": "1"}),
        ("brandNew", {"a": 1}),
    ]
    for name, value in natives:
        part: Obj = {name: value, "thoughtSignature": "AAEC"}
        assert part_of(part, "model") == Native(dialect=D, name=name, value=part)
    mixed: Obj = {"text": "a", "functionCall": {"name": "f"}}
    assert part_of(mixed) == Native(dialect=D, name="mixed", value=mixed)


def test_tools_of_all_kinds_keep_their_groups() -> None:
    f: Obj = {"name": "f", "description": "does"}
    g: Obj = {"name": "g", "behavior": "BLOCKING"}
    groupings: list[list[Obj]] = [
        [{"functionDeclarations": [f]}, {"functionDeclarations": [g]}],
        [{"functionDeclarations": [f, g], "googleSearch": {}}],
        [{"google_search": {}}, {"functionDeclarations": [f, g]}],
        [{"functionDeclarations": [f, g]}, {"codeExecution": {}}, {"urlContext": {}}],
    ]
    for tools in groupings:
        request = decoded({"contents": [], "tools": tools})
        functions = [tool.name for tool in request.tools if isinstance(tool, Tool)]
        assert functions == ["f", "g"]
    request = decoded({"contents": [], "tools": [{"google_search": {"a": 1}}]})
    assert request.tools == (
        HostedTool(dialect=D, name="googleSearch", value={"google_search": {"a": 1}}),
    )


def test_googles_own_schemas_are_read_as_json_schema() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {
            "a": {"type": "STRING", "nullable": True, "enum": ["x"]},
            "b": {"type": "ARRAY", "items": {"type": "INTEGER"}, "minItems": "1"},
        },
        "required": ["a"],
        "propertyOrdering": ["a", "b"],
    }
    meant = {
        "type": "object",
        "properties": {
            "a": {"type": ["string", "null"], "enum": ["x", None]},
            "b": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        },
        "required": ["a"],
    }
    request = decoded(
        {
            "contents": [],
            "tools": [{"functionDeclarations": [{"name": "f", "parameters": schema}]}],
            "generationConfig": {"responseMimeType": "application/json", "responseSchema": schema},
        }
    )
    assert isinstance(request.tools[0], Tool)
    assert request.tools[0].parameters == meant
    assert request.output_format is not None
    assert request.output_format.schema == meant


@pytest.mark.parametrize(
    ("calling", "choice", "options"),
    [
        ({"mode": "AUTO"}, ToolChoice(kind="auto"), []),
        ({"mode": "NONE"}, ToolChoice(kind="none"), []),
        ({"mode": "ANY"}, ToolChoice(kind="required"), []),
        (
            {"mode": "ANY", "allowedFunctionNames": ["f", "g"]},
            ToolChoice(kind="allowed_required", names=("f", "g")),
            [],
        ),
        (
            {"mode": "VALIDATED", "allowedFunctionNames": ["f"]},
            ToolChoice(kind="allowed", names=("f",)),
            [],
        ),
        (
            {"mode": "VALIDATED"},
            ToolChoice(kind="auto"),
            ["toolConfig.functionCallingConfig.mode"],
        ),
        ({"mode": "any"}, ToolChoice(kind="required"), []),
        ({"mode": "MODE_UNSPECIFIED"}, ToolChoice(kind="auto"), []),
        (
            {"streamFunctionCallArguments": True},
            ToolChoice(kind="auto"),
            ["toolConfig.functionCallingConfig.streamFunctionCallArguments"],
        ),
    ],
)
def test_choices_of_tools(calling: Any, choice: ToolChoice, options: list[str]) -> None:
    request = decoded({"contents": [], "toolConfig": {"functionCallingConfig": calling}})
    assert request.tool_choice == choice
    assert [option.name for option in request.options] == options


def test_thinking() -> None:
    def control(config: dict[str, Any]) -> Any:
        body: Obj = {"contents": [], "generationConfig": {"thinkingConfig": config}}
        return decoded(body).reasoning

    assert control({"thinkingBudget": 0}).enabled is False
    assert control({"thinkingBudget": -1}).adaptive
    assert control({"thinkingBudget": 100}).budget_tokens == 100
    assert control({"thinkingLevel": "minimal"}).effort == "minimal"
    assert control({"thinkingLevel": "XHIGH", "includeThoughts": False}).visible is False
    assert control({}) is None


def test_whole_numbers_however_they_are_written() -> None:
    request = decoded(
        {
            "contents": [],
            "generationConfig": {"maxOutputTokens": "100", "topK": 40.0, "seed": 7.5},
        }
    )
    assert (request.max_output_tokens, request.top_k, request.seed) == (100, 40, 8)


def test_what_only_google_can_be_asked_is_an_option() -> None:
    request = decoded(
        {
            "contents": [],
            "generationConfig": {
                "mediaResolution": "MEDIA_RESOLUTION_LOW",
                "imageConfig": {"aspectRatio": "1:1"},
                "responseMimeType": "text/x.enum",
                "responseSchema": {"type": "STRING", "enum": ["a"]},
                "speechConfig": {"multiSpeakerVoiceConfig": {}},
                "brandNew": 1,
            },
            "toolConfig": {"includeServerSideToolInvocations": True},
            "modelArmorConfig": {"promptTemplateName": "p"},
            "labels": {"team": "shop"},
            "store": False,
        }
    )
    assert {option.name: option.severity for option in request.options} == {
        "generationConfig.mediaResolution": "drop",
        "generationConfig.imageConfig": "drop",
        "generationConfig.responseMimeType": "refuse",
        "generationConfig.responseSchema": "refuse",
        "generationConfig.speechConfig": "drop",
        "toolConfig.includeServerSideToolInvocations": "drop",
        "modelArmorConfig": "refuse",
    }
    assert request.metadata == {"team": "shop"}
    assert request.store is False
    assert request.extras is not None
    assert request.extras.members == {"generationConfig": {"brandNew": 1}}


def test_a_voice_is_canonical() -> None:
    speech = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}
    request = decoded(
        {
            "contents": [],
            "generationConfig": {"responseModalities": ["AUDIO"], "speechConfig": speech},
        }
    )
    assert request.audio is not None
    assert (request.audio.voice, request.modalities) == ("Kore", ("audio",))


def test_thoughts_of_another_platform_come_back_whole() -> None:
    """As the official SDK hands them back: each piece of a stream is a content of its own."""
    state = Opaque(origin="anthropic_messages", value="sig")
    told = carried_base64(state, D)
    parts: list[dict[str, Any]] = [
        {"text": "a", "thought": True},
        {"text": "b", "thought": True},
        {"text": "", "thought": True, "thoughtSignature": told},
        {"text": "x"},
        {"text": "y"},
        {"functionCall": {"id": "c", "name": "f", "args": {}}},
    ]
    contents = [{"role": "model", "parts": [part]} for part in parts]
    body = json.dumps({"contents": contents}).encode()
    request = CODEC.decode_request(body, model="m")
    assert request.turns == (
        Turn(
            role="assistant",
            parts=(
                Reasoning(text="ab", state=state),
                Text(text="xy"),
                ToolCall(id="c", name="f", arguments="{}"),
            ),
        ),
    )


def test_a_foreign_state_towards_gemini_leaves_the_sentinel() -> None:
    told = carried_base64(Opaque(origin="openai_responses", value="e", kind="encrypted"), D)
    inner: Obj = {"id": "c", "name": "f", "args": {}}
    call: Obj = {"functionCall": inner, "thoughtSignature": told}
    body = json.dumps({"contents": [{"role": "model", "parts": [call]}]}).encode()
    request = CODEC.decode_request(body, model="m")
    encoded = CODEC.encode_request(request, Target(model="m"))
    part = json.loads(encoded.body)["contents"][0]["parts"][0]
    assert part["thoughtSignature"] == "skip_thought_signature_validator"
    assert [loss.what for loss in encoded.losses] == ["reasoning_state"]


def test_options_are_google_s() -> None:
    request = decoded({"contents": [], "cachedContent": "cachedContents/1"})
    assert request.options == (
        Option(dialect=D, name="cachedContent", value="cachedContents/1", severity="refuse"),
    )
