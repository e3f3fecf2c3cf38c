"""What requests say of history that a platform keeps, in every spelling; and what grows of it."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.events import Started
from detente.canonical.model import Dialect
from detente.canonical.response import Response
from detente.guardrails.bodies import walk
from detente.guardrails.kept_history import (
    KEEPING,
    KeptHistory,
    answer_id,
    asked_history,
    is_growing,
    joined,
)
from detente.guardrails.kept_maps import KeptMapError


def asked(dialect: Dialect = "openai_responses", /, **members: object) -> KeptHistory:
    body = json.dumps({"model": "m", **members}).encode()
    return asked_history(body, dialect, walk(body, dialect).unread)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, KeptHistory(keeps=True)),
        ({"store": True}, KeptHistory(keeps=True)),
        ({"store": None}, KeptHistory(keeps=True)),
        ({"store": "false"}, KeptHistory(keeps=True)),
        ({"store": False}, KeptHistory()),
        ({"previous_response_id": "resp_1"}, KeptHistory(response="1", keeps=True)),
        ({"previous_response_id": "1-2"}, KeptHistory(response="1-2", keeps=True)),
        ({"previous_response_id": None, "conversation": None}, KeptHistory(keeps=True)),
        ({"previous_response_id": ""}, KeptHistory(keeps=True)),
        ({"previous_response_id": ["resp_1"]}, KeptHistory(keeps=True, others=True)),
        ({"conversation": "conv_1"}, KeptHistory(conversation="conv_1", keeps=True)),
        ({"conversation": {"id": "conv_1"}}, KeptHistory(conversation="conv_1", keeps=True)),
        ({"conversation": {}}, KeptHistory(keeps=True, others=True)),
        ({"conversation": {"id": 1}}, KeptHistory(keeps=True, others=True)),
        (
            {"previous_response_id": "resp_1", "conversation": "c", "store": False},
            KeptHistory(response="1", conversation="c"),
        ),
        (
            {"input": [{"type": "item_reference", "id": "msg_1"}]},
            KeptHistory(keeps=True, others=True),
        ),
        (
            {
                "previous_response_id": "resp_1",
                "input": [{"type": "compaction", "encrypted_content": "abc="}],
            },
            KeptHistory(response="1", keeps=True, others=True),
        ),
    ],
)
def test_a_request_says_what_it_goes_on_with(
    members: dict[str, object], expected: KeptHistory
) -> None:
    assert asked(**members) == expected


def test_a_spelling_hides_nothing() -> None:
    body = rb'{"previous\u005fresponse\u005fid": "resp\u005f1", "st\u006fre": false}'
    found = asked_history(body, "openai_responses", walk(body, "openai_responses").unread)
    assert found == KeptHistory(response="1")


def test_an_id_is_no_content() -> None:
    body = b'{"previous_response_id": "resp_1", "conversation": {"id": "conv_1"}}'
    assert walk(body, "openai_responses").texts == ()


def test_other_apis_keep_nothing_that_a_client_can_go_on_with() -> None:
    for dialect in get_args(Dialect):
        if dialect not in KEEPING:
            assert asked(dialect, store=True).keeps is False
    assert asked("anthropic_messages", thread="t_1", messages=[]) == KeptHistory(others=True)
    assert asked("gemini_generate", continuationToken="x") == KeptHistory(others=True)
    assert asked("openai_chat", previous_response_id="resp_1") == KeptHistory()
    counted = asked("openai_input_tokens", previous_response_id="resp_1")
    assert counted == KeptHistory(response="1")


def test_an_answer_is_named_as_the_next_request_names_it() -> None:
    for upstream in ("resp_1", "1"):
        name = answer_id(Response(id=upstream, model="m", choices=()))
        assert name is not None
        assert name == answer_id(Started(id=upstream, model="m"))
        assert asked(previous_response_id="resp_1").ids == (name,)
        assert not is_growing(name)
    for nothing in ("", "resp_"):
        assert answer_id(Started(id=nothing, model="m")) is None


def test_names_of_answers_and_of_conversations_never_meet() -> None:
    both = asked(previous_response_id="x", conversation="x").ids
    assert len(set(both)) == 2
    assert [is_growing(name) for name in both] == [False, True]
    tricky = (*asked(conversation="y").ids, *asked(previous_response_id="conversation/y").ids)
    assert len(set(tricky)) == 2


def test_it_is_kept_under_what_can_be_gone_on_with() -> None:
    name = answer_id(Started(id="resp_2", model="m"))
    (talk,) = asked(conversation="c").ids
    assert asked().kept_as(name) == (name,)
    assert asked(store=False).kept_as(name) == ()
    assert asked(previous_response_id="resp_1").kept_as(name) == (name,)
    assert asked(conversation="c").kept_as(name) == (name, talk)
    assert asked(conversation="c", store=False).kept_as(name) == (talk,)
    assert asked().kept_as(None) == ()


_MAPS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"))


@given(_MAPS, _MAPS)
def test_joining_keeps_all_or_refuses(earlier: dict[str, str], later: dict[str, str]) -> None:
    if any(earlier[name] != later[name] for name in earlier.keys() & later.keys()):
        with pytest.raises(KeptMapError, match="two originals"):
            joined(earlier, later)
    else:
        both = joined(earlier, later)
        assert set(both.items()) == {*earlier.items(), *later.items()}
