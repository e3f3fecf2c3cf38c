"""Questions with expected answers: the tests that users write for their own agreements.

A `questions.toml` names its configuration and lists questions, each with the outcome and the
clauses that its author expects. This module reads the file, asks, and compares; it does not
decide (that arrives as a function) and reads no file itself.

    [[question]]
    id = "azure-lags"
    ask = "Is GPT-4 on Azure six days after its release?"
    model = "openai/gpt-4"
    provider = "azure"
    at = 2023-03-20
    expect = { outcome = "deny", clauses = ["openai-microsoft-2019/gpt-4-time-lag"] }
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from detente.canonical.decision import ClauseId, Decision, Outcome
from detente.canonical.failure import RefusalSignal
from detente.canonical.model import Interface, Model
from detente.canonical.question import (
    Event,
    HolderRefusal,
    Labels,
    Offer,
    Question,
    labels_of,
)
from detente.canonical.world import World
from detente.configuration.located import (
    LocatedError,
    LocatedErrors,
    Positions,
    convert,
    did_you_mean,
    parse_toml,
)

Decide = Callable[[Question], Decision]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: an unknown key in it is an error."""


class Expectation(Strict, frozen=True, kw_only=True):
    """What the author expects; what is left out is not compared.

    `clauses` are all determining clauses, in any order; `order` all deployments that may be
    tried, best first, `first` only the best. `rules` maps a deployment to the rules that its
    reasons name (`no_listing`, `hold`), `missing` are the facts that nobody supplied.
    """

    outcome: Outcome
    clauses: tuple[ClauseId, ...] | None = None
    first: str | None = None
    order: tuple[str, ...] | None = None
    rules: dict[str, tuple[str, ...]] = {}
    missing: tuple[str, ...] | None = None


class EventFact(Strict, frozen=True, kw_only=True):
    """An event that the question supposes; it is known from the moment when it happens.

    Without `declared_by` and `verified_by` it counts for every clause, whoever has to say so.
    """

    name: str
    at: datetime
    recorded_at: datetime | None = None
    declared_by: str | None = None
    verified_by: str | None = None


class OfferFact(Strict, frozen=True, kw_only=True):
    """An offer of new capacity, under a first refusal, that the question supposes.

    It was opened `at`, and answered at `answered_at` where it was. Each half is known from the
    moment when it happened.
    """

    name: str
    clause: ClauseId
    at: datetime
    recorded_at: datetime | None = None
    answer: Literal["accepted", "refused"] | None = None
    answered_at: datetime | None = None
    answer_recorded_at: datetime | None = None


class RefusalFact(Strict, frozen=True, kw_only=True):
    """A refusal of this very request that the question supposes."""

    deployment: str
    signal: RefusalSignal
    waited_ms: int = 0


class QuestionEntry(Strict, frozen=True, kw_only=True):
    """One question as its author writes it. `why` is for readers: the words that decide it."""

    id: str
    model: str
    at: datetime
    expect: Expectation
    ask: str | None = None
    as_known_at: datetime | None = None
    provider: str | tuple[str, ...] | None = None
    interface: Interface = "stateless_api"
    region: str | None = None
    project: str | None = None
    labels: dict[str, str] = {}
    header_labels: dict[str, str] = {}
    events: tuple[EventFact, ...] = ()
    offers: tuple[OfferFact, ...] = ()
    refusals: tuple[RefusalFact, ...] = ()
    why: str | None = None


class QuestionTables(Strict, frozen=True, kw_only=True):
    """A whole `questions.toml`.

    `configuration` is relative to the file. `as_known_at` answers every question with what
    was recorded by then, where a question does not name its own.
    """

    configuration: str
    as_known_at: datetime | None = None
    question: tuple[QuestionEntry, ...] = ()


class QuestionFile(msgspec.Struct, frozen=True, kw_only=True):
    """The tables with their place; `lines` holds one line number a question."""

    file: str
    tables: QuestionTables
    lines: tuple[int, ...]
    positions: Positions


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for one question; no `differences` means that it is as expected."""

    id: str
    file: str
    line: int
    question: Question
    decision: Decision
    differences: tuple[str, ...]
    entry: QuestionEntry


def parse_questions(data: bytes, file: str) -> QuestionFile:
    """A `questions.toml` from its bytes; raises `LocatedErrors`, also where an id stands twice."""
    tree, positions = parse_toml(data, file)
    tables = convert(tree, positions, file, QuestionTables)
    lines = tuple(positions.line(("question", index)) for index in range(len(tables.question)))
    seen: set[str] = set()
    twice: list[LocatedError] = []
    for entry, line in zip(tables.question, lines, strict=True):
        if entry.id in seen:
            twice.append(LocatedError(file, line, f"question `{entry.id}` stands twice; rename it"))
        seen.add(entry.id)
    if twice:
        raise LocatedErrors(twice)
    return QuestionFile(file=file, tables=tables, lines=lines, positions=positions)


def run_questions(
    questions: QuestionFile,
    world: World,
    clause_ids: Iterable[ClauseId],
    decide: Decide,
    *,
    now: datetime,
    events: tuple[Event, ...] = (),
    offers: tuple[Offer, ...] = (),
    labels_of_project: Callable[[str], Labels] = lambda _: (),
) -> tuple[Answer, ...]:
    """The answers to all questions, in the order of the file.

    `now` is the state of knowledge where the file names none; `events` and `offers` are
    those that the configuration and its register hold. Raises `LocatedErrors` where a question
    names a model, provider, deployment or clause that does not exist: a typing error would pass
    for a finding.
    """
    _check_names(questions, world, tuple(clause_ids))
    answers: list[Answer] = []
    for entry, line in zip(questions.tables.question, questions.lines, strict=True):
        known_at = entry.as_known_at or questions.tables.as_known_at or now
        question = _question(entry, world, known_at, labels_of_project)
        question = msgspec.structs.replace(
            question,
            events=(*events, *question.events),
            offers=(*offers, *question.offers),
        )
        decision = decide(question)
        answers.append(
            Answer(
                id=entry.id,
                file=questions.file,
                line=line,
                question=question,
                decision=decision,
                differences=tuple(differences(entry.expect, decision)),
                entry=entry,
            )
        )
    return tuple(answers)


def differences(expected: Expectation, decision: Decision) -> list[str]:
    """How a decision differs from what was expected, a sentence each."""
    found: list[str] = []
    if decision.outcome != expected.outcome:
        found.append(f"outcome is `{decision.outcome}`, expected `{expected.outcome}`")
    if expected.clauses is not None:
        found += _set_difference("determining clause", expected.clauses, decision.clauses)
    if expected.order is not None and decision.order != expected.order:
        found.append(f"order is {_names(decision.order)}, expected {_names(expected.order)}")
    first = decision.order[0] if decision.order else None
    if expected.first is not None and first != expected.first:
        found.append(
            f"first deployment is {_names([first or 'none'])}, expected `{expected.first}`"
        )
    rules = rules_of(decision)
    for deployment, names in expected.rules.items():
        found += _set_difference(f"rule for `{deployment}`", names, rules.get(deployment, ()))
    if expected.missing is not None:
        missing = [r.missing for v in decision.verdicts for r in v.reasons if r.missing is not None]
        found += _set_difference("missing fact", expected.missing, missing)
    return found


def rules_of(decision: Decision) -> Mapping[str, tuple[str, ...]]:
    """For each deployment the rules that its reasons name, each once."""
    return {
        verdict.deployment: tuple(dict.fromkeys(reason.rule for reason in verdict.reasons))
        for verdict in decision.verdicts
    }


def model_named(world: World, name: str) -> Model | None:
    """The model of a canonical name or alias."""
    for model in world.models:
        if name == model.name or name in model.aliases:
            return model
    return None


def _question(
    entry: QuestionEntry,
    world: World,
    known_at: datetime,
    labels_of_project: Callable[[str], Labels],
) -> Question:
    model = model_named(world, entry.model)
    assert model is not None  # `_check_names` has seen to it
    of_project = dict(labels_of_project(entry.project)) if entry.project is not None else {}
    return Question(
        model=model.name,
        at=entry.at,
        known_at=known_at,
        interface=entry.interface,
        project=entry.project,
        labels=labels_of({**of_project, **entry.labels}),
        header_labels=labels_of(entry.header_labels),
        providers=(entry.provider,) if isinstance(entry.provider, str) else entry.provider,
        region=entry.region,
        events=tuple(_event(fact) for fact in entry.events),
        offers=tuple(_offer(fact) for fact in entry.offers),
        refusals=tuple(
            HolderRefusal(deployment=r.deployment, signal=r.signal, waited_ms=r.waited_ms)
            for r in entry.refusals
        ),
    )


def _event(fact: EventFact) -> Event:
    return Event(
        name=fact.name,
        occurred_at=fact.at,
        recorded_at=fact.recorded_at or fact.at,
        declared_by=fact.declared_by,
        verified_by=fact.verified_by,
    )


def _offer(fact: OfferFact) -> Offer:
    """An answer without a date was given when the offer was made."""
    answered_at = None if fact.answer is None else fact.answered_at or fact.at
    return Offer(
        name=fact.name,
        clause=fact.clause,
        opened_at=fact.at,
        recorded_at=fact.recorded_at or fact.at,
        answer=fact.answer,
        answered_at=answered_at,
        answer_recorded_at=answered_at and (fact.answer_recorded_at or answered_at),
    )


def _check_names(questions: QuestionFile, world: World, clause_ids: tuple[ClauseId, ...]) -> None:
    found: list[LocatedError] = []
    models = [name for model in world.models for name in (model.name, *model.aliases)]
    providers = sorted({d.provider for d in world.deployments})
    deployments = sorted({d.id for d in world.deployments})
    for index, entry in enumerate(questions.tables.question):
        expect = entry.expect
        asked = (entry.provider,) if isinstance(entry.provider, str) else entry.provider or ()
        first = () if expect.first is None else (expect.first,)
        refused = tuple(refusal.deployment for refusal in entry.refusals)
        for kind, key, names, known in (
            ("model", "model", (entry.model,), models),
            ("provider", "provider", asked, providers),
            ("deployment", "refusals", refused, deployments),
            ("deployment", "expect", (*first, *(expect.order or ()), *expect.rules), deployments),
            ("clause", "offers", tuple(offer.clause for offer in entry.offers), list(clause_ids)),
            ("clause", "expect", expect.clauses or (), list(clause_ids)),
        ):
            line = questions.positions.line(("question", index, key))
            found += [
                LocatedError(
                    questions.file, line, f"unknown {kind} `{name}`; {did_you_mean(name, known)}"
                )
                for name in names
                if name not in known
            ]
        found += [
            LocatedError(
                questions.file,
                questions.positions.line(("question", index, "offers")),
                f"offer `{fact.name}` has `answered_at` and no `answer`; say what was answered",
            )
            for fact in entry.offers
            if fact.answer is None and fact.answered_at is not None
        ]
    if found:
        raise LocatedErrors(found)


def _set_difference(what: str, expected: Iterable[str], found: Iterable[str]) -> list[str]:
    wanted, seen = set(expected), set(found)
    lines = [f"{what} `{name}` expected and not found" for name in sorted(wanted - seen)]
    return lines + [f"{what} `{name}` found and not expected" for name in sorted(seen - wanted)]


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "empty"
