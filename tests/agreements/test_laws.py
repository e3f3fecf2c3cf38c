"""The laws of the agreements' semantics, on random worlds, agreements and questions."""

from collections import Counter
from datetime import timedelta
from random import Random

import msgspec
from hypothesis import HealthCheck, assume, event, given, settings

from detente.agreements import AgreementSet, Clause, compile_agreements, load, reference
from detente.agreements.clause import Prohibition
from detente.canonical.decision import Decision
from detente.canonical.question import Question
from detente.canonical.world import World
from tests.agreements.strategies import (
    DAYS,
    Parts,
    agreement_set,
    cases,
    files_of,
    grants,
    offerings,
    prohibitions,
    randoms,
    scopes,
    snapshot,
)

quick = settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)


def allowed(decision: Decision) -> set[str]:
    return {v.deployment for v in decision.verdicts if v.outcome == "allow"}


def decide(world: World, agreements: AgreementSet, question: Question) -> Decision:
    return compile_agreements(world, agreements).decide(question)


@settings(quick, max_examples=2_000)
@given(cases, randoms)
def test_the_compiled_form_answers_as_the_reference_does(
    case: tuple[World, Parts, Question], r: Random
) -> None:
    world, parts, question = case
    agreements = agreement_set(parts)
    measured = snapshot(r, world)
    plain = reference.decide(world, agreements, question, measured)
    event(plain.outcome)
    compiled = compile_agreements(world, agreements, snapshot=measured)
    assert compiled.decide(question) == plain
    assert compiled.decide(question) == plain  # from the cache


@quick
@given(cases)
def test_an_answer_holds_for_its_whole_epoch(case: tuple[World, Parts, Question]) -> None:
    world, parts, question = case
    compiled = compile_agreements(world, agreement_set(parts))
    answer = compiled.decide(question)
    lead = question.known_at - question.at
    instants = [answer.valid_from or question.at - timedelta(days=900)]
    if answer.valid_until is not None:
        instants.append(answer.valid_until - timedelta(microseconds=1))
    for at in instants:
        moved = msgspec.structs.replace(question, at=at, known_at=at + lead)
        assert reference.decide(world, agreement_set(parts), moved).id == answer.id


@settings(quick, max_examples=150)
@given(cases, randoms)
def test_the_order_of_files_and_clauses_never_matters(
    case: tuple[World, Parts, Question], r: Random
) -> None:
    world, parts, question = case
    shuffled = [(a, tuple(r.sample(own, len(own)))) for a, own in r.sample(parts, len(parts))]
    one, other = load(files_of(parts)), load(files_of(tuple(shuffled)))
    assert one.clauses == other.clauses == agreement_set(parts).clauses
    plain = reference.decide(world, one, question)
    same = msgspec.structs.replace(
        reference.decide(world, other, question), fingerprints=plain.fingerprints, id=plain.id
    )
    assert same == plain


@quick
@given(cases, prohibitions, scopes)
def test_adding_a_prohibition_never_allows(
    case: tuple[World, Parts, Question], prohibition: Prohibition, scope: object
) -> None:
    world, parts, question = case
    added = msgspec.structs.replace(prohibition, id="extra/new", scope=scope, recorded_at=DAYS[0])
    before = decide(world, agreement_set(parts), question)
    after = decide(world, agreement_set(parts, added), question)
    assert_only_first_refusals_gave_way(before, after)


def assert_only_first_refusals_gave_way(before: Decision, after: Decision) -> None:
    """Rule 7: a first refusal whose holder is barred counts as refused; nothing else gives way."""
    gained = allowed(after) - allowed(before)
    for verdict in before.verdicts:
        if verdict.deployment in gained:
            assert {reason.rule for reason in verdict.reasons} == {"first_refusal"}


@quick
@given(cases, grants, scopes)
def test_adding_a_grant_never_rejects(
    case: tuple[World, Parts, Question], grant: Clause, scope: object
) -> None:
    world, parts, question = case
    added = msgspec.structs.replace(grant, id="extra/new", scope=scope, recorded_at=DAYS[0])
    before = decide(world, agreement_set(parts), question)
    after = decide(world, agreement_set(parts, added), question)
    assert allowed(before) <= allowed(after)


@quick
@given(cases, offerings, scopes)
def test_adding_an_offer_never_rejects(
    case: tuple[World, Parts, Question], offering: Clause, scope: object
) -> None:
    world, parts, question = case
    added = msgspec.structs.replace(offering, id="extra/new", scope=scope, recorded_at=DAYS[0])
    before = decide(world, agreement_set(parts), question)
    after = decide(world, agreement_set(parts, added), question)
    # Whom an offer lets in may hold a first refusal, which then stands again (rule 7).
    assert_only_first_refusals_gave_way(after, before)


@quick
@given(cases, randoms)
def test_what_was_measured_only_orders(case: tuple[World, Parts, Question], r: Random) -> None:
    world, parts, question = case
    compiled = compile_agreements(world, agreement_set(parts))
    before = compiled.decide(question)
    compiled.observe(snapshot(r, world))
    after = compiled.decide(question)
    assert Counter(after.order) == Counter(before.order)
    one, other = (
        msgspec.structs.replace(d, id="", order=(), snapshot=(), respond_within_ms={})
        for d in (before, after)
    )
    assert one == other


@quick
@given(cases)
def test_labels_of_a_header_only_restrict(case: tuple[World, Parts, Question]) -> None:
    world, parts, question = case
    assume(question.header_labels)
    without = msgspec.structs.replace(question, header_labels=())
    agreements = agreement_set(parts)
    before, after = (decide(world, agreements, q) for q in (without, question))
    assert allowed(after) <= allowed(before)


@quick
@given(cases)
def test_narrowing_never_widens(case: tuple[World, Parts, Question]) -> None:
    world, parts, question = case
    agreements = agreement_set(parts)
    whole = msgspec.structs.replace(question, providers=None, region=None)
    assert allowed(decide(world, agreements, question)) <= allowed(decide(world, agreements, whole))


@quick
@given(cases)
def test_the_order_is_of_what_is_allowed_and_has_not_refused(
    case: tuple[World, Parts, Question],
) -> None:
    world, parts, question = case
    answer = decide(world, agreement_set(parts), question)
    refused = {refusal.deployment for refusal in question.refusals}
    assert Counter(answer.order) == Counter(allowed(answer) - refused)
    assert (answer.outcome == "allow") == bool(allowed(answer))
