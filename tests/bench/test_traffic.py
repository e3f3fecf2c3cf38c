"""The made ledger is one like any other: every request has its entry, its decision, its cost."""

from pathlib import Path

from bench import traffic
from bench.whatif import measure
from detente.ledger.pricing import price_at
from detente.ledger.store.reading import LedgerReader


def test_entries_are_what_a_gateway_records(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    traffic.write(path, requests=3_000)
    reader = LedgerReader.open(path)
    assert sum(row.requests for row in reader.sums(("outcome",))) == 3_000
    outcomes = {row.group["outcome"] for row in reader.sums(("outcome",))}
    assert {"answered", "denied", "refused"} <= outcomes
    world = traffic.world()
    places = {(d.model, d.id): d for d in world.deployments}
    entries = reader.tail(500)
    assert len({entry.id for entry in entries}) == 500
    for entry in entries:
        assert entry.decision is not None
        assert reader.decision(entry.decision) is not None
        assert entry.at >= traffic.START
        if entry.usage is not None and entry.deployment is not None:
            place = places[str(entry.model), entry.deployment]
            price = price_at(world.cost_prices, place, entry.at, entry.usage)
            assert price is not None
            assert entry.price == price.id
    known = [entry.cost_usd for entry in entries if entry.usage is not None]
    assert None not in known
    assert any(len(entry.attempts) > 1 for entry in entries)
    reader.close()


def test_the_same_ledger_twice(tmp_path: Path) -> None:
    for name in ("a", "b"):
        traffic.write(tmp_path / name, requests=300)
    first, second = (LedgerReader.open(tmp_path / name) for name in ("a", "b"))
    assert first.tail(300) == second.tail(300)


def test_a_replay_is_measured(tmp_path: Path) -> None:
    told: list[str] = []
    found = measure(tmp_path, requests=2_000, say=told.append)
    assert [run.mode for run in found.runs] == ["by class"] * 2 + ["in time order"] * 2
    assert [run.differences > 0 for run in found.runs] == [False, True, True, True]
    assert len(told) == 5
    assert list(tmp_path.iterdir()) == []
