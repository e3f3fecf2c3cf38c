"""Whole decisions about a survey's models."""

from detente.agreements import reference
from detente.agreements.checking.asking import Asking
from detente.agreements.checking.domain import Caller
from detente.agreements.checking.survey import Survey
from tests.agreements.checking.worlds import agreements, day, world

FORBID = '\n[[clause]]\nid = "no"\ntype = "forbid"\nscope = { provider = "north", project = "a" }\n'


def test_it_answers_as_the_plain_evaluator_does() -> None:
    loaded, of = agreements(a=FORBID), world()
    asking = Asking(Survey(of, loaded))
    for project in ("a", None):
        question = asking.question(
            "lab/one", day("2026-01-01"), Caller(project=project), "stateless_api"
        )
        plain = reference.decide(of, loaded, question)
        assert asking.decide(question).order == plain.order
        assert len(plain.order) == (1 if project else 2)


def test_it_knows_when_answers_turn() -> None:
    asking = Asking(Survey(world(), agreements(a=FORBID)))
    assert asking.cuts("lab/one") == (day("2025-01-01"),)
