"""Clauses that decide no request: they cost a decision nothing and change none."""

import pytest

from detente.agreements import compile_agreements
from tests.agreements.scenes import AWS, AZURE, answer, loaded, question, world
from tests.agreements.test_parse import errors

HEAD = 'id = "a"\nrecorded_at = 2025-01-01\n'
TERMS = {
    "price": 'meter = "input"\namount = 1.25',
    "discount": "percent = 12",
    "revenue_share": 'payer = "openai"\npayee = "microsoft"\nrate = 20',
    "covenant": 'party = "microsoft"\ntext = "acts in good faith"',
    "term": "notice_days = 90",
}
NO = 'id = "no"\ntype = "forbid"\nscope = { host = "amazon" }'


def term(name: str, *lines: str) -> str:
    return "\n".join(('id = "t"', f'type = "{name}"', TERMS[name], *lines))


@pytest.mark.parametrize("name", TERMS)
def test_it_is_left_out_of_what_is_compiled(name: str) -> None:
    agreements = loaded(term(name, "until = 2026-03-01"), NO)
    decision = answer(world(AWS, AZURE), agreements, question())
    assert (decision.order, decision.clauses) == (("azure/gpt-4",), ("a/no",))
    assert decision.valid_until is None
    compiled = compile_agreements(world(AWS, AZURE), agreements).decide(question())
    assert [v.clauses for v in compiled.verdicts] == [("a/no",), ()]


@pytest.mark.parametrize("name", TERMS)
def test_it_may_replace_another_clause(name: str) -> None:
    agreements = loaded(term(name, 'amends = "a/no"', "from = 2026-03-01"), NO)
    assert len(answer(world(AWS, AZURE), agreements, question("2026-02-28")).order) == 1
    assert len(answer(world(AWS, AZURE), agreements, question("2026-03-01")).order) == 2


@pytest.mark.parametrize("name", TERMS)
def test_it_is_no_exception(name: str) -> None:
    text = HEAD + f"[[clause]]\n{NO}\n[[clause]]\n" + term(name, 'except_of = "a/no"')
    (error,) = errors(text)
    assert f"a `{name}` says nothing of a request and excepts nothing; write a `grant`" in error
