"""What a simulated model says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.simulator.composition import COUNT_MAX, Ask, Result, Tool, compose, identity
from detente.simulator.sample import parse_schema

CITY = parse_schema(b'{"type": "object", "properties": {"city": {"type": "string"}}}')
TOOLS = (Tool(name="find", schema=CITY), Tool(name="book"))


@given(st.text(), st.integers(1, 60))
def test_an_ordinary_answer_has_exactly_the_tokens_it_should(prompt: str, tokens: int) -> None:
    ask = Ask(model="m", prompt=f"?{prompt}")
    composed = compose(ask, tokens=tokens)
    if "count to" not in prompt.lower():
        assert composed.tokens == tokens
    assert composed == compose(ask, tokens=tokens)


def test_echo_and_count() -> None:
    assert compose(Ask(model="m", prompt="Echo  as is\n"), tokens=1).text == " as is\n"
    assert compose(Ask(model="m", prompt="please COUNT TO 3!"), tokens=1).text == "1 2 3"
    long = compose(Ask(model="m", prompt="count to 999999999"), tokens=1)
    assert long.text.endswith(f" {COUNT_MAX}")


def test_variants_differ() -> None:
    ask = Ask(model="m", prompt="hi")
    texts = {compose(ask, tokens=9, variant=number).text for number in range(3)}
    assert len(texts) == 3


@given(st.integers(1, 20), st.integers(1, 20))
def test_a_limit_is_kept_and_said(count: int, limit: int) -> None:
    composed = compose(Ask(model="m", prompt=f"count to {count}", tokens_max=limit), tokens=1)
    assert composed.tokens == min(count, limit)
    assert composed.finish == ("length" if count > limit else "stop")


def test_a_stop_sequence_is_left_out_and_named() -> None:
    composed = compose(Ask(model="m", prompt="count to 9", stops=("", "7")), tokens=1)
    assert (composed.text, composed.finish, composed.stop) == ("1 2 3 4 5 6 ", "stop_sequence", "7")


CALLS: list[tuple[str, str, bool, list[object]]] = [
    ("hello", "auto", True, []),
    ("hello", "required", True, [("find", {"city": "city"})]),
    ("hello", "book", True, [("book", {})]),
    ("find it", "none", True, []),
    ("finding it", "auto", True, []),
    ("book, then find", "auto", True, [("book", {}), ("find", {"city": "city"})]),
    ("book, then find", "auto", False, [("book", {})]),
    ("book, then find", "find", True, [("find", {"city": "city"})]),
    ('find with {"city": "Rome"} now', "auto", True, [("find", {"city": "Rome"})]),
    ('find in {"city": "Rome"}', "auto", True, [("find", {"city": "city"})]),
    ("find {not json", "auto", True, [("find", {"city": "city"})]),
]


@pytest.mark.parametrize(("prompt", "choice", "parallel", "calls"), CALLS)
def test_calls(prompt: str, choice: str, parallel: bool, calls: list[object]) -> None:
    ask = Ask(model="m", prompt=prompt, tools=TOOLS, choice=choice, parallel=parallel)
    composed = compose(ask, tokens=12)
    assert [(call.name, json.loads(call.arguments)) for call in composed.calls] == calls
    assert composed.finish == ("tool_calls" if calls else "stop")


def test_a_result_is_repeated_and_no_tool_called() -> None:
    composed = compose(
        Ask(model="m", prompt="find", tools=TOOLS, results=(Result(text="42"),)), tokens=12
    )
    assert (composed.text, composed.calls) == ("The tool says: 42", ())


def test_a_report_tells_what_came_back() -> None:
    results = (
        Result(id="1", name="find", text="42", media=({"bytes": 3},)),
        Result(id="2", name="book", error=True, text="no"),
    )
    ask = Ask(model="m", prompt="find, book and report", tools=TOOLS, results=results)
    said, _, report = compose(ask, tokens=12).text.partition("\n")
    assert said == "The tool says: 42 no"
    assert json.loads(report) == [
        {"id": "1", "name": "find", "error": False, "text": "42", "media": [{"bytes": 3}]},
        {"id": "2", "name": "book", "error": True, "text": "no", "media": []},
    ]


def test_media_are_described() -> None:
    composed = compose(Ask(model="m", prompt="describe it", media=({"bytes": 3},)), tokens=12)
    assert json.loads(composed.text) == [{"bytes": 3}]


@pytest.mark.parametrize(
    ("prompt", "text"), [("forbidden prompt", ""), ("forbidden x", "forbidde")]
)
def test_what_is_forbidden_is_filtered(prompt: str, text: str) -> None:
    composed = compose(Ask(model="m", prompt=prompt, tools=TOOLS, choice="required"), tokens=12)
    assert (composed.text, composed.finish, composed.calls) == (text, "filtered", ())


def test_a_thought_comes_first_and_counts() -> None:
    ask = Ask(model="m", prompt="count to 9", thinking=True, tokens_max=8)
    composed = compose(ask, tokens=12)
    assert composed.thinking == "Thinking about: count to 9."
    assert (composed.thinking_tokens, composed.tokens) == (7, 8)
    assert (composed.text, composed.finish) == ("1", "length")
    plain = compose(Ask(model="m", prompt="count to 9"), tokens=12)
    assert (plain.thinking, plain.thinking_tokens) == ("", 0)


def test_a_schema_shapes_the_text() -> None:
    composed = compose(Ask(model="m", prompt="say x", schema=CITY), tokens=12)
    assert json.loads(composed.text) == {"city": "city"}
    echoed = compose(Ask(model="m", prompt='echo {"city": "x"}', schema=CITY), tokens=12)
    assert echoed.text == '{"city": "x"}'


def test_identity_follows_question_and_answer() -> None:
    one, other = Ask(model="m", prompt="a"), Ask(model="m", prompt="b")
    answer = compose(one, tokens=3)
    assert identity(one, answer) == identity(one, answer)
    assert identity(one, answer) != identity(other, answer)
