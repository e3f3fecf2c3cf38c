"""`retention`: what may be kept, what is kept, what a publisher demands to be kept."""

import pytest

from detente.canonical.model import RetentionMode
from tests.agreements.scenes import answer, at_place, loaded, question, reasons, world

DEMAND = 'id = "zero"\ntype = "retention"\nmode = "flagged_only"\n'
OFFER = 'id = "offer"\ntype = "retention"\noffered = true\n'


@pytest.mark.parametrize(
    ("kept", "outcome"),
    [
        ("none", "allow"),
        ("flagged_only", "allow"),
        ("abuse_monitoring", "deny"),
        ("full", "deny"),
        (None, "unknown"),
    ],
)
def test_no_more_is_kept_than_demanded(kept: RetentionMode | None, outcome: str) -> None:
    where = world(at_place("aws", "amazon", retention=kept))
    assert answer(where, loaded(DEMAND), question()).outcome == outcome


def test_what_is_kept_and_nobody_said_is_named() -> None:
    decision = answer(world(at_place("aws", "amazon")), loaded(DEMAND), question())
    assert reasons(decision, "aws")[0].missing == "retention of aws/gpt-4"
    assert decision.change == "once `retention of aws/gpt-4` is known"


@pytest.mark.parametrize(
    ("offered", "outcome"), [("none", "allow"), ("flagged_only", "allow"), ("full", "deny")]
)
def test_an_offer_meets_it(offered: str, outcome: str) -> None:
    agreements = loaded(DEMAND, f'{OFFER}mode = "{offered}"')
    assert answer(world(at_place("aws", "amazon")), agreements, question()).outcome == outcome


def test_an_offer_that_is_not_live_meets_nothing() -> None:
    agreements = loaded(DEMAND, f'{OFFER}mode = "none"\nuntil = 2026-01-01')
    kept = world(at_place("aws", "amazon", retention="full"))
    assert answer(kept, agreements, question("2025-12-31T23:59:59")).outcome == "allow"
    decision = answer(kept, agreements, question("2026-01-01"))
    assert decision.outcome == "deny"
    assert decision.change == "once `aws/gpt-4` offers to keep no more than `flagged_only`"


def test_what_a_publisher_demands_no_offer_lifts() -> None:
    agreements = loaded(DEMAND, f'{OFFER}mode = "none"')
    where = world(at_place("aws", "amazon", retention="none"), retention_required="full")
    decision = answer(where, agreements, question())
    assert (decision.outcome, decision.change) == ("deny", None)
    assert reasons(decision, "aws")[0].text == (
        "`a/zero` demands that no more than `flagged_only` is kept;"
        " `openai/gpt-4` may only be served where `full` is"
    )
    less = world(at_place("aws", "amazon", retention="none"), retention_required="flagged_only")
    assert answer(less, agreements, question()).outcome == "allow"
