"""Calls that set no bound to their output may exceed a budget, by what they wrote beyond what was
assumed and by nothing else; every such excess is told."""

import asyncio
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from tests.allowances.clients import Question, all_at_once
from tests.allowances.gateways import one_gateway, spent_usd
from tests.allowances.provider import Pause, running_provider

Tell = Callable[[str], None]
ASSUMED = 100
WRITTEN = 400
"""Every fourth answer is so long; the others stay below what is assumed."""
USD = Decimal("0.02")
LIMITS = f"[limits]\noutput_tokens_assumed = {ASSUMED}\n"
EXCESS = re.compile(r"request (\S+) used more than was reserved for it: ([0-9.]+) USD in")


def test_the_excess_over_estimates_is_all_that_exceeds_a_budget(tmp_path: Path, tell: Tell) -> None:
    allowed = f'budgets = [{{ usd = {USD}, period = "ever" }}]'
    questions = [Question(f"u-{n}", 20, WRITTEN if n % 4 == 0 else 60) for n in range(400)]
    with (
        running_provider(Pause(0.005, 0.05)) as provider,
        one_gateway(tmp_path, provider.base_url, allowed, workers=2, more=LIMITS) as fleet,
    ):
        told = asyncio.run(all_at_once(fleet.ports, questions))
        entries = fleet.entries(len(told))
        logged = {id_: Decimal(usd) for id_, usd in EXCESS.findall(fleet.errors())}
        excess = {
            entry.id: entry.charge_usd - entry.reserved_usd
            for entry in entries
            if entry.charge_usd is not None
            and entry.reserved_usd is not None
            and entry.charge_usd > entry.reserved_usd
        }
        assert excess
        assert logged == excess
        assert {one.status for one in told} == {200, 429}
        spent = spent_usd(entries)
        tell(
            f"without a bound to the output: {spent} of {USD} USD spent,"
            f" {sum(excess.values(), Decimal(0))} more than reserved by {len(excess)} calls"
        )
        assert spent <= USD + sum(excess.values(), Decimal(0))
