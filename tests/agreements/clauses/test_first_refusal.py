"""`first_refusal`: the holder is offered it first; others only after it refuses."""

from typing import Literal

import pytest

from detente.canonical.failure import RefusalSignal
from detente.canonical.question import Offer
from tests.agreements.scenes import (
    AWS,
    AZURE,
    OPENAI,
    answer,
    at_place,
    day,
    loaded,
    outcomes,
    question,
    reasons,
    refused,
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


def test_a_label_of_the_request_bars_the_holder_and_discharges_nothing() -> None:
    bars = 'id = "no"\ntype = "forbid"\nscope = { host = "microsoft", labels = { eu = "yes" } }'
    agreements = loaded(FIRST, bars)
    by_header = answer(world(AWS, AZURE), agreements, question(header_labels={"eu": "yes"}))
    assert (by_header.outcome, by_header.clauses) == ("deny", ("a/first", "a/no"))
    by_key = answer(world(AWS, AZURE), agreements, question(labels={"eu": "yes"}))
    assert by_key.order == ("aws/gpt-4",)


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


def offered(
    answer: Literal["accepted", "refused"] | None = None,
    said: str = "2026-01-10",
    *,
    clause: str = "a/first",
    heard: str | None = None,
) -> Offer:
    return Offer(
        name="o-1",
        clause=clause,
        opened_at=day("2026-01-01"),
        recorded_at=day("2026-01-02"),
        answer=answer,
        answered_at=day(said) if answer else None,
        answer_recorded_at=day(heard or said) if answer else None,
    )


LAPSING = f'{CAPACITY}\nrespond_within = "30d"\ndefault = "refused"\n'
ORACLE = world(at_place("oracle", "oracle", offer="o-1"))


@pytest.mark.parametrize(
    ("offer", "at", "outcome"),
    [
        (offered(), "2026-01-31", "deny"),
        (offered("refused"), "2026-01-09T23:59:59", "deny"),
        (offered("refused"), "2026-01-10", "allow"),
        (offered("refused", heard="2026-01-12"), "2026-01-11", "deny"),
        (offered("accepted"), "2026-01-10", "deny"),
        (offered("refused", clause="a/other"), "2026-01-10", "deny"),
    ],
)
def test_an_offer_that_was_refused_opens(offer: Offer, at: str, outcome: str) -> None:
    decision = answer(ORACLE, loaded(CAPACITY), question(at, offers=(offer,)))
    assert decision.outcome == outcome


@pytest.mark.parametrize(
    ("offer", "at", "outcome"),
    [
        (offered(), "2026-01-30T23:59:59", "deny"),
        (offered(), "2026-01-31", "allow"),
        (offered("accepted"), "2026-01-31", "deny"),
        (offered("accepted", "2026-01-31"), "2026-02-05", "allow"),  # too late
    ],
)
def test_an_offer_lapses_where_silence_is_a_refusal(offer: Offer, at: str, outcome: str) -> None:
    decision = answer(ORACLE, loaded(LAPSING), question(at, offers=(offer,)))
    assert decision.outcome == outcome


def test_an_offer_that_is_not_known_yet_is_not_on_record() -> None:
    asked = question("2026-01-01T12:00:00", offers=(offered(),))
    assert "is not on record" in reasons(answer(ORACLE, loaded(LAPSING), asked), "oracle")[0].text


def test_the_lapse_is_the_nearest_change_and_a_boundary() -> None:
    asked = question("2026-01-05", offers=(offered(),))
    decision = answer(ORACLE, loaded(LAPSING), asked)
    assert (decision.change, decision.valid_until) == ("from 2026-01-31", day("2026-01-31"))
    assert reasons(decision, "oracle")[0].text == (
        "`a/first` asks `host:microsoft` first about the offer `o-1` of `oracle/gpt-4`:"
        " offered on 2026-01-01, unanswered until 2026-01-31"
    )


@pytest.mark.parametrize(
    ("clause", "offers", "change"),
    [
        (CAPACITY, (), "once `host:microsoft` refuses the offer `o-1`"),
        (LAPSING, (), "once `host:microsoft` refuses the offer `o-1` or lets it lapse"),
        (CAPACITY, (offered(),), "once `host:microsoft` refuses the offer `o-1`"),
        (LAPSING, (offered("accepted"),), None),
    ],
)
def test_what_would_turn_it(clause: str, offers: tuple[Offer, ...], change: str | None) -> None:
    decision = answer(ORACLE, loaded(clause), question("2026-01-20", offers=offers))
    assert (decision.outcome, decision.change) == ("deny", change)


def test_what_was_refused_is_a_reason_to_admit() -> None:
    decision = answer(ORACLE, loaded(CAPACITY), question(offers=(offered("refused"),)))
    assert decision.clauses == ("a/first",)
    text = "`a/first`: `host:microsoft` refused the offer `o-1`"
    assert [reason.text for reason in reasons(decision, "oracle")] == [text]


def test_capacity_without_an_offer_is_a_missing_fact() -> None:
    decision = answer(world(AWS), loaded(CAPACITY), question())
    assert decision.outcome == "unknown"
    assert reasons(decision, "aws")[0].missing == "offer of aws/gpt-4"
