"""Responses requests in no dialect: what each member means."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    CacheMark,
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
from detente.dialects.codec import Target
from detente.dialects.openai_responses.request_decoding import decode_request
from detente.dialects.openai_responses.request_encoding import encode_request
from tests.dialects.openai_responses.bare import bare


def decoded(**members: Any) -> Request:
    """A request with those members, without how it was spelt."""
    return bare(decode_request(json.dumps({"model": "gpt", "input": "hi", **members}).encode()))


def test_a_string_is_a_users_turn() -> None:
    assert decoded() == Request(
        model="gpt",
        turns=(Turn(role="user", parts=(Text(text="hi"),)),),
        origin="openai_responses",
        asks_usage=True,
    )


def test_the_path_wins_over_the_body() -> None:
    request = decode_request(b'{"model":"a","input":"hi","stream":false}', model="b", stream=True)
    assert (request.model, request.stream) == ("b", True)
    assert decode_request(b'{"input":"hi"}', model="b").model == "b"


def test_settings() -> None:
    request = decoded(
        instructions="Be.",
        stream=True,
        max_output_tokens=9,
        temperature=1,
        top_p=0.5,
        parallel_tool_calls=False,
        include=["reasoning.encrypted_content", "message.output_text.logprobs"],
        top_logprobs=2,
        text={"format": {"type": "json_object"}, "verbosity": "low"},
        reasoning={"effort": "low", "summary": "auto"},
        service_tier="flex",
        metadata={"a": "b"},
        safety_identifier="u",
        prompt_cache_key="k",
        store=False,
    )
    assert request == Request(
        model="gpt",
        turns=(Turn(role="user", parts=(Text(text="hi"),)),),
        origin="openai_responses",
        asks_usage=True,
        instructions=(Text(text="Be."),),
        stream=True,
        max_output_tokens=9,
        temperature=1,
        top_p=0.5,
        parallel_tool_calls=False,
        logprobs=True,
        top_logprobs=2,
        output_format=OutputFormat(kind="json_object"),
        verbosity="low",
        reasoning=ReasoningControl(effort="low", summary="auto"),
        service_tier="flex",
        metadata={"a": "b"},
        user="u",
        cache_key="k",
        store=False,
    )


def test_what_only_this_api_has_is_an_option_of_its_weight() -> None:
    request = decoded(
        previous_response_id="resp_1",
        conversation={"id": "conv_1"},
        prompt={"id": "p"},
        background=True,
        moderation={"model": "m"},
        truncation="auto",
        include=["file_search_call.results"],
        context_management=[{"type": "compaction"}],
        prompt_cache_options={"mode": "explicit"},
        max_tool_calls=2,
        tool_choice={"type": "file_search"},
        reasoning={"effort": "new", "mode": "pro", "context": "all_turns"},
        text={"format": {"type": "grammar"}},
    )
    assert {option.name: option.severity for option in request.options} == {
        "previous_response_id": "refuse",
        "conversation": "refuse",
        "prompt": "refuse",
        "background": "refuse",
        "moderation": "refuse",
        "tool_choice": "refuse",
        "text.format": "refuse",
        "truncation": "drop",
        "include": "drop",
        "context_management": "drop",
        "prompt_cache_options": "drop",
        "max_tool_calls": "drop",
        "reasoning.effort": "drop",
        "reasoning.mode": "drop",
        "reasoning.context": "drop",
    }
    assert request.tool_choice is None
    assert request.output_format is None


def test_what_says_nothing_is_no_option() -> None:
    request = decoded(background=False, previous_response_id=None, context_management=[])
    assert request.options == ()


@pytest.mark.parametrize(
    ("item", "turn"),
    [
        (
            {"role": "developer", "content": "Go."},
            Turn(role="developer", parts=(Text(text="Go."),)),
        ),
        (
            {
                "type": "message",
                "role": "user",
                "content": [
                    {
                        "type": "input_text",
                        "text": "look",
                        "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"},
                    },
                    {"type": "input_image", "image_url": "data:image/png;base64,aGk="},
                    {"type": "input_image", "image_url": "https://a.example", "detail": "low"},
                    {"type": "input_image", "file_id": "file-1"},
                    {"type": "input_image"},
                    {
                        "type": "input_file",
                        "filename": "a.pdf",
                        "file_data": "data:application/pdf;base64,aGk=",
                    },
                    {"type": "input_file", "file_data": "aGk="},
                    {"type": "input_file", "file_url": "https://a.example/a.pdf"},
                    {"type": "input_file", "file_id": "file-2"},
                    {"type": "input_file"},
                    {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}},
                    {"type": "input_audio"},
                    {"type": "input_audio", "input_audio": {"data": 1}},
                    {"type": "brand_new"},
                ],
            },
            Turn(
                role="user",
                parts=(
                    Text(text="look", cache=CacheMark(lifetime="12h")),
                    Media(kind="image", source=Inline(media_type="image/png", data="aGk=")),
                    Media(kind="image", source=Linked(url="https://a.example"), detail="low"),
                    Media(kind="image", source=Uploaded(id="file-1", dialect="openai_responses")),
                    Native(
                        dialect="openai_responses",
                        name="input_image",
                        value={"type": "input_image"},
                    ),
                    Media(
                        kind="document",
                        source=Inline(media_type="application/pdf", data="aGk="),
                        title="a.pdf",
                    ),
                    Media(
                        kind="document",
                        source=Inline(media_type="application/octet-stream", data="aGk="),
                    ),
                    Media(kind="document", source=Linked(url="https://a.example/a.pdf")),
                    Media(
                        kind="document", source=Uploaded(id="file-2", dialect="openai_responses")
                    ),
                    Native(
                        dialect="openai_responses", name="input_file", value={"type": "input_file"}
                    ),
                    Media(kind="audio", source=Inline(media_type="audio/wav", data="aGk=")),
                    Native(
                        dialect="openai_responses",
                        name="input_audio",
                        value={"type": "input_audio"},
                    ),
                    Native(
                        dialect="openai_responses",
                        name="input_audio",
                        value={"type": "input_audio", "input_audio": {"data": 1}},
                    ),
                    Native(
                        dialect="openai_responses", name="brand_new", value={"type": "brand_new"}
                    ),
                ),
            ),
        ),
        (
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", "id": "fc_1"},
            Turn(role="assistant", parts=(ToolCall(id="c", name="f", arguments="{}"),)),
        ),
        (
            {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "go"},
            Turn(
                role="assistant",
                parts=(ToolCall(id="c", name="f", arguments="go", kind="custom"),),
            ),
        ),
        (
            {"type": "function_call_output", "call_id": "c", "output": "sun"},
            Turn(role="tool", parts=(ToolResult(call_id="c", parts=(Text(text="sun"),)),)),
        ),
        (
            {"type": "function_call_output", "call_id": "c", "output": {"ok": True}},
            Turn(role="tool", parts=(ToolResult(call_id="c", data={"ok": True}),)),
        ),
        (
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "a"}],
                "content": [{"type": "reasoning_text", "text": "b"}],
                "encrypted_content": "gAAA",
            },
            Turn(
                role="assistant",
                parts=(
                    Reasoning(
                        text="b",
                        summary=("a",),
                        id="rs_1",
                        state=Opaque(origin="openai_responses", value="gAAA", kind="encrypted"),
                    ),
                ),
            ),
        ),
    ],
)
def test_items_are_turns(item: Any, turn: Turn) -> None:
    assert decoded(input=[item]).turns == (turn,)


@pytest.mark.parametrize(
    ("item", "role", "name"),
    [
        ({"type": "item_reference", "id": "msg_1"}, "assistant", "item_reference"),
        ({"id": "msg_1"}, "assistant", "item_reference"),
        ({"type": "web_search_call", "id": "ws_1"}, "assistant", "web_search_call"),
        ({"type": "tool_search_output", "tools": []}, "tool", "tool_search_output"),
        ({"type": "mcp_approval_response"}, "tool", "mcp_approval_response"),
        ({"type": "additional_tools", "role": "developer"}, "developer", "additional_tools"),
        ({"type": "compaction_trigger"}, "user", "compaction_trigger"),
        (
            {
                "type": "function_call",
                "call_id": "c",
                "name": "f",
                "arguments": "{}",
                "caller": {"type": "program", "caller_id": "p"},
            },
            "assistant",
            "function_call",
        ),
        (
            {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "", "async": True},
            "assistant",
            "custom_tool_call",
        ),
        (
            {
                "type": "function_call_output",
                "call_id": "c",
                "output": "x",
                "caller": {"type": "program", "caller_id": "p"},
            },
            "tool",
            "function_call_output",
        ),
        ({"type": "function_call_output", "output": "x"}, "tool", "function_call_output"),
        ({"type": "function_call_output", "call_id": "c"}, "tool", "function_call_output"),
        ({"type": "message", "role": "critic", "content": "x"}, "assistant", "message"),
    ],
)
def test_what_only_this_api_has_is_native(item: Any, role: str, name: str) -> None:
    native = Native(dialect="openai_responses", name=name, value=item)
    (turn,) = decoded(input=[item]).turns
    assert (turn.role, turn.parts) == (role, (native,))


def test_tools() -> None:
    hosted: list[dict[str, Any]] = [
        {"type": "web_search"},
        {"type": "function", "name": "f", "async": True},
        {"type": "function", "name": "f", "allowed_callers": ["programmatic"]},
        {"type": "custom", "name": "f", "format": {"type": "grammar"}},
        {},
    ]
    request = decoded(
        tools=[
            {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True},
            {"type": "function", "name": "g", "description": "G.", "defer_loading": True},
            {"type": "custom", "name": "h", "format": {"type": "text"}},
            *hosted,
        ]
    )
    assert request.tools == (
        Tool(name="f", parameters={"type": "object"}, strict=True),
        Tool(name="g", description="G."),
        Tool(name="h", kind="custom"),
        *(
            HostedTool(dialect="openai_responses", name=tool.get("type", "tool"), value=tool)
            for tool in hosted
        ),
    )


@pytest.mark.parametrize(
    ("wire", "choice"),
    [
        ("auto", ToolChoice(kind="auto")),
        ("required", ToolChoice(kind="required")),
        ({"type": "function", "name": "f"}, ToolChoice(kind="named", names=("f",))),
        ({"type": "custom", "name": "f"}, ToolChoice(kind="named", names=("f",))),
        (
            {
                "type": "allowed_tools",
                "mode": "auto",
                "tools": [{"type": "function", "name": "f"}],
            },
            ToolChoice(kind="allowed", names=("f",)),
        ),
        (
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "custom", "name": "f"}],
            },
            ToolChoice(kind="allowed_required", names=("f",)),
        ),
        ("new", None),
        (7, None),
        ({"type": "mcp", "server_label": "s"}, None),
        ({"type": "allowed_tools", "mode": "new", "tools": []}, None),
        ({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "mcp"}]}, None),
        ({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function"}]}, None),
    ],
)
def test_choices_of_tools(wire: object, choice: ToolChoice | None) -> None:
    request = decoded(tool_choice=wire)
    assert request.tool_choice == choice
    hosted = Option(
        dialect="openai_responses",
        name="tool_choice",
        value=wire,  # pyright: ignore[reportArgumentType] -- one of the table above
        severity="refuse",
    )
    assert request.options == (() if choice is not None else (hosted,))


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"model": 7}, "model"),
        ({"input": 7}, "input"),
        ({"input": [7]}, "input[0]"),
        ({"input": [{"role": "user", "content": 7}]}, "input[0].content"),
        ({"input": [{"role": "user", "content": [7]}]}, "input[0].content[0]"),
        (
            {"input": [{"role": "user", "content": [{"type": "refusal"}]}]},
            "input[0].content[0].refusal",
        ),
        (
            {"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]},
            "input[0].call_id",
        ),
        (
            {"input": [{"type": "function_call", "call_id": "c", "name": "f"}]},
            "input[0].arguments",
        ),
        ({"input": [{"type": "reasoning", "summary": 7}]}, "input[0].summary"),
        ({"text": {"format": {"type": "json_schema", "name": 7}}}, "text.format.name"),
        ({"reasoning": {"effort": 7}}, "reasoning.effort"),
        ({"tool_choice": {"type": "function"}}, "tool_choice.name"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"include": [7]}, "include"),
        ({"stream": "yes"}, "stream"),
        ({"metadata": 7}, "metadata"),
    ],
)
def test_faults_say_where(members: dict[str, Any], where: str) -> None:
    with pytest.raises(ClientFault) as raised:
        decoded(**members)
    assert raised.value.failure.message.startswith(f"`{where}` in the body must be ")


@pytest.mark.parametrize(
    "members",
    [
        {"user": "old"},
        {"user": "old", "safety_identifier": "new"},
        {"metadata": {"a": 1, "b": "c"}},
        {"reasoning": {"generate_summary": "auto"}},
        {"reasoning": {"generate_summary": "auto", "summary": "detailed"}},
        {"reasoning": {}, "text": {}, "tools": [], "include": []},
        {"text": {"format": {"type": "text"}, "verbosity": None, "new": 1}},
        {"tools": [{"type": "function", "name": "f", "strict": None, "new": 1}]},
        {"conversation": "conv_1", "input": None},
        {"stream": None, "stream_options": {"include_obfuscation": False}},
    ],
)
def test_every_spelling_comes_back(members: dict[str, Any]) -> None:
    body = {"model": "gpt", "input": "hi", **members}
    encoded = encode_request(decode_request(json.dumps(body).encode()), Target(model="gpt"))
    assert json.loads(encoded.body) == body
    assert encoded.losses == ()


def test_a_request_without_input_has_no_turns() -> None:
    body = b'{"model":"gpt","prompt":{"id":"p"}}'
    assert decode_request(body).turns == ()
