"""Bodies as texts: what is found, what is told as unread, what a change changes, and that no bytes
whatever make a walk fail otherwise than it says."""

import base64
import json
import sys
from collections.abc import Callable
from typing import Any, Final, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guardrails.sample_bodies import all_bodies

from detente.canonical.failure import ClientFault
from detente.canonical.model import Dialect
from detente.guardrails.bodies import Body, walk
from detente.guardrails.body_finds import NESTING_MAX, Text
from detente.guardrails.body_walk import JSON_IN_STRINGS_MAX

NOTE: Final = base64.b64encode(b"Jane lives in Berlin.").decode()


def chat(content: object, **beside: object) -> bytes:
    return json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": content}], **beside}
    ).encode()


def said(part: object) -> dict[str, object]:
    """A body in dialects that have messages with parts."""
    return {"messages": [{"content": [part]}]}


def values(body: Body) -> list[str]:
    return [text.value for text in body.texts]


def called_with(arguments: str) -> bytes:
    function = {"name": "f", "arguments": arguments}
    call = {"id": "call_1", "type": "function", "function": function}
    return json.dumps(
        {"model": "m", "messages": [{"role": "assistant", "tool_calls": [call]}]}
    ).encode()


def test_what_was_said_is_found_and_changed_alone() -> None:
    body = walk(b'{"model": "m",  "input": "I am Jane"}', "openai_responses")
    assert body.texts == (Text(path="input", value="I am Jane"),)
    assert body.with_texts({}) == b'{"model": "m",  "input": "I am Jane"}'
    assert body.with_texts({0: "I am X"}) == b'{"model": "m",  "input": "I am X"}'


def test_a_place_that_is_not_there_is_an_error() -> None:
    body = walk(b'{"input": "a"}', "openai_responses")
    for at in (-1, 1):
        with pytest.raises(KeyError):
            body.with_texts({at: "x"})


def test_paths_have_the_words_of_the_dialect_only() -> None:
    body = walk(chat("hi", metadata={"jane@example.com": "x"}, jane={"a": ["b"]}), "openai_chat")
    assert [(text.path, text.value) for text in body.texts] == [
        ("messages[].content", "hi"),
        ("metadata.*", "jane@example.com"),
        ("metadata.*", "x"),
        ("*", "jane"),
        ("*.*", "a"),
        ("*.*[]", "b"),
    ]


def test_several_bodies_come_of_one_walk() -> None:
    body = walk(chat("I am Jane"), "openai_chat")
    assert b"<1>" in body.with_texts({0: "<1>"})
    assert b"<1>" not in body.with_texts({0: "<2>"})


# Places of control


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("openai_chat", {"messages": [{"role": "jane@example.com"}]}),
        ("openai_chat", {"messages": [{"role": "tool", "tool_call_id": "jane@example.com"}]}),
        ("openai_chat", {"service_tier": "4155550123"}),
        ("openai_chat", {"service_tier": {"x": "jane@example.com"}}),
        ("openai_chat", said({"type": "image_url", "image_url": {"url": "Jane Doe"}})),
        ("anthropic_messages", said({"type": "thinking", "signature": "I am Jane"})),
        ("openai_responses", {"previous_response_id": "jane@example.com"}),
        ("gemini_generate", {"contents": [{"parts": [{"thoughtSignature": "jane@example.com"}]}]}),
        ("bedrock_converse", {"guardrailConfig": {"guardrailIdentifier": "Jane Doe"}}),
        ("ollama_chat", {"format": {"$ref": "#/Jane Doe"}}),
    ],
)  # fmt: skip
def test_what_has_not_the_form_of_control_is_content(
    dialect: Dialect, body: dict[str, object]
) -> None:
    assert len(walk(json.dumps(body).encode(), dialect).texts) >= 1


def test_control_is_not_content() -> None:
    body = chat(
        "", tools=[{"type": "function", "function": {"name": "get_weather"}}], seed=41555501234
    )
    assert walk(body, "openai_chat").texts == ()


# Numbers


def test_long_numbers_are_texts_where_somebody_chose_them() -> None:
    body = called_with('{"phone":4155550123,"n":123456,"price":10.5,"card":4111111111111111.0}')
    found = walk(body, "openai_chat")
    assert [value for value in values(found) if value[0].isdigit()] == [
        "4155550123",
        "4111111111111111.0",
    ]
    at = values(found).index("4155550123")
    told = json.loads(found.with_texts({at: "<PHONE>"}))
    assert told["messages"][0]["tool_calls"][0]["function"]["arguments"] == (
        '{"phone":"<PHONE>","n":123456,"price":10.5,"card":4111111111111111.0}'
    )


@pytest.mark.parametrize("number", ["-4155550123", "1234567", "41555501234567890123456789"])
def test_numbers_read_as_they_stand(number: str) -> None:
    body = (
        b'{"contents": [{"parts": [{"functionCall": {"args": {"n": [1, %b]}}}]}]}' % number.encode()
    )
    found = walk(body, "gemini_generate")
    assert values(found) == ["n", number]
    assert found.with_texts({1: "x"}) == body.replace(number.encode(), b'"x"')


def test_settings_are_no_texts() -> None:
    assert walk(b'{"seed": 4155550123, "max_tokens": 12345678}', "openai_chat").texts == ()


# JSON inside strings


def test_json_in_a_string_is_walked_and_escaped_again() -> None:
    inner = '{"to": "jane\\u0040example.com", "note": "line\\njane said \\"hi\\""}'
    found = walk(called_with(inner), "openai_chat")
    assert values(found) == ["to", "jane@example.com", "note", 'line\njane said "hi"']
    told = json.loads(found.with_texts({1: '"\\⟨X⟩\n'}))
    arguments = told["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert arguments == inner.replace('"jane\\u0040example.com"', '"\\"\\\\⟨X⟩\\n"')
    assert json.loads(arguments)["to"] == '"\\⟨X⟩\n'


def test_json_in_json_in_strings_is_walked_up_to_a_bound() -> None:
    text = json.dumps({"who": "Jane"})
    for _ in range(JSON_IN_STRINGS_MAX - 1):
        text = json.dumps({"inner": text})
    found = walk(chat(text), "openai_chat")
    assert values(found)[-2:] == ["who", "Jane"]
    deeper = walk(chat(json.dumps({"inner": text})), "openai_chat")
    assert values(deeper)[-1] == '{"who": "Jane"}'
    for body in (found, deeper):
        last = len(body.texts) - 1
        told = body.with_texts({last: "⟨X⟩"})
        assert walk(told, "openai_chat").texts[last].value == "⟨X⟩"


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": "Jane"}',
        '{"a": "Jane"',
        "[" * (NESTING_MAX + 1) + "]" * (NESTING_MAX + 1),
        "[" * 100_000,
        '["\\ud800"]',
        " 4155550123",
        '"Hello," said Jane',
    ],
)
def test_what_cannot_be_walked_as_json_is_plain_text(text: str) -> None:
    found = walk(chat(text), "openai_chat")
    assert values(found) == [text]
    assert json.loads(found.with_texts({0: "x"}))["messages"][0]["content"] == "x"


def test_a_string_in_a_string_is_read() -> None:
    found = walk(chat(json.dumps("line\njane")), "openai_chat")
    assert values(found) == ["line\njane"]
    assert json.loads(found.with_texts({0: 'a"b'}))["messages"][0]["content"] == '"a\\"b"'


# Keys


def test_keys_that_become_equal_are_told_apart() -> None:
    body = called_with('{"jane@x.com":1,"joe@x.com":2,"<MASK>":3,"other":{"jim@x.com":4}}')
    found = walk(body, "openai_chat")
    changes = {at: "<MASK>" for at, value in enumerate(values(found)) if "@" in value}
    told = json.loads(found.with_texts(changes))
    arguments = json.loads(told["messages"][0]["tool_calls"][0]["function"]["arguments"])
    assert arguments == {"<MASK> 2": 1, "<MASK> 3": 2, "<MASK>": 3, "other": {"<MASK>": 4}}


# Hostile bodies


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b"{",
        b"nothing",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\\ud800"}',
        b'{"a": 01}',
        b"\xef\xbb\xbf{}",
        b'{"a": "b", "a": "c"}',
        b'{"messages": [{"content": "b", "con\\u0074ent": "c"}]}',
        b'{"a": ' + b"[" * (NESTING_MAX + 1) + b"]" * (NESTING_MAX + 1) + b"}",
        b'{"a": ' + b"[" * 1_000_000,
        b'{"messages":' * 500 + b"{}" + b"}" * 500,
        b'{"messages": [{"content":' * 300 + b"1" + b"}]}" * 300,
    ],
)
def test_what_cannot_be_read_is_refused_without_a_word_of_it(body: bytes) -> None:
    for dialect in get_args(Dialect):
        with pytest.raises(ClientFault) as refused:
            walk(body, dialect)
        assert refused.value.failure.code == "request_invalid"
        assert "Jane" not in str(refused.value)


def test_deep_bodies_up_to_the_bound_are_walked() -> None:
    deep = b'{"a": ' + b"[" * (NESTING_MAX - 1) + b'"Jane"' + b"]" * (NESTING_MAX - 1) + b"}"
    found = walk(deep, "openai_chat")
    assert values(found) == ["a", "Jane"]
    assert found.with_texts({1: "x"}) == deep.replace(b"Jane", b"x")


JSON: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(['{"a": ["b"]}', "aGk=", "user", "text", NOTE, f"data:;base64,{NOTE}"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=6)
            | st.sampled_from(["type", "role", "content", "text", "source", "data", "logprobs"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
OBJECTS: Final = st.dictionaries(
    st.sampled_from(["messages", "input", "contents", "tools", "system", "prompt", "x"]), JSON
)


@given(st.sampled_from(get_args(Dialect)), OBJECTS)
def test_a_changed_body_has_the_changed_texts(dialect: Dialect, value: dict[str, Any]) -> None:
    body = msgspec.json.encode(value)
    found = walk(body, dialect)
    assert found.with_texts({}) == body
    changes = {at: f'⟨{at}⟩ "\\\n' for at in range(len(found.texts))}
    again = walk(found.with_texts(changes), dialect)
    assert values(again) == list(changes.values())
    assert [text.path for text in again.texts] == [text.path for text in found.texts]


@given(st.binary(max_size=200), st.sampled_from(get_args(Dialect)))
def test_no_bytes_whatever_raise_anything_else(body: bytes, dialect: Dialect) -> None:
    try:
        walk(body, dialect)
    except ClientFault:
        return


def test_every_body_comes_back_as_it_was_and_with_its_texts_replaced_by_themselves() -> None:
    """Told again, each text means the same: byte for byte where nothing was escaped differently."""
    for one in all_bodies():
        found = walk(one.body, one.dialect)
        assert found.with_texts({}) is one.body
        changes = {at: text.value for at, text in enumerate(found.texts)}
        again = walk(found.with_texts(changes), one.dialect)
        assert values(again) == values(found), one.id
        assert again.unread == found.unread, one.id


def calls_of(run: Callable[[], object]) -> int:
    """How many functions of Python or C were called: time, without a clock."""
    count = 0

    def on_call(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(on_call)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


GROWING: Final[dict[str, Callable[[int], bytes]]] = {
    "parts": lambda n: chat([{"type": "text", "text": "hi"}] * n),
    "strangers": lambda n: chat("hi", **{f"x{at}": "y" for at in range(n)}),
    "arguments": lambda n: called_with(json.dumps([{"a": at, "b": "c"} for at in range(n)])),
    "strings in strings": lambda n: chat(json.dumps([json.dumps(["a"])] * n)),
    "objects": lambda n: called_with("[" + ",".join(["{}"] * n) + "]"),
    "numbers": lambda n: called_with(json.dumps([4155550123] * n)),
}


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING.keys())
def test_a_walk_and_a_change_take_linear_time(make: Callable[[int], bytes]) -> None:
    def run(body: bytes) -> None:
        found = walk(body, "openai_chat")
        found.with_texts(dict.fromkeys(range(len(found.texts)), "x"))

    small, large = calls_of(lambda: run(make(300))), calls_of(lambda: run(make(600)))
    assert large < 2.2 * small
