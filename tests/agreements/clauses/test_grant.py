"""`grant`: these models may be used here by these callers."""

import pytest

from tests.agreements.scenes import AZURE, answer, loaded, question, reasons, world

LISTED = 'id = "l"\ntype = "listing"'
ENROLLED = 'id = "g"\ntype = "grant"\nenrolment = "p"\nstage = "preview"'


@pytest.mark.parametrize(
    ("labels", "outcome"),
    [
        ({}, "deny"),
        ({"enrolled": "p"}, "allow"),
        ({"enrolled": "q p"}, "allow"),
        ({"enrolled": "pp"}, "deny"),
        ({"enrol": "p"}, "deny"),
    ],
)
def test_enrolment_is_a_word_of_the_keys_label(labels: dict[str, str], outcome: str) -> None:
    decision = answer(
        world(AZURE, default="deny"), loaded(LISTED, ENROLLED), question(labels=labels)
    )
    assert decision.outcome == outcome
    assert decision.change == (None if outcome == "allow" else "if enrolled in `p`")


def test_enrolment_never_comes_from_a_header() -> None:
    asked = question(header_labels={"enrolled": "p"})
    assert answer(world(AZURE, default="deny"), loaded(LISTED, ENROLLED), asked).outcome == "deny"


def test_the_admitting_clauses_are_named() -> None:
    asked = question(labels={"enrolled": "p"})
    decision = answer(world(AZURE, default="deny"), loaded(LISTED, ENROLLED), asked)
    assert decision.clauses == ("a/g", "a/l")
    text = "`a/g` grants `azure/gpt-4` in preview to callers enrolled in `p`"
    assert reasons(decision, "azure")[0].text == text


def test_a_grant_that_begins_later_is_the_nearest_change() -> None:
    later = 'id = "g"\ntype = "grant"\nfrom = 2026-06-01'
    decision = answer(world(AZURE, default="deny"), loaded(LISTED, later), question())
    assert (decision.outcome, decision.change) == ("deny", "from 2026-06-01")


def test_a_grant_that_has_ended_is_no_change() -> None:
    ended = 'id = "g"\ntype = "grant"\nuntil = 2026-01-01'
    decision = answer(world(AZURE, default="deny"), loaded(LISTED, ended), question())
    assert (decision.outcome, decision.change) == ("deny", "once a grant is recorded")


def test_under_permit_grants_only_inform() -> None:
    assert answer(world(AZURE), loaded(ENROLLED), question()).outcome == "allow"
