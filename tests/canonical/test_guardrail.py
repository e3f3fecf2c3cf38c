"""Treatments have an order, and the strictest counts."""

from detente.canonical.guardrail import GROUPS, PERSONAL, TREATMENTS, strictest


def test_the_strictest_treatment_counts() -> None:
    assert strictest() == "allow"
    for place, milder in enumerate(TREATMENTS):
        for stricter in TREATMENTS[place:]:
            assert strictest(milder, stricter) == stricter
            assert strictest(stricter, milder) == stricter


def test_groups_share_nothing() -> None:
    named = [category for group in GROUPS.values() for category in group]
    assert len(named) == len(set(named))
    assert set(PERSONAL) <= set(named)
