"""The page on budgets and limits: its configuration is taken, and makes its accounts."""

import re
from datetime import UTC, datetime
from pathlib import Path

from detente.accounts.rules import account_of, rules_of
from detente.gateway.allowances.leasing import owners_in
from detente.stores.interface import Stored
from detente.wiring import load
from tests.examples.bundles import ROOT

TEXT = (ROOT / "docs/how-to/set-budgets-and-limits.md").read_text(encoding="utf-8")
FRAGMENTS = re.findall(r"(?s)```toml\n(.*?)```", TEXT)


def test_its_configuration_makes_accounts(tmp_path: Path) -> None:
    (tmp_path / "detente.toml").write_text("\n".join(FRAGMENTS), encoding="utf-8")
    configuration = load(tmp_path).configuration
    assert configuration.store.on_outage == "continue_on_lease"
    owners = owners_in(configuration, Stored(version=0))
    (shop,), (app1,) = owners.projects, owners.keys
    at = datetime(2026, 11, 22, tzinfo=UTC)
    rules = rules_of(owners.organisation, shop, app1)
    assert [account_of(rule, at).id for rule in rules] == [
        "organisation/usd/month@2026-11",
        "project:shop/usd/month@2026-11",
        "project:shop/usd/day@2026-11-22~openai/*",
        "project:shop/requests/60s",
        "project:shop/tokens/60s~anthropic/*",
        "key:app1/concurrent",
    ]
