"""The bound of a request's input: true for every recorded exchange, else told as a guess."""

from typing import Any

import pytest
from tests.accounts.billed import RECORDED, billed

from detente.accounts.bound import (
    BUILT_IN_TOKENS,
    ELSEWHERE_TOKENS,
    TEMPLATE_TOKENS,
    TOOLS_TOKENS,
    Bound,
    ModelHabits,
    habits_of,
    input_tokens_bound,
)
from detente.accounts.marks import MARKS
from detente.canonical.model import Dialect

HELLO = b'{"model":"m","messages":[{"role":"user","content":"hello"}]}'


def bound(body: bytes, dialect: Dialect = "openai_chat", **said: Any) -> Bound:
    asked: dict[str, Any] = {"tools": False, "context_tokens": None, **said}
    return input_tokens_bound(body, dialect, **asked)


@pytest.mark.parametrize("name", RECORDED)
def test_the_bound_holds_for_every_recorded_exchange(name: str) -> None:
    dialect, at_least = RECORDED[name]
    slack: list[int] = []
    for row in billed(name, dialect):
        found = input_tokens_bound(
            row.body,
            dialect,
            tools="tools" in row.head.features,
            context_tokens=None,
            habits=habits_of(row.model),
        )
        slack.append(found.tokens - row.usage.input_tokens)
        assert slack[-1] >= 0, row.body[:400]
    assert len(slack) >= at_least
    assert min(slack) < 5_000  # a bound that is this far off would bound nothing


def test_bytes_without_templates_would_not_bound() -> None:
    """The constants are needed: bodies alone are exceeded by what platforms add for tools."""
    exceeded = [
        over
        for row in billed("bedrock-converse", "bedrock_converse")
        if MARKS["bedrock_converse"].first.search(row.body) is None
        and (over := row.usage.input_tokens - len(row.body)) > 0
    ]
    assert exceeded
    assert max(exceeded) < TOOLS_TOKENS


def test_text_is_bounded_by_its_bytes() -> None:
    assert bound(HELLO) == Bound(len(HELLO) + TEMPLATE_TOKENS)


def test_tools_and_habits_add_what_platforms_add() -> None:
    habits = ModelHabits(added_tokens=7)
    assert bound(HELLO, tools=True, habits=habits).tokens == (
        len(HELLO) + TEMPLATE_TOKENS + TOOLS_TOKENS + 7
    )


def test_no_more_than_the_context_window() -> None:
    assert bound(HELLO, context_tokens=10) == Bound(10)
    image = b'[{"type":"image_url","image_url":{"url":"data:"}}]'
    assert bound(image, context_tokens=1_000) == Bound(1_000)


def test_an_image_counts_what_one_costs_at_most() -> None:
    image = b'{"content":[{"type":"image","source":{}},{"type":"image","source":{}}]}'
    assert bound(image, "anthropic_messages") == Bound(len(image) + TEMPLATE_TOKENS + 2 * 5_000)


def test_content_that_is_elsewhere_counts_the_window() -> None:
    body = b'{"model":"m","previous_response_id":"resp_1","input":"hello"}'
    assert bound(body, "openai_responses", context_tokens=400_000) == Bound(400_000)
    guess = bound(body, "openai_responses")
    assert guess == Bound(len(body) + TEMPLATE_TOKENS + ELSEWHERE_TOKENS, certain=False)


def test_tools_that_the_platform_runs_are_a_guess() -> None:
    body = b'{"model":"m","input":"hello","tools":[{"type":"web_search_preview"}]}'
    guess = bound(body, "openai_responses", tools=True, context_tokens=400_000)
    assert not guess.certain


def test_built_in_tools_add_their_own_words() -> None:
    body = b'{"tools":[{"name":"memory","type":"memory_20250818"}]}'
    plain = bound(body.replace(b"memory_2", b"mine"), "anthropic_messages").tokens
    assert bound(body, "anthropic_messages").tokens - plain == BUILT_IN_TOKENS + 4


def test_a_model_that_searches_unasked_is_a_guess() -> None:
    habits = habits_of("groq/compound-beta")
    assert not bound(HELLO, habits=habits).certain
    assert not bound(HELLO, habits=habits, context_tokens=1).certain
    assert habits_of("openai/gpt-4o") == ModelHabits()
