"""Moving a boundary that decided past the question turns its answer: tested for each question.

The boundaries of a clause are its `from` and `until`; of a wait also its length and what it counts
from; of a threshold the event; of a first refusal on capacity the offer and its answer.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import TypeVar

import msgspec
import pytest

from detente.agreements import AgreementSet, reference
from detente.agreements.clause import Clause
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.clauses.hold import Hold
from detente.agreements.clauses.threshold import Threshold
from detente.agreements.moment import earliest, latest
from detente.agreements.questions import Answer
from detente.canonical.question import Event, Offer, Question
from detente.canonical.world import World
from tests.examples.bundles import QUESTIONS, bundle, question_ids

SECOND = timedelta(seconds=1)
T = TypeVar("T", bound=msgspec.Struct)
Move = tuple[str, AgreementSet, Question]

NOT_A_MATTER_OF_DATES = {
    ("public-record", "03-gpt-4-azure-not-enrolled"): "who is not admitted never is",
    ("public-record", "12-aws-frankfurt"): "nobody ever listed it there",
    ("public-record", "12-google"): "nobody ever listed it there",
    ("public-record", "08-national-security-after-the-carve-out"): "nobody ever offered it there",
}
"""Denials without a determining clause that no date would turn."""


@cache
def found_for(name: str) -> dict[str, Answer]:
    return {answer.id: answer for answer in bundle(name).answers()}


DETERMINED = [
    (name, question)
    for name in QUESTIONS
    for question in question_ids(name)
    if found_for(name)[question].decision.clauses
]
UNDETERMINED = [
    (name, question)
    for name in ("public-record", "seed-only", "reseller")
    for question in question_ids(name)
    if not found_for(name)[question].decision.clauses
]


def moves_of(agreements: AgreementSet, found: Answer, clause: Clause) -> Iterator[Move]:
    """Each boundary of a clause that decided, moved past the question.

    A shorter wait from a day that nobody knows is none the clearer.
    """
    question, at, anchored = found.question, found.question.at, found.decision.outcome != "unknown"
    changed = [("from", replaced(clause, from_=at + SECOND)), ("until", replaced(clause, until=at))]
    if isinstance(clause, Hold):
        changed.append(("anchor", replaced(clause, anchor_date=at - days(clause.lag_days))))
        if clause.lag_days and anchored:
            changed.append(("lag", replaced(clause, lag_days=0)))
    for name, moved in changed:
        yield name, with_clause(agreements, moved), question
    if isinstance(clause, Threshold):
        when = at if clause.effect == "opens" else at + SECOND
        events = tuple(_moved(e, when) if e.name == clause.event else e for e in question.events)
        assert events != question.events
        yield "event", agreements, replaced(question, events=events)
    if isinstance(clause, FirstRefusal) and clause.subject == "capacity":
        for offer in question.offers:
            for moved in _other_dates(offer, clause, at):
                yield "offer", agreements, replaced(question, offers=(moved,))


def days(number: int) -> timedelta:
    return timedelta(days=number)


def replaced(value: T, **changes: object) -> T:
    return msgspec.structs.replace(value, **changes)


def with_clause(agreements: AgreementSet, moved: Clause) -> AgreementSet:
    clauses = tuple(moved if c.id == moved.id else c for c in agreements.clauses)
    return replaced(agreements, clauses=clauses)


def _moved(event: Event, when: datetime) -> Event:
    return replaced(event, occurred_at=when)


def _other_dates(offer: Offer, clause: FirstRefusal, at: datetime) -> Iterator[Offer]:
    """The offer as it would stand had its last step been taken on the other side of `at`."""
    wait = None if clause.wait_ms is None else timedelta(milliseconds=clause.wait_ms)
    if offer.answer is not None:
        yield replaced(offer, answered_at=at + SECOND)
    elif wait is not None:
        lapsed = offer.opened_at + wait <= at
        opened = at - wait + SECOND if lapsed else at - wait
        yield replaced(offer, opened_at=opened, recorded_at=opened)


def told(world: World, agreements: AgreementSet, question: Question) -> tuple[object, ...]:
    decision = reference.decide(world, agreements, question)
    return decision.outcome, decision.order, decision.clauses


@pytest.mark.parametrize(("name", "id"), DETERMINED)
def test_a_boundary_moved_past_the_question_turns_it(name: str, id: str) -> None:
    setup, found = bundle(name).setup, found_for(name)[id]
    now = told(setup.world, setup.agreements, found.question)
    for decided in found.decision.clauses:
        clause = setup.agreements.clause(decided)
        assert clause is not None
        for what, agreements, question in moves_of(setup.agreements, found, clause):
            assert told(setup.world, agreements, question) != now, (decided, what)


@pytest.mark.parametrize(("name", "id"), UNDETERMINED)
def test_what_no_clause_decided_is_turned_by_one_that_begins_or_goes_on(name: str, id: str) -> None:
    setup, found = bundle(name).setup, found_for(name)[id]
    turned = [
        moved
        for moved, agreements, question in _openings(setup.agreements, found.question)
        if told(setup.world, agreements, question)[0] != found.decision.outcome
        or reference.decide(setup.world, agreements, question).clauses
    ]
    assert bool(turned) != ((name, id) in NOT_A_MATTER_OF_DATES)


def _openings(agreements: AgreementSet, question: Question) -> Iterator[Move]:
    """Each agreement as if it, and all that it says, began or went on just then."""
    at = question.at
    for agreement in agreements.agreements:
        moved = agreements
        for clause in agreements.clauses:
            if clause.agreement != agreement.id:
                continue
            if clause.from_ is not None and latest(clause.from_) > at:
                moved = with_clause(moved, replaced(clause, from_=at, recorded_at=at))
            if clause.until is not None and earliest(clause.until) <= at:
                moved = with_clause(moved, replaced(clause, until=at + SECOND))
        yield agreement.id, moved, question
    for event in question.events:
        yield event.name, agreements, replaced(question, events=(_moved(event, at + SECOND),))


@pytest.mark.parametrize("name", ["public-record", "reseller"])
def test_events_and_offers_are_among_what_was_moved(name: str) -> None:
    agreements = bundle(name).setup.agreements
    moved = {
        what
        for found in found_for(name).values()
        for decided in found.decision.clauses
        if (clause := agreements.clause(decided)) is not None
        for what, _, _ in moves_of(agreements, found, clause)
    }
    assert moved == {"from", "until", "anchor", "lag", "event", "offer"}
