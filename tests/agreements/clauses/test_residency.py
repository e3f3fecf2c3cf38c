"""`residency`: zones demanded, zones configured, zones offered."""

import pytest

from detente.canonical.model import Deployment
from tests.agreements.scenes import (
    answer,
    at_place,
    day,
    loaded,
    loaded_files,
    outcomes,
    question,
    reasons,
    world,
)

DEMAND = 'id = "eu"\ntype = "residency"\nprocess = ["eu", "eu-*"]\n'
OFFER = 'id = "offer"\ntype = "residency"\noffered = true\n'


def place(zone: str | None = None, storage: str | None = None) -> Deployment:
    return at_place("aws", "amazon", zone=zone, storage=storage)


@pytest.mark.parametrize(
    ("zone", "outcome"), [("eu", "allow"), ("eu-north", "allow"), ("us", "deny"), (None, "unknown")]
)
def test_a_configured_zone_meets_it_or_not(zone: str | None, outcome: str) -> None:
    assert answer(world(place(zone)), loaded(DEMAND), question()).outcome == outcome


def test_a_zone_that_nobody_configured_is_named() -> None:
    (reason,) = reasons(answer(world(place()), loaded(DEMAND), question()), "aws")
    assert reason.missing == "processing zone of aws/gpt-4"
    assert reason.change == "once `processing zone of aws/gpt-4` is known"


def test_storage_is_a_fact_of_its_own() -> None:
    both = loaded(f'{DEMAND}store = "eu"\n')
    assert answer(world(place("eu", "eu")), both, question()).outcome == "allow"
    assert answer(world(place("eu", "us")), both, question()).outcome == "deny"
    decision = answer(world(place("eu")), both, question())
    assert reasons(decision, "aws")[0].missing == "storage zone of aws/gpt-4"


def test_what_is_definite_decides_before_what_is_missing() -> None:
    both = loaded(f'{DEMAND}store = "eu"\n')
    decision = answer(world(place("us")), both, question())
    assert decision.outcome == "deny"
    assert reasons(decision, "aws")[0].text == (
        "`a/eu` demands processing in `eu` or `eu-*` and storage in `eu`;"
        " `aws/gpt-4` processes in `us` and stores where nobody said"
    )


@pytest.mark.parametrize(
    ("offered", "outcome"),
    [
        ('process = "eu"', "allow"),
        ('process = ["eu", "eu-north"]', "allow"),
        ('process = "eu-*"', "allow"),
        ('process = ["eu", "us"]', "deny"),
        ('process = "e*"', "deny"),
        ('store = "eu"', "unknown"),
    ],
)
def test_an_offer_meets_it_where_all_its_zones_lie_within(offered: str, outcome: str) -> None:
    agreements = loaded(DEMAND, OFFER + offered)
    assert answer(world(place()), agreements, question()).outcome == outcome


def test_an_offer_stands_beside_the_configured_fact() -> None:
    agreements = loaded(DEMAND, f'{OFFER}process = "eu"')
    assert answer(world(place("us")), agreements, question()).outcome == "allow"
    worse = loaded(DEMAND, f'{OFFER}process = "us"')
    assert answer(world(place("eu")), worse, question()).outcome == "allow"


def test_one_of_any_character_is_none_of_any_run() -> None:
    demand = DEMAND.replace('["eu", "eu-*"]', '"eu?"')
    assert answer(world(place()), loaded(demand, f'{OFFER}process = "eu?"'), question()).order
    run = loaded(demand, f'{OFFER}process = "eu*"')
    assert answer(world(place()), run, question()).outcome == "deny"


def test_only_the_labels_of_the_key_bring_an_offer() -> None:
    agreements = loaded(DEMAND, f'{OFFER}process = "eu"\nscope = {{ labels = {{ data = "x" }} }}')
    asked = question(header_labels={"data": "x"})
    assert answer(world(place()), agreements, asked).outcome == "unknown"
    assert answer(world(place()), agreements, question(labels={"data": "x"})).outcome == "allow"


def test_labels_of_the_request_bring_a_demand() -> None:
    agreements = loaded(f'{DEMAND}scope = {{ labels = {{ data = "x" }} }}')
    assert answer(world(place("us")), agreements, question()).outcome == "allow"
    asked = question(header_labels={"data": "x"})
    assert answer(world(place("us")), agreements, asked).outcome == "deny"


def test_an_offer_to_come_is_the_nearest_change() -> None:
    agreements = loaded(DEMAND, f'{OFFER}process = "eu"\nfrom = 2026-06-01')
    decision = answer(world(place("us")), agreements, question("2026-02-01"))
    assert (decision.outcome, decision.change) == ("deny", "from 2026-06-01")
    assert decision.valid_until == day("2026-06-01")
    assert answer(world(place("us")), agreements, question("2026-06-01")).outcome == "allow"


def test_an_offer_of_each_kind_has_to_come() -> None:
    agreements = loaded(
        f'{DEMAND}store = "eu"',
        f'{OFFER}process = "eu"\nfrom = 2026-06-01',
        f'{OFFER.replace("offer", "second", 1)}store = "eu"\nfrom = 2026-07-01',
    )
    decision = answer(world(place("us", "us")), agreements, question("2026-02-01"))
    assert decision.change == "from 2026-07-01"
    assert answer(world(place("us", "us")), agreements, question("2026-06-30")).outcome == "deny"
    assert answer(world(place("us", "us")), agreements, question("2026-07-01")).outcome == "allow"


def test_without_an_offer_one_is_asked_for() -> None:
    decision = answer(world(place("us")), loaded(DEMAND), question())
    assert decision.change == "once `aws/gpt-4` offers processing in `eu` or `eu-*`"


def test_an_exception_suspends_it() -> None:
    excepted = 'id = "x"\ntype = "grant"\nexcept_of = "a/eu"\nscope = { labels = { test = "1" } }'
    agreements = loaded(DEMAND, excepted)
    assert answer(world(place("us")), agreements, question(labels={"test": "1"})).order
    assert not answer(world(place("us")), agreements, question()).order


def test_an_offer_is_no_prohibition_and_cannot_be_excepted() -> None:
    two = loaded_files(
        'id = "a"\nrecorded_at = 2025-01-01\n[[clause]]\n' + OFFER + 'process = "us"',
    )
    assert outcomes(answer(world(place("eu")), two, question())) == {"aws": "allow"}
