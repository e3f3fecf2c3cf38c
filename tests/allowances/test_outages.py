"""Stores that are killed, frozen, cut off, emptied or slow, under load of two gateways.

What is promised: what an account applies to is refused at once (`fail_closed`), or served from
leases until they end (`continue_on_lease`), and then answered with 503; all else goes on; nothing
is overspent and no window exceeded, by what the provider saw; everything recovers by itself.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tests.allowances.callers import Caller, Calls, Provider, calling, counted_provider
from tests.allowances.relay import Relay, relay_to
from tests.allowances.shared import (
    FREE,
    LIMITED,
    PAID,
    USD,
    WIDE,
    SharedStore,
    assert_never_too_much,
    first,
    metric,
    shared_toml,
    spent_usd,
    until,
)
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.postgres import Server
from tests.valkey import KeyServer

LEASE_MS, SKEW_MS, TIMEOUT_MS = 2_000, 200, 500
LEASE_S, TIMEOUT_S = LEASE_MS / 1000, TIMEOUT_MS / 1000
NOTICE_S = LEASE_S / 4 + TIMEOUT_S
"""Until a store that is silent is out: the next heartbeat, and what that may take."""
SLACK_S = 2.0
"""What a machine that others use may add to any of these times."""
RECOVERY_S = 6.0
"""The pause between two tries, a new connection, and slack."""
UNAVAILABLE = "503 store_unavailable"


Tell = Callable[[str], None]
"""Shows a figure at the end of the run."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Two gateways on one PostgreSQL and one server of limits, each behind a relay."""

    postgres: Server
    limits: KeyServer
    to_postgres: Relay
    to_limits: Relay
    database: str
    provider: Provider
    stores: Sequence[SharedStore]
    gateways: Sequence[GatewayProcess]
    tell: Tell


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """How a store fails, and comes back. `late` are keys that need not be served soon after: an
    emptied server of limits makes everybody wait until all that may have been used has cooled."""

    begins: Callable[[Scene], object]
    ends: Callable[[Scene], object]
    late: tuple[str, ...] = ()


def _both(scene: Scene, *, silent: bool) -> None:
    scene.to_postgres.silent = scene.to_limits.silent = silent


FAILURES = {
    "PostgreSQL is killed": Failure(
        begins=lambda scene: scene.postgres.kill(), ends=lambda scene: scene.postgres.start()
    ),
    "PostgreSQL is frozen": Failure(
        begins=lambda scene: scene.postgres.freeze(), ends=lambda scene: scene.postgres.thaw()
    ),
    "PostgreSQL is too slow": Failure(
        begins=lambda scene: setattr(scene.to_postgres, "delay_s", TIMEOUT_S),
        ends=lambda scene: setattr(scene.to_postgres, "delay_s", 0.0),
    ),
    "nobody reaches PostgreSQL": Failure(
        begins=lambda scene: scene.to_postgres.lead_to(None),
        ends=lambda scene: scene.to_postgres.lead_to(("127.0.0.1", scene.postgres.port)),
    ),
    "limits are frozen": Failure(
        begins=lambda scene: scene.limits.pause(), ends=lambda scene: scene.limits.resume()
    ),
    "the network is silent": Failure(
        begins=lambda scene: _both(scene, silent=True),
        ends=lambda scene: _both(scene, silent=False),
    ),
    "limits are killed, and empty afterwards": Failure(
        begins=lambda scene: scene.limits.kill(),
        ends=lambda scene: scene.limits.start(),
        late=(WIDE,),
    ),
}


@contextmanager
def staged(
    tell: Tell, folder: Path, kind: str, store: SharedStore, *, reachable: bool = True
) -> Generator[Scene]:
    """Two gateways that are alike, each its own machine; stores may not be `reachable` yet."""
    with ExitStack() as stack:
        postgres = stack.enter_context(Server.started())
        limits = stack.enter_context(KeyServer.started(kind))
        to_postgres = stack.enter_context(
            relay_to(("127.0.0.1", postgres.port) if reachable else None)
        )
        to_limits = stack.enter_context(relay_to(str(limits.socket) if reachable else None))
        provider = stack.enter_context(counted_provider())
        database = postgres.database()
        name = database.rpartition("/")[2]
        stores = [
            msgspec.structs.replace(
                store,
                machine=machine,
                url=f"postgresql://tester@127.0.0.1:{to_postgres.port}/{name}",
                limits_url=f"redis://127.0.0.1:{to_limits.port}/0",
            )
            for machine in ("m1", "m2")
        ]
        gateways: list[GatewayProcess] = []
        for one in stores:
            text, files = shared_toml(one, provider)
            gateway = running_gateway(folder / one.machine, text, files)
            gateways.append(stack.enter_context(gateway))
        yield Scene(
            postgres=postgres,
            limits=limits,
            to_postgres=to_postgres,
            to_limits=to_limits,
            database=database,
            provider=provider,
            stores=stores,
            gateways=gateways,
            tell=tell,
        )


def callers(scene: Scene, keys: Sequence[str], pause_s: float, count: int = 1) -> list[Caller]:
    return [
        Caller(gateway=store.machine, port=gateway.port, key=key, pause_s=pause_s, count=count)
        for store, gateway in zip(scene.stores, scene.gateways, strict=True)
        for key in keys
    ]


def store_of(
    mode: str, budget_usd: Decimal, *, timeout_ms: int = TIMEOUT_MS, lease_ms: int = LEASE_MS
) -> SharedStore:
    return SharedStore(
        machine="",
        on_outage=mode,
        lease_ms=lease_ms,
        skew_ms=SKEW_MS,
        timeout_ms=timeout_ms,
        budget_usd=budget_usd,
        per_minute=150,
    )


def suffer(scene: Scene, calls: Calls, name: str, mode: str) -> None:
    """One failure under load, and what must be seen of it."""
    failure = FAILURES[name]
    outages = [metric(one, OUTAGES) for one in scene.gateways]
    began_s = time.monotonic()
    failure.begins(scene)
    promised_s = NOTICE_S if mode == "fail_closed" else max(NOTICE_S, LEASE_S)
    dark_s = began_s + promised_s + SLACK_S
    until(dark_s + 1.0)
    for gateway, before in zip(scene.gateways, outages, strict=True):
        assert metric(gateway, UP) == 0.0
        assert metric(gateway, OUTAGES) == before + 1
    ended_s = time.monotonic()
    failure.ends(scene)
    for store in scene.stores:
        for key in {PAID, WIDE} - set(failure.late):
            what = f"{store.machine} serves {key} again after: {name}"
            eventually(
                lambda m=store.machine, key=key: bool(
                    calls.of(gateway=m, key=key, status=200, since=ended_s)
                ),
                what,
                RECOVERY_S + SLACK_S,
            )
    _look_back(scene, calls, name, mode, (began_s, dark_s, ended_s))


UP = 'detente_store_up{store="accounts"}'
OUTAGES = 'detente_store_outages_total{store="accounts"}'


def _look_back(
    scene: Scene, calls: Calls, name: str, mode: str, times: tuple[float, float, float]
) -> None:
    began_s, dark_s, ended_s = times
    for store in scene.stores:
        of = store.machine
        assert set(calls.told(gateway=of, key=FREE, since=began_s)) == {"200"}
        for key in (PAID, WIDE):
            told = calls.told(gateway=of, key=key, since=dark_s, until=ended_s)
            assert set(told) == {UNAVAILABLE}, (name, of, key, told)
        told = calls.told(gateway=of, key=LIMITED, since=began_s)
        assert set(told) <= {UNAVAILABLE, "429 rate_limited", "200"}
        refused = calls.of(gateway=of, key=PAID, status=503, since=began_s)
        noticed_s = first(refused, "it was refused").done_s - began_s
        waited_s = max(call.took_s for call in refused)
        assert waited_s < TIMEOUT_S + 1.0 + SLACK_S  # budget_wait_ms is 1,000
        served = calls.of(gateway=of, key=PAID, status=200, since=began_s, until=ended_s)
        back = calls.of(gateway=of, key=PAID, status=200, since=ended_s)
        back_s = first(back, "it was served").done_s - ended_s
        scene.tell(
            f"{name} ({mode}, {of}): 503 after {noticed_s:.2f} s,"
            f" {len(served)} served meanwhile, {len(refused)} refused in at most"
            f" {waited_s * 1000:.0f} ms; served again after {back_s:.2f} s"
        )
        log = scene.gateways[scene.stores.index(store)].errors()
        assert "the store of budgets and limits does not answer" in log
        assert "the store of budgets and limits answers again" in log


def spend_the_rest(scene: Scene, database: str | None = None) -> None:
    """Ask until the budget is spent; the ledger then says what the provider saw, within it."""
    store, database = scene.stores[0], database or scene.database
    with calling(callers(scene, [PAID], 0.0, count=8)) as calls:
        eventually(
            lambda: (
                len(calls.of(status=429, since=time.monotonic() - 1.0)) > 20
                and not calls.of(status=200, since=time.monotonic() - 1.0)
            ),
            "the budget is spent",
            90.0,
        )
    served_usd = USD * len(scene.provider.came["paid"])
    eventually(
        lambda: spent_usd(database) == served_usd, "the ledger has all that was served", 20.0
    )
    assert_never_too_much(scene.provider, store, [spent_usd(database)])
    assert served_usd >= store.budget_usd * Decimal("0.97")
    limited = len(scene.provider.came.get("limited", []))
    scene.tell(
        f"spent {served_usd} of {store.budget_usd} USD, overspent 0;"
        f" {limited} requests of the narrow limit"
    )


def test_stores_fail_and_nothing_is_overspent(tmp_path: Path, tell: Tell) -> None:
    with staged(tell, tmp_path, "redis", store_of("fail_closed", Decimal("0.5"))) as scene:
        with calling(callers(scene, (FREE, PAID, LIMITED, WIDE), 0.05)) as calls:
            until(time.monotonic() + 1.0)
            suffer(scene, calls, "PostgreSQL is killed", "fail_closed")
        spend_the_rest(scene)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["redis", "valkey"])
@pytest.mark.parametrize("mode", ["fail_closed", "continue_on_lease"])
def test_every_failure_in_both_modes(tmp_path: Path, mode: str, kind: str, tell: Tell) -> None:
    with staged(tell, tmp_path, kind, store_of(mode, Decimal(4))) as scene:
        with calling(callers(scene, (FREE, PAID, LIMITED, WIDE), 0.05)) as calls:
            until(time.monotonic() + 1.0)
            for name in FAILURES:
                suffer(scene, calls, name, mode)
        spend_the_rest(scene)
