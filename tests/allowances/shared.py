"""Gateways that share a store which fails: how they are configured, and what must always hold.

>>> text, files = shared_toml(SharedStore(url=url, machine="m1"), provider)
"""

import time
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal

import msgspec

from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.reading import LedgerReader
from detente.stores.postgres.place import PostgresPlace
from tests.allowances.callers import INPUT_TOKENS, OUTPUT_TOKENS, Call, Provider, most_in
from tests.gateway_configuration import (
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, eventually

FREE, PAID, LIMITED, WIDE = "dt-free", "dt-paid", "dt-limited", "dt-wide"
"""Keys of projects without accounts, with a hard budget, with a limit of requests a minute that is
soon reached, and with one that is not."""
USD = Decimal(INPUT_TOKENS * 10 + OUTPUT_TOKENS * 30) / 1_000_000
"""What each request costs, exactly."""
JITTER_S = 1.0
"""Between a request's admission and its arrival at the provider, on a machine that others use."""
PRICES = (
    '[[prices]]\nmodel = "tests/*"\nside = "cost"\ninput = 10\noutput = 30\nsource = "a test"\n'
)


class SharedStore(msgspec.Struct, frozen=True, kw_only=True):
    """Where one gateway finds its stores, and what it promises without them; None is embedded."""

    machine: str
    url: str | None = None
    limits_url: str | None = None
    on_outage: str = "fail_closed"
    lease_ms: int = 3_000
    skew_ms: int = 300
    timeout_ms: int = 500
    lost_after_ms: int = 3_600_000
    budget_usd: Decimal = Decimal(10)
    per_minute: int = 600
    budget_wait_ms: int = 1_000
    workers: int = 1


def shared_toml(store: SharedStore, provider: Provider) -> tuple[str, dict[str, str]]:
    """The configuration, and the files that it names."""
    row = ProviderRow(
        name="p", kind="openai_compatible", base_url=provider.base_url, settings='host = "p"'
    )
    more = [PRICES, f'[store]\nmachine = "{store.machine}"\non_outage = "{store.on_outage}"\n']
    addresses = {"url": store.url, "limits_url": store.limits_url}
    more += [f'{name} = "{value}"\n' for name, value in addresses.items() if value is not None]
    more += [
        f"{name} = {getattr(store, name)}\n"
        for name in ("lease_ms", "skew_ms", "timeout_ms", "lost_after_ms")
    ]
    more.append(
        "\n[projects.free]\n"
        f'[projects.paid]\nbudgets = [{{ usd = {store.budget_usd}, period = "ever" }}]\n'
        f"[projects.limited]\nlimits = [{{ requests_per_minute = {store.per_minute} }}]\n"
        "[projects.wide]\nlimits = [{ requests_per_minute = 100000 }]\n"
    )
    text = gateway_toml(
        providers=[row],
        models=[ModelRow(name="tests/m", aliases=("m",), deployments=(("p", "m"),))],
        keys=[KeyRow(name=k[3:], key=k, project=k[3:]) for k in (FREE, PAID, LIMITED, WIDE)],
        limits={"budget_wait_ms": store.budget_wait_ms},
        workers=store.workers,
        sync_interval_ms=None,
        more="".join(more),
    )
    return text, credential_files([row])


def spent_usd(url: str) -> Decimal | None:
    """What the ledger says that `PAID` spent; None while it cannot be read."""
    try:
        with closing(LedgerReader.open(PostgresPlace(url=url))) as reader:
            rows = reader.sums(("project",))
    except LedgerUnusable:
        return None
    paid = (row.cost_usd for row in rows if row.group["project"] == "paid")
    return sum((usd for usd in paid if usd is not None), Decimal(0))


def metric(gateway: GatewayProcess, name: str) -> float:
    """A metric of the admin address by its name and labels as they are written."""
    with urllib.request.urlopen(f"{gateway.admin_url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    found = [line.rpartition(" ")[2] for line in lines if line.startswith(name + " ")]
    return float(found[0]) if found else 0.0


def assert_never_too_much(
    provider: Provider, store: SharedStore, ledgers: Sequence[Decimal | None] = ()
) -> None:
    """Neither the budget nor a window was exceeded, by what the provider saw and ledgers tell."""
    served_usd = USD * len(provider.came.get("paid", []))
    assert served_usd <= store.budget_usd
    for told_usd in ledgers:
        assert told_usd == served_usd
    most = most_in(provider.came.get("limited", []), 60.0 - JITTER_S)
    assert most <= store.per_minute


def until(moment: float) -> None:
    """Wait until that time of the monotonic clock has come."""
    eventually(lambda: time.monotonic() >= moment, "the time passes", 600.0)


def first(calls: Sequence[Call], what: str) -> Call:
    """The first of these calls, in the order of their answers."""
    assert calls, what
    return min(calls, key=lambda call: call.done_s)
