"""Whole decisions for checks that need more than what clauses say: who may still be tried.

Compiles a model's agreements when the model is first asked about. Finds nothing.

>>> asking.decide(asking.question("lab/one", DAY, Caller(), "stateless_api")).order
('north/one',)
"""

from datetime import datetime

from detente.agreements.checking.domain import Caller
from detente.agreements.checking.survey import Survey
from detente.agreements.compiled import CompiledAgreements, compile_agreements
from detente.canonical.decision import Decision
from detente.canonical.model import Interface
from detente.canonical.question import Question


class Asking:
    """Decisions about the models of a survey, with everything on record."""

    def __init__(self, survey: Survey) -> None:
        self._known_at = survey.known_at
        self._grounds = {ground.model.name: ground for ground in survey.grounds}
        self._compiled: dict[str, CompiledAgreements] = {}

    def cuts(self, model: str) -> tuple[datetime, ...]:
        """The dates at which an answer about `model` may turn."""
        return self._grounds[model].cuts

    def question(self, model: str, at: datetime, caller: Caller, interface: Interface) -> Question:
        """May that caller use the model, anywhere?"""
        return Question(
            model=model,
            at=at,
            known_at=max(at, self._known_at),
            interface=interface,
            project=caller.project,
            labels=caller.labels,
        )

    def decide(self, question: Question) -> Decision:
        """The answer, prices apart."""
        compiled = self._compiled.get(question.model)
        if compiled is None:
            ground = self._grounds[question.model]
            compiled = compile_agreements(ground.world, ground.agreements)
            self._compiled[question.model] = compiled
        return compiled.decide(question)
