"""A decision told to a person."""

import pytest

from detente.agreements import AgreementSet, explain
from detente.canonical.question import HolderRefusal, Question
from tests.agreements.scenes import AWS, AZURE, answer, loaded, question, world

NO = (
    'id = "no"\ntype = "forbid"\nscope = { host = "amazon" }\nuntil = 2026-06-01\n'
    'quote = "not on Amazon"\nreason = "house rule"'
)
TWO = (
    'id = "x"\ntype = "exclusive"\nholder = "host:microsoft"',
    'id = "y"\ntype = "exclusive"\nholder = "host:amazon"',
)
REFUSED = HolderRefusal(deployment="aws/gpt-4", signal="429")


@pytest.mark.parametrize(
    ("clauses", "asked", "said"),
    [
        (
            (),
            question(),
            "`openai/gpt-4` may be used on 2026-02-01, at `aws/gpt-4` first, then `azure/gpt-4`",
        ),
        ((NO,), question(), "`openai/gpt-4` may be used on 2026-02-01, at `azure/gpt-4`"),
        (
            (NO,),
            question(providers=("aws",)),
            "no deployment of `openai/gpt-4` may be used on 2026-02-01: `a/no` forbids"
            " `aws/gpt-4`: house rule; nearest change: from 2026-06-01",
        ),
        (
            TWO,
            question(),
            "the agreements contradict each other about `openai/gpt-4`: `a/x` and `a/y`",
        ),
        (
            ('id = "t"\ntype = "forbid"\nscope = { tier = "basic" }',),
            question("2026-02-01T12:30:00", providers=("aws",)),
            "whether `openai/gpt-4` may be used on 2026-02-01T12:30:00Z is open: `a/t` may reject"
            " `aws/gpt-4`: nobody supplied `tier of aws/gpt-4`;"
            " nearest change: once `tier of aws/gpt-4` is known",
        ),
        (
            (),
            question(providers=("aws",), refusals=(REFUSED,)),
            "every allowed deployment of `openai/gpt-4` has refused this request",
        ),
    ],
)
def test_the_answer_is_one_sentence(clauses: tuple[str, ...], asked: Question, said: str) -> None:
    decision = answer(world(AZURE, AWS), loaded(*clauses), asked)
    assert explain.sentence(decision, asked) == said


def test_deployments_are_told_in_their_order() -> None:
    told = explain.told(answer(world(AZURE, AWS), loaded(NO), question()))
    assert [(t.deployment, t.position, t.outcome) for t in told] == [
        ("azure/gpt-4", 1, "allow"),
        ("aws/gpt-4", None, "deny"),
    ]
    assert told[1].because == ("`a/no` forbids `aws/gpt-4`: house rule",)
    assert told[1].changes == ("from 2026-06-01",)


def test_clauses_are_cited_with_their_words_and_place() -> None:
    head = 'id = "a"\nrecorded_at = 2025-01-01\ntitle = "The house rules"\nsource = "page 2"\n'
    agreements = loaded(NO, head=head)
    (cited,) = explain.cited(answer(world(AZURE, AWS), agreements, question()), agreements)
    assert (cited.id, cited.type, cited.quote) == ("a/no", "forbid", "not on Amazon")
    assert (cited.title, cited.source) == ("The house rules", "page 2")
    assert cited.place is not None
    assert (cited.place.file, cited.place.line) == ("a.toml", 6)


def test_clauses_of_other_agreements_are_not_cited() -> None:
    decision = answer(world(AZURE, AWS), loaded(NO), question())
    assert explain.cited(decision, AgreementSet()) == ()
