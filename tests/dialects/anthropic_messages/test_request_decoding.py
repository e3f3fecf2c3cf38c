"""Requests of this dialect: what each member means, and that all of it comes back as it was."""

import json
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.content import CacheMark, Text, Turn
from detente.canonical.failure import ClientFault
from detente.canonical.request import ReasoningControl, Request, ToolChoice
from detente.dialects.anthropic_messages import CODEC
from detente.dialects.anthropic_messages.words import OPTIONS
from detente.dialects.codec import Target
from tests.conftest import Recorded
from tests.dialects.anthropic_messages.asking import LEAST, decoded, round_trip
from tests.dialects.anthropic_messages.test_parts_decoding import BLOCKS, CITATIONS


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
