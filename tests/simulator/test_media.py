"""Media are told by type, size and digest, whatever they came in."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.simulator.exchange import RequestError
from detente.simulator.media import linked, seen


@given(st.binary())
def test_every_spelling_of_the_same_bytes_is_seen_alike(content: bytes) -> None:
    standard = base64.b64encode(content).decode()
    urlsafe = base64.urlsafe_b64encode(content).decode()
    expected = seen("image/png", standard)
    assert expected["bytes"] == len(content)
    assert seen("image/png", urlsafe) == expected
    assert seen("image/png", urlsafe.rstrip("=")) == expected
    assert linked(f"data:image/png;base64,{standard}") == expected


@pytest.mark.parametrize("data", ["%", "a", "aGk=aGk="])
def test_what_is_no_base64_is_refused(data: str) -> None:
    with pytest.raises(RequestError) as found:
        seen("image/png", data)
    assert found.value.status == 400


def test_what_is_elsewhere_is_not_fetched() -> None:
    assert linked("https://example.com/a.png") == {
        "media_type": None,
        "url": "https://example.com/a.png",
    }
