"""`listing`: permitted is not available."""

import pytest

from tests.agreements.scenes import (
    AWS,
    OPENAI,
    answer,
    loaded,
    outcomes,
    question,
    reasons,
    world,
)

GRANTED = 'id = "g"\ntype = "grant"'
OHIO = 'id = "l"\ntype = "listing"\nregions = ["us-east-2"]'


def test_what_is_permitted_and_not_listed_is_denied() -> None:
    decision = answer(world(AWS, default="deny"), loaded(GRANTED), question())
    assert decision.outcome == "deny"
    assert [reason.rule for reason in reasons(decision, "aws")] == ["no_listing"]
    assert decision.change == "once a listing is recorded"


@pytest.mark.parametrize(("regions", "outcome"), [('"us-east-2"', "allow"), ('["eu"]', "deny")])
def test_regions_limit_it(regions: str, outcome: str) -> None:
    listing = f'id = "l"\ntype = "listing"\nregions = {regions}'
    assert answer(world(AWS, default="deny"), loaded(GRANTED, listing), question()).outcome == (
        outcome
    )


def test_a_deployment_without_region_is_unknown_to_it() -> None:
    decision = answer(world(OPENAI, default="deny"), loaded(GRANTED, OHIO), question())
    assert decision.outcome == "unknown"
    assert reasons(decision, "openai")[0].missing == "region of openai/gpt-4"
    assert decision.change == "once `region of openai/gpt-4` is known"


def test_a_definite_listing_beats_a_doubtful_one() -> None:
    everywhere = 'id = "m"\ntype = "listing"'
    agreements = loaded(GRANTED, OHIO, everywhere)
    assert answer(world(OPENAI, default="deny"), agreements, question()).outcome == "allow"


def test_a_date_between_two_others_is_a_missing_fact() -> None:
    between = 'id = "l"\ntype = "listing"\nfrom = { after = 2026-01-01, before = 2026-03-01 }'
    agreements = loaded(GRANTED, between)
    found = {
        at: outcomes(answer(world(AWS, default="deny"), agreements, question(at)))["aws"]
        for at in ("2025-12-31T23:59:59", "2026-01-01", "2026-02-28T23:59:59", "2026-03-01")
    }
    assert list(found.values()) == ["deny", "unknown", "unknown", "allow"]
