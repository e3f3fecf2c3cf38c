"""Prometheus reads what is counted, by the names that the reference tells."""

from prometheus_client.parser import text_string_to_metric_families

from detente.gateway.exposition import FAMILIES, PICO_USD, exposed
from detente.gateway.link import Counted, Hello
from detente.gateway.metrics import ACCOUNTS_MAX, AccountFigures, Figures, StoreFigures
from detente.ledger.store.ingest import IngestReport

Found = dict[str, dict[tuple[str, ...], float]]


def read(figures: Figures, *accounts: AccountFigures) -> Found:
    text = exposed(figures, accounts).decode()
    found: Found = {}
    labels = {family.exposed_name: family.labels for family in FAMILIES}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = tuple(sample.labels[name] for name in labels[sample.name])
            found.setdefault(sample.name, {})[key] = sample.value
    return found


def filled() -> Figures:
    figures = Figures()
    known = ("answered", 200, False, "k", 'sh"o\np', (), "a/m", "p/x", "d1")
    figures.entered(IngestReport(entries=2, open=1, classes={known: 2}))
    hello = Hello(worker="w0", holder="w0-1")
    figures.greeted(hello)
    figures.counted(
        hello,
        Counted(
            worker="w0",
            asks=2,
            reserved=90,
            waited=1,
            refused={"budget_exhausted project": 5},
            excess_requests=1,
            excess_pico_usd=PICO_USD // 2,
            excess_tokens=7,
        ),
    )
    figures.greeted(Hello(worker="w0", holder="w0-2"))
    figures.stores["accounts"] = lambda: StoreFigures(
        up=False, outages=1, outage_s=10.0, lease_left_s=12.5
    )
    figures.stores["keys"] = lambda: StoreFigures(up=True)
    figures.keys_version = lambda: 3
    return figures


def test_everything_that_is_counted_is_told() -> None:
    account = AccountFigures(
        account="project:shop/usd/month@2026-11", limit=10 * PICO_USD, spent=4 * PICO_USD,
        held=PICO_USD,
    )  # fmt: skip
    found = read(filled(), account)
    assert found["detente_requests_total"] == {("answered", "200", 'sh"o\np', "a/m", "p/x"): 2}
    assert found["detente_lease_round_trips_total"] == {(): 2}
    assert found["detente_refusals_total"] == {("budget_exhausted", "project"): 5}
    assert found["detente_excess_usd_total"] == {(): 0.5}
    assert found["detente_worker_restarts_total"] == {("w0",): 1}
    assert found["detente_store_up"] == {("accounts",): 0, ("keys",): 1}
    assert found["detente_store_outage_seconds_total"] == {("accounts",): 10, ("keys",): 0}
    assert found["detente_lease_left_seconds"] == {("accounts",): 12.5}
    name = ("project:shop/usd/month@2026-11",)
    assert found["detente_budget_limit_usd"] == {name: 10}
    assert found["detente_budget_spent_usd"] == {name: 4}
    assert found["detente_budget_left_usd"] == {name: 5}
    assert set(found) == {family.exposed_name for family in FAMILIES}


def test_a_lease_that_ended_has_nothing_left_and_a_budget_no_less_than_nothing() -> None:
    figures = Figures()
    figures.stores["accounts"] = lambda: StoreFigures(up=True, lease_left_s=-1.0)
    found = read(figures, AccountFigures(account="a", limit=1, spent=5))
    assert found["detente_lease_left_seconds"] == {("accounts",): 0}
    assert found["detente_budget_left_usd"] == {("a",): 0}


def test_the_fullest_budgets_are_told_where_there_are_too_many() -> None:
    accounts = [
        AccountFigures(account=f"a{number}", limit=10_000, spent=number)
        for number in range(ACCOUNTS_MAX + 5)
    ]
    found = read(Figures(), *accounts, AccountFigures(account="z", limit=0, spent=0))
    told = {name for (name,) in found["detente_budget_spent_usd"]}
    assert len(told) == ACCOUNTS_MAX
    assert {"z", f"a{ACCOUNTS_MAX + 4}"} <= told
    assert "a0" not in told
