"""Answers that are one number."""

import pytest

from detente.canonical.extras import Extras
from detente.canonical.failure import ProviderFault
from detente.canonical.token_count import ModalityTokens, TokenCount
from detente.dialects._codec.token_counts import decode_count, encode_count

KEY = "input_tokens"
NAME = "anthropic_count_tokens"


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"",
        b"\xff",
        b'{"input_tokens":"9"}',
        b'{"input_tokens":-1}',
        b'{"input_tokens":1.5}',
        b'{"input_tokens":true}',
        b'{"input_tokens":1000000000001}',
        b"[" * 9000,
    ],
)
def test_what_is_no_count_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(ProviderFault):
        decode_count(body, KEY, NAME)


def test_unknown_members_come_back_and_are_named_elsewhere() -> None:
    count = decode_count(b'{"input_tokens":9,"new":{"a":1},"gone":null}', KEY, NAME)
    assert count.input_tokens == 9
    encoded = encode_count(count, KEY, NAME)
    assert (encoded.body, encoded.losses) == (
        b'{"input_tokens":9,"new":{"a":1},"gone":null}',
        (),
    )
    other = encode_count(count, "inputTokens", "bedrock_count_tokens")
    assert other.body == b'{"inputTokens":9}'
    assert [str(loss) for loss in other.losses] == ["unknown_member@new"]


def test_fixed_members_come_first_and_known_ones_are_not_unknown() -> None:
    body = b'{"object":"response.input_tokens","input_tokens":9}'
    count = decode_count(body, KEY, "openai_input_tokens", frozenset(("object",)))
    assert count.extras is None
    fixed = encode_count(count, KEY, "openai_input_tokens", {"object": "response.input_tokens"})
    assert fixed.body == body


def test_how_a_count_splits_up_is_named_where_that_says_more() -> None:
    text = TokenCount(input_tokens=9, modalities=(ModalityTokens(modality="text", tokens=9),))
    assert encode_count(text, KEY, NAME).losses == ()
    mixed = TokenCount(
        input_tokens=9,
        cache_read_tokens=4,
        modalities=(
            ModalityTokens(modality="text", tokens=5),
            ModalityTokens(modality="image", tokens=4),
        ),
        extras=Extras(dialect="gemini_count_tokens", members={"billed": 1}),
    )
    losses = encode_count(mixed, KEY, NAME).losses
    assert [(loss.what, loss.path) for loss in losses] == [
        ("usage_class", "cache_read_tokens"),
        ("usage_class", "modalities"),
        ("unknown_member", "billed"),
    ]
