"""The bound of a request's input: true for every recorded exchange, else told as a guess."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Recorded

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
from detente.canonical.failure import ClientFault
from detente.canonical.model import Dialect
from detente.canonical.usage import Usage
from detente.dialects import spec_of

RECORDED: dict[str, tuple[Dialect, int]] = {
    "openai-chat": ("openai_chat", 380),
    "openai-responses": ("openai_responses", 210),
    "openai-completions": ("openai_completions", 40),
    "anthropic-messages": ("anthropic_messages", 215),
    "bedrock-converse": ("bedrock_converse", 120),
    "gemini-generate": ("gemini_generate", 225),
    "cohere-chat": ("cohere_chat", 15),
    "ollama": ("ollama_chat", 12),
    "embeddings": ("openai_embeddings", 30),
}
"""Each file's dialect, and how many of its exchanges have usage at least."""
HELLO = b'{"model":"m","messages":[{"role":"user","content":"hello"}]}'


def bound(body: bytes, dialect: Dialect = "openai_chat", **said: Any) -> Bound:
    asked: dict[str, Any] = {"tools": False, "context_tokens": None, **said}
    return input_tokens_bound(body, dialect, **asked)


@pytest.mark.parametrize("name", RECORDED)
def test_the_bound_holds_for_every_recorded_exchange(name: str, recorded: Recorded) -> None:
    dialect, at_least = RECORDED[name]
    slack: list[int] = []
    for body, usage, path in _billed(recorded(name), dialect):
        head = spec_of(dialect).read_request(body)
        found = input_tokens_bound(
            body,
            dialect,
            tools="tools" in head.features,
            context_tokens=None,
            habits=habits_of(head.model or path),
        )
        slack.append(found.tokens - usage.input_tokens)
        assert found.tokens >= usage.input_tokens, body[:400]
    assert len(slack) >= at_least
    assert min(slack) < 5_000  # a bound that is this far off would bound nothing


def test_bytes_without_templates_would_not_bound(recorded: Recorded) -> None:
    """The constants are needed: bodies alone are exceeded by what platforms add for tools."""
    exceeded = [
        usage.input_tokens - len(body)
        for body, usage, _ in _billed(recorded("bedrock-converse"), "bedrock_converse")
        if MARKS["bedrock_converse"].first.search(body) is None and usage.input_tokens > len(body)
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


def _billed(rows: list[dict[str, Any]], dialect: Dialect) -> Iterator[tuple[bytes, Usage, str]]:
    """The request's body, what the platform billed for it, and its path."""
    for row in rows:
        if row["response"]["status"] >= 300:
            continue
        body = _bytes(row["request"])
        try:
            usage = _usage(body, _bytes(row["response"]), dialect, row["stream"])
        except ClientFault:  # another platform's form of the dialect, which nobody is billed by
            continue
        if usage is not None and usage.input_tokens:
            yield body, usage, row["path"]


def _usage(body: bytes, answer: bytes, dialect: Dialect, stream: bool) -> Usage | None:
    spec = spec_of(dialect)
    head = spec.read_request(body)
    if not stream:
        return spec.read_usage(answer)
    tap = spec.tap(head)
    tap.feed(answer)
    tap.close()
    return tap.usage


def _bytes(message: dict[str, Any]) -> bytes:
    text = message.get("text")
    return text.encode() if text is not None else base64.b64decode(message.get("base64") or "")
