"""Content in `data:` URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.content import Inline
from detente.dialects._codec.media import OCTETS, data_url, inline_of, kind_of

TYPES = st.sampled_from(["image/png", "application/pdf", "audio/wav;rate=8000", "x/y"])


@given(TYPES, st.text("abcdefgh0123+/="))
def test_content_survives_being_a_url(media_type: str, data: str) -> None:
    inline = Inline(media_type=media_type, data=data)
    assert inline_of(data_url(inline)) == inline


def test_a_missing_type_is_octets() -> None:
    assert inline_of("data:;base64,aGk=") == Inline(media_type=OCTETS, data="aGk=")


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/a.png",
        "data:text/plain,hi",
        "data:",
        "data:image/png;base64",
        f"data:{'x' * 300};base64,aGk=",
    ],
)
def test_other_urls_hold_no_content(url: str) -> None:
    assert inline_of(url) is None


def test_large_content_is_not_searched() -> None:
    data = "A" * 1_000_000
    found = inline_of(f"data:image/png;base64,{data}")
    assert found is not None
    assert found.data == data


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/png", "image"),
        ("audio/wav", "audio"),
        ("video/mp4", "video"),
        ("application/pdf", "document"),
        ("text/plain", "document"),
        ("", "document"),
    ],
)
def test_kinds(media_type: str, kind: str) -> None:
    assert kind_of(media_type) == kind
