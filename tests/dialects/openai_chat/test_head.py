"""The head of a chat request, and the wish for usage that is added to a stream."""

import json

import pytest
from hypothesis import given, settings

from detente.canonical.failure import ClientFault
from detente.dialects._framing.heads import ANSWERS_MAX
from detente.dialects.openai_chat.head import edit_request, read_request
from tests.dialects._framing.test_json_members import OBJECTS

CASES: list[tuple[dict[str, object], bool, int | None, tuple[str, ...]]] = [
    ({}, False, None, ()),
    ({"stream": None, "max_tokens": None, "tools": None}, False, None, ()),
    ({"stream": True, "max_tokens": 5}, True, 5, ()),
    ({"max_tokens": 5, "max_completion_tokens": 7}, False, 7, ()),
    ({"max_tokens": -5}, False, None, ()),
    ({"tools": [], "response_format": {"type": "text"}}, False, None, ()),
    ({"tools": [{"type": "function"}]}, False, None, ("tools",)),
    (
        {
            "response_format": {"type": "json_schema"},
            "reasoning_effort": "low",
            "logprobs": True,
            "modalities": ["text", "audio"],
            "functions": [{}],
        },
        False,
        None,
        ("audio", "logprobs", "reasoning", "structured_output", "tools"),
    ),
]


@pytest.mark.parametrize(("members", "stream", "limit", "features"), CASES)
def test_head(
    members: dict[str, object], stream: bool, limit: int | None, features: tuple[str, ...]
) -> None:
    head = read_request(json.dumps({"model": "m", **members}).encode())
    assert (head.stream, head.output_tokens_max, head.features) == (stream, limit, features)


@pytest.mark.parametrize(
    ("options", "asks"),
    [
        (None, False),
        ({}, False),
        ({"include_usage": False}, False),
        ({"include_usage": True}, True),
    ],
)
def test_asks_usage(options: object, asks: bool) -> None:
    body = json.dumps({"model": "m", "stream": True, "stream_options": options}).encode()
    assert read_request(body).asks_usage is asks


@pytest.mark.parametrize(
    "member",
    [
        b'"stream":"yes"',
        b'"max_tokens":"many"',
        b'"stream_options":7',
        b'"stream_options":{"include_usage":1}',
    ],
)
def test_a_member_of_the_wrong_type_is_named_and_its_value_is_not(member: bytes) -> None:
    with pytest.raises(ClientFault) as raised:
        read_request(b'{"model":"m",' + member + b"}")
    name = member.split(b'"')[1].decode()
    assert f"`{name}" in str(raised.value)
    assert "yes" not in str(raised.value)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            b' { "model":"m","stream":true}',
            b' {"stream_options":{"include_usage":true}, "model":"y","stream":true}',
        ),
        (
            b'{"model":"m","stream_options":null,"stream":true}',
            b'{"model":"y","stream_options":{"include_usage":true},"stream":true}',
        ),
        (
            b'{"stream":true,"stream_options":{ "include_obfuscation": false },"model":"m"}',
            b'{"stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true},'
            b'"model":"y"}',
        ),
        (
            b'{"a":{"stream_options":{}},"stream_options":{"include_usage":false},"model":"m",'
            b'"stream":true}',
            b'{"a":{"stream_options":{}},"stream_options":{"include_usage":true},"model":"y",'
            b'"stream":true}',
        ),
        (
            b'{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
            b'{"model":"y","stream":true,"stream_options":{"include_usage":true}}',
        ),
        (b'{"model":"m","stream":false}', b'{"model":"y","stream":false}'),
    ],
)
def test_the_wish_for_usage(body: bytes, expected: bytes) -> None:
    assert edit_request(body, read_request(body), model="y") == expected
    unasked = edit_request(body, read_request(body), model="y", ask_usage=False)
    assert unasked == body.replace(b'"model":"m"', b'"model":"y"')


def test_nothing_to_change_is_the_same_object() -> None:
    for body in (
        b'{"model":"m"}',
        b'{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
    ):
        assert edit_request(body, read_request(body), model="m") is body


def test_stream_options_twice_are_refused() -> None:
    body = (
        b'{"model":"m","stream":true,"stream_options":{"include_usage":true},"stream_options":{}}'
    )
    with pytest.raises(ClientFault, match="twice"):
        edit_request(body, read_request(body), model="m")


@settings(max_examples=60)
@given(OBJECTS)
def test_only_model_and_wish_are_new(value: dict[str, object]) -> None:
    for name in ("max_tokens", "max_completion_tokens", "stream_options"):
        value.pop(name, None)
    value |= {"model": "m", "stream": True}
    body = json.dumps(value).encode()
    edited = json.loads(edit_request(body, read_request(body), model="y"))
    assert edited == {**value, "model": "y", "stream_options": {"include_usage": True}}


@pytest.mark.parametrize(
    ("member", "answers"),
    [
        (b"", 1),
        (b',"n":4', 4),
        (b',"n":null', 1),
        (b',"n":[]', 1),
        (b',"n":-3', 1),
        (b',"n":"128"', 128),
        (b',"n":1.28e2', 128),
        (b',"\\u006e":12345', 12345),
        (b',"n":123456789', ANSWERS_MAX),
        (b',"n":1e999', ANSWERS_MAX),
    ],
)
def test_answers_are_counted(member: bytes, answers: int) -> None:
    assert read_request(b'{"model":"m"' + member + b"}").answers_asked == answers


def test_of_two_bounds_the_larger_is_believed() -> None:
    body = b'{"model":"m","max_completion_tokens":1,"max_tokens":900}'
    assert read_request(body).output_tokens_max == 900
    body = b'{"model":"m","max_completion_tokens":9,"max_tokens":-1}'
    assert read_request(body).output_tokens_max == 9
