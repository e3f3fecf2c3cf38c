"""Requests of this dialect: what each member means, and that all of it comes back as it was."""

import json
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.content import CacheMark, Native, Text, Turn
from detente.canonical.failure import ClientFault
from detente.canonical.request import HostedTool, ReasoningControl, Request, ToolChoice
from detente.dialects.anthropic_messages import CODEC
from detente.dialects.anthropic_messages.words import OPTIONS
from detente.dialects.codec import Target
from tests.conftest import Recorded

LEAST: dict[str, Any] = {"model": "claude", "max_tokens": 5, "messages": []}


def decoded(**members: Any) -> Request:
    return CODEC.decode_request(json.dumps(LEAST | members).encode())


def test_the_simplest_request() -> None:
    assert decoded(messages=[{"role": "user", "content": "hi"}], system="Be brief.") == Request(
        model="claude",
        origin="anthropic_messages",
        turns=(Turn(role="user", parts=(Text(text="hi"),)),),
        instructions=(Text(text="Be brief."),),
        asks_usage=True,
        max_output_tokens=5,
    )


def test_the_path_wins_over_the_body() -> None:
    body = json.dumps(LEAST | {"stream": False}).encode()
    request = CODEC.decode_request(body, model="other", stream=True)
    assert (request.model, request.stream) == ("other", True)
    without = CODEC.decode_request(b'{"messages":[]}', model="other")
    assert (without.model, without.max_output_tokens) == ("other", None)


def test_every_member_has_its_place() -> None:
    request = decoded(
        messages=[{"role": "user", "content": "hi"}],
        temperature=0.5,
        top_p=1,
        top_k=3,
        stop_sequences=["END"],
        stream=True,
        metadata={"user_id": "u"},
        service_tier="standard_only",
        cache_control={"type": "ephemeral", "ttl": "1h"},
        tool_choice={"type": "tool", "name": "t", "disable_parallel_tool_use": True},
        thinking={"type": "enabled", "budget_tokens": 1024, "display": "omitted"},
        output_config={"effort": "xhigh", "format": {"type": "json_schema", "schema": {"a": 1}}},
    )
    assert (request.temperature, request.top_p, request.top_k) == (0.5, 1, 3)
    assert (request.stop, request.stream, request.user) == (("END",), True, "u")
    assert (request.service_tier, request.cache) == ("default", CacheMark(lifetime="1h"))
    assert request.tool_choice == ToolChoice(kind="named", names=("t",))
    assert request.parallel_tool_calls is False
    assert request.reasoning == ReasoningControl(
        enabled=True, effort="xhigh", budget_tokens=1024, visible=False
    )
    assert request.output_format is not None
    assert request.output_format.schema == {"a": 1}
    assert (request.options, request.extras) == ((), None)


def test_what_only_this_api_has_is_an_option() -> None:
    members = dict.fromkeys(OPTIONS, "x")
    options = {option.name: option.severity for option in decoded(**members).options}
    assert options == OPTIONS


def test_tools_of_the_platform_are_hosted() -> None:
    request = decoded(tools=[{"type": "web_search_20250305", "name": "web_search"}])
    assert request.tools == (
        HostedTool(
            dialect="anthropic_messages",
            name="web_search_20250305",
            value={"type": "web_search_20250305", "name": "web_search"},
        ),
    )


def test_blocks_of_the_platform_are_native() -> None:
    block: dict[str, Any] = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
    request = decoded(messages=[{"role": "user", "content": [block]}])
    assert request.turns[0].parts == (
        Native(dialect="anthropic_messages", name="web_search_tool_result", value=block),
    )


BLOCKS: list[dict[str, Any]] = [
    {"type": "text", "text": "hi"},
    {"type": "text", "text": "", "citations": None},
    {"type": "text", "text": "x", "citations": [], "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": "x", "cache_control": {"type": "new", "ttl": "9h", "x": 1}},
    {"type": "text", "text": "x", "cache_control": None, "brand_new": {"deep": [1]}},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}},
    {"type": "image", "source": {"type": "base64", "media_type": "image/tiff", "data": "QUJD"}},
    {"type": "image", "source": {"type": "url", "url": "gs://x", "new": 1}},
    {"type": "image", "source": {"type": "file", "file_id": "f"}, "transformations": {"x": 1}},
    {"type": "image", "source": {"type": "brand_new"}},
    {"type": "document", "source": {"type": "brand_new"}},
    {
        "type": "document",
        "source": {"type": "text", "media_type": "text/markdown", "data": "a"},
        "title": "t",
        "context": None,
        "citations": {"enabled": True, "new": 1},
    },
    {"type": "document", "source": {"type": "content", "content": "plain"}, "citations": {}},
    {
        "type": "document",
        "source": {
            "type": "content",
            "content": [
                {"type": "text", "text": "a"},
                {"type": "image", "source": {"type": "url", "url": "https://x"}},
                {"type": "tool_use", "x": 1},
            ],
        },
    },
    {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/zip", "data": "QUJD"},
    },
    {
        "type": "search_result",
        "source": "https://x",
        "title": "t",
        "content": [{"type": "text", "text": "a"}],
        "citations": {"enabled": False},
        "cache_control": {"type": "ephemeral"},
    },
    {"type": "thinking", "thinking": "t", "signature": "SIGNED"},
    {"type": "thinking", "thinking": "", "signature": "SIGNED", "new": 1},
    {"type": "redacted_thinking", "data": "HIDDEN"},
    {"type": "tool_use", "id": "a", "name": "b", "input": {"x": [1, {"y": None}]}},
    {"type": "tool_use", "id": "a", "name": "b", "input": {}, "caller": {"type": "direct"}},
    {
        "type": "tool_use",
        "id": "a",
        "name": "b",
        "input": {},
        "caller": {"type": "code_execution_20250825", "tool_id": "s"},
        "cache_control": {"type": "ephemeral", "ttl": "5m"},
    },
    {"type": "tool_result", "tool_use_id": "a"},
    {"type": "tool_result", "tool_use_id": "a", "content": ""},
    {"type": "tool_result", "tool_use_id": "a", "content": []},
    {"type": "tool_result", "tool_use_id": "a", "content": "ok", "is_error": True},
    {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "ok"}]},
    {
        "type": "tool_result",
        "tool_use_id": "a",
        "content": [
            {"type": "image", "source": {"type": "url", "url": "https://x"}},
            {"type": "tool_reference", "tool_name": "x"},
            {"type": "tool_result", "tool_use_id": "nested"},
        ],
        "toolset_name": "computer",
    },
    {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
    {"type": "brand_new"},
]

CITATIONS: list[dict[str, Any]] = [
    {
        "type": "char_location",
        "cited_text": "x",
        "document_index": 0,
        "document_title": None,
        "start_char_index": 0,
        "end_char_index": 1,
        "file_id": "f",
    },
    {
        "type": "page_location",
        "cited_text": "x",
        "document_index": 0,
        "document_title": "t",
        "start_page_number": 1,
        "end_page_number": 2,
    },
    {
        "type": "content_block_location",
        "cited_text": "x",
        "document_index": 1,
        "document_title": "t",
        "start_block_index": 0,
        "end_block_index": 1,
        "new": 1,
    },
    {
        "type": "search_result_location",
        "cited_text": "x",
        "search_result_index": 0,
        "source": "s",
        "title": "t",
        "start_block_index": 0,
        "end_block_index": 1,
    },
    {
        "type": "web_search_result_location",
        "cited_text": "x",
        "encrypted_index": "E",
        "title": None,
        "url": "https://x",
    },
    {"type": "brand_new", "x": 1},
]


def round_trip(body: dict[str, Any]) -> tuple[dict[str, Any], tuple[object, ...]]:
    request = CODEC.decode_request(json.dumps(body).encode())
    target = Target(model=request.model, api_version="2023-06-01")
    encoded = CODEC.encode_request(request, target)
    return json.loads(encoded.body), encoded.losses


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_comes_back_as_it_was(block: dict[str, Any]) -> None:
    body = LEAST | {"messages": [{"role": "user", "content": [block]}]}
    assert round_trip(body) == (body, ())


@pytest.mark.parametrize("citation", CITATIONS)
def test_every_citation_comes_back_as_it_was(citation: dict[str, Any]) -> None:
    block = {"type": "text", "text": "x", "citations": [citation]}
    body = LEAST | {"messages": [{"role": "assistant", "content": [block]}]}
    assert round_trip(body) == (body, ())


MEMBERS: list[dict[str, Any]] = [
    {"system": ""},
    {"system": []},
    {"system": [{"type": "text", "text": "a"}]},
    {"system": [{"type": "text", "text": "a"}, {"type": "brand_new"}]},
    {"stream": False},
    {"stop_sequences": [], "temperature": None, "tools": [], "metadata": {}},
    {"metadata": {"user_id": None, "new": 1}},
    {"service_tier": "brand_new"},
    {"output_config": {}},
    {"output_config": {"effort": None, "format": None, "new": 1, "task_budget": {"total": 1}}},
    {"output_config": {"effort": "brand_new"}},
    {"output_config": {"format": {"type": "brand_new"}}},
    {"output_format": {"type": "json_schema", "schema": {}, "new": 1}},
    {"output_format": {"type": "brand_new"}},
    {
        "output_format": {"type": "json_schema", "schema": {"b": 1}},
        "output_config": {"format": {"type": "json_schema", "schema": {"a": 1}}},
    },
    {"thinking": {"type": "disabled", "display": "omitted"}},
    {"thinking": {"type": "adaptive", "display": "updates", "budget_tokens": 5}},
    {"thinking": {"type": "adaptive", "display": None}, "output_config": {"effort": "low"}},
    {"thinking": {"type": "enabled", "budget_tokens": 5, "block_binding": {}, "new": 1}},
    {"thinking": {"type": "between_tools"}, "output_config": {"effort": "max"}},
    {"tool_choice": {"type": "auto"}},
    {"tool_choice": {"type": "any", "disable_parallel_tool_use": False}},
    {"tool_choice": {"type": "none", "disable_parallel_tool_use": True}},
    {"tool_choice": {"type": "tool", "name": "t", "disable_parallel_tool_use": True}},
    {"tool_choice": {"type": "auto", "name": "t"}},
    {"tool_choice": {"type": "brand_new", "x": 1}},
    {"tools": [{"name": "a"}]},
    {"tools": [{"name": "a", "input_schema": {}, "description": ""}]},
    {"tools": [{"name": "a", "description": "d", "input_schema": {"type": "object"}}]},
    {
        "tools": [
            {
                "type": "custom",
                "name": "a",
                "description": None,
                "input_schema": {"properties": {}},
                "strict": True,
                "cache_control": {"type": "ephemeral"},
                "defer_loading": True,
                "input_examples": [{}],
            }
        ]
    },
    {"messages": [{"role": "user", "content": []}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]},
    {"messages": [{"role": "assistant", "content": "a", "new": 1}]},
    {"messages": [{"role": "system", "output_config": {"effort": "low"}}]},
    {"messages": [{"role": "system", "content": "a", "clear_at": "never"}]},
    {"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]},
    {"container": None, "mcp_servers": [], "betas": ["x"], "brand_new": {"x": None}},
    {"anthropic_version": "bedrock-2023-05-31", "anthropic_beta": ["x"]},
]


@pytest.mark.parametrize("members", MEMBERS)
def test_every_member_comes_back_as_it_was(members: dict[str, Any]) -> None:
    body = LEAST | members
    assert round_trip(body) == (body, ())


def test_what_is_required_is_not_required_of_clients() -> None:
    body: dict[str, Any] = {"model": "m", "messages": []}
    assert round_trip(body) == (body, ())


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "the body is not JSON"),
        (b"[]", "the body is not a JSON object"),
        (b"{}", "`messages` in the body"),
        (b'{"messages":[]}', "`model` in the body"),
        (b'{"model":1,"messages":[]}', "`model`"),
        (b'{"model":"m","messages":[{"role":"developer"}]}', "`messages[0].role`"),
        (b'{"model":"m","messages":[{"role":"user","content":[1]}]}', "`messages[0].content[0]`"),
        (
            b'{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":'
            b'{"type":"url"}}]}]}',
            "`messages[0].content[0].source.url`",
        ),
        (b'{"model":"m","messages":[],"tools":[{"name":1}]}', "`tools[0].name`"),
        (b'{"model":"m","messages":[],"max_tokens":"5"}', "`max_tokens`"),
        (b'{"model":"m","messages":[],"tool_choice":{"type":"tool"}}', "`tool_choice.name`"),
        (b'{"model":"m","messages":[],"metadata":{"user_id":1}}', "`metadata.user_id`"),
        (b'{"model":"m","messages":[],"thinking":{"type":"enabled"}}', "`thinking.budget_tokens`"),
        (b'{"model":"m","messages":' + b"[" * 5000, "nested too deeply"),
    ],
)
def test_what_is_no_request_is_the_clients_fault(body: bytes, where: str) -> None:
    with pytest.raises(ClientFault) as caught:
        CODEC.decode_request(body)
    assert where in caught.value.failure.message


def test_no_text_of_the_client_is_repeated_in_a_fault() -> None:
    with pytest.raises(ClientFault) as caught:
        decoded(messages=[{"role": "user", "content": [{"type": "text", "text": ["secret"]}]}])
    assert "secret" not in caught.value.failure.message


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(("text", "tool_use", "thinking", "document", "enabled", "url", "user")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


def mutated(value: Any, draw: Any) -> Any:
    """`value` with one thing in it replaced, left out or repeated."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        members = cast("dict[str, Any]", value)
        key = draw(st.sampled_from(sorted(members)))
        rest = {name: inner for name, inner in members.items() if name != key}
        return rest if draw(st.integers(0, 9)) == 0 else {**rest, key: mutated(members[key], draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        items = cast("list[Any]", value)
        at = draw(st.integers(0, len(items) - 1))
        return [*items[:at], mutated(items[at], draw), *items[at:]]
    return draw(JSON)


WHOLE: dict[str, Any] = LEAST | {
    "messages": [{"role": "user", "content": BLOCKS}],
    "system": [{"type": "text", "text": "a", "citations": CITATIONS}],
    "tools": [{"name": "a", "input_schema": {"type": "object"}, "strict": True}],
    "tool_choice": {"type": "tool", "name": "t"},
    "thinking": {"type": "enabled", "budget_tokens": 5},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
    "metadata": {"user_id": "u"},
    "stop_sequences": ["a"],
}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_json_is_a_request_or_the_clients_fault(data: st.DataObject) -> None:
    body = json.dumps(mutated(WHOLE, data.draw)).encode()
    try:
        request = CODEC.decode_request(body)
    except ClientFault:
        return
    for origin in ("anthropic_messages", "openai_chat"):
        for version in (None, "2023-06-01"):
            target = Target(model="m", api_version=version)
            again = msgspec.structs.replace(request, origin=origin)
            assert json.loads(CODEC.encode_request(again, target).body)["model"] == "m"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_request_or_the_clients_fault(body: bytes) -> None:
    with pytest.raises(ClientFault):
        CODEC.decode_request(b"{" + body)


def test_recorded_bodies_in_pieces_are_the_clients_fault(recorded: Recorded) -> None:
    for row in recorded("anthropic-messages")[::10]:
        body = row["request"]["text"].encode()
        for end in range(0, min(len(body), 4000), 97):
            with pytest.raises(ClientFault):
                CODEC.decode_request(body[:end])
