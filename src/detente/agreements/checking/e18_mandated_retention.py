"""E18: a demand that less be kept than the model's publisher has every platform keep.

Such as zero retention of a model whose publisher wants abuse monitored: no deployment can ever
meet it, whatever it offers. Of the demand's own dates and callers, wherever it stands.

>>> [(finding.clauses, finding.model) for finding in mandated_retentions(survey)]
[(('house/zero',), 'anthropic/claude-fable-5')]
"""

from collections.abc import Iterator

from detente.agreements.checking.crossings import Crossings, possible, standing
from detente.agreements.checking.domain import callers_of
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Ground, Spot, Survey
from detente.agreements.clauses.retention import Retention
from detente.agreements.model_plan import Entry
from detente.canonical.model import RETENTION_MODES, Model


def mandated_retentions(survey: Survey) -> Iterator[CheckFinding]:
    """A finding for each demand and model."""
    for ground in survey.grounds:
        for entry in ground.deciding:
            clause = entry.clause
            if not isinstance(clause, Retention) or clause.offered:
                continue
            if not is_ruled_out(clause, ground.model):
                continue
            crossings = Crossings()
            crossings.note(ground, (clause.id,), _standing(ground, entry, clause))
            for crossing in crossings.found():
                required = ground.model.retention_required
                message = (
                    f"`{clause.id}` demands that no more than `{clause.mode}` is kept, and "
                    f"the publisher of `{ground.model.name}` requires `{required}`; leave the "
                    f"model out of its `scope`, or allow what is required"
                )
                yield crossing.finding("E18", message, survey)


def is_ruled_out(clause: Retention, model: Model) -> bool:
    """Whether the model's publisher requires more to be kept than `clause` allows."""
    required = model.retention_required
    if required is None:
        return False
    return RETENTION_MODES.index(required) > RETENTION_MODES.index(clause.mode)


def _standing(ground: Ground, entry: Entry, clause: Retention) -> Iterator[Spot]:
    near = ground.only(ground.with_exceptions(clause.id))
    for interface in near.interfaces:
        for caller in callers_of((clause,)):
            for period in near.periods_of(entry):
                spot = Spot(interface=interface, period=period, caller=caller)
                swept = near.swept(spot)
                found = standing(swept, clause.id)
                if found is not None and possible(found.stands) & swept.asked.serving:
                    yield spot
