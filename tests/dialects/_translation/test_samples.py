"""Samples of requests: small, whole, and each needs no more than it says."""

import pytest

from detente.canonical.request import Request
from detente.dialects import CODECS
from detente.dialects._translation.samples import REQUESTS
from detente.dialects.codec import Target

FIELDS = {
    name: name
    for name in Request.__struct_fields__
    if name in {row.partition(":")[0] for row in REQUESTS}
}


@pytest.mark.parametrize("row", [row for row in REQUESTS if row in FIELDS])
def test_a_sample_that_is_named_like_a_member_sets_it(row: str) -> None:
    request = REQUESTS[row]
    assert getattr(request, row) != getattr(Request(model="m", turns=()), row)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_every_dialect_can_say_every_sample_and_read_it_again(codec: "object") -> None:
    """What is lost is missing, and nothing that is left is wrong."""
    (found,) = [one for one in CODECS if one is codec]
    for row, request in REQUESTS.items():
        encoded = found.encode_request(request, Target(model="m"))
        again = found.decode_request(encoded.body, model="m", stream=False)
        assert again.model == "m", row


def test_samples_are_in_the_order_of_their_names() -> None:
    assert list(REQUESTS) == sorted(REQUESTS)
