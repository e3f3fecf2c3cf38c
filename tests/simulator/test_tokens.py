"""The tokenizer's two laws."""

from hypothesis import given
from hypothesis import strategies as st

from detente.simulator import tokens


@given(st.text())
def test_joining_the_tokens_gives_the_text(text: str) -> None:
    assert "".join(tokens.split(text)) == text


@given(st.text())
def test_counting_is_splitting(text: str) -> None:
    assert tokens.count(text) == len(tokens.split(text))


def test_an_example() -> None:
    assert tokens.split("Hi, transatlantic\n x ") == ["Hi", ",", " transatl", "antic", "\n x", " "]
