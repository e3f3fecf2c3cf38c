"""Random values are told from words; placeholders are none."""

from random import Random
from string import ascii_letters, digits

import pytest

from detente.guardrails.secrets.randomness import (
    entropy_bits,
    is_mixed,
    is_placeholder,
    is_random,
    is_varied,
)


@pytest.mark.parametrize(("text", "bits"), [("", 0), ("aaaa", 0), ("abab", 1), ("abcd", 2)])
def test_entropy_is_that_of_the_characters(text: str, bits: float) -> None:
    assert entropy_bits(text) == pytest.approx(bits)


@pytest.mark.parametrize("alphabet", ["0123456789abcdef", ascii_letters + digits])
def test_chance_is_random(alphabet: str) -> None:
    chance = Random(alphabet)
    values = ["".join(chance.choices(alphabet, k=32)) for _ in range(300)]
    assert sum(map(is_random, values)) >= 299
    assert all(map(is_varied, values))


@pytest.mark.parametrize(
    "text",
    [
        "short1x2y3",
        "my_secret_key_name",
        "configuration2024",
        "aaaaaaaa1a1aaaaa",
        "YOUR_API_KEY_1x2y3z",
        "next-generation-tokenizers",
        "",
    ],
)
def test_words_are_not(text: str) -> None:
    assert not is_random(text)


def test_letters_alone_are_random_where_they_are_many_and_mixed() -> None:
    assert is_random("qWzXvTnKpLmRhGbYcFjDsQaE")
    assert not is_random("qwzxvtnkplmrhgbycfjdsqae")
    assert not is_random("UpdateVaultAndEncryptionKeyDetails")
    assert not is_random("package.constants.OAUTH_CLIENT_SECRET")


@pytest.mark.parametrize("text", ["<token>", "${TOKEN}", "{{ token }}", "xxxx1", "change-me"])
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)
    assert not is_varied(text + "aB3dE5fG7hJ9kL1mN3")


def test_a_hash_is_not_mixed() -> None:
    assert not is_mixed("a94a8fe5ccb19ba61c4c0873d391e987982fbbd3")
    assert not is_mixed("onlySmallAndCapitals")
    assert is_mixed("kW9v2QpX7rT4mZ8c")
