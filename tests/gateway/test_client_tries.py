"""What clients say of their tries is believed where it makes sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.gateway.client_tries import TRIES_MAX, client_try


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        ({}, 1),
        ({b"x-stainless-retry-count": b"0"}, 1),
        ({b"x-stainless-retry-count": b"2"}, 3),
        ({b"x-stainless-retry-count": b"-1"}, 1),
        ({b"x-stainless-retry-count": b"99999"}, 1),
        ({b"x-stainless-retry-count": b"9999"}, TRIES_MAX),
        ({b"x-stainless-retry-count": "²".encode()}, 1),
        ({b"amz-sdk-request": b"attempt=1"}, 1),
        ({b"amz-sdk-request": b"attempt=2; max=3"}, 2),
        ({b"amz-sdk-request": b"ttl=20261122T000000Z; attempt=3; max=5"}, 3),
        ({b"amz-sdk-request": b"attempt=0; max=3"}, 1),
        ({b"amz-sdk-request": b"attempt=many"}, 1),
        ({b"amz-sdk-request": b"noattempt=4"}, 1),
    ],
)
def test_tries(headers: dict[bytes, bytes], number: int) -> None:
    assert client_try(headers) == number


@given(
    st.dictionaries(st.sampled_from([b"x-stainless-retry-count", b"amz-sdk-request"]), st.binary())
)
def test_anything_is_a_number_within_bounds(headers: dict[bytes, bytes]) -> None:
    assert 1 <= client_try(headers) <= TRIES_MAX
