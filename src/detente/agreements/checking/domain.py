"""The finite domain of a set of agreements: every period, caller and course of events that it
can tell apart.

Between two boundary dates, for callers with the same labels, after the same events, the same
question has the same answer; so a check that asks each once has asked them all. Asks nothing
itself.

>>> list(callers_of((grant,)))
[Caller(labels=(('enrolled', 'early'),))]
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations, product
from typing import Final, get_args

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.checking.names import names_of, projects_of
from detente.agreements.clause import Clause
from detente.agreements.clauses.exclusive import Exclusive
from detente.agreements.clauses.grant import ENROLLED, Grant
from detente.agreements.clauses.hold import Hold
from detente.agreements.clauses.threshold import Threshold
from detente.agreements.scope import words
from detente.canonical.model import Interface, Model
from detente.canonical.question import Event, Labels, Question, labels_of
from detente.canonical.world import World

CALLERS_MAX: Final = 4_096
"""Classes of callers asked for one model; twelve independent labels are more than any contract
that people can read."""

EVENTS_MAX: Final = 4
"""Up to this many named events every combination is tried, above it none, each one, and all."""

Course = tuple[str, ...]
"""The events that have happened, by name."""

INTERFACES: Final[tuple[Interface, ...]] = get_args(Interface)

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a set without any date is asked: every date is alike to it."""

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """`from_ ≤ t < until`, None meaning no bound; nothing turns within it."""

    from_: datetime | None = msgspec.field(name="from", default=None)
    until: datetime | None = None

    @property
    def at(self) -> datetime:
        """An instant in it, the first where there is one."""
        if self.from_ is not None:
            return self.from_
        if self.until is None:
            return LONG_AGO
        return self.until - min(timedelta(days=1), self.until - BEGINNING)


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A class of callers: what their project and the labels of their keys say."""

    project: str | None = None
    labels: Labels = ()


def merged(found: Iterable[Period]) -> tuple[Period, ...]:
    """Periods that touch or overlap, joined, in order of time."""
    joined: list[Period] = []
    for period in sorted(found, key=lambda p: (p.from_ is not None, p.from_ or LONG_AGO)):
        last = joined[-1] if joined else None
        if last is None or (last.until is not None and not _begins_by(period, last.until)):
            joined.append(period)
        else:
            ends = (last.until, period.until)
            until = None if None in ends else max(end for end in ends if end is not None)
            joined[-1] = Period(from_=last.from_, until=until)
    return tuple(joined)


def _begins_by(period: Period, instant: datetime) -> bool:
    return period.from_ is None or period.from_ <= instant


def callers(clauses: Iterable[Clause], model: Model) -> Iterator[Caller]:
    """Every class of callers that `clauses` can tell apart, the plainest first.

    Ends after `CALLERS_MAX`.
    """
    values, projects = _labels(clauses, model)
    names = sorted(values)
    classes = product((None, *sorted(projects)), *((None, *sorted(values[name])) for name in names))
    for count, (project, *chosen) in enumerate(classes):
        if count == CALLERS_MAX:
            return
        labels = {n: v for n, v in zip(names, chosen, strict=True) if v is not None}
        yield Caller(project=project, labels=labels_of(labels))


def callers_of(clauses: Sequence[Clause]) -> Iterator[Caller]:
    """The plainest callers of whom all `clauses` speak, one for each choice that they leave.

    Who has more labels is spoken of by these clauses too, and by more exceptions; but for those
    that carve such callers out (`carved_out`).
    """
    choices: dict[str, set[str]] = {}
    enrolments = {c.enrolment for c in clauses if isinstance(c, Grant) and c.enrolment is not None}
    for clause in clauses:
        for name, wanted in (clause.scope.labels or {}).items():
            choices[name] = choices.get(name, set(words(wanted))) & set(words(wanted))
    if enrolments:
        known = choices.get(ENROLLED, {" ".join(sorted(enrolments))})
        choices[ENROLLED] = {value for value in known if enrolments.issubset(value.split())}
    names = sorted(choices)
    for project in projects_of([c.scope.project for c in clauses if c.scope.project is not None]):
        for chosen in product(*(sorted(choices[name]) for name in names)):
            yield Caller(project=project, labels=tuple(zip(names, chosen, strict=True)))


def carved_out(
    callers: Iterable[Caller], helping: Iterable[Clause], model: Model
) -> Iterator[Caller]:
    """The same callers with labels by which they escape one of `helping`, which helps them then
    no more."""
    outs = {out for c in helping if isinstance(c, Exclusive) for out in c.carve_outs}
    let_out = [
        label
        for out, label in (
            ("us_government", ("us_government", "true")),
            ("first_party", ("operator", model.publisher)),
        )
        if out in outs
    ]
    for caller in callers:
        own = dict(caller.labels)
        fresh = [label for label in let_out if label[0] not in own]
        for size in range(1, len(fresh) + 1):
            for more in combinations(fresh, size):
                labels = labels_of({**own, **dict(more)})
                yield Caller(project=caller.project, labels=labels)


def courses(clauses: Iterable[Clause]) -> tuple[Course, ...]:
    """The events that may have happened, by name: none first."""
    names = sorted({name for clause in clauses for name in events_of(clause)})
    if len(names) > EVENTS_MAX:
        return ((), *((name,) for name in names), tuple(names))
    subsets = (combinations(names, size) for size in range(len(names) + 1))
    return tuple(chain.from_iterable(subsets))


def bare(clauses: Sequence[Clause], helping: Iterable[Clause]) -> tuple[Course, ...]:
    """The courses that tell whether `clauses` may all bite: nothing, then all that ends `helping`.

    What ends a clause of `clauses` is left out, so that none else has to be tried.
    """
    needed = {name for clause in clauses for name in words(clause.ends_on)}
    ends = {name for clause in helping for name in words(clause.ends_on)} - needed
    return ((), tuple(sorted(ends))) if ends else ((),)


def ask(
    model: Model,
    interface: Interface,
    period: Period,
    *,
    caller: Caller,
    course: tuple[str, ...],
    known_at: datetime,
) -> Question:
    """The question that stands for all of that period, caller and course of events."""
    at = period.at
    return Question(
        model=model.name,
        at=at,
        known_at=max(at, known_at),
        interface=interface,
        project=caller.project,
        labels=caller.labels,
        events=tuple(Event(name=name, occurred_at=at, recorded_at=at) for name in course),
    )


def all_recorded_at(agreements: AgreementSet) -> datetime:
    """The first moment at which everything in the set is known."""
    dates = [c.recorded_at for c in agreements.clauses if c.recorded_at is not None]
    return max((*dates, *(a.recorded_at for a in agreements.agreements)), default=LONG_AGO)


def interfaces_of(world: World, model: Model) -> tuple[Interface, ...]:
    """What the model's deployments can be used for."""
    served = {i for d in world.deployments_of(model.name) for i in d.interfaces}
    return tuple(interface for interface in INTERFACES if interface in served)


def _labels(clauses: Iterable[Clause], model: Model) -> tuple[dict[str, set[str]], set[str]]:
    """Every label value and project that a clause asks for."""
    values: dict[str, set[str]] = {}
    projects: set[str] = set()
    enrolments: set[str] = set()
    for clause in clauses:
        projects |= set(names_of(words(clause.scope.project)))
        for name, wanted in (clause.scope.labels or {}).items():
            values.setdefault(name, set()).update(words(wanted))
        if isinstance(clause, Grant) and clause.enrolment is not None:
            enrolments.add(clause.enrolment)
        if isinstance(clause, Exclusive):
            if "us_government" in clause.carve_outs:
                values.setdefault("us_government", set()).add("true")
            if "first_party" in clause.carve_outs:
                values.setdefault("operator", set()).add(model.publisher)
    if enrolments:
        everything = " ".join(sorted(enrolments))
        values.setdefault(ENROLLED, set()).update({*enrolments, everything})
    return values, projects


def events_of(clause: Clause) -> tuple[str, ...]:
    """The events that change what a clause says."""
    match clause:
        case Hold():
            return (*words(clause.ends_on), *words(clause.escape))
        case Threshold():
            return (*words(clause.ends_on), clause.event)
        case _:
            return words(clause.ends_on)
