"""`capacity`: paid for and therefore first; where its overflow may go."""

import pytest

from detente.canonical.decision import Decision
from tests.agreements.scenes import (
    AWS,
    AZURE,
    answer,
    at_place,
    loaded,
    outcomes,
    question,
    reasons,
    refused,
    world,
)

PTU = 'id = "ptu"\ntype = "capacity"\nsize = 100\nunit = "ptu"\nscope = { provider = "azure" }\n'
EU = at_place("aws-eu", "amazon", zone="eu")
US = at_place("aws-us", "amazon", zone="us")
NEAR = at_place("azure-payg", "microsoft", zone="eu")


def after_refusal(clause: str, *gone: str) -> Decision:
    where = world(AZURE, AWS, EU, US, NEAR)
    return answer(where, loaded(clause), question(refusals=refused(*(gone or ("azure",)))))


def test_what_is_paid_for_comes_first() -> None:
    assert answer(world(AWS, AZURE), loaded(), question()).order == ("aws/gpt-4", "azure/gpt-4")
    decision = answer(world(AWS, AZURE), loaded(PTU), question())
    assert decision.order == ("azure/gpt-4", "aws/gpt-4")
    assert [rank.prepaid for rank in decision.snapshot] == [True, False]
    assert decision.clauses == ()  # it gives a place, and decides nothing


def test_its_sentence_says_that_it_is_paid_for() -> None:
    (reason,) = reasons(answer(world(AWS, AZURE), loaded(PTU), question()), "azure")
    assert (reason.rule, reason.clause) == ("capacity", "a/ptu")
    assert reason.text == "`azure/gpt-4` is paid for by `a/ptu`, used or not"


def test_before_it_overflows_nothing_is_rejected() -> None:
    bounded = f'{PTU}spill_zone = "eu"\n'
    decision = answer(world(AZURE, US), loaded(bounded), question())
    assert set(outcomes(decision).values()) == {"allow"}


def test_another_one_refusing_is_no_overflow() -> None:
    decision = after_refusal(f'{PTU}spill_zone = "eu"\n', "aws-us")
    assert set(outcomes(decision).values()) == {"allow"}


def test_overflow_may_go_anywhere_where_nothing_is_said() -> None:
    assert set(outcomes(after_refusal(PTU)).values()) == {"allow"}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ('spill_zone = "eu"', "aws unknown, aws-eu allow, aws-us deny, azure-payg allow"),
        ('spill_to = ["host:microsoft"]', "aws deny, aws-eu deny, aws-us deny, azure-payg allow"),
        ("spill_to = []", "aws deny, aws-eu deny, aws-us deny, azure-payg deny"),
        (
            'spill_to = ["host:amazon"]\nspill_zone = "eu"',
            "aws unknown, aws-eu allow, aws-us deny, azure-payg deny",
        ),
    ],
)
def test_overflow_keeps_to_where_it_may_go(keys: str, expected: str) -> None:
    found = outcomes(after_refusal(PTU + keys))
    assert found.pop("azure") == "allow"  # never by its own clause
    assert ", ".join(f"{name} {outcome}" for name, outcome in sorted(found.items())) == expected


def test_a_zone_that_nobody_configured_is_named() -> None:
    decision = after_refusal(f'{PTU}spill_zone = "eu"\n')
    assert reasons(decision, "aws")[0].missing == "processing zone of aws/gpt-4"


def test_its_sentence_says_where_overflow_may_go() -> None:
    decision = after_refusal(f'{PTU}spill_to = ["host:microsoft"]\nspill_zone = "eu"\n')
    assert reasons(decision, "aws-us")[0].text == (
        "`a/ptu` lets its overflow go only to `host:microsoft` within `eu`, not to `aws-us/gpt-4`"
    )


def test_of_other_callers_and_models_it_says_nothing() -> None:
    limited = PTU.replace("{ provider", '{ project = "shop", provider') + "spill_to = []\n"
    asked = question(refusals=refused("azure"))
    assert set(outcomes(answer(world(AZURE, AWS), loaded(limited), asked)).values()) == {"allow"}
    theirs = question(project="shop", refusals=refused("azure"))
    assert outcomes(answer(world(AZURE, AWS), loaded(limited), theirs))["aws"] == "deny"
    elsewhere = PTU.replace("{ provider", '{ publisher = "xai", provider') + "spill_to = []\n"
    assert outcomes(answer(world(AZURE, AWS), loaded(elsewhere), asked))["aws"] == "allow"


def test_an_exception_lets_overflow_go_elsewhere() -> None:
    excepted = 'id = "x"\ntype = "grant"\nexcept_of = "a/ptu"\nscope = { host = "amazon" }'
    agreements = loaded(f"{PTU}spill_to = []\n", excepted)
    asked = question(refusals=refused("azure"))
    found = outcomes(answer(world(AZURE, AWS, NEAR), agreements, asked))
    assert found == {"azure": "allow", "aws": "allow", "azure-payg": "deny"}


def test_as_an_exception_it_keeps_to_its_scope() -> None:
    no = 'id = "no"\ntype = "forbid"\n'
    agreements = loaded(no, f'{PTU}except_of = "a/no"\n')
    assert outcomes(answer(world(AZURE, AWS), agreements, question())) == {
        "azure": "allow",
        "aws": "deny",
    }
