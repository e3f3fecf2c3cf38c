"""From sets of deployments to findings: what speaks for or against each, and which are rivals.

The second half of the compiled form, after `sweep`. Most questions end in `allow`, so rivals
are sought last and only where nothing is allowed.
"""

from collections.abc import Callable

from detente.agreements.clause import Clause
from detente.agreements.finding import Finding, Findings, Found, Rule
from detente.agreements.grid import Grid, both
from detente.agreements.ordering import placing, ranked
from detente.agreements.sweep import Swept, allowed
from detente.canonical.decision import ClauseId
from detente.canonical.snapshot import NOTHING_MEASURED, Snapshot


def conclude(swept: Swept, without: Callable[[ClauseId], Swept], snapshot: Snapshot) -> Findings:
    """The findings; `without` gives the sets with one clause left out, where rivals are sought."""
    yes = allowed(swept)
    found = find_all(swept)
    ranks = ranked(swept, found, yes, snapshot)
    plainly = ranks
    if not snapshot.orders_as(NOTHING_MEASURED):
        plainly = ranked(swept, found, yes, NOTHING_MEASURED)
    return Findings(
        found=found,
        ranks=tuple(ranks),
        first=_of(found, plainly[0].deployment) if plainly else None,
        rivals=() if yes else _rivals(swept, without),
    )


def _of(found: tuple[Found, ...], deployment: str) -> Found | None:
    return next((f for f in found if f.deployment.id == deployment), None)


def find_all(swept: Swept) -> tuple[Found, ...]:
    """What is found about each deployment."""
    yes = allowed(swept)
    return tuple(_find(swept, index, yes) for index in range(len(swept.model.plan.deployments)))


def _find(swept: Swept, index: int, yes: int) -> Found:
    bit, deployment = 1 << index, swept.model.plan.deployments[index]
    if not bit & swept.open_to:
        rule = "narrowed" if bit & swept.asked.serving else "interface"
        return Found(deployment=deployment, outcome="deny", findings=(Finding(rule=rule),))
    if bit & yes:
        return _admitted(swept, index)
    definite = [
        Finding(
            rule="clause",
            clause=s.clause,
            opens=s.clause.opened(swept.model.plan, swept.asked, bit),
        )
        for s in swept.standing
        if s.rejects.yes & bit
    ]
    doubts = [
        Finding(rule="clause", clause=s.clause, facts=s.rejects.open[bit])
        for s in swept.standing
        if bit in s.rejects.open
    ]
    lacks: tuple[tuple[Rule, Grid], ...] = (
        ("no_grant", swept.permitted),
        ("no_listing", swept.available),
    )
    for rule, given in lacks:
        if bit in given.open:
            doubts.append(Finding(rule=rule, facts=given.open[bit]))
        elif not bit & given.yes:
            definite.append(Finding(rule=rule, near=_near(swept, rule, bit)))
    if definite:
        return Found(deployment=deployment, outcome="deny", findings=tuple(definite))
    return Found(deployment=deployment, outcome="unknown", findings=tuple(doubts))


def _near(swept: Swept, rule: Rule, bit: int) -> tuple[Clause, ...]:
    q = swept.question
    favour = {name: frozenset((value,)) for name, value in q.labels}
    role = rule.removeprefix("no_")
    return tuple(
        entry.clause
        for entry in swept.model.entries
        if entry.clause.role == role
        and entry.life.recorded_at <= q.known_at
        and entry.reach.where.yes & bit
        and entry.reach.takes(q.interface, q.project, favour)
    )


def _admitted(swept: Swept, index: int) -> Found:
    bit, plan = 1 << index, swept.model.plan
    reasons: list[Finding] = []
    duty, waits = False, list[int]()
    for standing in swept.standing:
        clause = standing.clause
        if not standing.stands.yes & bit:
            continue
        if clause.admitted(plan, swept.asked) & bit:
            reasons.append(Finding(rule="clause", clause=clause))
        if clause.favoured(plan, swept.asked) & bit:
            duty = True
            waits += [clause.wait_ms] if clause.wait_ms is not None else []
    reasons += [Finding(rule="exception", clause=e) for e in _exceptions(swept, bit)]
    for role in ("grant", "listing"):
        reasons += [
            Finding(rule="clause", clause=clause)
            for clause, where in swept.helping.values()
            if clause.role == role and where.yes & bit
        ]
    reasons += [Finding(rule="order", clause=clause) for clause in placing(swept, bit)]
    return Found(
        deployment=plan.deployments[index],
        outcome="allow",
        findings=tuple(reasons),
        duty=duty,
        wait_ms=max(waits, default=None),
    )


def _exceptions(swept: Swept, bit: int) -> list[Clause]:
    """The exceptions that took a rejection away, or a doubt."""
    found: list[Clause] = []
    for standing in swept.standing:
        would = both(standing.in_force, standing.own)
        if not (would.yes & bit or bit in would.open):
            continue
        names = swept.model.excepted_by.get(standing.clause.id, ())
        known = (swept.helping[name] for name in names if name in swept.helping)
        found.extend(clause for clause, where in known if where.yes & bit)
    return sorted(found, key=lambda clause: clause.id)


def _rivals(swept: Swept, without: Callable[[ClauseId], Swept]) -> tuple[ClauseId, ...]:
    named: set[ClauseId] = set()
    reserving = [s for s in swept.standing if s.clause.rivals]
    turns: dict[ClauseId, bool] = {}
    for a in reserving:
        kept = a.stands.yes & ~a.own.yes & swept.asked.serving
        for bit in a.own.open:
            kept &= ~bit
        for b in reserving:
            pair = frozenset((a.clause.id, b.clause.id))
            if a is b or not kept & b.rejects.yes or pair in swept.model.ranked:
                continue
            for id in pair:
                if id not in turns:
                    turns[id] = allowed(without(id)) != 0
            if any(turns[id] for id in pair):
                named |= pair
    return tuple(sorted(named))
