"""Members that a deployment sets, renames or leaves out."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from detente.canonical.failure import ClientFault
from detente.dialects.members import MemberEdits, edit_members

TIER = MemberEdits(members={"service_tier": Raw(b'"flex"')})
RENAMED = MemberEdits(renamed={"max_completion_tokens": "max_tokens"})


def test_nothing_to_change_is_the_same_object() -> None:
    body = b'{"model":"m", "max_tokens": 5}'
    assert edit_members(body, RENAMED) is body


@pytest.mark.parametrize(
    ("body", "edits", "edited"),
    [
        (b'{"model":"m"}', TIER, b'{"model":"m","service_tier":"flex"}'),
        (b'{"service_tier":"priority"}', TIER, b'{"service_tier":"flex"}'),
        (b'{"service\\u005ftier":"priority"}', TIER, b'{"service_tier":"flex"}'),
        (b'{"max_completion_tokens": 5}', RENAMED, b'{"max_tokens":5}'),
        (b'{"max_completion_tokens":5,"max_tokens":6}', RENAMED, b'{"max_tokens":6}'),
        (b'{"max_tokens":6,"max_completion_tokens":5}', RENAMED, b'{"max_tokens":6}'),
        (
            b'{"a":1e400,"stream_options":{"include_usage":true}}',
            MemberEdits(dropped=("stream_options",)),
            b'{"a":1e400}',
        ),
    ],
)
def test_edits(body: bytes, edits: MemberEdits, edited: bytes) -> None:
    assert edit_members(body, edits) == edited


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ClientFault):
        edit_members(b"[1]", TIER)


@given(
    st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers()),
    st.dictionaries(st.sampled_from(["a", "b", "e"]), st.integers(), min_size=1),
)
def test_the_operators_word_replaces_the_clients(
    body: dict[str, int], members: dict[str, int]
) -> None:
    edits = MemberEdits(members={name: Raw(json.dumps(value)) for name, value in members.items()})
    assert json.loads(edit_members(json.dumps(body).encode(), edits)) == {**body, **members}


MISTRAL = MemberEdits(roles={"developer": "system"}, call_id_characters=9, prefix="prefix")


def edited(messages: object, edits: MemberEdits = MISTRAL) -> Any:
    return json.loads(edit_members(json.dumps({"messages": messages}).encode(), edits))["messages"]


def test_roles_go_under_the_hosts_names() -> None:
    said = [{"role": "developer", "content": "a"}, {"role": "user", "content": '"developer"'}]
    assert edited(said) == [{"role": "system", "content": "a"}, said[1]]


def test_an_id_that_the_host_would_not_make_is_told_alike_in_call_and_result() -> None:
    calls = [{"id": name, "function": {"name": "f"}} for name in ("call_1", "abcDEF123")]
    told = edited(
        [
            {"role": "assistant", "tool_calls": calls},
            {"role": "tool", "tool_call_id": "call_1", "content": ""},
            {"role": "tool", "tool_call_id": "abcDEF123", "content": ""},
            {"role": "user", "content": "on"},
        ]
    )
    first, second = (call["id"] for call in told[0]["tool_calls"])
    assert (second, told[2]["tool_call_id"]) == ("abcDEF123", "abcDEF123")
    assert first == told[1]["tool_call_id"] != "call_1"
    assert len(first) == 9
    assert first.isalnum()


def test_only_a_last_answer_is_marked_to_go_on_with() -> None:
    answer = {"role": "assistant", "content": "He"}
    assert edited([answer, answer]) == [answer, {**answer, "prefix": True}]
    assert edited([answer, {"role": "user", "content": "x"}])[0] == answer


@pytest.mark.parametrize(
    "messages",
    [
        "assistant",
        [],
        ["assistant"],
        [{"role": "assistant", "tool_calls": 5, "tool_call_id": 6}, {"role": "user"}],
        [{"role": "assistant", "tool_calls": [5]}, {"role": "user"}],
        [{"role": "assistant", "tool_calls": [{"id": None}, {}]}, {"role": "user"}],
    ],
)
def test_what_are_no_messages_stays_for_the_host_to_refuse(messages: object) -> None:
    assert edited(messages) == messages


def test_nothing_that_the_host_wants_otherwise_is_the_same_object() -> None:
    body = b'{"messages":[{"role":"user", "content":"hi"}]}'
    assert edit_members(body, MISTRAL) is body
