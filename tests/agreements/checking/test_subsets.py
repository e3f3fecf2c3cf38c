"""Subsets: all that can change an answer about a model, and little else."""

from hypothesis import given

from detente.agreements import reference
from detente.agreements.checking.subsets import Subsets
from detente.canonical.model import Model
from detente.canonical.question import Question
from detente.canonical.world import World
from tests.agreements.checking.worlds import agreements
from tests.agreements.strategies import Parts, agreement_set, cases

FORBID = '[[clause]]\nid = "f"\ntype = "forbid"\nscope = {{ {} }}\n'
MODEL = Model(name="lab/one", publisher="lab")


def test_by_model_pattern_and_publisher() -> None:
    found = agreements(
        a=FORBID.format('model = "lab/one"'),
        b=FORBID.format('model = ["lab/t*", "lab/o*"]'),
        c=FORBID.format('publisher = ["lab", "rival"]'),
        d=FORBID.format(""),
        e=FORBID.format('model = "lab/one", publisher = "lab"'),
        v=FORBID.format('model = "lab/one", publisher = "rival"'),
        w=FORBID.format('model = "lab/two"'),
        x=FORBID.format('model = "rival/*"'),
        y=FORBID.format('publisher = "rival"'),
    )
    about = Subsets(found).about(MODEL)
    assert [clause.agreement for clause in about.clauses] == ["a", "b", "c", "d", "e"]
    assert [agreement.id for agreement in about.agreements] == ["a", "b", "c", "d", "e"]


COMMIT = """[[clause]]
id = "c"
type = "commit"
scope = { model = "rival/x" }
eligible = { model = "lab/one" }
amount = 100
period = "year"
from = 2026-01-01
until = 2027-01-01
"""


def test_a_commitment_comes_along_with_what_counts_towards_it() -> None:
    found = Subsets(agreements(a=COMMIT))
    assert [clause.id for clause in found.about(MODEL).clauses] == ["a/c"]
    assert not found.about(Model(name="lab/two", publisher="lab")).clauses


def test_what_amends_or_supersedes_comes_along() -> None:
    found = agreements(
        a=FORBID.format(""),
        b=FORBID.format('publisher = "rival"') + 'amends = "a/f"\n',
    )
    assert [c.id for c in Subsets(found).about(MODEL).clauses] == ["a/f", "b/f"]


@given(cases)
def test_a_subset_answers_like_the_whole(case: tuple[World, Parts, Question]) -> None:
    world, parts, question = case
    whole = agreement_set(parts)
    about = Subsets(whole).about(world.models[0])
    a = reference.decide(world, whole, question)
    b = reference.decide(world, about, question)
    assert (a.outcome, a.order, a.clauses, a.verdicts) == (
        b.outcome,
        b.order,
        b.clauses,
        b.verdicts,
    )
