"""Findings that overlap: nothing that a policy wants changed stays, and the strictest counts."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.guardrail import TREATMENTS, Treatment
from detente.guardrails.judging import PASSING, judged
from detente.guardrails.policy import Applied, Treatments
from detente.guardrails.screening import Found, Looked

TREATMENTS_OF = Treatments(
    input={treatment: Applied(treatment=treatment, policy="p") for treatment in TREATMENTS},
    output={},
)
"""Every category is called as what becomes of it."""


def found(start: int, end: int, category: str) -> Found:
    return Found(start=start, end=end, category=category, detector="d")


def told(looked: Looked) -> list[tuple[int, int, Treatment]]:
    return [
        (one.found.start, one.found.end, one.applied.treatment)
        for one in judged(looked, TREATMENTS_OF, "input")
    ]


def test_each_finding_becomes_what_its_category_does() -> None:
    looked = Looked(found=(found(0, 3, "flag"), found(4, 6, "mask"), found(7, 9, "allow")))
    assert told(looked) == [(0, 3, "flag"), (4, 6, "mask")]
    assert judged(looked, TREATMENTS_OF, "output") == ()


@pytest.mark.parametrize(
    ("longer", "beaten", "expected"),
    [
        ("allow", "mask", [(2, 5, "mask")]),
        ("flag", "block", [(2, 5, "block")]),
        ("allow", "flag", [(2, 5, "flag")]),
        ("flag", "flag", [(0, 9, "flag")]),
        ("flag", "allow", [(0, 9, "flag")]),
        ("pseudonymise", "mask", [(0, 9, "mask")]),
        ("pseudonymise", "pseudonymise", [(0, 9, "pseudonymise")]),
        ("block", "pseudonymise", [(0, 9, "block")]),
    ],
)
def test_what_a_longer_finding_beat_counts_where_it_is_stricter(
    longer: str, beaten: str, expected: list[tuple[int, int, Treatment]]
) -> None:
    looked = Looked(found=(found(0, 9, longer),), beaten=(found(2, 5, beaten),))
    assert told(looked) == expected


def test_what_became_longer_has_no_form_to_keep() -> None:
    alike = Applied(treatment="pseudonymise", policy="p", look_alike=True)
    treatments = Treatments(input={}, output={}, others_input=alike)
    one, two = found(0, 9, "iban"), found(7, 12, "phone")
    (joined,) = judged(Looked(found=(one,), beaten=(two,)), treatments, "input")
    assert not joined.applied.look_alike
    (alone,) = judged(Looked(found=(one,), beaten=(found(2, 5, "phone"),)), treatments, "input")
    assert alone.applied.look_alike


def test_what_partly_overlaps_is_changed_as_a_whole() -> None:
    looked = Looked(found=(found(0, 9, "pseudonymise"),), beaten=(found(7, 12, "pseudonymise"),))
    assert told(looked) == [(0, 12, "pseudonymise")]


def test_content_risks_are_no_data() -> None:
    everything = Treatments(input={}, output={}, others_input=Applied(treatment="block"))
    looked = Looked(found=(found(0, 3, "prompt_attack"), found(4, 6, "word")))
    assert [one.found.category for one in judged(looked, everything, "input")] == ["word"]


@st.composite
def findings(draw: st.DrawFn) -> Found:
    start = draw(st.integers(0, 20))
    return found(start, start + draw(st.integers(1, 10)), draw(st.sampled_from(TREATMENTS)))


SOME = st.lists(findings(), max_size=6).map(tuple)


@given(SOME, SOME)
def test_no_character_is_treated_more_mildly_than_some_finding_wants(
    some: tuple[Found, ...], beaten: tuple[Found, ...]
) -> None:
    result = judged(Looked(found=some, beaten=beaten), TREATMENTS_OF, "input")
    for one in (*some, *beaten):
        if one.category in PASSING:
            continue
        wanted = [*TREATMENTS].index(one.category)
        covering = [
            TREATMENTS.index(each.applied.treatment)
            for each in result
            if each.found.start <= one.start and one.end <= each.found.end
        ]
        assert max(covering, default=0) >= wanted
    changed = [each.found for each in result if each.applied.treatment not in PASSING]
    assert all(a.end <= b.start for a, b in pairwise(changed))


def test_many_findings_take_linear_time() -> None:
    """Each was compared with all others: 20,000 addresses in one text took minutes."""
    looked = Looked(
        found=tuple(found(at, at + 3, "flag") for at in range(0, 100_000, 5)),
        beaten=tuple(found(at, at + 2, "flag") for at in range(1, 100_000, 10)),
    )
    began = time.process_time()
    assert len(told(looked)) == 20_000
    assert time.process_time() - began < 5
