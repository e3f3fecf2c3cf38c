"""Prometheus reads what is counted, by the names that the reference tells."""

from decimal import Decimal

from prometheus_client.parser import text_string_to_metric_families

from detente.gateway.allowances.budget_book import AccountShown, Unit
from detente.gateway.link.messages import Counted, Hello
from detente.gateway.measures.exposition import ACCOUNTS_MAX, FAMILIES, PICO_USD, exposed
from detente.gateway.measures.metrics import Figures, StoreFigures
from detente.ledger.store.ingest import IngestReport

Found = dict[str, dict[tuple[str, ...], float]]


def read(figures: Figures, *accounts: AccountShown) -> Found:
    text = exposed(figures, accounts).decode()
    found: Found = {}
    labels = {family.exposed_name: family.labels for family in FAMILIES}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = tuple(sample.labels[name] for name in labels[sample.name])
            found.setdefault(sample.name, {})[key] = sample.value
    return found


def shown(name: str, limit: int, spent: int, left: int, *, unit: Unit = "usd") -> AccountShown:
    return AccountShown(
        account=name,
        owner="project:shop",
        unit=unit,
        limit=Decimal(limit),
        spent=Decimal(spent),
        held=Decimal(0),
        left=Decimal(left),
    )


def filled() -> Figures:
    figures = Figures()
    known = ("answered", 200, False, "k", 'sh"o\np', (), "a/m", "p/x", "d1")
    figures.entered(IngestReport(entries=2, open=1, classes=((1, known, 2),)))
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
    again = Hello(worker="w0", holder="w0-2")
    figures.greeted(again)
    figures.counted(again, Counted(worker="w0", held=3))
    figures.stores["accounts"] = lambda: StoreFigures(
        up=False, outages=1, outage_s=10.0, lease_left_s=12.5
    )
    figures.stores["keys"] = lambda: StoreFigures(up=True)
    figures.keys_version = lambda: 3
    figures.admin_refused["key_invalid"] += 4
    figures.entered(IngestReport(findings={("p", "email", "mask", "input"): 3}))
    return figures


def test_everything_that_is_counted_is_told() -> None:
    name = "project:shop/usd/month@2026-11"
    window = "project:shop/requests/60s"
    found = read(filled(), shown(name, 10, 4, 5), shown(window, 10, 4, 5, unit="requests"))
    assert found["detente_requests_total"] == {("answered", "200", 'sh"o\np', "a/m", "p/x"): 2}
    assert found["detente_held_requests"] == {(): 3}
    assert found["detente_guardrail_findings_total"] == {("p", "email", "mask", "input"): 3}
    assert found["detente_lease_round_trips_total"] == {(): 2}
    assert found["detente_refusals_total"] == {("budget_exhausted", "project"): 5}
    assert found["detente_excess_usd_total"] == {(): 0.5}
    assert found["detente_admin_refusals_total"] == {("key_invalid",): 4}
    assert found["detente_worker_restarts_total"] == {("w0",): 1}
    assert found["detente_store_up"] == {("accounts",): 0, ("keys",): 1}
    assert found["detente_store_outage_seconds_total"] == {("accounts",): 10}
    assert found["detente_lease_left_seconds"] == {("accounts",): 12.5}
    assert found["detente_budget_limit_usd"] == {(name,): 10}
    assert found["detente_budget_spent_usd"] == {(name,): 4}
    assert found["detente_budget_left_usd"] == {(name,): 5}
    assert set(found) == {family.exposed_name for family in FAMILIES}


def test_a_lease_that_ended_has_nothing_left() -> None:
    figures = Figures()
    figures.stores["accounts"] = lambda: StoreFigures(up=True, lease_left_s=-1.0)
    assert read(figures)["detente_lease_left_seconds"] == {("accounts",): 0}


def test_the_fullest_budgets_are_told_where_there_are_too_many() -> None:
    accounts = [shown(f"a{number}", 10_000, number, 0) for number in range(ACCOUNTS_MAX + 5)]
    found = read(Figures(), *accounts, shown("z", 0, 0, 0))
    told = {name for (name,) in found["detente_budget_spent_usd"]}
    assert len(told) == ACCOUNTS_MAX
    assert {"z", f"a{ACCOUNTS_MAX + 4}"} <= told
    assert "a0" not in told
