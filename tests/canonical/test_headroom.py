"""A headroom says how much is left of what binds first."""

import pytest

from detente.canonical.headroom import WAIT_MS_MAX, Headroom


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


@pytest.mark.parametrize(
    ("headroom", "wait_ms"),
    [
        (Headroom(), None),
        (Headroom(requests_remaining=0), None),
        (Headroom(requests_remaining=1, requests_reset_ms=500), None),
        (Headroom(requests_reset_ms=500), None),
        (Headroom(requests_remaining=0, requests_reset_ms=500), 500),
        (Headroom(requests_remaining=0, requests_reset_ms=0), 0),
        (
            Headroom(
                requests_remaining=0,
                requests_reset_ms=500,
                tokens_remaining=0,
                tokens_reset_ms=6000,
                input_tokens_remaining=9,
                input_tokens_reset_ms=9000,
            ),
            6000,
        ),
        (Headroom(output_tokens_remaining=0, output_tokens_reset_ms=10**9), WAIT_MS_MAX),
    ],
)
def test_a_used_up_limit_is_waited_for_within_a_bound(
    headroom: Headroom, wait_ms: int | None
) -> None:
    assert headroom.wait_ms == wait_ms
