"""Findings as sentences: why, and what would turn it.

Decides nothing; looks only at the clauses that an evaluator named and at their dates.
"""

from datetime import datetime
from typing import Final

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clause import Clause, Prohibition, forbids
from detente.agreements.clauses.grant import ENROLLED, Grant
from detente.agreements.finding import Finding
from detente.agreements.moment import Moment, in_words, latest
from detente.canonical.decision import Reason
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """To whom it is told, and out of which agreements."""

    agreements: AgreementSet
    question: Question
    model: Model


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What would turn a finding: a date, something else, or both."""

    date: Moment | None = None
    words: str | None = None

    def __str__(self) -> str:
        dated = f"from {in_words(self.date)}" if self.date is not None else None
        return " and ".join(part for part in (dated, self.words) if part)


def reason(telling: Telling, d: Deployment, finding: Finding, *, allowed: bool) -> Reason:
    """One finding as a reason."""
    change = None if allowed else change_of(telling, d, finding)
    return Reason(
        rule=_rule(finding),
        clause=finding.clause.id if finding.clause else None,
        text=_text(telling, d, finding, allowed=allowed),
        change=str(change) if change else None,
        missing=", ".join(sorted(finding.facts)) or None,
    )


def _rule(finding: Finding) -> str:
    by_type = finding.clause is not None and finding.rule in ("clause", "order")
    return finding.clause.type if by_type and finding.clause else finding.rule


def _text(telling: Telling, d: Deployment, finding: Finding, *, allowed: bool) -> str:
    clause = finding.clause
    if finding.facts:
        return _unknown(d, finding)
    if clause is None:
        return _RULES[finding.rule].format(d.id, telling.question.interface)
    if finding.rule == "exception":
        return f"`{clause.id}` is an exception to `{clause.except_of}` for `{d.id}`"
    if forbids(clause) and not allowed:
        return clause.rejection(d, telling.model, telling.question)
    return clause.admission(d, telling.question)


_RULES: Final = {
    "no_grant": "no live grant permits `{0}` to this caller",
    "no_listing": "no live listing says that `{0}` is available",
    "narrowed": "the request did not ask for `{0}`",
    "interface": "`{0}` does not serve `{1}`",
}


def _unknown(d: Deployment, finding: Finding) -> str:
    facts = " and ".join(f"`{fact}`" for fact in sorted(finding.facts))
    if finding.clause is not None:
        return f"`{finding.clause.id}` may reject `{d.id}`: nobody supplied {facts}"
    what = "permitted" if finding.rule == "no_grant" else "available"
    return f"whether `{d.id}` is {what} is open: nobody supplied {facts}"


def change_of(telling: Telling, d: Deployment, finding: Finding) -> Change | None:
    """The nearest change that would turn a finding against `d`, if there is one."""
    if finding.facts:
        facts = " and ".join(f"`{fact}`" for fact in sorted(finding.facts))
        return Change(words=f"once {facts} is known")
    if finding.clause is not None and forbids(finding.clause):
        return _lifted(telling, d, finding.clause, finding.opens)
    match finding.rule:
        case "no_grant" | "no_listing":
            what = finding.rule.removeprefix("no_")
            return _nearest(telling, finding.near) or Change(words=f"once a {what} is recorded")
        case "narrowed":
            return Change(words=f"if the request asks for `{d.provider}`")
        case "interface":
            interface = telling.question.interface
            return Change(words=f"if `{d.id}` is configured for `{interface}`")
        case _:
            return None


def _lifted(
    telling: Telling, d: Deployment, clause: Prohibition, opens: datetime | None
) -> Change | None:
    at = telling.question.at
    if (discharge := clause.discharge(d, telling.question)) is not None:
        return Change(words=discharge)
    ends = [end for end in (opens, lapse(telling, clause)) if end and latest(end) > at]
    if ends:
        return Change(date=min(ends, key=latest))
    releases = clause.releases(d, telling.model)
    return Change(words=releases[0]) if releases else None


def lapse(telling: Telling, clause: Clause) -> Moment | None:
    """The date on which `clause` ends, is superseded or amended, as known now."""
    known = telling.question.known_at
    ends = [clause.until] if clause.until is not None else []
    ends += [
        a.from_
        for a in telling.agreements.successors_of(clause.agreement)
        if a.recorded_at <= known and a.from_ is not None
    ]
    ends += [
        c.from_
        for c in telling.agreements.amenders_of(clause.id)
        if c.known_by(known) and c.from_ is not None
    ]
    return min(ends, key=latest, default=None)


def _nearest(telling: Telling, near: tuple[Clause, ...]) -> Change | None:
    """What would make one of these grants or listings apply, the soonest first."""
    at = telling.question.at
    found: list[tuple[bool, datetime, str, Change]] = []
    for clause in near:
        end = lapse(telling, clause)
        start = clause.from_ if clause.from_ and latest(clause.from_) > at else None
        if end is not None and latest(end) <= (latest(start) if start else at):
            continue
        words = _condition(telling, clause)
        if start is None and words is None:
            continue
        soonest = latest(start) if start else at
        found.append((words is not None, soonest, clause.id, Change(date=start, words=words)))
    return min(found, key=lambda f: (f[1], f[0], f[2]), default=(False, at, "", None))[3]


def _condition(telling: Telling, clause: Clause) -> str | None:
    if not isinstance(clause, Grant) or clause.enrolment is None:
        return None
    enrolled = dict(telling.question.labels).get(ENROLLED, "").split()
    return None if clause.enrolment in enrolled else f"if enrolled in `{clause.enrolment}`"
