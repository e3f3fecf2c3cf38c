"""E09: a first refusal that can never be exercised, or never ends, for another clause.

Two ways, on some date and for some caller:

- every deployment of the holder is closed by exclusives of others, so that the first refusal
  promises its holder what nobody may give it;
- two first refusals for requests wait for each other: each keeps back the other's holder, so
  that nobody is asked, nobody refuses, and nothing is allowed.

What is written to yield (`except_of`, `amends`, `supersedes`) yields, and is not found; nor is a
holder that is held back, forbidden or not configured, which the contract may well mean.

>>> [finding.clauses for finding in deadlocks(survey)]
[('a/rofr', 'b/api')]
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from detente.agreements.checking.crossings import Crossing, Crossings, possible, standing
from detente.agreements.checking.domain import callers, courses
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Ground, Spot, Survey
from detente.agreements.clause import Clause
from detente.agreements.clauses.exclusive import Exclusive
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.model_plan import Entry
from detente.agreements.sweep import Swept
from detente.canonical.decision import ClauseId


def deadlocks(survey: Survey) -> Iterator[CheckFinding]:
    """A finding for each first refusal and what bars its holder, and each two that wait."""
    barred, waiting = Crossings(), Crossings()
    for ground in survey.grounds:
        refusals = [(e, e.clause) for e in ground.deciding if isinstance(e.clause, FirstRefusal)]
        for entry, clause in refusals:
            for clauses, spot in _barred(ground, entry, clause):
                barred.note(ground, clauses, (spot,))
        for (first, a), (second, b) in combinations(refusals, 2):
            if "capacity" not in (a.subject, b.subject) and ground.shared(first, second):
                spots = _waiting(ground, (first, a), (second, b))
                waiting.note(ground, (a.id, b.id), spots)
    yield from (_barred_finding(survey, crossing) for crossing in barred.found())
    yield from (_waiting_finding(survey, crossing) for crossing in waiting.found())


def _barred(
    ground: Ground, entry: Entry, clause: FirstRefusal
) -> Iterator[tuple[tuple[ClauseId, ...], Spot]]:
    """Where exclusives close all that the holder has, and which."""
    held = ground.plan.plan.held(clause.holder)
    exclusives = [
        e
        for e in ground.deciding
        if isinstance(e.clause, Exclusive)
        and possible(e.reach.where) & held & ~ground.plan.plan.held(e.clause.holder)
        and ground.shared(entry, e)
    ]
    if not exclusives or not held:
        return
    names = [e.clause.id for e in exclusives]
    near = ground.only(ground.with_exceptions(clause.id, *names))
    for spot in _spots(near, (entry,)):
        swept = near.swept(spot)
        closing = _closing(swept, held & swept.asked.serving, names)
        own = standing(swept, clause.id)
        if closing and own is not None and own.stands.yes & ~held & swept.asked.serving:
            yield (clause.id, *closing), spot


def _closing(swept: Swept, held: int, names: Sequence[ClauseId]) -> tuple[ClauseId, ...]:
    """The exclusives that close all of `held` for certain; none where something is left."""
    closing: list[ClauseId] = []
    left = held
    for name in names:
        found = standing(swept, name)
        if found is not None and found.rejects.yes & held:
            closing.append(name)
            left &= ~found.rejects.yes
    return tuple(closing) if held and not left else ()


def _waiting(
    ground: Ground, first: tuple[Entry, FirstRefusal], second: tuple[Entry, FirstRefusal]
) -> Iterator[Spot]:
    """Where each of two first refusals keeps back all that the other's holder has."""
    (entry, a), (other, b) = first, second
    plan = ground.plan.plan
    crossed = (
        possible(entry.reach.where) & plan.held(b.holder),
        possible(other.reach.where) & plan.held(a.holder),
    )
    if not all(crossed):
        return
    for spot in _spots(ground, (entry, other)):
        swept = ground.swept(spot)
        one, two = standing(swept, a.id), standing(swept, b.id)
        if one is None or two is None:
            continue
        theirs = plan.held(a.holder) & swept.asked.serving
        others = plan.held(b.holder) & swept.asked.serving
        back = others & ~one.rejects.yes | theirs & ~two.rejects.yes
        if theirs and others and not back:
            yield spot


def _spots(ground: Ground, entries: tuple[Entry, ...]) -> Iterator[Spot]:
    """Every spot at which `entries` may be live, for all callers and courses that count there."""
    for period in ground.periods_of(*entries):
        live = [entry.clause for entry, _ in ground.live(period)]
        deciding = [c for c in live if c.role == "prohibition" or c.except_of is not None]
        opening = [*(entry.clause for entry in entries), *filter(_opens, deciding)]
        for interface in ground.interfaces:
            for course in courses(deciding):
                for caller in callers(opening, ground.model):
                    yield Spot(interface=interface, period=period, caller=caller, course=course)


def _opens(clause: Clause) -> bool:
    """Whether a caller's label may take away what bars a holder, or a duty."""
    return clause.except_of is not None or isinstance(clause, Exclusive)


def _barred_finding(survey: Survey, crossing: Crossing) -> CheckFinding:
    refusal, *closing = crossing.clauses
    named = " and ".join(f"`{name}`" for name in closing)
    message = (
        f"first refusal `{refusal}` promises its holder what {named} "
        f"{'reserves' if len(closing) == 1 else 'reserve'} for others; narrow the `scope` or the "
        f"dates of one, or write which one yields (`except_of`, `amends`)"
    )
    return crossing.finding("E09", message, survey)


def _waiting_finding(survey: Survey, crossing: Crossing) -> CheckFinding:
    a, b = crossing.clauses
    message = (
        f"first refusals `{a}` and `{b}` wait for each other's holder, so that nobody is ever "
        f"asked; narrow the `scope` or the dates of one, or write which one yields "
        f"(`except_of`, `amends`)"
    )
    return crossing.finding("E09", message, survey)
