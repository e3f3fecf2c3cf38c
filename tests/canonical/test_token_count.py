"""Counts of tokens as values."""

import msgspec
import pytest

from detente.canonical.token_count import ModalityTokens, TokenCount


def test_a_count_is_a_value_and_says_nothing_unasked() -> None:
    count = TokenCount(input_tokens=9, modalities=(ModalityTokens(modality="image", tokens=9),))
    assert count == msgspec.structs.replace(TokenCount(input_tokens=9), modalities=count.modalities)
    assert (count.cache_read_tokens, count.cached_modalities, count.extras) == (None, (), None)
    with pytest.raises(AttributeError):
        setattr(count, "input_tokens", 10)  # noqa: B010 -- it is frozen, which a checker sees, too
