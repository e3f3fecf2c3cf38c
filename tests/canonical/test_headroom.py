"""A headroom says how much is left of what binds first."""

import pytest

from detente.canonical.headroom import Headroom


@pytest.mark.parametrize(
    ("headroom", "share"),
    [
        (Headroom(), None),
        (Headroom(requests_limit=10), None),
        (Headroom(requests_limit=0, requests_remaining=0), None),
        (Headroom(requests_limit=10, requests_remaining=5), 0.5),
        (Headroom(requests_limit=10, requests_remaining=50), 1.0),
        (
            Headroom(
                requests_limit=10, requests_remaining=5, tokens_limit=100, tokens_remaining=20
            ),
            0.2,
        ),
        (Headroom(input_tokens_limit=4, input_tokens_remaining=1), 0.25),
        (Headroom(output_tokens_limit=4, output_tokens_remaining=0), 0.0),
        (Headroom(provisioned_utilisation=0.75), 0.25),
        (Headroom(provisioned_utilisation=1.2), 0.0),
    ],
)
def test_the_share_that_is_left(headroom: Headroom, share: float | None) -> None:
    assert headroom.share_left == share
