"""Use is added up by scope and span, and nothing twice."""

from decimal import Decimal

from detente.agreements.scope import Scope
from detente.reports.counting import counted, scoped
from tests.agreements.scenes import AZURE, OPENAI, day
from tests.reports.scenes import used

PLACES = (AZURE, OPENAI)
JANUARY = ("2026-01-01", "2026-02-01")
FEBRUARY = ("2026-02-01", "2026-03-01")


def test_one_sum_a_span() -> None:
    uses = (
        used(*JANUARY, cost="1", tokens=10, requests=1),
        used(*JANUARY, cost="2", tokens=20, requests=2, project="x"),
        used(*FEBRUARY, cost="4", charge="5", unknown=3),
    )
    january, february = scoped(uses, Scope(), PLACES)
    assert (january.cost_usd, january.tokens, january.requests) == (Decimal(3), 30, 3)
    assert (february.charge_usd, february.charge_unknown, february.cost_unknown) == (5, 3, 3)


def test_what_a_scope_takes_in() -> None:
    uses = (
        used(*JANUARY, cost="1", interface="embedding"),
        used(*JANUARY, cost="2", labels={"team": "a"}),
        used(*JANUARY, cost="4", deployment=OPENAI.id),
        used(*JANUARY, cost="8", deployment="azure/gone"),
    )

    def cost(scope: Scope) -> Decimal:
        return counted(scoped(uses, scope, PLACES), None, None).cost_usd

    assert cost(Scope()) == 15
    assert cost(Scope(interface="embedding")) == 1
    assert cost(Scope(labels={"team": "a"})) == 2
    assert cost(Scope(host="microsoft")) == 3  # whose host the gone one was, nobody knows
    assert cost(Scope(provider="azure", publisher="openai")) == 11


def test_counted_takes_whole_spans_alone() -> None:
    uses = (used(None, "2026-01-01", cost="1"), used(*JANUARY, cost="2"), used(*FEBRUARY, cost="4"))
    assert counted(uses, day("2026-01-01"), day("2026-03-01")).cost_usd == 6
    assert counted(uses, None, day("2026-02-01")).cost_usd == 3
    assert counted(uses, day("2026-01-15"), day("2026-02-15")).cost_usd == 0
