"""`prefer`: wishes among what is allowed; contradictory ones cancel."""

from decimal import Decimal

from detente.canonical.price import Price
from detente.canonical.snapshot import Snapshot
from tests.agreements.scenes import (
    AWS,
    AZURE,
    OPENAI,
    answer,
    loaded,
    question,
    reasons,
    world,
)


def prefer(name: str, *order: str, scope: str = "{}") -> str:
    holders = ", ".join(f'"{holder}"' for holder in order)
    return f'id = "{name}"\ntype = "prefer"\norder = [{holders}]\nscope = {scope}\n'


ALL = world(AWS, AZURE, OPENAI)
BY_NAME = ("aws/gpt-4", "azure/gpt-4", "openai/gpt-4")


def test_its_order_is_taken_and_what_it_does_not_name_comes_last() -> None:
    decision = answer(ALL, loaded(prefer("p", "host:openai", "host:microsoft")), question())
    assert decision.order == ("openai/gpt-4", "azure/gpt-4", "aws/gpt-4")
    assert [rank.preference for rank in decision.snapshot] == [2, 0, -2]


def test_contradictory_ones_cancel() -> None:
    one, other = (
        prefer("p", "host:openai", "host:amazon"),
        prefer("q", "host:amazon", "host:openai"),
    )
    decision = answer(ALL, loaded(one, other), question())
    assert decision.order == ("aws/gpt-4", "openai/gpt-4", "azure/gpt-4")
    assert [rank.preference for rank in decision.snapshot] == [1, 1, -2]


def test_more_of_them_outvote_fewer() -> None:
    clauses = [prefer(f"p{n}", "host:openai") for n in range(2)]
    decision = answer(ALL, loaded(*clauses, prefer("q", "host:amazon", "host:openai")), question())
    assert decision.order[0] == "openai/gpt-4"


def test_a_circle_leaves_all_alike() -> None:
    circle = (
        prefer("p", "host:openai", "host:microsoft", "host:amazon"),
        prefer("q", "host:microsoft", "host:amazon", "host:openai"),
        prefer("r", "host:amazon", "host:openai", "host:microsoft"),
    )
    decision = answer(ALL, loaded(*circle), question())
    assert [rank.preference for rank in decision.snapshot] == [0, 0, 0]
    assert decision.order == BY_NAME


def test_labels_of_the_request_bring_a_wish() -> None:
    wish = prefer("p", "host:openai", scope='{ labels = { speed = "1" } }')
    assert answer(ALL, loaded(wish), question()).order == BY_NAME
    asked = question(header_labels={"speed": "1"})
    assert answer(ALL, loaded(wish), asked).order[0] == "openai/gpt-4"


def test_it_speaks_of_what_is_in_its_scope_alone() -> None:
    wish = prefer("p", "host:openai", scope='{ host = ["openai", "microsoft"] }')
    decision = answer(ALL, loaded(wish), question())
    assert {rank.deployment: rank.preference for rank in decision.snapshot} == {
        "openai/gpt-4": 1,
        "aws/gpt-4": 0,
        "azure/gpt-4": -1,
    }


def test_it_rejects_nothing_and_determines_nothing() -> None:
    decision = answer(ALL, loaded(prefer("p", "host:openai")), question())
    assert (decision.outcome, decision.clauses) == ("allow", ())
    texts = [reasons(decision, name)[0].text for name in ("openai", "aws")]
    assert texts == [
        "`a/p` prefers `openai/gpt-4` (1 of 1)",
        "`a/p` prefers others to `aws/gpt-4`",
    ]


def test_it_comes_before_price_latency_and_headroom_and_those_in_this_order() -> None:
    cheap = Price(
        id="x",
        model="*",
        provider="azure",
        meters={"uncached_input_tokens": Decimal(1), "visible_output_tokens": Decimal(1)},
        source="invented",
    )
    where = world(AWS, AZURE, OPENAI, prices=(cheap,))
    measured = Snapshot(latency_ms={"openai/gpt-4": 256, "aws/gpt-4": 512}, scarce=("aws/gpt-4",))
    wish = loaded(prefer("p", "host:openai"))
    assert answer(where, wish, question(), measured).order[:2] == ("openai/gpt-4", "azure/gpt-4")
    assert answer(where, loaded(), question(), measured).order == (
        *("azure/gpt-4", "openai/gpt-4", "aws/gpt-4"),
    )
    assert answer(ALL, loaded(), question(), Snapshot(scarce=("aws/gpt-4",))).order == (
        *("azure/gpt-4", "openai/gpt-4", "aws/gpt-4"),
    )
