"""Private key blocks: whole, on one line, cut off, and what only speaks of them."""

from random import Random

import pytest
from tests.guardrails.secrets import samples

from detente.guardrails.secrets.private_keys import (
    BEGINNING_CHARACTERS_MAX,
    BLOCK_CHARACTERS_MAX,
    PrivateKeys,
)

RULE = PrivateKeys()
DASHES = "-" * 5
BEGIN = f"{DASHES}BEGIN PRIVATE KEY{DASHES}"
END = f"{DASHES}END PRIVATE KEY{DASHES}"
LINE = "MIIEvQIBADANBgkq" * 4


@pytest.mark.parametrize("seed", range(40))
def test_a_block_is_found_from_first_to_last(seed: int) -> None:
    block = samples.TOKENS["private_key"](Random(seed))
    text = f"here: {block} and then"
    assert list(RULE.spans(text)) == [(6, 6 + len(block))]


@pytest.mark.parametrize("seed", range(20))
def test_a_block_is_known_soon_and_grows(seed: int) -> None:
    """Whoever holds what reaches to the end of a text gives nothing of it away."""
    block = samples.TOKENS["private_key"](Random(seed))
    known = 0
    for at in range(len(block) - 8):
        found = list(RULE.spans(block[:at]))
        if found:
            known = known or at
            assert found[0][0] == 0
            assert found[0][1] >= at - len("Comment: made on a machine of mine")
        else:
            assert not known
    assert known <= BEGINNING_CHARACTERS_MAX


@pytest.mark.parametrize(
    "text",
    [
        BEGIN,
        f"{BEGIN}\n(here your key)\n{END}",
        f"{BEGIN}\n...\n{END}",
        f"files begin with {BEGIN} mostly. {LINE}",
        f"{DASHES}BEGIN PUBLIC KEY{DASHES}\n{LINE}\n{DASHES}END PUBLIC KEY{DASHES}",
        f"{DASHES}BEGIN CERTIFICATE{DASHES}\n{LINE}",
    ],
)
def test_what_is_none(text: str) -> None:
    assert list(RULE.spans(text)) == []


def test_what_follows_a_block_that_does_not_end_stays() -> None:
    text = f"{BEGIN}\n{LINE}\n{LINE}\n\n# a comment"
    assert [text[start:end] for start, end in RULE.spans(text)] == [f"{BEGIN}\n{LINE}\n{LINE}\n\n"]


def test_a_block_is_bounded_and_the_next_one_is_found() -> None:
    text = f"{BEGIN}\n" + LINE * 400 + f" {BEGIN}\n{LINE}\n{END}"
    first, second = RULE.spans(text)
    assert first == (0, BLOCK_CHARACTERS_MAX)
    assert text[second[0] : second[1]] == f"{BEGIN}\n{LINE}\n{END}"
