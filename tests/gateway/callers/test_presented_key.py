"""Where a key stands in a request: one place, or several that agree."""

import pytest

from detente.canonical.failure import ClientFault
from detente.gateway.callers.presented_key import is_local_page, other_keys, sole_key

TARGET = b"/v1/x"


def test_a_key_is_found_wherever_it_stands() -> None:
    for name in (b"x-api-key", b"api-key", b"x-goog-api-key"):
        assert sole_key(None, TARGET, {name: b"k"}) == b"k"
    assert sole_key(b"k", TARGET, {}) == b"k"
    assert sole_key(None, TARGET + b"?a=b&key=%6B", {}) == b"k"
    assert sole_key(b"k", TARGET + b"?key=k", {b"api-key": b"k"}) == b"k"


def test_none_is_none() -> None:
    assert sole_key(None, TARGET, {b"host": b"x"}) is None
    assert sole_key(None, TARGET + b"?monkey=k&keys=k", {}) is None
    assert other_keys(TARGET, {b"authorization": b"Bearer k"}) == []


@pytest.mark.parametrize("other", [b"K", b"", b"k ", b"\xff"])
def test_two_that_differ_are_refused(other: bytes) -> None:
    with pytest.raises(ClientFault, match="two different keys"):
        sole_key(b"k", TARGET, {b"x-api-key": other})


def test_a_page_of_this_machine_is_local() -> None:
    assert is_local_page(b"http://localhost:3000")
    assert is_local_page(b"http://127.0.0.1")
    assert not is_local_page(b"null")
    assert not is_local_page(b"http://[")
    assert not is_local_page(b"https://localhost.evil.example")
