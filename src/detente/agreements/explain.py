"""A decision told to a person: the answer in a sentence, each deployment, each clause's words.

Values and strings only; who shows them decides on colours and tables. Decides nothing.

>>> sentence(decision, question)
'no deployment of `openai/gpt-4` may be used on 2024-06-01: `a/sole-cloud` ...'
"""

from typing import assert_never

import msgspec

from detente.agreements.agreement import AgreementSet, Place
from detente.agreements.moment import in_words
from detente.canonical.decision import ClauseId, Decision, Outcome
from detente.canonical.question import Question


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment: whether it may be used, its place in the order (from 1), and why.

    `changes` are what would turn each reason against it, in the reasons' order, without those
    for which there is nothing.
    """

    deployment: str
    outcome: Outcome
    position: int | None
    because: tuple[str, ...]
    changes: tuple[str, ...]


class Cited(msgspec.Struct, frozen=True, kw_only=True):
    """A determining clause with the words that ground it and where it was written."""

    id: ClauseId
    type: str
    title: str | None
    quote: str | None
    source: str | None
    place: Place | None


def sentence(decision: Decision, question: Question) -> str:
    """The whole answer in one sentence, without a full stop."""
    when = in_words(question.at)
    match decision.outcome:
        case "allow":
            if not decision.order:
                return f"every allowed deployment of `{question.model}` has refused this request"
            return f"`{question.model}` may be used on {when}, {_in_order(decision.order)}"
        case "deny":
            return f"no deployment of `{question.model}` may be used on {when}{_why(decision)}"
        case "conflict":
            rivals = _listed(decision.clauses)
            return f"the agreements contradict each other about `{question.model}`: {rivals}"
        case "unknown":
            return f"whether `{question.model}` may be used on {when} is open{_why(decision)}"
        case _:
            assert_never(decision.outcome)


def told(decision: Decision) -> tuple[Told, ...]:
    """Every deployment: those in order first, the others by name."""
    positions = {deployment: i for i, deployment in enumerate(decision.order, 1)}
    return tuple(
        Told(
            deployment=verdict.deployment,
            outcome=verdict.outcome,
            position=positions.get(verdict.deployment),
            because=tuple(reason.text for reason in verdict.reasons),
            changes=tuple(dict.fromkeys(r.change for r in verdict.reasons if r.change)),
        )
        for verdict in sorted(
            decision.verdicts,
            key=lambda v: (positions.get(v.deployment, len(positions) + 1), v.deployment),
        )
    )


def cited(decision: Decision, agreements: AgreementSet) -> tuple[Cited, ...]:
    """The determining clauses in the decision's order, with what a reader would look up."""
    found: list[Cited] = []
    for id in decision.clauses:
        clause = agreements.clause(id)
        if clause is None:
            continue
        agreement = agreements.agreement(clause.agreement)
        found.append(
            Cited(
                id=id,
                type=clause.type,
                title=clause.title or (agreement.title if agreement else None),
                quote=clause.quote,
                source=clause.source or (agreement.source if agreement else None),
                place=agreements.places.get(id),
            )
        )
    return tuple(found)


def _in_order(order: tuple[str, ...]) -> str:
    first, *others = order
    then = f", then {_listed(tuple(others))}" if others else ""
    return f"at `{first}`{' first' if others else ''}{then}"


def _why(decision: Decision) -> str:
    """The first reason of the nearest miss, and the nearest change."""
    verdicts = [v for v in decision.verdicts if v.outcome == decision.outcome and v.reasons]
    asked = [v for v in verdicts if v.reasons[0].rule not in ("narrowed", "interface")] or verdicts
    texts = tuple(dict.fromkeys(v.reasons[0].text for v in asked))
    why = f": {'; '.join(texts)}" if texts else ""
    return f"{why}; nearest change: {decision.change}" if decision.change else why


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
