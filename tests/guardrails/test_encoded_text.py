"""Text in base64, told from what is no text."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.encoded_text import decoded, encoded


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), min_size=1))
def test_text_comes_back_in_either_alphabet(text: str) -> None:
    for write in (base64.b64encode, base64.urlsafe_b64encode):
        data = write(text.encode()).decode()
        assert decoded(data) == text
        assert decoded(data.rstrip("=")) == text
        assert decoded(encoded(text, like=data)) == text


def test_the_alphabet_is_kept() -> None:
    assert encoded("???>>>", like="a-b_") == "Pz8_Pj4-"
    assert encoded("???>>>", like="abcd") == "Pz8/Pj4+"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"%PDF-1.4 all of it ASCII",
        b"{\\rtf1 text}",
        b"%!PS-Adobe-3.0",
        b"text" * 1000 + b"\x00",
        "Grüße".encode("utf-16"),
        "Grüße".encode("latin-1"),
        b"",
    ],
)
def test_what_is_no_text_in_utf_8_is_not_read(content: bytes) -> None:
    assert decoded(base64.b64encode(content).decode()) is None


def test_line_breaks_are_left_out() -> None:
    data = base64.encodebytes(b"a line of text. " * 200).decode()
    assert decoded(data) == "a line of text. " * 200


@pytest.mark.parametrize("data", ["a", "=", "ab$d", "YQ==YQ==YQ", "é"])
def test_what_is_no_base64_is_no_text(data: str) -> None:
    assert decoded(data) in (None, "a")
