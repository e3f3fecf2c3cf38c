"""The rules one by one, each on the smallest agreements that show it."""

from decimal import Decimal

import pytest

from detente.agreements import AgreementSet, reference
from detente.canonical.price import Price
from detente.canonical.question import HolderRefusal, Question
from tests.agreements.scenes import (
    AWS,
    AZURE,
    HEAD,
    MODEL,
    OPENAI,
    answer,
    at_place,
    day,
    loaded,
    loaded_files,
    outcomes,
    question,
    reasons,
    world,
)

NO = 'id = "no"\ntype = "forbid"\nscope = { host = "amazon" }'
ONLY_MICROSOFT = 'id = "x"\ntype = "exclusive"\nholder = "host:microsoft"'
ONLY_AMAZON = 'id = "y"\ntype = "exclusive"\nholder = "host:amazon"'


def aws(agreements: AgreementSet, asked: Question) -> str:
    return outcomes(answer(world(AZURE, AWS), agreements, asked))["aws"]


# Rule 1: when a clause is live.


def test_a_clause_is_live_from_its_start_until_before_its_end() -> None:
    agreements = loaded(f"{NO}\nfrom = 2026-02-01\nuntil = 2026-03-01")
    instants = ("2026-01-31T23:59:59", "2026-02-01", "2026-02-28T23:59:59", "2026-03-01")
    assert [aws(agreements, question(at)) for at in instants] == ["allow", "deny", "deny", "allow"]


def test_a_clause_counts_once_it_is_known() -> None:
    agreements = loaded(f"{NO}\nrecorded_at = 2026-04-01")
    assert aws(agreements, question("2026-02-01", known_at="2026-03-31T23:59:59")) == "allow"
    assert aws(agreements, question("2026-02-01", known_at="2026-04-01")) == "deny"


def test_an_end_between_two_dates_leaves_days_open() -> None:
    agreements = loaded(f"{NO}\nuntil = {{ after = 2026-02-01, before = 2026-03-01 }}")
    found = [aws(agreements, question(at)) for at in ("2026-01-31", "2026-02-15", "2026-03-01")]
    assert found == ["deny", "unknown", "allow"]
    decision = answer(world(AWS), agreements, question("2026-02-15"))
    assert reasons(decision, "aws")[0].missing == "end of a/no"


SUCCESSOR = 'id = "b"\nsupersedes = "a"\nfrom = 2026-03-01\nuntil = 2026-04-01\n'


def test_supersession_holds_from_the_successors_start_for_good() -> None:
    agreements = loaded_files(f"{HEAD}[[clause]]\n{NO}\n", f"{SUCCESSOR}recorded_at = 2026-02-20\n")
    found = [aws(agreements, question(at)) for at in ("2026-02-28", "2026-03-01", "2027-01-01")]
    assert found == ["deny", "allow", "allow"]
    before_it_was_known = question("2026-03-05", known_at="2026-02-19")
    assert aws(agreements, before_it_was_known) == "deny"


# Rule 2: permitted and available.


@pytest.mark.parametrize(
    ("clauses", "rules"),
    [
        ((), ["no_grant", "no_listing"]),
        (('id = "g"\ntype = "grant"',), ["no_listing"]),
        (('id = "l"\ntype = "listing"',), ["no_grant"]),
        (('id = "g"\ntype = "grant"', 'id = "l"\ntype = "listing"'), ["grant", "listing"]),
    ],
)
def test_under_deny_a_grant_and_a_listing_are_needed(
    clauses: tuple[str, ...], rules: list[str]
) -> None:
    decision = answer(world(AWS, default="deny"), loaded(*clauses), question())
    assert [reason.rule for reason in reasons(decision, "aws")] == rules


def test_without_any_agreement_everything_configured_is_allowed() -> None:
    decision = answer(world(AZURE, AWS), AgreementSet(), question())
    assert (decision.outcome, decision.order) == ("allow", ("aws/gpt-4", "azure/gpt-4"))
    assert (decision.valid_from, decision.valid_until) == (None, None)


# Rule 3: prohibitions, exceptions, written precedence.


def excepting(scope: str) -> str:
    return f'id = "e"\ntype = "grant"\nexcept_of = "a/no"\nscope = {scope}'


def test_an_exception_suspends_the_clause_that_it_names_in_its_own_scope() -> None:
    agreements = loaded(NO, excepting('{ project = "lab" }'))
    decision = answer(world(AWS), agreements, question(project="lab"))
    assert (decision.outcome, decision.clauses) == ("allow", ("a/e",))
    assert [reason.rule for reason in reasons(decision, "aws")] == ["exception", "grant"]
    assert aws(agreements, question(project="shop")) == "deny"
    assert aws(agreements, question()) == "deny"


def test_several_exceptions_agree() -> None:
    second = excepting("{}").replace('"e"', '"f"')
    assert aws(loaded(NO, excepting("{}"), second), question()) == "allow"


def test_an_exception_counts_only_labels_of_the_key() -> None:
    agreements = loaded(NO, excepting('{ labels = { team = "lab" } }'))
    assert aws(agreements, question(labels={"team": "lab"})) == "allow"
    assert aws(agreements, question(header_labels={"team": "lab"})) == "deny"


def test_a_prohibition_counts_all_labels() -> None:
    agreements = loaded('id = "no"\ntype = "forbid"\nscope = { labels = { data = "secret" } }')
    assert aws(agreements, question(header_labels={"data": "secret"})) == "deny"
    assert aws(agreements, question(labels={"data": "secret"})) == "deny"
    assert aws(agreements, question(header_labels={"data": "public"})) == "allow"


def test_an_exclusive_may_be_the_exception_to_another() -> None:
    own = f'{ONLY_AMAZON}\nexcept_of = "a/x"\nscope = {{ interface = "stateless_api" }}'
    decision = answer(world(AZURE, AWS), loaded(ONLY_MICROSOFT, own), question())
    assert outcomes(decision) == {"azure": "deny", "aws": "allow"}


def test_an_amendment_replaces_the_clause_that_it_names() -> None:
    amended = 'id = "n2"\ntype = "forbid"\namends = "a/no"\nfrom = 2026-03-01\nscope = {}'
    agreements = loaded(NO, amended.replace("{}", '{ host = "google" }'))
    assert [aws(agreements, question(at)) for at in ("2026-02-28", "2026-03-01")] == [
        "deny",
        "allow",
    ]


# Rule 4: rivals.


def test_two_exclusives_that_nobody_ranked_are_a_conflict() -> None:
    decision = answer(world(AZURE, AWS), loaded(ONLY_MICROSOFT, ONLY_AMAZON), question())
    assert (decision.outcome, decision.clauses) == ("conflict", ("a/x", "a/y"))
    assert decision.order == ()


def test_two_first_refusals_that_wait_for_each_other_are_a_conflict() -> None:
    first = 'id = "f"\ntype = "first_refusal"\nholder = "host:microsoft"'
    second = 'id = "g"\ntype = "first_refusal"\nholder = "host:amazon"'
    decision = answer(world(AZURE, AWS), loaded(first, second), question())
    assert (decision.outcome, decision.clauses) == ("conflict", ("a/f", "a/g"))


def test_what_leaving_one_out_would_not_mend_is_no_conflict() -> None:
    third = 'id = "z"\ntype = "forbid"'
    decision = answer(world(AZURE, AWS), loaded(ONLY_MICROSOFT, ONLY_AMAZON, third), question())
    assert decision.outcome == "deny"


def test_a_rival_left_out_takes_its_amendment_along() -> None:
    """Without `y` the clause that it amends is back, and still nothing is allowed."""
    amending = f'{ONLY_AMAZON}\namends = "a/z"'
    amended = 'id = "z"\ntype = "forbid"'
    agreements = loaded(ONLY_MICROSOFT, amending, amended, NO)
    assert answer(world(AZURE, AWS), agreements, question()).outcome == "deny"


def test_ranked_clauses_are_no_rivals() -> None:
    ranked = f'{ONLY_AMAZON}\nexcept_of = "a/x"\nscope = {{ provider = "aws" }}'
    no_aws = 'id = "z"\ntype = "forbid"\nscope = { provider = "aws" }'
    decision = answer(world(AZURE, AWS), loaded(ONLY_MICROSOFT, ranked, no_aws), question())
    assert outcomes(decision)["azure"] == "allow"
    everywhere = f'{ONLY_AMAZON}\nexcept_of = "a/x"'
    decision = answer(world(AZURE), loaded(ONLY_MICROSOFT, everywhere), question())
    assert decision.outcome == "deny"


# Rule 5: missing facts.


def test_a_fact_that_a_prohibition_needs_rejects_and_is_named() -> None:
    agreements = loaded('id = "no"\ntype = "forbid"\nscope = { region = "eu-*" }')
    nowhere = at_place("aws", "amazon")
    decision = answer(world(nowhere), agreements, question())
    assert (decision.outcome, decision.clauses) == ("unknown", ("a/no",))
    assert reasons(decision, "aws")[0].missing == "region of aws/gpt-4"


@pytest.mark.parametrize("field", ["region", "zone", "tier"])
def test_every_fact_of_a_deployment_may_be_missing(field: str) -> None:
    agreements = loaded(f'id = "no"\ntype = "forbid"\nscope = {{ {field} = "x" }}')
    assert answer(world(at_place("aws", "amazon")), agreements, question()).outcome == "unknown"


def test_a_definite_rejection_beats_a_missing_fact() -> None:
    doubtful = 'id = "maybe"\ntype = "forbid"\nscope = { tier = "basic" }'
    decision = answer(world(AWS), loaded(NO, doubtful), question())
    assert (decision.outcome, decision.clauses) == ("deny", ("a/no",))


def test_a_doubtful_exception_leaves_it_open() -> None:
    agreements = loaded(NO, excepting('{ tier = "basic" }'))
    decision = answer(world(AWS), agreements, question())
    assert (decision.outcome, decision.clauses) == ("unknown", ("a/no",))


# Rule 6 and the client's narrowing.


def test_one_allowed_deployment_is_enough() -> None:
    decision = answer(world(AZURE, AWS), loaded(NO), question())
    assert (decision.outcome, decision.order) == ("allow", ("azure/gpt-4",))


def test_the_client_narrows_by_provider_and_region() -> None:
    where = world(AZURE, AWS, OPENAI)
    by_name = answer(where, AgreementSet(), question(providers=("aws", "openai")))
    assert by_name.order == ("aws/gpt-4", "openai/gpt-4")
    by_region = answer(where, AgreementSet(), question(region="eastus"))
    assert by_region.order == ("azure/gpt-4",)
    assert [r.rule for r in reasons(by_region, "openai")] == ["narrowed"]


def test_a_deployment_answers_only_for_its_interfaces() -> None:
    decision = answer(world(AWS), AgreementSet(), question(interface="stateful_runtime"))
    assert decision.outcome == "deny"
    assert reasons(decision, "aws")[0].text == "`aws/gpt-4` does not serve `stateful_runtime`"


def test_a_model_without_deployments_is_denied_with_a_cure() -> None:
    asked = Question(model="openai/gpt-9", at=day("2026-02-01"), known_at=day("2026-02-01"))
    decision = answer(world(AWS), loaded(NO), asked)
    assert (decision.outcome, decision.verdicts) == ("deny", ())
    assert decision.change == "once a deployment of `openai/gpt-9` is configured"


# Rule 9: the order.


def priced(provider: str, usd: int, *, both: bool = True) -> Price:
    meters = {"uncached_input_tokens": Decimal(usd)}
    if both:
        meters["visible_output_tokens"] = Decimal(usd)
    return Price(id=provider, model=MODEL, provider=provider, meters=meters, source="invented")


def test_the_cheapest_known_price_is_first_and_unknown_last() -> None:
    prices = (priced("azure", 1, both=False), priced("openai", 3), priced("aws", 2))
    decision = answer(world(AZURE, OPENAI, AWS, prices=prices), AgreementSet(), question())
    assert decision.order == ("aws/gpt-4", "openai/gpt-4", "azure/gpt-4")
    assert [rank.price_usd for rank in decision.snapshot] == [
        Decimal("0.004"),
        Decimal("0.006"),
        None,
    ]


def test_prices_hold_in_their_period_and_the_first_row_counts() -> None:
    dear = Price(
        id="1", model="openai/*", provider="*", meters={}, source="x", until=day("2026-02-01")
    )
    where = world(AZURE, AWS, prices=(dear, priced("azure", 1)))
    before = answer(where, AgreementSet(), question("2026-01-31"))
    after = answer(where, AgreementSet(), question("2026-02-01"))
    assert (before.order[0], after.order[0]) == ("aws/gpt-4", "azure/gpt-4")
    assert before.valid_until == after.valid_from == day("2026-02-01")


def test_what_has_refused_is_not_tried_again() -> None:
    refusal = HolderRefusal(deployment="aws/gpt-4", signal="429")
    decision = answer(world(AZURE, AWS), AgreementSet(), question(refusals=(refusal,)))
    assert decision.order == ("azure/gpt-4",)
    assert outcomes(decision)["aws"] == "allow"


# Rule 10: what would turn it.


def test_the_nearest_change_is_tried_out() -> None:
    """The first exclusive ends in March, but another takes over until June."""
    second = f"{ONLY_MICROSOFT.replace('x', 'z', 1)}\nfrom = 2026-02-15\nuntil = 2026-06-01"
    agreements = loaded(f"{ONLY_MICROSOFT}\nuntil = 2026-03-01", second)
    decision = answer(world(AWS), agreements, question())
    assert reasons(decision, "aws")[0].change == "from 2026-03-01"
    assert decision.change == "from 2026-06-01"


def test_the_evaluator_is_a_function_of_its_arguments() -> None:
    agreements, asked = loaded(NO), question()
    first = reference.decide(world(AZURE, AWS), agreements, asked)
    assert reference.decide(world(AZURE, AWS), agreements, asked) == first


@pytest.mark.parametrize("size", [2, 3])
def test_agreements_that_supersede_each_other_in_a_circle_stay_in_force(size: int) -> None:
    names = "abc"[:size]
    files = [
        f'id = "{name}"\nrecorded_at = 2025-01-01\nfrom = 2025-01-01\n'
        f'supersedes = ["{names[place - 1]}"]\n[[clause]]\nid = "no"\ntype = "forbid"\n'
        for place, name in enumerate(names)
    ]
    decision = answer(world(AWS), loaded_files(*files), question())
    assert decision.clauses == tuple(f"{name}/no" for name in names)


def test_clauses_that_amend_each_other_stay_in_force() -> None:
    clauses = [
        f'id = "{one}"\ntype = "forbid"\namends = "a/{other}"'
        for one, other in (("x", "y"), ("y", "x"))
    ]
    assert answer(world(AWS), loaded(*clauses), question()).clauses == ("a/x", "a/y")
