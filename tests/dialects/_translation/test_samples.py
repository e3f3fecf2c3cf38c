"""Samples of requests: small, whole, and each needs no more than it says."""

import pytest

from detente.canonical.request import Request
from detente.dialects import CODECS
from detente.dialects._translation.samples import REQUESTS
from detente.dialects.codec import Target

MEMBERS = [row for row in REQUESTS if row in Request.__struct_fields__]


@pytest.mark.parametrize("row", MEMBERS)
def test_a_sample_that_is_named_like_a_member_sets_it(row: str) -> None:
    assert getattr(REQUESTS[row], row) != getattr(Request(model="m", turns=()), row)


@pytest.mark.parametrize("name", [codec.name for codec in CODECS])
def test_every_dialect_can_say_every_sample_and_read_it_again(name: str) -> None:
    """What is lost is missing, and nothing that is left is wrong."""
    (codec,) = [one for one in CODECS if one.name == name]
    for row, request in REQUESTS.items():
        encoded = codec.encode_request(request, Target(model="m"))
        again = codec.decode_request(encoded.body, model="m", stream=False)
        assert again.model == "m", row


def test_there_are_samples_named_like_members() -> None:
    assert len(MEMBERS) > 10


def test_samples_are_in_the_order_of_their_names() -> None:
    assert list(REQUESTS) == sorted(REQUESTS)
