"""What Google's clients ask, in canonical words, in either spelling."""

import json
from typing import Any

from google.genai import types

from detente.canonical.content import (
    Inline,
    Media,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    Turn,
)
from detente.canonical.extras import Obj
from detente.canonical.request import Option, Request, Tool, ToolChoice
from detente.dialects._codec.state import carried_base64
from detente.dialects.codec import Target
from detente.dialects.gemini_generate import CODEC
from tests.dialects.gemini_generate.askings import D, decoded
from tests.dialects.gemini_generate.sdk import client_of


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
