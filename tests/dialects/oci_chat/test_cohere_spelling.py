"""Cohere's chat in Oracle's spelling, and back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.content import Text, Turn
from detente.canonical.extras import Extras
from detente.canonical.request import Option, Request
from detente.dialects.oci_chat.cohere_spelling import (
    enveloped,
    from_oracle,
    retagged,
    to_oracle,
    unveiled,
)
from tests.dialects.codec_laws import json_values

MEMBERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"maxTokens": 5, "topK": 1, "topP": 0.5}, {"max_tokens": 5, "k": 1, "p": 0.5}),
    ({"isStream": True, "toolsChoice": "NONE"}, {"stream": True, "tool_choice": "NONE"}),
    ({"isLogProbsEnabled": True}, {"logprobs": True}),
    (
        {"thinking": {"type": "ENABLED", "tokenBudget": 5}},
        {"thinking": {"type": "enabled", "token_budget": 5}},
    ),
    (
        {"responseFormat": {"type": "JSON_OBJECT", "schema": {"type": "TEXT"}}},
        {"response_format": {"type": "json_object", "json_schema": {"type": "TEXT"}}},
    ),
    (
        {"tools": [{"type": "FUNCTION", "function": {"name": "TOOL"}}]},
        {"tools": [{"type": "function", "function": {"name": "TOOL"}}]},
    ),
    (
        {
            "messages": [
                {
                    "role": "ASSISTANT",
                    "content": [
                        {"type": "TEXT", "text": "USER"},
                        {"type": "IMAGE_URL", "imageUrl": {"url": "u", "detail": "LOW"}},
                    ],
                    "toolPlan": "p",
                    "toolCalls": [{"id": "c", "type": "FUNCTION", "function": {}}],
                    "toolCallId": "c",
                    "citations": [
                        {
                            "contentIndex": 0,
                            "sources": [
                                {"type": "DOCUMENT", "document": {"id": "d", "document": {}}},
                                {"type": "TOOL", "tool": {"id": "t", "toolOutput": {}}},
                                5,
                                {"type": "OTHER"},
                            ],
                        }
                    ],
                }
            ]
        },
        {
            "messages": [
                {
                    "role": "assistant",
                    "content": [
                        {"type": "text", "text": "USER"},
                        {"type": "image_url", "image_url": {"url": "u", "detail": "low"}},
                    ],
                    "tool_plan": "p",
                    "tool_calls": [{"id": "c", "type": "function", "function": {}}],
                    "tool_call_id": "c",
                    "citations": [
                        {
                            "content_index": 0,
                            "sources": [
                                {"type": "document", "id": "d", "document": {}},
                                {"type": "tool", "id": "t", "tool_output": {}},
                                5,
                                {"type": "OTHER"},
                            ],
                        }
                    ],
                }
            ]
        },
    ),
    ({"brandNew": {"a": "TEXT"}}, {"brandNew": {"a": "TEXT"}}),
    ({"messages": [5], "tools": 5, "thinking": 5}, {"messages": [5], "tools": 5, "thinking": 5}),
]


@pytest.mark.parametrize(("oracles", "coheres"), MEMBERS)
def test_there_and_back(oracles: dict[str, Any], coheres: dict[str, Any]) -> None:
    assert from_oracle(oracles) == coheres
    assert to_oracle(coheres) == oracles


def test_an_answers_probabilities_are_no_wish_for_them() -> None:
    oracles: Any = {"logProbabilities": [{"tokenIds": [1], "text": "a", "logProbabilities": [-1]}]}
    coheres = from_oracle(oracles)
    assert coheres == {"logprobs": [{"token_ids": [1], "text": "a", "logprobs": [-1]}]}
    assert to_oracle(coheres, answer=True) == oracles


def test_a_lone_text_becomes_a_list() -> None:
    lone: Any = {"messages": [{"role": "user", "content": "hi"}]}
    assert to_oracle(lone)["messages"] == [
        {"role": "USER", "content": [{"type": "TEXT", "text": "hi"}]}
    ]


VALUES = json_values(["messages", "role", "content", "type", "sources"], ["USER", "TEXT", "TOOL"])


@given(body=st.dictionaries(st.sampled_from(["messages", "message", "tools"]), VALUES))
def test_any_json_survives(body: dict[str, Any]) -> None:
    to_oracle(from_oracle(body))


def test_tags_are_changed_everywhere() -> None:
    ours = Extras(dialect="oci_chat", members={"a": 1})
    theirs = Extras(dialect="openai_chat", members={"a": 1})
    request = Request(
        model="m",
        origin="oci_chat",
        turns=(
            Turn(role="user", parts=(Text(text="a", extras=ours), Text(text="b", extras=theirs))),
        ),
        options=(Option(dialect="oci_chat", name="o", value=1),),
    )
    changed = retagged(request, "oci_chat", "cohere_chat")
    assert changed.origin == changed.options[0].dialect == "cohere_chat"
    first, second = (part.extras for part in changed.turns[0].parts if isinstance(part, Text))
    assert first is not None
    assert first.dialect == "cohere_chat"
    assert second is theirs
    assert retagged(changed, "cohere_chat", "oci_chat") == request


def test_rests_are_wrapped_and_unwrapped() -> None:
    inner = Extras(dialect="oci_chat", members={"a": 1}, spelling={"b": None}, marks=("no_stream",))
    outer = enveloped(inner, {"compartmentId": "c"}, "oci_chat", "MARK", "chatRequest")
    assert outer.members == {"chatRequest": {"a": 1}}
    assert outer.spelling == {"compartmentId": "c", "chatRequest": {"b": None}}
    assert outer.marks == ("no_stream", "MARK")
    found = unveiled(outer, "cohere_chat", "MARK", "chatRequest")
    assert (found.dialect, found.members, found.spelling, found.marks) == (
        "cohere_chat",
        {"a": 1},
        {"b": None},
        ("no_stream",),
    )
    bare = enveloped(None, {}, "oci_chat", "MARK", "chatRequest")
    assert (bare.members, bare.spelling) == ({}, {})
