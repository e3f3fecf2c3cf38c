"""Shares and Herfindahl indices: by hand, and by law."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.model import Deployment
from detente.canonical.world import World
from detente.ledger.store.reading import SumRow
from detente.replay.concentration import AXES, AxisShares, concentration, reading_of

HOSTS = {"openai": "microsoft", "azure": "microsoft", "bedrock": "amazon"}
WORLD = World(
    models=(),
    deployments=tuple(
        Deployment(
            id=f"{provider}/m", model="a/m", provider=provider, kind="k", upstream_id="m", host=host
        )
        for provider, host in HOSTS.items()
    ),
)


def row(
    deployment: str | None,
    requests: int,
    *,
    model: str = "a/m",
    outcome: str = "answered",
    cost: str | None = "0",
    tokens: int = 0,
) -> SumRow:
    return SumRow(
        group={"outcome": outcome, "deployment": deployment, "model": model},
        requests=requests,
        input_tokens=tokens,
        output_tokens=0,
        cost_usd=None if cost is None else Decimal(cost),
        cost_unknown=requests if cost is None else 0,
        charge_usd=None,
        charge_unknown=0,
    )


def axis(rows: list[SumRow], name: str) -> AxisShares:
    return next(a for a in concentration(rows, WORLD).axes if a.axis == name)


def test_two_providers_on_one_host_are_one_by_host() -> None:
    rows = [row("openai/m", 50), row("azure/m", 30), row("bedrock/m", 20)]
    by_provider, by_host = axis(rows, "provider"), axis(rows, "host")
    assert [(s.name, s.requests) for s in by_host.shares] == [("microsoft", 80), ("amazon", 20)]
    # 0.5² + 0.3² + 0.2², and 0.8² + 0.2²
    assert by_provider.index.requests == pytest.approx(0.38, abs=1e-12)
    assert by_host.index.requests == pytest.approx(0.68, abs=1e-12)
    assert concentration(rows, WORLD).shared_hosts == {"microsoft": ("azure", "openai")}


def test_tokens_and_cost_have_shares_of_their_own() -> None:
    rows = [
        row("openai/m", 1, tokens=900, cost="3", model="a/m"),
        row("bedrock/m", 1, tokens=100, cost="1", model="b/m"),
    ]
    first = axis(rows, "publisher").shares[0]
    assert first.name == "a"
    assert (first.share.requests, first.share.tokens, first.share.cost) == (0.5, 0.9, 0.75)
    index = axis(rows, "publisher").index
    assert index.tokens == pytest.approx(0.82, abs=1e-12)
    assert index.cost == pytest.approx(0.625, abs=1e-12)


def test_an_unknown_cost_is_told_and_not_taken_as_free() -> None:
    (share,) = axis([row("openai/m", 7, cost=None)], "host").shares
    assert (share.cost_unknown, share.share.cost) == (7, None)


def test_what_nobody_served_does_not_count() -> None:
    rows = [row(None, 5, outcome="denied"), row("openai/m", 3, outcome="refused")]
    found = axis(rows, "host")
    assert (found.shares, found.index.requests, found.reading) == ((), None, None)


def test_a_deployment_that_is_not_configured_any_more_has_an_unknown_host() -> None:
    rows = [row("gone/m", 1)]
    assert axis(rows, "host").shares[0].name == "unknown"
    assert axis(rows, "provider").shares[0].name == "gone"


@pytest.mark.parametrize(
    ("index", "reading"),
    [(0.0, "low"), (0.0999, "low"), (0.1, "moderate"), (0.18, "moderate"), (0.1801, "high")],
)
def test_the_usual_reading(index: float, reading: str) -> None:
    assert reading_of(index) == reading


SHARES = st.lists(st.tuples(st.sampled_from(sorted(HOSTS)), st.integers(1, 10**6)), min_size=1)


@given(SHARES)
def test_the_index_lies_between_equal_shares_and_one(found: list[tuple[str, int]]) -> None:
    rows = [row(f"{provider}/m", requests) for provider, requests in found]
    for name in AXES:
        measured = axis(rows, name)
        index = measured.index.requests
        assert index is not None
        assert 1 / len(measured.shares) - 1e-9 <= index <= 1.0
        parts = [share.share.requests for share in measured.shares]
        assert sum(part for part in parts if part is not None) == pytest.approx(1.0)


@given(SHARES)
def test_counting_hosts_is_never_less_concentrated_than_counting_providers(
    found: list[tuple[str, int]],
) -> None:
    rows = [row(f"{provider}/m", requests) for provider, requests in found]
    by_host, by_provider = axis(rows, "host").index, axis(rows, "provider").index
    assert by_host.requests is not None
    assert by_provider.requests is not None
    assert by_host.requests >= by_provider.requests - 1e-12
