"""A closer look: an upper bound as well, and a closer one."""

import base64
from typing import Any

import msgspec
import pytest
from tests.accounts.billed import RECORDED, billed

from detente.accounts.bound import ModelHabits, habits_of, input_tokens_bound
from detente.accounts.closer import BODY_BYTES_MAX, CLOSER_BYTES_MAX, closer_tokens
from detente.gateway.allowances.tokenizers import load_tokenizers, tokenizer_of

load_tokenizers(["openai/gpt-4o", "openai/gpt-4"])

OWN = ("openai", "azure")
"""Platforms whose models are OpenAI's."""


@pytest.mark.parametrize("name", RECORDED)
def test_it_holds_for_every_recorded_exchange(name: str) -> None:
    dialect, _ = RECORDED[name]
    looked = 0
    for row in billed(name, dialect):
        count = tokenizer_of(row.model) if row.platform in OWN else None
        found = closer_tokens(
            row.body,
            dialect,
            tools="tools" in row.head.features,
            count=count,
            habits=habits_of(row.model),
        )
        looked += found is not None
        assert found is None or found >= row.usage.input_tokens, row.body[:400]
    assert looked >= 10


@pytest.mark.skipif(tokenizer_of("openai/gpt-4o") is None, reason="needs the extra `tokenizers`")
def test_a_tokenizer_is_closer_by_half_than_bytes() -> None:
    bounds = counts = 0
    for row in billed("openai-chat", "openai_chat"):
        found = closer_tokens(
            row.body, "openai_chat", tools=False, count=tokenizer_of("openai/gpt-4o")
        )
        bound = input_tokens_bound(row.body, "openai_chat", tools=False, context_tokens=None)
        if found is not None and bound.certain and len(row.body) > 1_000:
            bounds += bound.tokens
            counts += found
    assert 0 < counts < bounds / 2


def body_of(**members: Any) -> bytes:
    return msgspec.json.encode({"messages": [{"role": "user", **members}]})


def looked_at(body: bytes) -> int | None:
    return closer_tokens(body, "openai_chat", tools=False, count=None)


def test_an_image_counts_as_one_not_by_its_bytes() -> None:
    address = "data:image/png;base64," + base64.b64encode(bytes(300_000)).decode()
    found = looked_at(body_of(content=[{"type": "image_url", "image_url": {"url": address}}]))
    assert found is not None
    assert 50_000 < found < 110_000


def test_a_text_that_begins_like_an_image_is_a_text() -> None:
    long = "iVBORw0KGgo" + "x" * 2_000
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    short = looked_at(body_of(content=[image, {"type": "text", "text": ""}]))
    found = looked_at(body_of(content=[image, {"type": "text", "text": long}]))
    assert short is not None
    assert found == short + len(long)


@pytest.mark.parametrize(
    "body",
    [
        b'{"web_search_options":{},"messages":[]}',
        b'{"messages":[{"content":[{"type":"file","file":{"file_id":"file-1"}}]}]}',
        b'{"messages":',
        b"[" * 100_000,
        body_of(content="x" * CLOSER_BYTES_MAX),
        b'"' + b"x" * BODY_BYTES_MAX + b'"',
    ],
)
def test_it_says_nothing_where_it_sees_nothing(body: bytes) -> None:
    assert looked_at(body) is None


def test_a_model_that_searches_unasked_has_no_closer_look() -> None:
    habits = ModelHabits(certain=False)
    assert closer_tokens(b"{}", "openai_chat", tools=False, count=None, habits=habits) is None


def test_every_text_key_and_number_counts() -> None:
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text)
        return 1

    body = b'{"a":[1,true,null,{"b":"c"}]}'
    assert closer_tokens(body, "openai_chat", tools=False, count=count) is not None
    assert sorted(counted) == ["1", "True", "a", "b", "c"]
