"""Deciders answer by what was measured then, and know what places cost."""

from pathlib import Path

import msgspec

from detente.canonical.snapshot import Snapshot
from detente.replay.deciding import Decider
from detente.replay.terms import Terms, terms_of
from tests.replay.test_fates import a_class
from tests.replay.test_replaying import DAY, configured


def test_what_was_measured_then_orders(tmp_path: Path) -> None:
    terms = terms_of(configured(tmp_path))
    terms = Terms(
        world=msgspec.structs.replace(terms.world, cost_prices=()), agreements=terms.agreements
    )
    decider = Decider(terms)

    def served(**latency_ms: int) -> str | None:
        measured = {f"{name}/gpt-9": ms for name, ms in latency_ms.items()}
        recorded = a_class(snapshot=Snapshot(latency_ms=measured))
        return decider.path(recorded, at=DAY, known_at=DAY).served_by

    assert served(azure=64, openai=128) == "azure/gpt-9"
    assert served(azure=128, openai=64) == "openai/gpt-9"
    assert served() == "azure/gpt-9"


def test_what_places_cost(tmp_path: Path) -> None:
    decider = Decider(terms_of(configured(tmp_path)))
    [tariff] = decider.tariffs("openai/gpt-9", "azure/gpt-9", DAY)
    assert tariff.price.provider == "azure"
    assert decider.rows("openai/gpt-9", "azure/gpt-9")[0] == tariff.price
    assert decider.tariffs("openai/gpt-9", "nobody/gpt-9", DAY) == ()
    assert decider.rows("openai/gpt-9", None) == []
    assert decider.place("anthropic/claude-9", "azure/gpt-9") is None
