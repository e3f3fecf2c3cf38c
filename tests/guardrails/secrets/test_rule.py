"""A rule is asked where its needle is, and goes on behind what it found."""

import re

from detente.guardrails.secrets.rule import Rule

DIGITS = Rule(name="d", needles=("id-",), form=re.compile(r"id-(\d+)"), group=1, source="")
BEHIND = Rule(name="b", needles=("!!",), form=re.compile(r"\w{3}!!"), before=3, source="")


def test_every_place_is_asked() -> None:
    assert list(DIGITS.spans("id-1 id-x id-23")) == [(3, 4), (13, 15)]


def test_the_needle_may_stand_inside() -> None:
    assert list(BEHIND.spans("abc!! x!! !!")) == [(0, 5)]


def test_what_is_not_accepted_is_passed_over() -> None:
    rule = Rule(
        name="r",
        needles=("id-",),
        form=re.compile(r"id-(\d+)"),
        accepts=lambda match: match[1] != "1",
        source="",
    )
    assert list(rule.spans("id-1 id-2")) == [(5, 9)]


def test_a_needle_that_is_in_what_was_found_is_not_asked_again() -> None:
    rule = Rule(name="r", needles=("a",), form=re.compile("a+"), source="")
    assert list(rule.spans("aaaa b aa")) == [(0, 4), (7, 9)]
