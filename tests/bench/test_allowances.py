"""Round trips are read from the gateway's own counters."""

import pytest

from bench.allowances import Asked, asked_of
from bench.process import BenchError

PAGE = """\
# TYPE detente_lease_round_trips counter
detente_lease_round_trips_total 12
# TYPE detente_reservations counter
detente_reservations_total 4800
detente_reservation_waits_total 3
"""


def test_the_counters_are_read_from_a_page_of_metrics() -> None:
    found = asked_of(PAGE)
    assert (found.asks, found.reserved) == (12, 4_800)
    assert found.per_request == 0.0025


def test_a_gateway_that_counts_nothing_is_an_error_and_not_a_figure() -> None:
    with pytest.raises(BenchError, match="counts no `detente_reservations`"):
        asked_of("detente_lease_round_trips_total 12\n")


def test_no_request_at_all_divides_nothing() -> None:
    assert Asked(asks=3, reserved=0).per_request == 3
