"""`first_refusal`: the holder is offered it first; others only after it refuses."""

import pytest

from detente.canonical.failure import RefusalSignal
from detente.canonical.question import HolderRefusal
from tests.agreements.scenes import (
    AWS,
    AZURE,
    OPENAI,
    answer,
    at_place,
    loaded,
    outcomes,
    question,
    reasons,
    world,
)

FIRST = """id = "first"
type = "first_refusal"
holder = "kind:azure"
signals = ["429", "503"]
respond_within = "2s"
default = "refused"
"""
WEST = at_place("azure-west", "microsoft", kind="azure")


def refused(
    *providers: str, signal: RefusalSignal = "429", waited_ms: int = 0
) -> tuple[HolderRefusal, ...]:
    return tuple(
        HolderRefusal(deployment=f"{name}/gpt-4", signal=signal, waited_ms=waited_ms)
        for name in providers
    )


def test_others_wait_and_the_holder_is_first_by_duty() -> None:
    decision = answer(world(AWS, AZURE), loaded(FIRST), question())
    assert decision.order == ("azure/gpt-4",)
    assert decision.snapshot[0].duty
    assert decision.respond_within_ms == {"azure/gpt-4": 2000}
    assert decision.clauses == ("a/first",)
    assert reasons(decision, "aws")[0].change == "after `kind:azure` refuses"


def test_the_recorded_refusal_discharges_it() -> None:
    decision = answer(world(AWS, AZURE), loaded(FIRST), question(refusals=refused("azure")))
    assert decision.order == ("aws/gpt-4",)
    assert outcomes(decision) == {"aws": "allow", "azure": "allow"}
    assert decision.clauses == ("a/first",)
    assert decision.respond_within_ms == {}


@pytest.mark.parametrize(
    ("signal", "waited_ms", "order"),
    [
        ("503", 0, ("aws/gpt-4",)),
        ("capacity_error", 0, ()),
        ("unreachable", 0, ()),
        ("timeout", 1_999, ()),
        ("timeout", 2_000, ("aws/gpt-4",)),
    ],
)
def test_only_what_the_clause_counts_is_a_refusal(
    signal: RefusalSignal, waited_ms: int, order: tuple[str, ...]
) -> None:
    asked = question(refusals=refused("azure", signal=signal, waited_ms=waited_ms))
    assert answer(world(AWS, AZURE), loaded(FIRST), asked).order == order


@pytest.mark.parametrize("left_out", ['respond_within = "2s"', 'default = "refused"'])
def test_without_window_or_default_silence_never_discharges(left_out: str) -> None:
    asked = question(refusals=refused("azure", signal="timeout", waited_ms=60_000))
    agreements = loaded(FIRST.replace(left_out, ""))
    assert answer(world(AWS, AZURE), agreements, asked).order == ()


def test_without_signals_no_answer_discharges() -> None:
    agreements = loaded(FIRST.replace('signals = ["429", "503"]', ""))
    asked = question(refusals=refused("azure"))
    assert answer(world(AWS, AZURE), agreements, asked).order == ()


def test_blocked_silence_is_no_refusal_and_bounds_no_wait() -> None:
    agreements = loaded(FIRST.replace('"refused"', '"blocked"'))
    asked = question(refusals=refused("azure", signal="timeout", waited_ms=60_000))
    assert answer(world(AWS, AZURE), agreements, asked).order == ()
    assert answer(world(AWS, AZURE), agreements, question()).respond_within_ms == {}


def test_connective_and_wants_every_signal() -> None:
    agreements = loaded(f'{FIRST}connective = "and"\n')
    once = refused("azure")
    both = (*once, *refused("azure", signal="503"))
    assert answer(world(AWS, AZURE), agreements, question(refusals=once)).order == ()
    assert answer(world(AWS, AZURE), agreements, question(refusals=both)).order == ("aws/gpt-4",)


def test_every_deployment_of_the_holder_has_to_refuse() -> None:
    where = world(AWS, AZURE, WEST)
    one = answer(where, loaded(FIRST), question(refusals=refused("azure")))
    assert one.order == ("azure-west/gpt-4",)
    two = answer(where, loaded(FIRST), question(refusals=refused("azure", "azure-west")))
    assert two.order == ("aws/gpt-4",)


def test_somebody_elses_refusal_discharges_nothing() -> None:
    asked = question(refusals=refused("aws", "nobody"))
    assert answer(world(AWS, AZURE), loaded(FIRST), asked).order == ("azure/gpt-4",)


def test_narrowing_does_not_discharge_it() -> None:
    decision = answer(world(AWS, AZURE), loaded(FIRST), question(providers=("aws",)))
    assert (decision.outcome, decision.clauses) == ("deny", ("a/first",))
    assert decision.change == "after `kind:azure` refuses"


def test_a_holder_that_another_clause_bars_has_refused() -> None:
    bars = 'id = "no"\ntype = "forbid"\nscope = { host = "microsoft" }'
    decision = answer(world(AWS, AZURE), loaded(FIRST, bars), question())
    assert decision.order == ("aws/gpt-4",)


def test_a_holder_that_may_be_barred_leaves_it_open() -> None:
    bars = 'id = "no"\ntype = "forbid"\nscope = { tier = "basic" }'
    decision = answer(world(AWS, AZURE), loaded(FIRST, bars), question())
    assert decision.outcome == "unknown"
    assert reasons(decision, "aws")[0].missing is not None


def test_a_holder_without_a_grant_has_not_refused() -> None:
    elsewhere = 'id = "g"\ntype = "grant"\nscope = { host = "amazon" }'
    listed = 'id = "l"\ntype = "listing"'
    agreements = loaded(FIRST, elsewhere, listed)
    assert answer(world(AWS, AZURE, default="deny"), agreements, question()).outcome == "deny"


def test_a_holder_that_is_not_configured_is_unknown() -> None:
    decision = answer(world(AWS, OPENAI), loaded(FIRST), question())
    assert decision.outcome == "unknown"
    assert reasons(decision, "aws")[0].missing == "deployment of kind:azure"


CAPACITY = 'id = "first"\ntype = "first_refusal"\nsubject = "capacity"\nholder = "host:microsoft"'


def test_capacity_waits_for_the_answer_to_its_offer() -> None:
    offered = at_place("oracle", "oracle", offer="o-1")
    decision = answer(world(offered, AZURE), loaded(CAPACITY), question())
    assert outcomes(decision) == {"oracle": "deny", "azure": "allow"}
    text = reasons(decision, "oracle")[0].text
    assert text == (
        "`a/first` asks `host:microsoft` first about the offer `o-1` of `oracle/gpt-4`,"
        " which is not on record"
    )


def test_capacity_without_an_offer_is_a_missing_fact() -> None:
    decision = answer(world(AWS), loaded(CAPACITY), question())
    assert decision.outcome == "unknown"
    assert reasons(decision, "aws")[0].missing == "offer of aws/gpt-4"
