"""`forbid`: not this, for these callers."""

from tests.agreements.scenes import AWS, AZURE, answer, loaded, outcomes, question, reasons, world

PUBLIC_ONLY = 'id = "f"\ntype = "forbid"\nreason = "not in production"\nscope = {}'


def test_it_rejects_what_is_in_scope() -> None:
    clause = PUBLIC_ONLY.format('{ host = "amazon" }')
    decision = answer(world(AZURE, AWS), loaded(clause), question())
    assert outcomes(decision) == {"azure": "allow", "aws": "deny"}
    assert decision.clauses == ("a/f",)
    assert reasons(decision, "aws")[0].text == "`a/f` forbids `aws/gpt-4`: not in production"


def test_its_end_is_the_nearest_change() -> None:
    clause = 'id = "f"\ntype = "forbid"\nuntil = 2026-06-01'
    decision = answer(world(AWS), loaded(clause), question())
    assert (decision.outcome, decision.change) == ("deny", "from 2026-06-01")


def test_without_an_end_nothing_changes_it() -> None:
    decision = answer(world(AWS), loaded('id = "f"\ntype = "forbid"'), question())
    assert (decision.outcome, decision.change) == ("deny", None)
